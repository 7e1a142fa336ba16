import { extname, basename } from 'node:path';
import type { RunDetail, RunStarted } from '@tutti/client';
import type { Command } from 'commander';
import { duration, instant, money, pretty } from '../output/format.js';
import { type Column, facts, oneLine } from '../output/table.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { addBulkRetry } from './bulk-retry.command.js';
import { previewRetry } from './retry-preview.js';
import { addSignal } from './signal.command.js';
import { addWatch } from './watch.command.js';
import { given, numberOf, readBytes, readJson, splitName, splitPair } from './arguments.js';

const MEDIA_TYPES: Record<string, string> = {
  '.pdf': 'application/pdf',
  '.xml': 'application/xml',
  '.json': 'application/json',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.html': 'text/html',
};

interface RunOptions {
  input?: string;
  file: string[];
  wait?: string;
  idempotencyKey?: string;
}

interface RunsOptions {
  status?: string;
  workflow?: string;
  q?: string;
  from?: string;
  to?: string;
  parent?: string;
  limit?: string;
  cursor?: string;
}

type RunItem = {
  id: string;
  workflow: { namespace: string; name: string; version: string };
  status: string;
  trigger: string;
  startedAt: string;
  durationMs: number | null;
  costMicros: number;
  currency: string | null;
};

const collect = (value: string, before: string[]): string[] => [...before, value];

const RUN_COLUMNS: Column<RunItem>[] = [
  { title: 'RUN', text: (run) => run.id },
  { title: 'STATUS', text: (run) => run.status },
  { title: 'STARTED', text: (run) => instant(run.startedAt) },
  { title: 'TIME', text: (run) => duration(run.durationMs), right: true },
  { title: 'COST', text: (run) => money(run.costMicros, run.currency), right: true },
  {
    title: 'WORKFLOW',
    text: (run) => `${run.workflow.namespace}/${run.workflow.name} ${run.workflow.version}`,
  },
];

/** `tutti run`, `runs`, `show`, `cancel`, `retry`. */
export function addRunCommands(program: Command, { define, act }: CommandKit): void {
  define(program, 'run <workflow>', 'Start a run of a workflow (NAMESPACE/NAME).')
    .option('--input <json>', 'the input: JSON, @FILE, or - for standard input')
    .option(
      '--file <key=path>',
      'upload a file and put its reference into the input under KEY (repeatable)',
      collect,
      [],
    )
    .option('--wait <seconds>', 'wait for the end and print the output (at most 300)')
    .option('--idempotency-key <key>', 'a repeat with the same key answers the first run')
    .action(act<RunOptions>((session, [workflow], options) => run(session, workflow as string, options)));

  const runs = define(program, 'runs', 'Runs, newest first.')
    .option(
      '--status <status>',
      'one or several, comma-separated: running,waiting,completed,faulted,cancelled',
    )
    .option('--workflow <name>', 'NAMESPACE/NAME')
    .option('--q <text>', 'id or its start, or text in input, output or error')
    .option('--from <instant>', 'started at or after, ISO 8601')
    .option('--to <instant>', 'started before, ISO 8601')
    .option('--parent <run>', 'runs that this run started')
    .option('--limit <n>', '1 to 200')
    .option('--cursor <cursor>', 'next page')
    .action(act<RunsOptions>((session, _args, options) => list(session, options)));

  addBulkRetry(runs, { define, act });
  addSignal(runs, { define, act });
  addWatch(runs, { define, act });
  define(program, 'show <run>', 'A run with its input, its output and what is active.')
    .option('--journal', 'print what happened, in order')
    .action(
      act<{ journal?: boolean }>((session, [id], options) =>
        options.journal ? journal(session, id as string) : show(session, id as string),
      ),
    );

  define(program, 'cancel <run>', 'Ask a run to end.')
    .option('--reason <text>', 'why')
    .action(
      act<{ reason?: string }>((session, [id], options) => cancel(session, id as string, options.reason)),
    );

  define(program, 'retry <run>', 'Start a new run that goes on where this one faulted.')
    .option('--from <task>', 'JSON pointer of the task to go on from, such as /do/2/pay')
    .option('--plan', 'say what would be kept, called and asked again, and start nothing')
    .action(
      act<{ from?: string; plan?: boolean }>((session, [id], options) =>
        (options.plan ? previewRetry : retry)(session, id as string, options.from),
      ),
    );
}

async function run(session: Session, workflow: string, options: RunOptions): Promise<void> {
  const name = splitName(workflow);
  const waitSeconds = options.wait === undefined ? undefined : numberOf(options.wait, '--wait');
  const input = await inputOf(session, options);
  const started = await session.client.startRun({
    ...name,
    input,
    waitSeconds,
    idempotencyKey: options.idempotencyKey,
  });
  if (started.status === 'faulted' || started.status === 'cancelled') session.exitCode = EXIT.runFailed;
  session.print(started, () => startedText(started, waitSeconds !== undefined));
}

function startedText(started: RunStarted, waited: boolean): string {
  const { id, status, output, error } = started;
  const head = `${id}  ${status}\n`;
  if (error) {
    const where = error.instance ? ` (at ${error.instance})` : '';
    const reason = `${oneLine(error.title)}: ${oneLine(error.detail ?? '')}${where}\n`;
    return `${head}${reason}Try again from there: npx tutti retry ${id}\n`;
  }
  if (status === 'completed') return `${head}${pretty(output)}`;
  return `${head}${waited ? 'It goes on. ' : ''}See how it goes: npx tutti show ${id}\n`;
}

/**
 * The input, with the reference of each uploaded file under its key. Files go up only after the rest was
 * read without fault.
 */
async function inputOf(session: Session, options: RunOptions): Promise<unknown> {
  const input = options.input === undefined ? {} : await readJson(session.io, options.input, '--input');
  if (options.file.length === 0) return input;
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new CliError('With --file the input must be a JSON object.', EXIT.usage);
  const files = options.file
    .map((pair) => splitPair(pair, '--file'))
    .map(([key, path]) => ({ key, path, content: readBytes(session.io, path) }));
  const uploaded: Record<string, unknown> = {};
  for (const { key, path, content } of files) {
    const mediaType = MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
    uploaded[key] = await session.client.uploadArtifact(content, { mediaType, name: basename(path) });
  }
  return { ...input, ...uploaded };
}

async function list(session: Session, options: RunsOptions): Promise<void> {
  const { limit, status, workflow, q, from, to, parent, cursor } = options;
  const query = given({
    status,
    workflow,
    q,
    from,
    to,
    parent,
    cursor,
    limit: limit === undefined ? undefined : numberOf(limit, '--limit'),
  });
  const { data } = await session.client.api.GET('/v1/runs', { params: { query } });
  if (data)
    session.printPage(data, {
      columns: RUN_COLUMNS,
      empty: 'There are no such runs. Start one: npx tutti run NAMESPACE/NAME',
    });
}

async function show(session: Session, id: string): Promise<void> {
  const found = await session.client.getRun(id);
  session.print(
    found,
    () =>
      facts([
        ['run', found.id],
        ['workflow', `${found.workflow.namespace}/${found.workflow.name} ${found.workflow.version}`],
        ['status', found.waitsFor === null ? found.status : `${found.status}: ${found.waitsFor}`],
        ['started', instant(found.startedAt)],
        ['ended', found.endedAt && instant(found.endedAt)],
        ['time', duration(found.durationMs)],
        ['cost', money(found.costMicros, found.currency)],
        ['trigger', found.trigger],
        ['retry of', found.retryOf],
        ['started by', found.parent && relative(found.parent)],
        ['trace', found.traceId],
        [
          'error',
          found.error &&
            oneLine(
              `${found.error.title}: ${found.error.detail ?? ''} (at ${found.error.instance ?? 'the run'})`,
            ),
        ],
        ...found.children.map((child) => ['started run', relative(child)] as const),
        ...found.active.map(
          (task) => ['active', `${task.position}  ${task.type}, since ${instant(task.since)}`] as const,
        ),
      ]) +
      `input\n${pretty(found.input)}` +
      (found.output === null || found.output === undefined ? '' : `output\n${pretty(found.output)}`),
  );
}

/** A run that started another one, or was started by it: which, where, and how it is. */
function relative({ id, position, workflow, status }: RunDetail['children'][number]): string {
  return `${id}  ${status}  ${workflow.namespace}/${workflow.name} ${workflow.version}, at ${position}`;
}

interface Entry {
  sequence: number;
  at: string;
  kind: string;
  [member: string]: unknown;
}

async function journal(session: Session, id: string): Promise<void> {
  const items: Entry[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await session.client.api.GET('/v1/runs/{id}/journal', {
      params: { path: { id }, query: given({ cursor, limit: 200 }) },
    });
    items.push(...((data?.items ?? []) as Entry[]));
    cursor = data?.nextCursor ?? undefined;
  } while (cursor !== undefined);
  session.printPage(
    { items, nextCursor: null },
    {
      empty: 'Nothing has happened yet.',
      columns: [
        { title: '#', text: (entry) => String(entry.sequence), right: true },
        { title: 'AT', text: (entry) => entry.at.slice(11, 23) },
        { title: 'WHAT', text: (entry) => entry.kind },
        { title: 'WHERE', text: (entry) => String(entry.position ?? '') },
        { title: 'DETAIL', text: detailOf },
      ],
    },
  );
}

/** What is worth a glance of each kind of entry. */
function detailOf(entry: Entry): string {
  const error = entry.error as { title?: string; detail?: string } | undefined;
  const outcome = entry.outcome as
    { status?: string; fate?: string; error?: { title?: string; detail?: string } } | undefined;
  const decision = entry.decision as { approved?: boolean; by?: string } | undefined;
  const parts = [
    entry.capability,
    entry.connection && `over ${String(entry.connection)}`,
    entry.attempt && `attempt ${String(entry.attempt)}`,
    outcome?.status,
    outcome?.error && `${outcome.fate ?? ''}: ${outcome.error.detail ?? outcome.error.title ?? ''}`,
    error && (error.detail ?? error.title),
    entry.because,
    decision && `${decision.approved ? 'approved' : 'rejected'} by ${decision.by ?? ''}`,
    entry.reason,
    ...childText(entry),
    eventText(entry),
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join(', ');
}

/** Of a run that a task started: which, and how it ended. */
function childText({ kind, runId, workflow, status }: Entry): (string | undefined)[] {
  if (!kind.startsWith('child.')) return [];
  const { namespace, name, version } = (workflow ?? {}) as Record<string, string | undefined>;
  const which = namespace === undefined ? undefined : `${namespace}/${name} ${version}`;
  return [which, `run ${String(runId)}`, typeof status === 'string' ? status : undefined];
}

/** Of an event that a run received: which, and what became of it. */
function eventText({ event, as }: Entry): string | undefined {
  const { type, source, id } = (event ?? {}) as { type?: string; source?: string; id?: string };
  if (type === undefined) return undefined;
  return `${typeof as === 'string' ? `${as}: ` : ''}${type} ${id ?? ''} from ${source ?? ''}`;
}

async function cancel(session: Session, id: string, reason: string | undefined): Promise<void> {
  const { data } = await session.client.api.POST('/v1/runs/{id}/cancel', {
    params: { path: { id } },
    body: given({ reason }),
  });
  session.print(data, () => `${id} is asked to end. See how it goes: npx tutti show ${id}\n`);
}

async function retry(session: Session, id: string, fromTask: string | undefined): Promise<void> {
  const { data } = await session.client.api.POST('/v1/runs/{id}/retry', {
    params: { path: { id } },
    body: given({ fromTask }),
  });
  session.print(
    data,
    () =>
      `${data?.id} goes on from ${fromTask ?? 'the task that faulted'} of ${id}. See how it goes: npx tutti show ${data?.id}\n`,
  );
}
