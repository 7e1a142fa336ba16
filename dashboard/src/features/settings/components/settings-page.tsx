'use client';
import { useSyncExternalStore } from 'react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { KEYS_OFF_SETTING } from '@/features/keyboard/components/keyboard';
import { PLACES } from '@/features/shell/prepare/places';
import { hub } from '@/hub/client';
import { problemOf } from '@/hub/problem';
import type { Me } from '@/hub/types';
import { Button, Keys } from '@/ui/button';
import { ProblemNote, Skeleton } from '@/ui/notes';
import { Facts, PageFrame, Panel } from '@/ui/page';
import { Command } from '@/ui/short-id';

const COMMANDS = [
  ['Check the hub', 'npx tutti doctor'],
  ['Sign in on another browser', 'npx tutti sign-in'],
  ['Apply workflows and policies', 'npx tutti apply -f DIR --plan'],
  ['Start a run', 'npx tutti run NAMESPACE/NAME --input FILE'],
  ['Send traces of another application', 'OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318'],
] as const;

function subscribe(listener: () => void): () => void {
  window.addEventListener('storage', listener);
  return () => window.removeEventListener('storage', listener);
}

function KeysSwitch() {
  const off = useSyncExternalStore(
    subscribe,
    () => localStorage.getItem(KEYS_OFF_SETTING) === 'true',
    () => false,
  );
  const change = (on: boolean) => {
    localStorage.setItem(KEYS_OFF_SETTING, String(!on));
    window.dispatchEvent(new Event('storage'));
  };
  return (
    <label htmlFor="keys-on" className="flex items-center gap-2.5">
      <input
        id="keys-on"
        type="checkbox"
        checked={!off}
        onChange={(event) => change(event.target.checked)}
        className="size-4 accent-accent-fill"
      />
      Single keys work, such as <Keys keys="g r" /> for runs
    </label>
  );
}

function Places() {
  return (
    <Panel title="Places and their keys" className="col-span-full" bodyClassName="p-4">
      <ul className="grid grid-cols-3 gap-x-8 max-lg:grid-cols-2">
        {PLACES.map(({ label, key }) => (
          <li key={key} className="flex h-8 items-center justify-between border-b border-line">
            <span>{label}</span>
            <span>
              <span className="sr-only">g {key}</span>
              <Keys keys={`g ${key}`} />
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-ink-3">
        On every page <Keys keys="?" /> shows the keys that work there, <Keys keys="/" /> searches.
      </p>
    </Panel>
  );
}

export function SettingsPage() {
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => hub<Me>('/v1/me', { signal }) });
  const signOut = useMutation({
    mutationFn: async () => {
      const answer = await fetch('/api/sign-out', { method: 'POST' });
      if (!answer.ok) throw problemOf(answer.status, await answer.json());
      window.location.assign('/sign-in');
    },
  });
  return (
    <PageFrame title="Settings and help">
      <div className="grid max-w-[1080px] grid-cols-2 items-start gap-3 max-lg:grid-cols-1">
        <Panel
          title="You"
          actions={
            <Button
              icon={<LogOut size={14} aria-hidden />}
              busy={signOut.isPending}
              onClick={() => signOut.mutate()}
            >
              Sign out
            </Button>
          }
          bodyClassName="p-4"
        >
          {me.error !== null ? (
            <ProblemNote error={me.error} />
          ) : me.data === undefined ? (
            <Skeleton className="h-12" />
          ) : (
            <Facts
              items={[
                ['Signed in as', me.data.subject],
                ['Workspace', me.data.workspaceId],
                ['By', me.data.kind === 'session' ? 'one-time link' : 'admin token'],
              ]}
            />
          )}
          {signOut.error !== null && <ProblemNote error={signOut.error} className="mt-3" />}
          <div className="mt-4 border-t border-line pt-4">
            <KeysSwitch />
          </div>
        </Panel>
        <Panel title="On the command line" note="everything here can be done there too" bodyClassName="p-4">
          <ul className="flex flex-col gap-3">
            {COMMANDS.map(([does, command]) => (
              <li key={command}>
                <p className="mb-1 text-ink-2">{does}</p>
                <Command>{command}</Command>
              </li>
            ))}
          </ul>
        </Panel>
        <Places />
      </div>
    </PageFrame>
  );
}
