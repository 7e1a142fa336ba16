import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { duration, instant } from '../output/format.js';
import { facts, table } from '../output/table.js';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';

type System = components['schemas']['System'];
type Instance = components['schemas']['InstanceItem'];

/** `tutti system`. */
export function addSystemCommand(program: Command, { define, act }: CommandKit): void {
  define(program, 'system', 'The processes of the hub, what waits, and what to look at.')
    .option('--metrics', "print it in Prometheus's text format")
    .option('--gone', 'show the processes of the last day that are gone, too')
    .action(
      act<{ metrics?: boolean; gone?: boolean }>((session, _args, options) =>
        options.metrics ? metrics(session) : system(session, options.gone === true),
      ),
    );
}

async function metrics(session: Session): Promise<void> {
  const { data } = await session.client.api.GET('/metrics', { parseAs: 'text' });
  session.io.stdout(data ?? '');
}

async function system(session: Session, gone: boolean): Promise<void> {
  const { data } = await session.client.api.GET('/v1/system');
  if (data === undefined) return;
  if (data.warnings.some(({ severity }) => severity === 'error')) session.exitCode = EXIT.failed;
  session.print(data, () => systemText(data, { gone, columns: session.io.columns }));
}

function systemText(data: System, { gone, columns }: { gone: boolean; columns: number | null }): string {
  const shown = data.instances.filter(({ alive }) => alive || gone);
  const warnings = data.warnings
    .map(({ severity, message, fix }) => `${severity === 'error' ? '✗' : '!'} ${message} ${fix}\n`)
    .join('');
  return `${warnings}${warnings ? '\n' : ''}${instancesText(shown, columns)}\n${topicsText(data, columns)}\n${figuresText(data)}`;
}

function instancesText(instances: Instance[], columns: number | null): string {
  if (instances.length === 0) return 'No process has reported itself yet.\n';
  return table(
    instances,
    [
      { title: 'ROLE', text: (item) => item.role },
      { title: 'HOST', text: (item) => `${item.host}:${item.pid}` },
      { title: 'VERSION', text: (item) => item.version },
      { title: 'STATE', text: (item) => (item.alive ? item.state : `gone since ${instant(item.seenAt)}`) },
      { title: 'UP', text: (item) => duration(item.uptimeSeconds * 1000), right: true },
      { title: 'SHARDS', text: (item) => shardsOf(item), right: true },
      {
        title: 'BUS',
        text: (item) => (item.bus === null ? '-' : item.bus.connected ? item.bus.transport : 'away'),
      },
      { title: 'HANDLING', text: (item) => String(item.bus?.handling ?? '-'), right: true },
    ],
    columns,
  );
}

function shardsOf({ bus }: Instance): string {
  return bus === null || bus.shards.owned.length === 0
    ? '-'
    : `${bus.shards.owned.length} of ${bus.shards.count}`;
}

function topicsText({ topics }: System, columns: number | null): string {
  return table(
    topics,
    [
      { title: 'TOPIC', text: (item) => item.topic },
      { title: 'READ BY', text: (item) => item.group ?? 'all' },
      { title: 'PARTITIONS', text: (item) => String(item.partitions ?? '-'), right: true },
      { title: 'LAG', text: (item) => String(item.lag ?? '-'), right: true },
    ],
    columns,
  );
}

function figuresText({ runs, deadLetters, outbox, duplicates, database }: System): string {
  const since = (at: string | null) => (at === null ? '' : `, the oldest since ${instant(at)}`);
  return facts([
    [
      'runs',
      `${runs.pending} pending, ${runs.running} running, ${runs.waiting} waiting, ${runs.suspended} suspended`,
    ],
    ['queued', `${runs.queued}${since(runs.oldestQueuedAt)}`],
    ['late alarms', String(runs.overdue)],
    ['dead letters', `${deadLetters.open} open${since(deadLetters.oldestAt)}`],
    ['outbox', `${outbox.events}${since(outbox.oldestAt)}`],
    ['duplicates', `${duplicates.total} recognised`],
    [
      'database',
      `${(database.bytes / 1024 ** 2).toFixed(0)} MiB, PostgreSQL ${database.version}, ` +
        `${database.connections} of ${database.connectionsMax} connections`,
    ],
  ]);
}
