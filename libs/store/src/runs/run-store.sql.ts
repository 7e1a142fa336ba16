/** The SQL of RunStore. Arrays in, one statement each: a statement is a transaction and one round trip. */

const ACCEPT_NAMES =
  'id, workspace_id, workflow_id, workflow_version_id, trigger, trace_id, root_span_id, parent_span_id, retry_of, retry_from, input';
const ACCEPT_ARRAYS =
  '$1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[]';
const INSERT_RUNS = `INSERT INTO runs (${ACCEPT_NAMES}, status, started_at) SELECT ${ACCEPT_NAMES}, 'running', clock_timestamp()`;

/**
 * Keeps out the runs of disabled workflows; asked once a statement. Whoever disables one waits for the
 * statements that were let in before (see the migration `versions`). $3 holds the ids of the workflows.
 */
export const OF_ENABLED = 'workflow_id <> ALL ((SELECT disabled_workflows($3::uuid[]))::uuid[])';

export const ACCEPT = `${INSERT_RUNS} FROM unnest(${ACCEPT_ARRAYS}) AS i(${ACCEPT_NAMES}) WHERE ${OF_ENABLED}`;

/** Notes who started runs. $1 holds their ids and parents. */
export const ADD_PARENTS = `
INSERT INTO run_parents (run_id, parent_run_id, position, is_told, depth)
SELECT id, "runId", position, "isTold", depth
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, "runId" uuid, position text, "isTold" boolean, depth smallint)`;

/** Commands of turns for other runs; one that has ended needs none. */
export const GIVE_COMMANDS = `
INSERT INTO run_commands (id, workspace_id, run_id, command, child_run_id)
SELECT x.id, x."workspaceId", x."to", x.command, x."childRunId"
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, "workspaceId" text, "to" uuid, command text, "childRunId" uuid)
JOIN runs r ON r.id = x."to" AND r.status NOT IN ('completed', 'faulted', 'cancelled')`;

/** Taken before the commit that disables a workflow. */
export const LOCK_ACCEPTING = `SELECT pg_advisory_xact_lock(hashtext('tutti.accept'))`;

/** Which of these runs were stored. */
export const STORED_RUNS = 'SELECT id FROM runs WHERE id = ANY($1::uuid[])';

export const ACCEPT_WITH_KEYS = `
WITH i AS MATERIALIZED (
  SELECT * FROM unnest(${ACCEPT_ARRAYS}, $12::text[], $13::text[], $14::bytea[]) AS i(${ACCEPT_NAMES}, scope, key, request_hash)
  WHERE ${OF_ENABLED}),
keys AS (
  INSERT INTO idempotency_keys (workspace_id, scope, key, request_hash, run_id)
  SELECT workspace_id, scope, key, request_hash, id FROM i WHERE key IS NOT NULL ORDER BY workspace_id, scope, key
  ON CONFLICT DO NOTHING RETURNING run_id)
${INSERT_RUNS} FROM i WHERE key IS NULL OR id IN (SELECT run_id FROM keys) RETURNING id`;

// The winner may have committed a moment after our snapshot began; as a statement of its own this one sees
// it.
export const FIRST_OF_KEYS = `
SELECT a.asked_id, k.run_id, k.request_hash = a.request_hash AS same_request, r.status, r.output, r.error
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[]) AS a(asked_id, workspace_id, scope, key, request_hash)
JOIN idempotency_keys k USING (workspace_id, scope, key) JOIN runs r ON r.id = k.run_id`;

/**
 * One turn each of many runs with the receipts of its writes, all or nothing. The journal's primary key (run,
 * sequence) is the guard: where another owner wrote this sequence before, the statement fails and changes
 * nothing of any run, the rollups included. The journal comes first, in the order of the run ids: two owners
 * that write the same runs then wait for each other in one direction only.
 */
export const COMMIT_TURNS = `
WITH t AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::boolean[], $5::text[], $6::float8[], $7::boolean[], $8::text[],
    $9::text[], $10::float8[], $11::date[], $12::boolean[], $13::text[], $14::text[], $15::bigint[], $16::text[])
  AS t(run_id, revision, status, status_changed, state, wake_ms, keep_wake, event, entries, at_ms, day, ended,
    output, error, cost_micros, currency)),
j AS (
  INSERT INTO journal (day, run_id, sequence, at, event, entries)
  SELECT day, run_id, revision, to_timestamp(at_ms / 1000), event, entries FROM t RETURNING 1),
c AS MATERIALIZED (SELECT * FROM t WHERE (SELECT count(*) FROM j) > 0),
inserted AS (
  INSERT INTO run_states (run_id, revision, wake_at, state)
  SELECT run_id, revision, to_timestamp(wake_ms / 1000), state FROM c WHERE revision = 1 AND NOT ended),
updated AS (
  UPDATE run_states s SET revision = c.revision, state = c.state,
    wake_at = CASE WHEN c.keep_wake THEN s.wake_at ELSE to_timestamp(c.wake_ms / 1000) END
  FROM c WHERE s.run_id = c.run_id AND s.revision = c.revision - 1 AND c.revision > 1 AND NOT c.ended),
deleted AS (DELETE FROM run_states s USING c WHERE s.run_id = c.run_id AND c.ended AND c.revision > 1),
ended AS (
  UPDATE runs r SET status = c.status, revision = c.revision, ended_at = clock_timestamp(), output = c.output, error = c.error,
    cost_micros = c.cost_micros, currency = c.currency
  FROM c WHERE r.id = c.run_id AND c.ended),
changed AS (
  UPDATE runs r SET status = c.status, revision = c.revision, cost_micros = c.cost_micros, currency = c.currency
  FROM c WHERE r.id = c.run_id AND c.status_changed AND NOT c.ended),
minutes AS (
  INSERT INTO run_minutes AS m (workspace_id, workflow_id, minute, status, runs, duration_ms_sum, cost_micros, durations)
  SELECT * FROM jsonb_to_recordset($17::jsonb) AS x(workspace_id text, workflow_id uuid, minute timestamptz, status text, runs int,
    duration_ms_sum float8, cost_micros bigint, durations int[])
  WHERE (SELECT count(*) FROM j) > 0
  ON CONFLICT (workspace_id, workflow_id, minute, status) DO UPDATE SET runs = m.runs + excluded.runs,
    duration_ms_sum = m.duration_ms_sum + excluded.duration_ms_sum, cost_micros = m.cost_micros + excluded.cost_micros,
    durations = (SELECT array_agg(coalesce(a, 0) + coalesce(b, 0)) FROM unnest(m.durations, excluded.durations) AS u(a, b))),
receipts AS (
  INSERT INTO receipts (run_id, position, attempt, workspace_id, connection, idempotency_key, status, answer)
  SELECT "runId", position, attempt, "workspaceId", connection, "idempotencyKey", status, answer
  FROM jsonb_to_recordset($18::jsonb) AS x("runId" uuid, position text, attempt int, "workspaceId" text, connection text,
    "idempotencyKey" text, status text, answer text)
  WHERE (SELECT count(*) FROM j) > 0
  ON CONFLICT (run_id, position, attempt) DO UPDATE SET status = excluded.status, answer = excluded.answer, at = clock_timestamp())
SELECT 1`;

/** Which of these turns were written before, by whomever. */
export const WRITTEN_TURNS = `
SELECT a.run_id FROM unnest($1::uuid[], $2::int[], $3::date[]) AS a(run_id, revision, day)
JOIN journal j ON j.run_id = a.run_id AND j.sequence = a.revision AND j.day = a.day`;

export const LOAD_RUNS = `
SELECT r.id, r.workspace_id, r.workflow_id, r.workflow_version_id, w.namespace, w.name, v.version, r.status, s.revision,
  r.trigger, r.trace_id, r.root_span_id, r.parent_span_id, r.retry_of, r.retry_from,
  p.parent_run_id, p.position AS parent_position, p.is_told AS parent_is_told, p.depth AS parent_depth,
  (extract(epoch FROM r.started_at) * 1000)::float8 AS started_at_ms, r.input, s.state,
  (extract(epoch FROM s.wake_at) * 1000)::float8 AS wake_at_ms
FROM unnest($1::uuid[]) AS a(id) JOIN runs r ON r.id = a.id JOIN workflows w ON w.id = r.workflow_id
JOIN workflow_versions v ON v.id = r.workflow_version_id LEFT JOIN run_states s ON s.run_id = r.id
LEFT JOIN run_parents p ON p.run_id = r.id`;

/** A suspended run takes no step, and yet the results of its calls that are under way. */
export const UNFINISHED_RUNS = `
SELECT id FROM (
  (SELECT id FROM runs WHERE status IN ('pending', 'running') AND id > $1 ORDER BY id LIMIT $2)
  UNION ALL (SELECT id FROM runs WHERE status = 'suspended' AND id > $1 ORDER BY id LIMIT $2)) u
ORDER BY id LIMIT $2`;

/**
 * The last turns of runs, as those who follow them are told of them. Several, because an owner sends one turn
 * while it commits the next: when it dies, the last few of a run may be unsent.
 */
export const LAST_TURNS = `
SELECT r.id, r.workspace_id, w.namespace, w.name, v.version, r.workflow_version_id, r.trace_id, r.root_span_id,
  CASE WHEN j.is_last THEN r.status ELSE 'running' END AS status, CASE WHEN j.is_last THEN r.output END AS output,
  CASE WHEN j.is_last THEN r.error END AS error, j.sequence, j.event, j.entries
FROM unnest($1::uuid[], $2::date[]) AS a(id, day) JOIN runs r ON r.id = a.id JOIN workflows w ON w.id = r.workflow_id
JOIN workflow_versions v ON v.id = r.workflow_version_id
CROSS JOIN LATERAL (SELECT sequence, event, entries, row_number() OVER (ORDER BY sequence DESC) = 1 AS is_last
  FROM journal WHERE run_id = a.id AND day = a.day ORDER BY sequence DESC LIMIT $3) j
ORDER BY r.id, j.sequence`;

export const ENTRIES_BEFORE = `
SELECT event, entries FROM journal WHERE run_id = $1 AND day = $2::date AND sequence < $3 ORDER BY sequence`;

/**
 * Accepted runs that nobody began to decide, of one page of the unfinished runs: the page's last id tells
 * where the next one begins.
 */
export const ORPHANED_RUNS = `
WITH page AS MATERIALIZED (
  SELECT id, status, started_at FROM runs WHERE status IN ('pending', 'running') AND id > $1 ORDER BY id LIMIT $2)
SELECT (SELECT count(*) FROM page)::int AS found, (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last,
  ARRAY(SELECT id FROM page p WHERE status = 'running' AND started_at <= clock_timestamp() - $3::float8 * interval '1 millisecond'
    AND NOT EXISTS (SELECT 1 FROM run_states s WHERE s.run_id = p.id) ORDER BY id) AS orphans`;

/**
 * The lease in this statement is the time after which another sweep takes a run whose taker died. Without a
 * time of the caller the database's own counts: several callers have several clocks.
 */
export const TAKE_DUE = `
WITH now AS MATERIALIZED (SELECT coalesce(to_timestamp($1::float8 / 1000), clock_timestamp()) AS at),
due AS MATERIALIZED (
  SELECT run_id, wake_at FROM run_states WHERE wake_at <= (SELECT at FROM now) ORDER BY wake_at LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE run_states s SET wake_at = (SELECT at FROM now) + $3::float8 * interval '1 millisecond' FROM due WHERE s.run_id = due.run_id
RETURNING s.run_id, (extract(epoch FROM due.wake_at) * 1000)::float8 AS due_at_ms`;

/**
 * Takes commands that were not sent for a while; the older one is, the longer until it is taken again, so
 * that an owner who is behind is not told of the same ones again and again.
 */
export const TAKE_COMMANDS = `
UPDATE run_commands SET sent_at = clock_timestamp() + least(clock_timestamp() - created_at, interval '60 seconds') WHERE id IN (
  SELECT id FROM run_commands WHERE sent_at <= clock_timestamp() - $1::float8 * interval '1 millisecond'
  ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id, run_id, command, created_at`;

export const COMMANDS_OF = `
SELECT k.id, k.run_id, k.command, e.event, c.output AS child_output, c.error AS child_error
FROM unnest($1::uuid[]) AS asked(run_id)
CROSS JOIN LATERAL (SELECT * FROM run_commands w WHERE w.run_id = asked.run_id ORDER BY w.created_at, w.id LIMIT $2) k
LEFT JOIN runs c ON c.id = k.child_run_id LEFT JOIN events e ON e.id = k.event_id
ORDER BY k.created_at, k.id`;

export const OPEN_REVIEWS = `
INSERT INTO reviews (id, workspace_id, run_id, workflow_id, task, position, title, because, status, token, form, data, context, document,
  due_at, opened_at)
SELECT id, "workspaceId", "runId", "workflowId", task, position, title, because, 'open', token, form, data, context, document,
  to_timestamp("dueAtMs" / 1000), to_timestamp("openedAtMs" / 1000)
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, "workspaceId" text, "runId" uuid, "workflowId" uuid, task text, position text, title text,
  because text, token text, form text, data text, context text, document text, "dueAtMs" float8, "openedAtMs" float8)
ON CONFLICT (id) DO NOTHING`;

// Only an open review can expire: a decision that was committed just before wins.
export const CLOSE_REVIEWS = `
UPDATE reviews r SET status = x.status, decided_at = clock_timestamp() FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, status text)
WHERE r.id = x.id AND r.status = 'open'`;

export const MIGRATE_RUNS = `
UPDATE runs r SET workflow_version_id = x."versionId" FROM jsonb_to_recordset($1::jsonb) AS x("runId" uuid, "versionId" uuid)
WHERE r.id = x."runId"`;

export const EVENTS_OF = `
SELECT j.event, r.input FROM journal j JOIN runs r ON r.id = j.run_id WHERE j.run_id = $1 AND j.day = $2::date ORDER BY j.sequence`;
