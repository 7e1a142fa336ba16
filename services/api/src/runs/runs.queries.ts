import type { RunStatus } from '@tutti/contracts';
import { dayOfId } from '@tutti/store';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface RunRow {
  id: string;
  workflowId: string;
  versionId: string;
  namespace: string;
  name: string;
  version: string;
  status: RunStatus;
  revision: number;
  trigger: string;
  startedAt: string;
  endedAt: string | null;
  durationMs: number | null;
  costMicros: string;
  currency: string | null;
  traceId: string;
  retryOf: string | null;
  error: string | null;
}

const SUMMARY = `r.id, r.workflow_id AS "workflowId", v.id AS "versionId", w.namespace, w.name, v.version, r.status, r.revision, r.trigger,
  ${instant('r.started_at')} AS "startedAt", ${instant('r.ended_at')} AS "endedAt",
  (extract(epoch FROM r.ended_at - r.started_at) * 1000)::float8 AS "durationMs", r.cost_micros AS "costMicros", r.currency,
  r.trace_id AS "traceId", r.retry_of AS "retryOf", r.error`;
const FROM =
  'runs r JOIN workflows w ON w.id = r.workflow_id JOIN workflow_versions v ON v.id = r.workflow_version_id';

export interface RunFilter {
  workspaceId: string;
  statuses: RunStatus[] | null;
  workflow: { namespace: string; name: string } | null;
  /** Bounds of the id, from times: ids are UUIDv7, so they sort by time, and the primary key serves. */
  fromId: string | null;
  toId: string | null;
  /** Bounds of the id, from the beginning of one. */
  q: { text: string; lowId: string | null; highId: string | null } | null;
  beforeId: string | null;
  /** The run that started them. */
  parentId?: string | null;
  limit: number;
  /** The error's type, or what stands after its last slash. */
  errorType?: string | null;
  /** Leaves out runs whose id is an idempotency key of this scope. */
  withoutKeyIn?: string;
  ids?: readonly string[] | null;
  /** Ids of workflow versions. */
  onVersion?: string | null;
  notOnVersion?: string | null;
  /** Leaves out runs that their parents repeated, or repeat when what the filter finds is retried. */
  withoutRepeated?: boolean;
}

/**
 * Newest first. Text is looked for in the rows that the other filters leave, in that order, until the page
 * is full.
 */
export function listRuns(database: Queryable, filter: RunFilter): Promise<RunRow[]> {
  const { conditions, parameters } = conditionsOf(filter);
  return rowsOf<RunRow>(
    database,
    `SELECT ${SUMMARY} FROM ${FROM} WHERE ${conditions.join(' AND ')}
     ORDER BY r.id DESC LIMIT $${parameters.length + 1}`,
    [...parameters, filter.limit],
  );
}

/** The conditions of a filter on the runs `r`, the first parameter is the workspace. */
export function conditionsOf(filter: RunFilter): { conditions: string[]; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const add = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = [`r.workspace_id = ${add(filter.workspaceId)}`];
  if (filter.statuses) conditions.push(`r.status = ANY(${add(filter.statuses)}::text[])`);
  if (filter.workflow) {
    const { namespace, name } = filter.workflow;
    conditions.push(`r.workflow_id = (SELECT id FROM workflows WHERE workspace_id = $1
      AND namespace = ${add(namespace)}
      AND name = ${add(name)})`);
  }
  if (filter.fromId) conditions.push(`r.id >= ${add(filter.fromId)}::uuid`);
  if (filter.toId) conditions.push(`r.id < ${add(filter.toId)}::uuid`);
  if (filter.beforeId) conditions.push(`r.id < ${add(filter.beforeId)}::uuid`);
  if (filter.parentId)
    conditions.push(
      `r.id IN (SELECT run_id FROM run_parents WHERE parent_run_id = ${add(filter.parentId)}::uuid)`,
    );
  if (filter.ids) conditions.push(`r.id = ANY(${add(filter.ids)}::uuid[])`);
  if (filter.onVersion) conditions.push(`r.workflow_version_id = ${add(filter.onVersion)}`);
  if (filter.notOnVersion) conditions.push(`r.workflow_version_id <> ${add(filter.notOnVersion)}`);
  if (filter.errorType) {
    const type = add(filter.errorType);
    conditions.push(
      `(r.error::jsonb ->> 'type' = ${type} OR r.error::jsonb ->> 'type' LIKE '%/' || ${type})`,
    );
  }
  if (filter.withoutKeyIn) {
    conditions.push(`NOT EXISTS (SELECT FROM idempotency_keys k WHERE k.workspace_id = $1
      AND k.scope = ${add(filter.withoutKeyIn)} AND k.key = r.id::text)`);
  }
  if (filter.q?.lowId) {
    conditions.push(`r.id BETWEEN ${add(filter.q.lowId)}::uuid AND ${add(filter.q.highId)}::uuid`);
  } else if (filter.q) {
    const text = add(filter.q.text);
    conditions.push(`(position(lower(${text}) IN lower(r.input)) > 0 OR position(lower(${text}) IN lower(r.output)) > 0
      OR position(lower(${text}) IN lower(r.error)) > 0)`);
  }
  if (filter.withoutRepeated) conditions.push(repeatedByNoRetry(conditions), repeatedByNoParent);
  return { conditions, parameters };
}

/**
 * None of the runs that faulted with a run because they waited for it was retried, nor is found by the same
 * conditions: the retry of one of them begins the task anew that had started this run.
 */
const repeatedByNoRetry = (conditions: readonly string[]) => `NOT EXISTS (
  WITH RECURSIVE waited AS (${waitedFor('r.id')}
    UNION ALL SELECT o.id FROM waited, LATERAL (${waitedFor('waited.id')}) o)
  SELECT FROM waited JOIN runs r ON r.id = waited.id
  WHERE ${conditions.join(' AND ')} OR EXISTS (SELECT FROM runs again WHERE again.retry_of = r.id))`;

const waitedFor = (run: string) => `
  SELECT p.parent_run_id AS id FROM run_parents p JOIN runs parent ON parent.id = p.parent_run_id
  WHERE p.run_id = ${run} AND p.is_told AND parent.status = 'faulted'`;

/** A `try` of the run that had started it has not started another one in its place. */
const repeatedByNoParent = `NOT EXISTS (
  SELECT FROM run_parents p JOIN run_parents later
    ON later.parent_run_id = p.parent_run_id AND later.position = p.position AND later.run_id > p.run_id
  WHERE p.run_id = r.id)`;

export interface RunDetailRow extends RunRow {
  input: string;
  output: string | null;
  state: string | null;
}

export function findRun(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<RunDetailRow | undefined> {
  return rowOf<RunDetailRow>(
    database,
    `
    SELECT ${SUMMARY}, r.input, r.output, s.state FROM ${FROM} LEFT JOIN run_states s ON s.run_id = r.id
     WHERE r.workspace_id = $1 AND r.id = $2`,
    [workspaceId, id],
  );
}

/**
 * The status of a run, locked until the transaction ends, so that it does not end between the check and the
 * command.
 */
export function lockRun(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<{ status: RunStatus } | undefined> {
  return rowOf(database, 'SELECT status FROM runs WHERE workspace_id = $1 AND id = $2 FOR SHARE', [
    workspaceId,
    id,
  ]);
}

export function findRunEnd(
  database: Queryable,
  id: string,
): Promise<{ status: RunStatus; output: string | null; error: string | null } | undefined> {
  return rowOf(database, 'SELECT status, output, error FROM runs WHERE id = $1', [id]);
}

/** Those of the given runs that have ended. */
export function listRunEnds(
  database: Queryable,
  ids: readonly string[],
): Promise<{ id: string; status: RunStatus; output: string | null; error: string | null }[]> {
  return rowsOf(
    database,
    `SELECT id, status, output, error FROM runs
     WHERE id = ANY($1::uuid[]) AND status IN ('completed', 'faulted', 'cancelled')`,
    [ids],
  );
}

export interface JournalRow {
  sequence: number;
  event: string;
  entries: string;
}

/** Turns of a run from a sequence on. The day in the id says which partition holds them. */
export function listJournal(
  database: Queryable,
  at: { runId: string; fromSequence: number; limit: number },
): Promise<JournalRow[]> {
  return rowsOf<JournalRow>(
    database,
    `
    SELECT sequence, event, entries FROM journal WHERE run_id = $1 AND day = $2::date AND sequence >= $3 ORDER BY sequence LIMIT $4`,
    [at.runId, dayOfId(at.runId), at.fromSequence, at.limit],
  );
}
