'use client';
import Link from 'next/link';
import { LogIn, Power, ShieldCheck } from 'lucide-react';
import type { ConnectionDetail } from '@tutti/contracts';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { ProblemNote } from '@/ui/notes';
import { statusLook, StatusIcon, TONES } from '@/ui/status';
import { Time, useNow } from '@/ui/time';
import { pausedUntil } from '../prepare/usage';
import { useBeginSignIn, useConfirmHosts, useHosts } from './use-connection';

interface NoteProps {
  state: string;
  title: string;
  children: React.ReactNode;
  action?: React.ReactNode;
}

/** What keeps the connection from working, and what mends it. */
function Note({ state, title, children, action }: NoteProps) {
  const { text, soft } = TONES[statusLook(state).tone];
  return (
    <section
      aria-label={title}
      className={classNames(
        'mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line px-4 py-3',
        soft,
      )}
    >
      <div className="flex min-w-0 flex-1 basis-80 gap-2.5">
        <span className="mt-[3px]">
          <StatusIcon status={state} />
        </span>
        <div className="min-w-0">
          <p className={classNames('font-medium', text)}>{title}</p>
          <div className="break-words text-ink-2">{children}</div>
        </div>
      </div>
      {action}
    </section>
  );
}

function PluginNote({ connection }: { connection: ConnectionDetail }) {
  const { plugin, state } = connection;
  const isKept = state === 'quarantined';
  return (
    <Note
      state={state}
      title={isKept ? `The plugin ${plugin} is in quarantine` : `The plugin ${plugin} is not loaded`}
      action={
        <Link
          href={`/plugins/${encodeURIComponent(plugin)}`}
          className="inline-flex h-8 items-center rounded-md border border-line-strong bg-surface px-3 font-medium hover:bg-hover"
        >
          Open the plugin
        </Link>
      }
    >
      {isKept
        ? 'Its process kept ending. No call is made until somebody lets it out.'
        : 'Calls fail, or policies go on to their next candidate. Its page says why, with its log.'}
    </Note>
  );
}

function HostsNote({ name }: { name: string }) {
  const hosts = useHosts(name);
  const confirm = useConfirmHosts(name);
  const waiting = hosts.data?.waiting ?? [];
  return (
    <Note
      state="hosts-to-confirm"
      title="Somebody has to confirm which hosts the plugin may call"
      action={
        <Button
          variant="primary"
          icon={<ShieldCheck size={14} aria-hidden />}
          busy={confirm.isPending}
          disabled={waiting.length === 0}
          onClick={() => confirm.mutate(hosts.data?.asked ?? [])}
        >
          Confirm {waiting.length > 1 ? `${waiting.length} hosts` : 'the host'}
        </Button>
      }
    >
      Calls are refused until then. It wants to call:
      <ul aria-label="Hosts to confirm" className="mt-1 list-disc pl-5">
        {waiting.map((host) => (
          <li key={host} className="mono break-all text-ink">
            {host}
          </li>
        ))}
      </ul>
      {hosts.error !== null && <ProblemNote error={hosts.error} className="mt-2" />}
      {confirm.error !== null && <ProblemNote error={confirm.error} className="mt-2" />}
    </Note>
  );
}

function SignInNote({ connection }: { connection: ConnectionDetail }) {
  const begin = useBeginSignIn(connection.name);
  return (
    <Note
      state="sign-in-needed"
      title="Somebody has to sign in"
      action={
        <Button
          variant="primary"
          icon={<LogIn size={14} aria-hidden />}
          busy={begin.isPending || begin.isSuccess}
          onClick={() => begin.mutate()}
        >
          Sign in
        </Button>
      }
    >
      {connection.signIn?.detail ?? 'Calls fail until then; policies go on to their next candidate.'}
      {begin.error !== null && <ProblemNote error={begin.error} className="mt-2" />}
    </Note>
  );
}

interface BannerProps {
  connection: ConnectionDetail;
  switching: boolean;
  onSwitchOn: () => void;
}

/** The one thing that a person has to know or do first; nothing where all is well. */
export function Banner({ connection, switching, onSwitchOn }: BannerProps) {
  const nowMs = useNow();
  const { state, healthDetail, headroom } = connection;
  const paused = pausedUntil(headroom, nowMs);
  switch (state) {
    case 'off':
      return (
        <Note
          state="off"
          title="Switched off"
          action={
            <Button icon={<Power size={14} aria-hidden />} busy={switching} onClick={onSwitchOn}>
              Switch it on
            </Button>
          }
        >
          Policies pass it over, and its triggers wait.
        </Note>
      );
    case 'plugin-missing':
    case 'quarantined':
      return <PluginNote connection={connection} />;
    case 'hosts-to-confirm':
      return <HostsNote name={connection.name} />;
    case 'sign-in-needed':
      return <SignInNote connection={connection} />;
    case 'failing':
    case 'ok':
    case 'unknown':
      if (paused !== null)
        return (
          <Note state="waiting" title="The other system has asked for a pause">
            It takes no call before <Time at={paused} />. Calls wait for it, or go on to the next candidate.
          </Note>
        );
      return state === 'failing' ? (
        <Note state="failing" title="The last test failed">
          {healthDetail}
        </Note>
      ) : null;
  }
}
