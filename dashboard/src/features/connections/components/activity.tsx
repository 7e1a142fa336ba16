'use client';
import Link from 'next/link';
import type { ConnectionDetail, ConnectionHeadroom } from '@tutti/contracts';
import { CallChart, TimeChart } from '@/features/metrics/components/charts';
import { Tile } from '@/features/metrics/components/tile';
import { formatCount, formatDuration, formatShare, plural, shortId } from '@/format/format';
import { Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { costText, quotaLines, rowsOfDay } from '../prepare/usage';

/** What the connection did in the last day, as numbers and by the hour. */
export function Usage({ connection, nowMs }: { connection: ConnectionDetail; nowMs: number }) {
  const { recent, hours } = connection;
  const { calls, failed, p50Ms, p95Ms } = recent;
  const rows = rowsOfDay(hours, nowMs);
  return (
    <div className="mb-3 flex flex-col gap-3">
      <div className="grid grid-cols-4 gap-3 max-lg:grid-cols-2">
        <Tile label="Calls" value={formatCount(calls)} note="last 24 hours" />
        <Tile
          label="Failed"
          value={formatShare(calls === 0 ? null : failed / calls)}
          note={plural(failed, 'call')}
        />
        <Tile label="95 % within" value={formatDuration(p95Ms)} note={`median ${formatDuration(p50Ms)}`} />
        <Tile label="Cost" value={costText(recent)} note="as far as calls told it" />
      </div>
      {calls > 0 && (
        <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
          <Panel title="Calls" note={`by the hour, from ${plural(calls, 'call')}`}>
            <CallChart rows={rows} label={`Calls by the hour: ${formatCount(calls)}`} />
          </Panel>
          <Panel title="Time of a call" note="by the hour">
            <TimeChart rows={rows} label={`Time of a call by the hour, from ${formatCount(calls)}`} />
          </Panel>
        </div>
      )}
    </div>
  );
}

export function LastError({ error }: { error: NonNullable<ConnectionDetail['lastError']> }) {
  const { at, title, status, capability, runId } = error;
  return (
    <Panel title="Last error" bodyClassName="p-4">
      <p className="break-words">{title}</p>
      <p className="mt-1.5 flex flex-wrap gap-x-3 text-ink-3">
        <Time at={at} />
        <span>status {status}</span>
        <code className="mono">{capability}</code>
        {runId !== null && (
          <Link href={`/runs/${runId}`} className="text-accent hover:underline">
            Run {shortId(runId)}
          </Link>
        )}
      </p>
    </Panel>
  );
}

/** How much the other system still takes, as its last reply told. */
export function Headroom({ headroom, nowMs }: { headroom: ConnectionHeadroom; nowMs: number }) {
  const lines = quotaLines(headroom, nowMs);
  if (lines.length === 0) return null;
  return (
    <Panel
      title="Headroom"
      note={
        <>
          as told <Time at={headroom.at} />
        </>
      }
      bodyClassName="p-4"
    >
      <ul className="flex flex-col gap-2.5">
        {lines.map(({ name, text, share, resetAt }) => (
          <li key={name}>
            <p className="flex flex-wrap justify-between gap-x-3">
              <span className="font-medium">{name}</span>
              <span className="text-ink-2">
                {text}
                {resetAt !== null && (
                  <>
                    , anew <Time at={resetAt} />
                  </>
                )}
              </span>
            </p>
            {share !== null && (
              <div aria-hidden className="mt-1 h-1.5 overflow-hidden rounded-full bg-idle-soft">
                <div
                  className={share < 0.1 ? 'h-full bg-bad' : 'h-full bg-accent-fill'}
                  style={{ width: `${share * 100}%` }}
                />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
