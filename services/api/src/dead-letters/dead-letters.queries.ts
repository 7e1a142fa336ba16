import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';
import { type LetterFilter, conditionsOf } from './letter-filter.js';

export interface LetterRow {
  id: string;
  workspaceId: string;
  triggerId: string | null;
  triggerName: string | null;
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  reason: string;
  detail: string;
  status: 'open' | 'redriven' | 'discarded';
  bytes: number;
  edited: boolean;
  redrives: number;
  createdAt: string;
  resolvedAt: string | null;
  resolvedBy: string | null;
}

export interface LetterDetailRow extends LetterRow {
  headers: string;
  payload: Buffer;
  editedPayload: Buffer | null;
}

/**
 * A letter whose message was sent before came back: the sendings of the letters before it count for it, too.
 */
const REDRIVES = `greatest(l.redrives, coalesce((SELECT max(p.redrives) FROM dead_letters p
  WHERE p.sent_hash = sha256(l.payload) AND p.topic = l.topic AND p.id < l.id), 0))`;
const ITEM = `l.id, l.workspace_id AS "workspaceId", l.trigger_id AS "triggerId",
  (SELECT t.name FROM triggers t WHERE t.id = l.trigger_id) AS "triggerName",
  l.topic, l.partition, l.record_offset::text AS "offset", l.key, l.reason, l.detail, l.status,
  octet_length(l.payload) AS bytes, l.edited_payload IS NOT NULL AS edited, ${REDRIVES} AS redrives,
  ${instant('l.created_at')} AS "createdAt", ${instant('l.resolved_at')} AS "resolvedAt", l.resolved_by AS "resolvedBy"`;
const DETAIL = `${ITEM}, l.headers, l.payload, l.edited_payload AS "editedPayload"`;

/** Newest first. */
export function listLetters(
  database: Queryable,
  filter: LetterFilter,
  at: { beforeId: string | null; limit: number },
): Promise<LetterRow[]> {
  const { sql, parameters, add } = conditionsOf(filter);
  const before = at.beforeId === null ? '' : ` AND l.id < ${add(at.beforeId)}::uuid`;
  return rowsOf<LetterRow>(
    database,
    `SELECT ${ITEM} FROM dead_letters l WHERE ${sql}${before} ORDER BY l.id DESC LIMIT ${add(at.limit)}`,
    parameters,
  );
}

export function findLetter(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<LetterDetailRow | undefined> {
  return rowOf<LetterDetailRow>(
    database,
    `SELECT ${DETAIL} FROM dead_letters l WHERE l.workspace_id = $1 AND l.id = $2`,
    [workspaceId, id],
  );
}

/** Oldest first. */
export function findLetters(
  database: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<LetterDetailRow[]> {
  return rowsOf<LetterDetailRow>(
    database,
    `SELECT ${DETAIL} FROM dead_letters l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) ORDER BY l.id`,
    [workspaceId, ids],
  );
}

/** The ids of open letters that match, oldest first: the order in which their messages were written. */
export async function openLetterIds(
  database: Queryable,
  filter: LetterFilter,
  at: { afterId: string | null; limit: number },
): Promise<string[]> {
  const { sql, parameters, add } = conditionsOf(filter);
  const after = at.afterId === null ? '' : ` AND l.id > ${add(at.afterId)}::uuid`;
  const rows = await rowsOf<{ id: string }>(
    database,
    `SELECT l.id FROM dead_letters l WHERE ${sql}${after} ORDER BY l.id LIMIT ${add(at.limit)}`,
    parameters,
  );
  return rows.map(({ id }) => id);
}

export async function countLetters(
  database: Queryable,
  filter: LetterFilter,
  afterId: string | null,
): Promise<number> {
  const { sql, parameters, add } = conditionsOf(filter);
  const after = afterId === null ? '' : ` AND l.id > ${add(afterId)}::uuid`;
  const row = await rowOf<{ count: number }>(
    database,
    `SELECT count(*)::int AS count FROM dead_letters l WHERE ${sql}${after}`,
    parameters,
  );
  return row?.count ?? 0;
}

export interface LetterChange {
  workspaceId: string;
  ids: readonly string[];
  subject: string;
}

const RESOLVED = 'resolved_at = clock_timestamp(), resolved_by = $3';

/**
 * Marks open letters as redriven, and answers them oldest first. Whoever comes second finds a letter locked
 * or not open, and leaves it: the mark is committed only when the bus has acknowledged the message.
 */
export async function claimForRedrive(database: Queryable, change: LetterChange): Promise<LetterDetailRow[]> {
  const rows = await rowsOf<LetterDetailRow>(
    database,
    `UPDATE dead_letters l SET status = 'redriven', redrives = ${REDRIVES} + 1, ${RESOLVED}
      WHERE l.id IN (SELECT id FROM dead_letters WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND status = 'open'
        ORDER BY id FOR UPDATE SKIP LOCKED) AND l.status = 'open' RETURNING ${DETAIL}`,
    [change.workspaceId, change.ids, change.subject],
  );
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Remembers what was sent, so that the same message is recognised when it comes back. */
export async function recordSent(
  database: Queryable,
  sent: readonly { id: string; hash: Buffer }[],
): Promise<void> {
  if (sent.length === 0) return;
  await database.query(
    `UPDATE dead_letters l SET sent_hash = s.hash FROM unnest($1::uuid[], $2::bytea[]) AS s(id, hash) WHERE l.id = s.id`,
    [sent.map(({ id }) => id), sent.map(({ hash }) => hash)],
  );
}

/** Takes the mark back from letters that were not sent. */
export async function unclaim(database: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await database.query(
    `UPDATE dead_letters SET status = 'open', redrives = redrives - 1, resolved_at = NULL, resolved_by = NULL
      WHERE id = ANY($1::uuid[])`,
    [ids],
  );
}

/** A letter that was handled once more and failed again is open again, with what is wrong now. */
export async function failAgain(
  database: Queryable,
  letter: { id: string; reason: string; detail: string },
): Promise<void> {
  await database.query(
    `UPDATE dead_letters SET status = 'open', resolved_at = NULL, resolved_by = NULL, reason = $2, detail = $3
      WHERE id = $1`,
    [letter.id, letter.reason, letter.detail],
  );
}

/** Answers the ids of those that were open and are not any more. */
export async function discardLetters(database: Queryable, change: LetterChange): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    database,
    `UPDATE dead_letters SET status = 'discarded', ${RESOLVED}
      WHERE id IN (SELECT id FROM dead_letters WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND status = 'open'
        ORDER BY id FOR UPDATE SKIP LOCKED) AND status = 'open' RETURNING id`,
    [change.workspaceId, change.ids, change.subject],
  );
  return rows.map(({ id }) => id);
}

export async function reopenLetter(database: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const rows = await rowsOf(
    database,
    `UPDATE dead_letters SET status = 'open', resolved_at = NULL, resolved_by = NULL
      WHERE workspace_id = $1 AND id = $2 AND status = 'discarded' RETURNING id`,
    [workspaceId, id],
  );
  return rows.length === 1;
}

/** Null takes the edit back. Answers whether the letter was open. */
export async function editLetter(
  database: Queryable,
  at: { workspaceId: string; id: string; payload: Buffer | null },
): Promise<boolean> {
  const rows = await rowsOf(
    database,
    `UPDATE dead_letters SET edited_payload = $3 WHERE workspace_id = $1 AND id = $2 AND status = 'open' RETURNING id`,
    [at.workspaceId, at.id, at.payload],
  );
  return rows.length === 1;
}

export interface LetterRun {
  id: string;
  workspaceId: string;
  status: string;
  namespace: string;
  name: string;
}

export function runsOfLetters(database: Queryable, ids: readonly string[]): Promise<LetterRun[]> {
  return rowsOf<LetterRun>(
    database,
    `SELECT r.id, r.workspace_id AS "workspaceId", r.status, w.namespace, w.name
       FROM runs r JOIN workflows w ON w.id = r.workflow_id WHERE r.id = ANY($1::uuid[])`,
    [ids],
  );
}

/** The payload that a record only refers to, as long as it is kept. */
export async function referredPayload(database: Queryable, id: string): Promise<Buffer | undefined> {
  const row = await rowOf<{ content: Buffer }>(database, 'SELECT content FROM bus_payloads WHERE id = $1', [
    id,
  ]);
  return row?.content;
}
