/** The SQL of triggers of plugins. Times are the database's. */

const HELD = 'trigger_id = $1 AND lease_owner = $2 AND fence = $3';

/** Takes triggers that are due and that nobody works on; each taking has a fence of its own. */
export const TAKE_DUE = `
UPDATE plugin_triggers t SET lease_owner = $1, fence = fence + 1,
  lease_until = clock_timestamp() + $2 * interval '1 millisecond'
WHERE trigger_id IN (
  SELECT trigger_id FROM plugin_triggers
  WHERE next_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
    AND (wanted OR subscription IS NOT NULL)
  ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING trigger_id AS id, workspace_id AS "workspaceId", connection, name, options, interval_ms::float8 AS "intervalMs",
  wanted, hook_token AS "hookToken", cursor, subscription, failures, fence::text AS fence`;

/** Holds on to it; no row: it was taken away, because the trigger was changed or the lease ran out. */
export const RENEW = `
UPDATE plugin_triggers SET lease_until = clock_timestamp() + $4 * interval '1 millisecond' WHERE ${HELD} RETURNING trigger_id`;

/**
 * Keeps events with the cursor behind them, in one statement and only for who holds the trigger. An event
 * that waits already is kept once.
 */
export const KEEP = `
WITH held AS (
  UPDATE plugin_triggers SET cursor = $4, kind = $5, state = 'running', error = NULL, failures = 0, looked_at = clock_timestamp(),
    events = events + cardinality($9::text[]),
    last_event_at = CASE WHEN cardinality($9::text[]) > 0 THEN clock_timestamp() ELSE last_event_at END,
    next_at = CASE WHEN $6::float8 IS NULL THEN next_at ELSE clock_timestamp() + $6 * interval '1 millisecond' END,
    lease_owner = CASE WHEN $7::boolean THEN lease_owner END, lease_until = CASE WHEN $7::boolean THEN lease_until END,
    subscription = coalesce($8, subscription)
  WHERE ${HELD} RETURNING trigger_id),
kept AS (
  INSERT INTO trigger_events (trigger_id, event_id, key, happened_at, data, problem)
  SELECT trigger_id, e.id, e.key, e.happened_at, e.data, e.problem FROM held,
    unnest($9::text[], $10::text[], $11::text[], $12::text[], $13::text[]) WITH ORDINALITY
      AS e(id, key, happened_at, data, problem, position)
  ORDER BY e.position ON CONFLICT DO NOTHING)
SELECT trigger_id FROM held`;

/** The same for events that came by themselves, while the trigger is switched on. */
export const KEEP_SENT = `
WITH wanted AS (
  UPDATE plugin_triggers SET events = events + cardinality($2::text[]), state = 'running', error = NULL,
    last_event_at = CASE WHEN cardinality($2::text[]) > 0 THEN clock_timestamp() ELSE last_event_at END,
    looked_at = clock_timestamp()
  WHERE trigger_id = $1 AND wanted RETURNING trigger_id),
kept AS (
  INSERT INTO trigger_events (trigger_id, event_id, key, happened_at, data, problem)
  SELECT trigger_id, e.id, e.key, e.happened_at, e.data, e.problem FROM wanted,
    unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
      AS e(id, key, happened_at, data, problem, position)
  ORDER BY e.position ON CONFLICT DO NOTHING)
SELECT trigger_id FROM wanted`;

/** Gives it back after a failure. */
export const FAIL = `
UPDATE plugin_triggers SET state = 'failing', error = $4, failures = failures + 1, looked_at = clock_timestamp(),
  next_at = clock_timestamp() + $5 * interval '1 millisecond', lease_owner = NULL, lease_until = NULL
WHERE ${HELD} RETURNING trigger_id`;

/** Gives it back as it was. */
export const GIVE_BACK = `
UPDATE plugin_triggers SET next_at = clock_timestamp() + $4 * interval '1 millisecond', lease_owner = NULL, lease_until = NULL
WHERE ${HELD} RETURNING trigger_id`;

/** The other system forgot the hook; the row goes when its trigger is gone. */
export const UNSUBSCRIBED = `
WITH gone AS (
  DELETE FROM plugin_triggers p WHERE ${HELD} AND NOT EXISTS (SELECT FROM triggers t WHERE t.id = p.trigger_id))
UPDATE plugin_triggers p SET subscription = NULL, lease_owner = NULL, lease_until = NULL
WHERE ${HELD} AND EXISTS (SELECT FROM triggers t WHERE t.id = p.trigger_id)`;

/** Failing triggers of connections that may have been mended. */
export const LOOK_AGAIN = `
UPDATE plugin_triggers SET next_at = clock_timestamp() WHERE state = 'failing' AND next_at > clock_timestamp()`;

/** Triggers with events that are no runs yet. */
export const WAITING = `
SELECT DISTINCT e.trigger_id AS id FROM trigger_events e JOIN triggers t ON t.id = e.trigger_id WHERE t.enabled`;

/** What a trigger is from now on: who works on it now loses it. */
export const ALIGN = `
INSERT INTO plugin_triggers AS p (trigger_id, workspace_id, connection, name, options, interval_ms, wanted, hook_token)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (trigger_id) DO UPDATE SET connection = excluded.connection, name = excluded.name, options = excluded.options,
  interval_ms = excluded.interval_ms, wanted = excluded.wanted, cursor = CASE WHEN $9 THEN p.cursor END,
  state = 'starting', error = NULL, failures = 0, next_at = clock_timestamp(),
  fence = p.fence + 1, lease_owner = NULL, lease_until = NULL`;

/** Switches it on or off. */
export const SWITCH = `
UPDATE plugin_triggers SET wanted = $2, state = 'starting', error = NULL, failures = 0, next_at = clock_timestamp(),
  fence = fence + 1, lease_owner = NULL, lease_until = NULL WHERE trigger_id = $1`;

/** Forgets it, at once or when the other system has. */
export const FORGET = `
WITH events AS (DELETE FROM trigger_events WHERE trigger_id = $1),
gone AS (DELETE FROM plugin_triggers WHERE trigger_id = $1 AND subscription IS NULL)
UPDATE plugin_triggers SET wanted = false, failures = 0, next_at = clock_timestamp(), fence = fence + 1, lease_owner = NULL,
  lease_until = NULL WHERE trigger_id = $1 AND subscription IS NOT NULL`;

/** Looks at it as soon as possible; no row: it is switched off. */
export const LOOK_NOW = `
UPDATE plugin_triggers SET next_at = clock_timestamp() WHERE trigger_id = $1 AND wanted RETURNING trigger_id`;

/** How far triggers are. */
export const STATUS = `
SELECT trigger_id AS id, kind, name, cursor, state, error, hook_token AS "hookToken", subscription IS NOT NULL AS subscribed,
  next_at AS "nextAt", looked_at AS "lookedAt", last_event_at AS "lastEventAt", events::float8 AS events,
  lease_until > clock_timestamp() AS busy,
  (SELECT count(*)::int FROM trigger_events e WHERE e.trigger_id = p.trigger_id) AS waiting
FROM plugin_triggers p WHERE trigger_id = ANY ($1::uuid[])`;

/** A long look began. */
export const BEGAN = `
UPDATE plugin_triggers SET kind = $4, state = 'running', error = NULL, looked_at = clock_timestamp() WHERE ${HELD} RETURNING trigger_id`;

/** What was refused at a hook, for the person who looks; what works shows no error any more. */
export const REFUSED = `UPDATE plugin_triggers SET error = $2, looked_at = clock_timestamp() WHERE trigger_id = $1`;

/** A trigger as requests to its hook find it; a condition follows. */
export const HOOKED = `
SELECT trigger_id AS id, workspace_id AS "workspaceId", connection, name, options, wanted, hook_token AS "hookToken"
FROM plugin_triggers WHERE`;
