import { OF_ENABLED } from '../runs/run-store.sql.js';

/**
 * The SQL of RunPlaces. A run waits in its queue (`queue`) and, when it has a key, behind the runs of that
 * key.
 */

const RUN_COLUMNS =
  'id, workspace_id, workflow_id, workflow_version_id, trigger, trace_id, root_span_id, parent_span_id, ' +
  'retry_of, retry_from, input';
const RUN_ARRAYS =
  '$1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], ' +
  '$9::uuid[], $10::text[], $11::text[]';

/** Keeps the admitter out while runs are put into their queues, but not the others who do that. */
export const LOCK_SHARED = `SELECT pg_advisory_xact_lock_shared(hashtext('tutti.places'))`;
/** One admitter at a time: that is what makes the limits exact. */
export const LOCK_ADMITTER = `SELECT pg_advisory_xact_lock(hashtext('tutti.places'))`;

/**
 * Inserts runs that wait, each with its place. A run whose key was used before is not inserted. A run is
 * blocked when its key has a run that did not end, or an earlier one in this batch.
 */
export const ACCEPT_WAITING = `
WITH i AS MATERIALIZED (
  SELECT * FROM unnest(${RUN_ARRAYS}, $12::text[], $13::text[], $14::bytea[], $15::text[], $16::text[]) WITH ORDINALITY
  AS i(${RUN_COLUMNS}, scope, key, request_hash, queue, queue_key, position)
  WHERE ${OF_ENABLED}),
keys AS (
  INSERT INTO idempotency_keys (workspace_id, scope, key, request_hash, run_id)
  SELECT workspace_id, scope, key, request_hash, id FROM i WHERE key IS NOT NULL ORDER BY workspace_id, scope, key
  ON CONFLICT DO NOTHING RETURNING run_id),
new AS MATERIALIZED (SELECT * FROM i WHERE key IS NULL OR id IN (SELECT run_id FROM keys)),
inserted AS (
  INSERT INTO runs (${RUN_COLUMNS}, status, started_at)
  SELECT ${RUN_COLUMNS}, 'pending', clock_timestamp() FROM new),
places AS (
  INSERT INTO run_places (run_id, workspace_id, workflow_id, queue, queue_key, state)
  SELECT id, workspace_id, workflow_id, queue, queue_key,
    CASE WHEN queue_key IS NOT NULL AND (
      row_number() OVER (PARTITION BY queue, queue_key ORDER BY position) > 1
      OR EXISTS (SELECT FROM run_places p WHERE p.queue = new.queue AND p.queue <> '' AND p.queue_key = new.queue_key))
    THEN 'blocked' ELSE 'ready' END
  FROM new ORDER BY position)
SELECT id FROM new`;

const release = (which: string) => `
WITH freed AS (
  DELETE FROM run_places p USING runs r
  WHERE r.id = p.run_id AND r.status IN ('completed', 'faulted', 'cancelled') AND ${which}
  RETURNING p.run_id, p.queue, p.queue_key, p.state),
keys AS (SELECT DISTINCT queue, queue_key FROM freed WHERE queue_key IS NOT NULL AND state <> 'blocked'),
next AS (
  SELECT n.run_id FROM keys k, LATERAL (
    SELECT p.run_id FROM run_places p WHERE p.queue = k.queue AND p.queue <> '' AND p.queue_key = k.queue_key
      AND p.run_id NOT IN (SELECT run_id FROM freed) ORDER BY p.sequence LIMIT 1) n)
UPDATE run_places p SET state = 'ready' FROM next WHERE p.run_id = next.run_id AND p.state = 'blocked'`;

/**
 * Gives back the places of runs of which it is known that they ended, and lets the next of each key come
 * forward.
 */
export const RELEASE_KNOWN = release('p.run_id = ANY($1::uuid[])');
/** The same for all that have a place: what a lost message did not tell. */
export const RELEASE_ALL = release(`p.state = 'admitted'`);

/** Runs that only waited for their workflow's share need no place once they are under way. */
export const RELEASE_STARTED = `
DELETE FROM run_places p USING runs r WHERE r.id = p.run_id AND p.state = 'admitted' AND p.queue = ''
  AND p.workflow_id = ANY($1::uuid[])
  AND (r.status <> 'running' OR EXISTS (SELECT FROM run_states s WHERE s.run_id = p.run_id))`;

/**
 * The queues in which runs are ready, found by skipping from one to the next: there may be many runs in each.
 */
export const QUEUES = `
WITH RECURSIVE queues AS (
  (SELECT workflow_id, queue, workspace_id FROM run_places WHERE state = 'ready' ORDER BY workflow_id, queue LIMIT 1)
  UNION ALL
  SELECT n.workflow_id, n.queue, n.workspace_id FROM queues q, LATERAL (
    SELECT workflow_id, queue, workspace_id FROM run_places WHERE state = 'ready' AND (workflow_id, queue) > (q.workflow_id, q.queue)
    ORDER BY workflow_id, queue LIMIT 1) n)
SELECT workflow_id, queue, workspace_id FROM queues`;

/** How many runs of each queue have a place, and how many of those nobody has begun. */
export const TAKEN = `
SELECT p.workflow_id, p.queue, count(*)::int AS taken,
  count(*) FILTER (WHERE r.status = 'running' AND s.run_id IS NULL)::int AS unstarted
FROM run_places p JOIN runs r ON r.id = p.run_id LEFT JOIN run_states s ON s.run_id = p.run_id
WHERE p.state = 'admitted' GROUP BY p.workflow_id, p.queue`;

/**
 * Admits the first ready runs of queues. Two of one key may both be ready when two processes accepted them at
 * once: only the first is admitted, and the other waits for its end.
 */
export const ADMIT = `
WITH chosen AS MATERIALIZED (
  SELECT c.* FROM unnest($1::uuid[], $2::text[], $3::int[]) AS q(workflow_id, queue, places), LATERAL (
    SELECT p.run_id, p.queue, p.queue_key, p.sequence FROM run_places p
    WHERE p.state = 'ready' AND p.workflow_id = q.workflow_id AND p.queue = q.queue ORDER BY p.sequence LIMIT q.places) c),
judged AS MATERIALIZED (
  SELECT run_id, queue_key IS NULL OR (
    row_number() OVER (PARTITION BY queue, queue_key ORDER BY sequence) = 1 AND NOT EXISTS (
      SELECT FROM run_places o WHERE o.queue = chosen.queue AND o.queue <> '' AND o.queue_key = chosen.queue_key
        AND o.state = 'admitted')) AS may
  FROM chosen),
placed AS (
  UPDATE run_places p SET state = CASE WHEN j.may THEN 'admitted' ELSE 'blocked' END FROM judged j WHERE p.run_id = j.run_id
  RETURNING p.run_id, p.state)
UPDATE runs r SET status = 'running' FROM placed WHERE r.id = placed.run_id AND placed.state = 'admitted' AND r.status = 'pending'
RETURNING r.id`;

/** Runs that wait, by queue. */
export const WAITING = `
SELECT workflow_id, queue, count(*)::int AS waiting FROM run_places WHERE state <> 'admitted' GROUP BY workflow_id, queue`;

/** How one run waits: where it stands, and who has the places. */
export const PLACE_OF = `
SELECT p.workflow_id, p.queue, p.queue_key, p.state, p.sequence,
  (SELECT count(*)::int FROM run_places o WHERE o.workflow_id = p.workflow_id AND o.state = 'admitted') AS of_workflow,
  (SELECT count(*)::int FROM run_places o WHERE o.queue = p.queue AND o.state = 'admitted') AS of_queue
FROM run_places p WHERE p.run_id = $1`;

/** Runs that wait in one queue. */
export const WAITING_IN = `SELECT count(*)::int AS waiting FROM run_places WHERE queue = $1 AND queue <> '' AND state <> 'admitted'`;
