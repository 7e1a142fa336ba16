import { isUtf8 } from 'node:buffer';
import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { instant } from '../output/format.js';
import { facts, oneLine } from '../output/table.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, numberOf, readBytes, splitPair } from './arguments.js';
import { editText } from './editor.js';
import { setPath } from './set-path.js';

type Letter = components['schemas']['DeadLetterDetail'];
type Batch = components['schemas']['DeadLetterBatch'];

interface FilterOptions {
  topic?: string;
  reason?: string;
  trigger?: string;
  q?: string;
}
interface ListOptions extends FilterOptions {
  status?: string;
  limit?: string;
  cursor?: string;
}
interface BulkOptions extends FilterOptions {
  all?: boolean;
  plan?: boolean;
}
interface EditOptions {
  set: string[];
  file?: string;
  restore?: boolean;
}

const BATCH_MAX = 200;
const REFUSED_SHOWN_MAX = 20;
const collect = (value: string, before: string[]): string[] => [...before, value];
const filtered = (command: Command): Command =>
  command
    .option('--topic <topic>', 'of one topic')
    .option('--reason <reason>', 'malformed, unknown-kind, refused, ...')
    .option('--trigger <name>', 'of one trigger')
    .option('--q <text>', 'text in key, detail or payload, or an id');

/** `tutti dead-letters list|show|edit|redrive|discard|reopen`. */
export function addDeadLetterCommands(program: Command, { define, act }: CommandKit): void {
  const letters = define(program, 'dead-letters', 'Messages that could not be handled.');
  const listing = act<ListOptions>((session, _args, options) => list(session, options));
  letters.action(listing);
  filtered(define(letters, 'list', 'Dead letters, newest first; the open ones unless told otherwise.'))
    .option('--status <status>', 'open, redriven, discarded; comma-separated')
    .option('--limit <n>', '1 to 200')
    .option('--cursor <cursor>', 'next page')
    .action(listing);
  define(letters, 'show <letter>', 'A letter with its headers and its payload.').action(
    act((session, [id]) => show(session, id as string)),
  );
  define(
    letters,
    'edit <letter>',
    'Edit what a redrive sends, in $EDITOR unless told how; the original is kept.',
  )
    .option(
      '--set <path=value>',
      'a field: workflow.name=..., or /outcome/status=... (repeatable)',
      collect,
      [],
    )
    .option('--file <path>', 'the whole payload out of a file, or - for standard input')
    .option('--restore', 'take the edit back')
    .action(act<EditOptions>((session, [id], options) => edit(session, id as string, options)));
  for (const [action, summary] of [
    ['redrive', 'Send letters again: these, or all that match.'],
    ['discard', 'Put letters aside: these, or all that match. They are kept.'],
  ] as const) {
    filtered(define(letters, `${action} [letters...]`, summary))
      .option('--all', 'every open letter')
      .option('--plan', 'say what would be done, and do nothing')
      .action(act<BulkOptions>((session, ids, options) => many(session, { action, ids, options })));
  }
  define(letters, 'reopen <letters...>', 'Open discarded letters again.').action(
    act((session, ids) => reopen(session, ids)),
  );
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const { status = 'open', limit, cursor } = options;
  const query = given({
    ...filterOf(options),
    status,
    cursor,
    limit: limit === undefined ? undefined : numberOf(limit, '--limit'),
  });
  const { data } = await session.client.api.GET('/v1/dead-letters', { params: { query } });
  if (data)
    session.printPage(data, {
      empty: 'There are no such dead letters: every message could be handled.',
      columns: [
        { title: 'LETTER', text: (item) => item.id },
        { title: 'STATUS', text: (item) => (item.edited ? `${item.status}, edited` : item.status) },
        { title: 'SINCE', text: (item) => instant(item.createdAt) },
        { title: 'TOPIC', text: (item) => item.topic },
        { title: 'PLACE', text: (item) => `${item.partition}/${item.offset}`, right: true },
        { title: 'SENT', text: (item) => String(item.redrives), right: true },
        { title: 'REASON', text: (item) => item.reason },
        { title: 'WHAT', text: (item) => item.detail },
      ],
    });
}

async function show(session: Session, id: string): Promise<void> {
  const letter = await letterOf(session, id);
  session.print(letter, () => letterText(letter));
}

function letterText(letter: Letter): string {
  const { run, trigger, payload, editedPayload } = letter;
  const head = facts([
    ['letter', letter.id],
    ['status', letter.status],
    ['reason', letter.reason],
    ['what', oneLine(letter.detail)],
    ['topic', `${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`],
    ['key', letter.key],
    ['trigger', trigger && (trigger.name ?? trigger.id)],
    ['run', run && `${run.id} of ${run.workflow.namespace}/${run.workflow.name}, ${run.status}`],
    ['since', instant(letter.createdAt)],
    [
      'sent again',
      letter.redrives > 0 ? `${letter.redrives} ${letter.redrives === 1 ? 'time' : 'times'}` : null,
    ],
    ['resolved', letter.resolvedAt && `${instant(letter.resolvedAt)} by ${letter.resolvedBy ?? 'nobody'}`],
    [
      'redrive',
      letter.status === 'open' && letter.problem ? `would be refused: ${oneLine(letter.problem)}` : null,
    ],
    ...Object.entries(letter.headers).map(
      ([name, value]) => ['header', oneLine(`${name}: ${value}`)] as const,
    ),
  ]);
  const edited = editedPayload === null ? '' : `edited payload\n${payloadText(editedPayload)}`;
  return `${head}payload\n${payloadText(payload)}${edited}`;
}

function payloadText({ encoding, text, truncated }: Letter['payload']): string {
  // Control characters may not move the cursor of the terminal; line breaks and tabs may stay.
  const shown = encoding === 'json' && !truncated ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return `${shown.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ')}${truncated ? ' …' : ''}\n`;
}

async function edit(session: Session, id: string, options: EditOptions): Promise<void> {
  const path = { params: { path: { id } } };
  if (options.restore) {
    const { data } = await session.client.api.DELETE('/v1/dead-letters/{id}/payload', path);
    session.print(data, () => `${id} is as it came.\n`);
    return;
  }
  const body = await editOf(session, id, options);
  const put = async () =>
    (await session.client.api.PUT('/v1/dead-letters/{id}/payload', { ...path, body: body.value })).data;
  const data = await put().catch((error: unknown) => {
    // What a person typed must not be lost because the hub refused it.
    if (body.keptIn !== undefined) session.io.stderr(`Your text is kept in ${body.keptIn}\n`);
    throw error;
  });
  body.done?.();
  session.print(data, () => `${id} is edited. Send it: npx tutti dead-letters redrive ${id}\n`);
}

interface Edit {
  value: { text: string } | { base64: string };
  keptIn?: string;
  done?: () => void;
}

async function editOf(session: Session, id: string, { set, file }: EditOptions): Promise<Edit> {
  if (set.length > 0 && file !== undefined) throw new CliError('Use either --set or --file.', EXIT.usage);
  if (file !== undefined) {
    const bytes = file === '-' ? Buffer.from(await session.io.stdin()) : readBytes(session.io, file);
    return { value: isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') } };
  }
  const letter = await letterOf(session, id);
  const { encoding, text, truncated } = letter.editedPayload ?? letter.payload;
  if (encoding === 'base64' || truncated)
    throw new CliError(
      'This payload is no text that can be edited here; give the whole with --file.',
      EXIT.usage,
    );
  if (set.length === 0) {
    const before = encoding === 'json' ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text;
    const edited = await editText(session.io, { name: `${id}.json`, text: before });
    return { value: { text: edited.text }, keptIn: edited.file, done: edited.remove };
  }
  if (encoding !== 'json') throw new CliError('--set needs a payload that is JSON; use --file.', EXIT.usage);
  const value = set
    .map((pair) => splitPair(pair, '--set'))
    .reduce<unknown>((data, [path, to]) => setPath(data, path, to), JSON.parse(text) as unknown);
  return { value: { text: JSON.stringify(value) } };
}

interface Many {
  action: 'redrive' | 'discard';
  ids: string[];
  options: BulkOptions;
}

async function many(session: Session, { action, ids, options }: Many): Promise<void> {
  const filter = filterOf(options);
  const narrowed = Object.keys(filter).length > 0;
  if (ids.length > 0 ? options.all || narrowed : !options.all && !narrowed)
    throw new CliError(
      'Say which letters: their ids, or --topic, --reason, --trigger, --q, or --all for every open one.',
      EXIT.usage,
    );
  const plan = options.plan === true;
  const sum: Batch = { plan, matched: 0, done: 0, refused: [], skipped: 0, groups: [], nextCursor: null };
  const chunks = ids.length > 0 ? chunksOf(ids).map((chunk) => ({ ids: chunk })) : [{ filter }];
  for (const chunk of chunks) {
    let cursor: string | undefined;
    do {
      const batch = await send(session, { action, plan, body: { ...chunk, ...given({ cursor }) } });
      add(sum, batch, cursor === undefined);
      cursor = batch.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
  if (sum.refused.length > 0 || (ids.length > 0 && sum.skipped > 0)) session.exitCode = EXIT.failed;
  session.print(sum, () => batchText(action, sum));
}

async function send(
  session: Session,
  at: { action: Many['action']; plan: boolean; body: components['schemas']['DeadLetterSelection'] },
): Promise<Batch> {
  const request = { params: { query: at.plan ? { plan: 'true' as const } : {} }, body: at.body };
  const { data } =
    at.action === 'redrive'
      ? await session.client.api.POST('/v1/dead-letters/redrive', request)
      : await session.client.api.POST('/v1/dead-letters/discard', request);
  return data as Batch;
}

function add(sum: Batch, batch: Batch, first: boolean): void {
  // Each further batch counts again what is behind the one before.
  if (first) sum.matched += batch.matched;
  sum.done += batch.done;
  sum.skipped += batch.skipped;
  sum.refused.push(...batch.refused);
  for (const { topic, reason, count } of batch.groups) {
    const known = sum.groups.find((group) => group.topic === topic && group.reason === reason);
    if (known) known.count += count;
    else sum.groups.push({ topic, reason, count });
  }
}

function batchText(action: Many['action'], { plan, matched, done, refused, skipped, groups }: Batch): string {
  if (matched === 0) return 'No open letter matches.\n';
  const verb = action === 'redrive' ? 'redriven' : 'discarded';
  const lines = [
    ...groups.map(({ topic, reason, count }) => `${topic}  ${reason}  ${count}`),
    `${done} of ${matched} ${plan ? 'would be' : done === 1 ? 'was' : 'were'} ${verb}.`,
    ...(skipped > 0
      ? [`${skipped} ${skipped === 1 ? 'is' : 'are'} not open any more, or somebody is at it.`]
      : []),
    ...refused.slice(0, REFUSED_SHOWN_MAX).map(({ id, detail }) => `${id} is left open: ${detail}`),
    ...(refused.length > REFUSED_SHOWN_MAX
      ? [`and ${refused.length - REFUSED_SHOWN_MAX} more are left open`]
      : []),
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}

async function reopen(session: Session, ids: string[]): Promise<void> {
  const opened: Letter[] = [];
  for (const id of ids) {
    const { data } = await session.client.api.POST('/v1/dead-letters/{id}/reopen', {
      params: { path: { id } },
    });
    if (data) opened.push(data);
  }
  session.print(opened, () => opened.map(({ id }) => `${id} is open\n`).join(''));
}

function chunksOf(ids: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < ids.length; at += BATCH_MAX) chunks.push(ids.slice(at, at + BATCH_MAX));
  return chunks;
}

function filterOf({ topic, reason, trigger, q }: FilterOptions) {
  return given({ topic, reason, trigger, q });
}

async function letterOf(session: Session, id: string): Promise<Letter> {
  const { data } = await session.client.api.GET('/v1/dead-letters/{id}', { params: { path: { id } } });
  return data as Letter;
}
