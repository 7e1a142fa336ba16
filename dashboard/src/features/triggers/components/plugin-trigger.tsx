'use client';
import Link from 'next/link';
import { Check, Copy, Eye } from 'lucide-react';
import type { TriggerDetail } from '@tutti/contracts';
import { formatCount, plural } from '@/format/format';
import { Button } from '@/ui/button';
import { JsonView } from '@/ui/json-view';
import { ProblemNote } from '@/ui/notes';
import { Facts, Panel } from '@/ui/page';
import { useCopy } from '@/ui/short-id';
import { Time } from '@/ui/time';
import { useLook } from './use-trigger';

const KINDS = {
  poll: 'The hub asks the other system from time to time.',
  webhook: 'The other system calls an address of the hub.',
  stream: 'The hub holds a line to the other system.',
} as const;

/** How far a trigger of a plugin is, and what a person can have it do. */
export function PluginTrigger({ trigger }: { trigger: TriggerDetail }) {
  const look = useLook(trigger.name);
  const { plugin, connection, enabled } = trigger;
  if (plugin === null) return null;
  const { kind, cursor, hookPath, subscribed, nextLookAt, lookedAt, lastEventAt, events, waiting } = plugin;
  const facts: [string, React.ReactNode][] = [
    [
      'Connection',
      <Link
        key="connection"
        className="text-accent hover:underline"
        href={`/connections/${encodeURIComponent(connection ?? '')}`}
      >
        {connection}
      </Link>,
    ],
    ['Last look', <Time key="last" at={lookedAt} />],
    ...(nextLookAt === null
      ? []
      : [['Next look', <Time key="next" at={nextLookAt} />] satisfies [string, React.ReactNode]]),
    ['Last event', <Time key="event" at={lastEventAt} />],
    ['Events', `${formatCount(events)} found, ${formatCount(waiting)} wait to become runs`],
  ];
  return (
    <Panel
      title="The other system"
      note={kind === null ? 'not looked at yet' : KINDS[kind]}
      actions={
        kind !== 'webhook' && (
          <Button
            icon={<Eye size={14} aria-hidden />}
            busy={look.isPending}
            disabled={!enabled}
            title={enabled ? undefined : 'It is paused: resume it first'}
            onClick={() => look.mutate()}
          >
            Look now
          </Button>
        )
      }
      bodyClassName="p-4"
    >
      {look.error !== null && <ProblemNote error={look.error} className="mb-3" />}
      <Facts items={facts} />
      {hookPath !== null && <Hook path={hookPath} subscribed={subscribed} />}
      <div className="mt-3 border-t border-line pt-3">
        <p className="mb-1 text-ink-3">Cursor: what the next look begins with</p>
        {cursor === null ? (
          <p className="text-ink-2">None yet: it begins with what is there from now on.</p>
        ) : (
          <JsonView value={cursor} label="cursor" />
        )}
      </div>
      <p className="mt-3 border-t border-line pt-3">
        <Link
          className="text-accent hover:underline"
          href={`/runs?workflow=${encodeURIComponent(`${trigger.workflow.namespace}/${trigger.workflow.name}`)}`}
        >
          Look at the {plural(trigger.runsStarted, 'run')} that it started
        </Link>
      </p>
    </Panel>
  );
}

/** The address that the other system sends to. */
function Hook({ path, subscribed }: { path: string; subscribed: boolean }) {
  const { copied, copy } = useCopy(path);
  return (
    <div className="mt-3 border-t border-line pt-3">
      <p className="mb-1 text-ink-3">
        {subscribed
          ? 'Below the address of the hub’s API, as the plugin has registered it in the other system'
          : 'Below the address of the hub’s API: where the other system sends to'}
      </p>
      <div className="flex items-center gap-2 rounded-md border border-line bg-canvas py-1 pr-1 pl-3">
        <code className="mono min-w-0 flex-1 break-all">{path}</code>
        <Button
          onClick={copy}
          icon={copied ? <Check size={14} className="text-ok" aria-hidden /> : <Copy size={14} aria-hidden />}
          aria-label="Copy the address of the hook"
        >
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <p className="mt-1 text-small text-ink-3">
        It is a secret of its own: who knows it can send events{subscribed ? '' : ', unless they are signed'}.
      </p>
    </div>
  );
}
