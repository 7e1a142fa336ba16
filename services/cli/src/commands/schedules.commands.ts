import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { instant } from '../output/format.js';
import { facts, table } from '../output/table.js';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { splitName } from './arguments.js';
import { paged, pageOf, type PageOptions } from './pages.js';

type Item = components['schemas']['ScheduleItem'];
type EventItem = components['schemas']['EventScheduleItem'];
type Detail = components['schemas']['ScheduleDetail'];
type Fire = components['schemas']['ScheduleFire'];

const WORKFLOW = '<namespace/name>';

/** `tutti schedules list|events|show|pause|resume|fire`. */
export function addScheduleCommands(program: Command, { define, act }: CommandKit): void {
  const schedules = define(program, 'schedules', 'Schedules: workflows that start by the clock.');
  const listing = act<PageOptions>((session, _args, options) => list(session, options));
  schedules.action(listing);
  paged(define(schedules, 'list', 'The schedules, with their next times.')).action(listing);
  paged(define(schedules, 'events', 'The workflows that events start, with the events that wait.')).action(
    act<PageOptions>((session, _args, options) => listEvents(session, options)),
  );
  define(
    schedules,
    `show ${WORKFLOW}`,
    'A schedule: its next times, and what became of the last ones.',
  ).action(act((session, [workflow]) => show(session, workflow as string)));
  define(schedules, `pause ${WORKFLOW}`, 'Keep a schedule from starting runs.').action(
    act((session, [workflow]) => change(session, workflow as string, 'pause')),
  );
  define(
    schedules,
    `resume ${WORKFLOW}`,
    'Let a schedule go on; its catch-up policy says what it makes good.',
  ).action(act((session, [workflow]) => change(session, workflow as string, 'resume')));
  define(schedules, `fire ${WORKFLOW}`, 'Start a run of a schedule now.')
    .option('--key <key>', 'Idempotency-Key: a repeat with it starts no second run')
    .action(
      act<{ key?: string }>((session, [workflow], options) => fire(session, workflow as string, options.key)),
    );
}

async function list(session: Session, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/schedules', { params: { query: pageOf(options) } });
  if (data === undefined) return;
  session.printPage<Item>(data, {
    empty:
      'There are no schedules. Write "schedule" into a workflow and apply it (docs/workflows/schedules.md)',
    columns: [
      { title: 'WORKFLOW', text: ({ workflow }) => `${workflow.namespace}/${workflow.name}` },
      { title: 'STATE', text: (item) => item.state },
      { title: 'SCHEDULE', text: ruleOf },
      { title: 'NEXT', text: nextOf },
      { title: 'LAST', text: (item) => instant(item.lastPlannedAt) },
      { title: 'RUNS', text: (item) => String(item.fired), right: true },
      { title: 'SKIPPED', text: (item) => String(item.skipped), right: true },
      { title: 'ERROR', text: (item) => item.error ?? '' },
    ],
  });
}

async function listEvents(session: Session, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/event-schedules', {
    params: { query: pageOf(options) },
  });
  if (data === undefined) return;
  session.printPage<EventItem>(data, {
    empty:
      'No event starts a workflow. Write "schedule: { on: ... }" into one and apply it (docs/workflows/events.md)',
    columns: [
      { title: 'WORKFLOW', text: ({ workflow }) => `${workflow.namespace}/${workflow.name}` },
      { title: 'STATE', text: (item) => item.state },
      { title: 'ON', text: (item) => item.on },
      { title: 'TYPES', text: (item) => item.types?.join(', ') ?? 'any' },
      { title: 'WAITING', text: (item) => String(item.waiting), right: true },
      { title: 'SINCE', text: (item) => instant(item.oldestWaitingAt) },
      { title: 'SETS', text: (item) => String(item.sets), right: true },
      { title: 'SINCE', text: (item) => instant(item.oldestSetAt) },
      { title: 'BECAUSE', text: (item) => item.waitsFor ?? '' },
    ],
  });
}

async function show(session: Session, workflow: string): Promise<void> {
  const path = splitName(workflow);
  const { data } = await session.client.api.GET('/v1/schedules/{namespace}/{name}', { params: { path } });
  if (data === undefined) return;
  if (data.state === 'failing') session.exitCode = EXIT.failed;
  session.print(data, () => detailText(data, session.io.columns));
}

function detailText(data: Detail, columns: number | null): string {
  const { workflow, catchUp, catchUpMax, fired, skipped } = data;
  const text = facts([
    ['workflow', `${workflow.namespace}/${workflow.name}`],
    ['state', data.state],
    ['error', data.error],
    ['schedule', ruleOf(data)],
    ['overlap', data.overlap],
    ['catch-up', catchUpMax === null ? catchUp : `${catchUp}, at most ${catchUpMax}`],
    ['runs', `${fired} started, ${skipped} planned times skipped`],
    ['waits for', data.waitsForRun === null ? null : `the end of run ${data.waitsForRun}`],
    ['held', data.heldAt === null ? null : `${instant(data.heldAt)} starts when the run under way ends`],
    ['next', data.nextTimes.map((time) => instant(time)).join('\n          ') || nextOf(data)],
  ]);
  if (data.fires.length === 0) return text;
  const fires = table<Fire>(
    data.fires,
    [
      { title: 'PLANNED', text: (item) => instant(item.plannedAt) },
      { title: 'OUTCOME', text: (item) => (item.count > 1 ? `${item.outcome} ${item.count}` : item.outcome) },
      { title: 'REASON', text: (item) => item.reason ?? '' },
      { title: 'RUN', text: (item) => item.run?.id ?? '' },
      { title: 'STATUS', text: (item) => item.run?.status ?? '' },
      { title: 'DETAIL', text: (item) => item.detail ?? '' },
    ],
    columns,
  );
  return `${text}\n${fires}`;
}

function ruleOf({ kind, expression, timezone }: Item): string {
  return kind === 'cron' ? `cron ${expression} ${timezone}` : `${kind} ${expression}`;
}

function nextOf({ nextAt, waitsForRun }: Item): string {
  if (nextAt !== null) return instant(nextAt);
  return waitsForRun === null ? '-' : 'after the run';
}

async function change(session: Session, workflow: string, what: 'pause' | 'resume'): Promise<void> {
  const params = { params: { path: splitName(workflow) } };
  const { data } =
    what === 'pause'
      ? await session.client.api.POST('/v1/schedules/{namespace}/{name}/pause', params)
      : await session.client.api.POST('/v1/schedules/{namespace}/{name}/resume', params);
  session.print(data, () => `the schedule of ${workflow} ${what === 'pause' ? 'is paused' : 'goes on'}\n`);
}

async function fire(session: Session, workflow: string, key: string | undefined): Promise<void> {
  const { data } = await session.client.api.POST('/v1/schedules/{namespace}/{name}/fire', {
    params: {
      path: splitName(workflow),
      ...(key === undefined ? {} : { header: { 'Idempotency-Key': key } }),
    },
  });
  session.print(data, () => `run ${data?.id} is started\n`);
}
