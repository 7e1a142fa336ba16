'use client';
import { useQuery } from '@tanstack/react-query';
import { AlertTriangle, CheckCircle2, Server, XCircle } from 'lucide-react';
import type { InstanceItem, System, SystemTopic, SystemWarning } from '@tutti/contracts';
import { Tile } from '@/features/metrics/components/tile';
import { formatBytes, formatCount, formatDuration, MISSING, plural } from '@/format/format';
import { hub } from '@/hub/client';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { counterText, lagSeries, rolesOf, roleText, sparkline, type RoleGroup } from '../prepare/system';

const ASKED_EVERY_MS = 5000;
const LINE = { width: 132, height: 24 } as const;

function Warnings({ warnings }: { warnings: readonly SystemWarning[] }) {
  if (warnings.length === 0)
    return (
      <p role="status" className="panel mb-3 flex items-center gap-2.5 px-4 py-3">
        <CheckCircle2 size={16} className="shrink-0 text-ok" aria-hidden />
        Nothing to look at: all parts are alive and nothing is stuck.
      </p>
    );
  return (
    <ul className="mb-3 flex flex-col gap-2" aria-label="Warnings">
      {warnings.map(({ code, severity, message, fix }) => {
        const bad = severity === 'error';
        const Icon = bad ? XCircle : AlertTriangle;
        return (
          <li
            key={code}
            className={`flex gap-2.5 rounded-md border border-line p-3 ${bad ? 'bg-bad-soft' : 'bg-wait-soft'}`}
          >
            <Icon size={16} className={`mt-0.5 shrink-0 ${bad ? 'text-bad' : 'text-wait'}`} aria-hidden />
            <span className="min-w-0 break-words">
              <span className="sr-only">{bad ? 'Error: ' : 'Warning: '}</span>
              <span className="font-medium">{message}</span> <span className="text-ink-2">{fix}</span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Figures({ runs, deadLetters, outbox, duplicates, database }: System) {
  return (
    <div className="mb-3 grid grid-cols-[repeat(auto-fit,minmax(144px,1fr))] gap-3">
      <Tile
        label="Runs under way"
        value={formatCount(runs.running)}
        note={`${formatCount(runs.pending)} wait for a place`}
        href="/runs?status=running"
      />
      <Tile
        label="Runs that wait"
        value={formatCount(runs.waiting)}
        note={
          runs.oldestWaitingAt === null ? (
            'for people, events or clocks'
          ) : (
            <>
              oldest <Time at={runs.oldestWaitingAt} />
            </>
          )
        }
        href="/runs?status=waiting"
      />
      <Tile
        label="Without a first step"
        value={formatCount(runs.queued)}
        note={
          runs.oldestQueuedAt === null ? (
            'every accepted run was begun'
          ) : (
            <>
              oldest <Time at={runs.oldestQueuedAt} />
            </>
          )
        }
      />
      <Tile
        label="Dead letters open"
        value={formatCount(deadLetters.open)}
        note={
          deadLetters.oldestAt === null ? (
            'every message could be handled'
          ) : (
            <>
              oldest <Time at={deadLetters.oldestAt} />
            </>
          )
        }
        href="/dead-letters"
      />
      <Tile label="Events to publish" value={formatCount(outbox.events)} note="emitted by workflows" />
      <Tile label="Repeats recognised" value={formatCount(duplicates.total)} note="came twice, done once" />
      <Tile
        label="Database"
        value={formatBytes(database.bytes)}
        note={`${database.connections} of ${database.connectionsMax} connections`}
      />
    </div>
  );
}

function Instance({ instance }: { instance: InstanceItem }) {
  const { host, pid, version, state, alive, uptimeSeconds, seenAt, bus, clockSkewMs } = instance;
  return (
    <tr>
      <td>
        <span title={`process ${pid}, version ${version}, clock ${clockSkewMs ?? '?'} ms off the database's`}>
          {host}
          <span className="ml-1.5 text-ink-3">{pid}</span>
        </span>
      </td>
      <td>
        <Status status={alive ? state : 'gone'} />
      </td>
      <td className="text-ink-2">{version}</td>
      <td className="number text-ink-2">
        {alive ? formatDuration(uptimeSeconds * 1000) : <Time at={seenAt} />}
      </td>
      <td className="number">
        {bus === null || bus.transport === 'in-process' ? MISSING : formatCount(bus.shards.owned.length)}
      </td>
      <td className="number">{formatCount(bus?.handling)}</td>
      <td>
        {bus === null ? (
          MISSING
        ) : (
          <Status status={bus.connected ? 'ok' : 'failing'} label={bus.connected ? bus.transport : 'away'} />
        )}
      </td>
    </tr>
  );
}

const HEADS = [
  ['Process', false],
  ['State', false],
  ['Version', false],
  ['Up', true],
  ['Shards', true],
  ['Handling', true],
  ['Bus', false],
] as const;

function Role({ group }: { group: RoleGroup }) {
  const { role, alive, gone, counters, shardsOwned, shards } = group;
  const note = [
    `${plural(alive.length, 'process', 'processes')} alive`,
    shards > 1 && role === 'orchestrator' ? `${shardsOwned} of ${shards} shards owned` : '',
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <Panel title={role} note={note} label={`Role ${role}`}>
      <p className="px-4 pt-2.5 text-ink-2">{roleText(role)}.</p>
      <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={`Processes of ${role}, table`}>
        <table className="list" aria-label={`Processes of ${role}`}>
          <thead>
            <tr>
              {HEADS.map(([head, number]) => (
                <th key={head} scope="col" className={number ? 'number' : undefined}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...alive, ...gone].map((instance) => (
              <Instance key={instance.id} instance={instance} />
            ))}
          </tbody>
        </table>
      </div>
      {counters.length > 0 && (
        <details className="border-t border-line px-4 py-2.5">
          <summary className="text-ink-2">Counted since the start</summary>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            {counters.map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="number text-right font-medium">{formatCount(value)}</dt>
                <dd className="text-ink-2" title={name}>
                  {counterText(name)}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Panel>
  );
}

function LagLine({ values, topic }: { values: readonly (number | null)[]; topic: string }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <span className="text-small text-ink-3">not enough samples yet</span>;
  const most = formatCount(Math.max(...known));
  return (
    <svg
      role="img"
      aria-label={`Lag of ${topic} over the last ${values.length} samples, at most ${most}`}
      width={LINE.width}
      height={LINE.height + 2}
      viewBox={`0 -1 ${LINE.width} ${LINE.height + 2}`}
      className="overflow-visible"
    >
      <path
        d={sparkline(values, LINE.width, LINE.height)}
        fill="none"
        stroke="var(--chart-1)"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </svg>
  );
}

function Topics({ topics, history }: Pick<System, 'topics' | 'history'>) {
  const row = ({ topic, group, partitions, lag }: SystemTopic) => (
    <tr key={topic}>
      <td>
        <code className="mono">{topic}</code>
      </td>
      <td className="text-ink-2">{group ?? 'every process'}</td>
      <td className="number">{formatCount(partitions)}</td>
      <td className="number">{formatCount(lag)}</td>
      <td>{lag === null ? MISSING : <LagLine topic={topic} values={lagSeries(history, topic)} />}</td>
    </tr>
  );
  return (
    <Panel
      title="Topics of the bus"
      note="lag: messages that wait; the line shows the last quarter of an hour"
    >
      <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="Topics, table">
        <table className="list" aria-label="Topics">
          <thead>
            <tr>
              <th scope="col">Topic</th>
              <th scope="col">Worked off by</th>
              <th scope="col" className="number">
                Partitions
              </th>
              <th scope="col" className="number">
                Lag
              </th>
              <th scope="col">Last minutes</th>
            </tr>
          </thead>
          <tbody>{topics.map(row)}</tbody>
        </table>
      </div>
    </Panel>
  );
}

function Tables({ database }: Pick<System, 'database'>) {
  return (
    <Panel title="Tables by day" note={`PostgreSQL ${database.version}; old days are dropped as a whole`}>
      <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="Tables by day, table">
        <table className="list" aria-label="Tables by day">
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col" className="number">
                Days
              </th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col" className="number">
                Oldest
              </th>
            </tr>
          </thead>
          <tbody>
            {database.partitions.map(({ table, partitions, bytes, oldest }) => (
              <tr key={table}>
                <td>
                  <code className="mono">{table}</code>
                </td>
                <td className="number">{formatCount(partitions)}</td>
                <td className="number">{formatBytes(bytes)}</td>
                <td className="number text-ink-2">
                  {oldest === null ? MISSING : oldest.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Body({ system }: { system: System }) {
  const groups = rolesOf(system);
  return (
    <>
      <Warnings warnings={system.warnings} />
      <Figures {...system} />
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,560px),1fr))] items-start gap-3">
        {groups.length === 0 ? (
          <Panel label="Processes">
            <Empty
              icon={Server}
              title="No process has reported itself yet"
              command="npx tutti system"
              compact
            >
              Each process writes a line about itself every five seconds.
            </Empty>
          </Panel>
        ) : (
          groups.map((group) => <Role key={group.role} group={group} />)
        )}
        <Topics {...system} />
        <Tables {...system} />
      </div>
    </>
  );
}

export function SystemPage() {
  const { data, error, refetch } = useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => hub<System>('/v1/system', { signal }),
    refetchInterval: ASKED_EVERY_MS,
  });
  const alive = data?.instances.filter((instance) => instance.alive).length ?? 0;
  return (
    <PageFrame
      title="System"
      summary={
        data === undefined ? (
          'Loading …'
        ) : (
          <>
            {plural(alive, 'process', 'processes')} alive. Prometheus reads the same at{' '}
            <code className="mono">/metrics</code> of the API.
          </>
        )
      }
    >
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} className="mb-3" />}
      {data === undefined ? error === null && <SkeletonRows /> : <Body system={data} />}
    </PageFrame>
  );
}
