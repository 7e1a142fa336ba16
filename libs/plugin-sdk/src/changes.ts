import { z } from 'zod';
import { PermanentError } from './errors.js';
import { markOf } from './mark.js';
import type { Polled, TriggerEvent } from './trigger.js';

/** A record as it is after a change. */
export interface Change<Data> {
  /** Of the record: events of one id are of one key. */
  id: string;
  /** When it was changed last, ISO 8601 with an offset. */
  at: string;
  data: Data;
  /** Tells it from other changes of the record at that moment; absent: made of the data. */
  version?: string;
}

/** Records of another system that can be asked for by the time of their last change. */
export interface ChangesRequest<Data> {
  /** As the poll got it. */
  cursor: unknown;
  /** Records that were changed then or later, page by page, what was changed first at the beginning. */
  list: (from: Date) => AsyncIterable<readonly Change<Data>[]>;
  /**
   * How far each look goes back behind the newest change that was seen: for changes that were stored after
   * later ones, and for clocks that differ. Default 120,000.
   */
  overlapMs?: number;
  /** Of one poll; default 200. */
  eventsMax?: number;
}

const Cursor = z.strictObject({ from: z.iso.datetime(), seen: z.array(z.string()) });

const OVERLAP_MS = 120_000;
const EVENTS_MAX = 200;
/** What fits into a cursor. */
const SEEN_MAX = 2_000;
const MARK_LENGTH = 16;

/** A change in the window that each look goes over again: when it was, and which. */
interface SeenChange {
  atMs: number;
  mark: string;
}

/**
 * One poll for records that were changed since the last one. The first gives no events: what there was before
 * is not news. A record that changes twice in a second, the finest that many systems tell apart, is two
 * events when it differs. Throws what `list` throws, and a `PermanentError` for a cursor that is none of its
 * own and when more than 2,000 records were changed at one moment.
 */
export async function changedRecords<Data>(request: ChangesRequest<Data>): Promise<Polled<Data>> {
  const { overlapMs = OVERLAP_MS, eventsMax = EVENTS_MAX } = request;
  const isFirst = request.cursor === null || request.cursor === undefined;
  const before = isFirst ? { fromMs: Date.now() - overlapMs, seen: [] } : readCursor(request.cursor);
  const marks = new Set(before.seen.map(({ mark }) => mark));
  const seen = [...before.seen];
  const events: TriggerEvent<Data>[] = [];
  let newestMs = before.fromMs + overlapMs;
  let more = false;
  for await (const change of each(request.list(new Date(before.fromMs)))) {
    const atMs = Date.parse(change.at);
    const id = await eventId(change);
    const mark = (await markOf(id)).slice(0, MARK_LENGTH);
    newestMs = Math.max(newestMs, atMs);
    if (marks.has(mark)) continue;
    marks.add(mark);
    seen.push({ atMs, mark });
    if (isFirst) continue;
    events.push({ id, data: change.data, time: change.at, key: change.id });
    more = events.length >= eventsMax;
    if (more) break;
  }
  const fromMs = Math.max(before.fromMs, newestMs - overlapMs);
  return { events, cursor: cursorOf(fromMs, seen), ...(more && { more }) };
}

async function* each<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

async function eventId({ id, at, data, version }: Change<unknown>): Promise<string> {
  return `${id}@${at}#${version ?? (await markOf(JSON.stringify(data))).slice(0, MARK_LENGTH)}`;
}

function readCursor(cursor: unknown): { fromMs: number; seen: SeenChange[] } {
  const read = Cursor.safeParse(cursor);
  if (!read.success)
    throw new PermanentError('The cursor is of another kind: remove the trigger and apply it again.', {
      status: 409,
    });
  const seen = read.data.seen.map((text) => {
    const [time = '', mark = ''] = text.split(':');
    return { atMs: Number.parseInt(time, 36), mark };
  });
  return { fromMs: Date.parse(read.data.from), seen };
}

/** With more changes in the window than a cursor holds, the window begins later. */
function cursorOf(fromMs: number, seen: readonly SeenChange[]): z.output<typeof Cursor> {
  const inside = seen.filter(({ atMs }) => atMs >= fromMs).sort((one, other) => one.atMs - other.atMs);
  const beginsMs = inside.length > SEEN_MAX ? (inside.at(-SEEN_MAX)?.atMs ?? fromMs) : fromMs;
  const kept = inside.filter(({ atMs }) => atMs >= beginsMs);
  if (kept.length > SEEN_MAX)
    throw new PermanentError(
      `More than ${SEEN_MAX} records were changed at ${new Date(beginsMs).toISOString()}, which is more than ` +
        'a cursor holds: remove the trigger and apply it again, and it begins with what changes then.',
      { status: 422 },
    );
  return {
    from: new Date(beginsMs).toISOString(),
    seen: kept.map(({ atMs, mark }) => `${atMs.toString(36)}:${mark}`),
  };
}
