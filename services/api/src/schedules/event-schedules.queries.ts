import type { EventScheduleItem } from '@tutti/contracts';
import { type Queryable, instant, rowsOf } from '../database/rows.js';

/** A person learns nothing more from a larger count, and counting on costs. */
const WAITING_MAX = 10_000;

type Row = Omit<EventScheduleItem, 'workflow'> & { namespace: string; name: string };

const LIST = `
SELECT w.namespace, w.name, CASE WHEN w.enabled THEN 'active' ELSE 'disabled' END AS state,
  CASE WHEN o.strategy ? 'until' AND o.strategy ? 'any' THEN 'until' WHEN o.strategy ? 'all' THEN 'all'
    WHEN o.strategy ? 'any' THEN 'any' ELSE 'one' END AS "on",
  CASE WHEN '' = ANY(t.types) THEN NULL ELSE t.types END AS types,
  x.waiting, x."oldestWaitingAt", (SELECT reason FROM event_starts s WHERE s.workflow_id = w.id ORDER BY s.number LIMIT 1) AS "waitsFor",
  e.sets, e."oldestSetAt"
FROM workflows w JOIN workflow_versions v ON v.id = w.current_version_id
CROSS JOIN LATERAL (SELECT array_agg(s.type ORDER BY s.type) AS types FROM event_schedules s WHERE s.workflow_id = w.id) t
CROSS JOIN LATERAL (SELECT v.definition::jsonb #> '{schedule,on}' AS strategy) o
CROSS JOIN LATERAL (
  SELECT count(*)::int AS waiting, ${instant('min(created_at)')} AS "oldestWaitingAt"
  FROM (SELECT created_at FROM event_starts s WHERE s.workflow_id = w.id LIMIT ${WAITING_MAX}) first) x
CROSS JOIN LATERAL (
  SELECT count(*)::int AS sets, ${instant('min(created_at)')} AS "oldestSetAt" FROM event_sets s WHERE s.workflow_id = w.id) e
WHERE w.workspace_id = $1 AND t.types IS NOT NULL AND ($2::text IS NULL OR w.namespace || '/' || w.name > $2)
ORDER BY w.namespace || '/' || w.name LIMIT $3`;

/** By name. Counts of waiting events end at 10,000. */
export async function listEventSchedules(
  database: Queryable,
  at: { workspaceId: string; after: string | null; limit: number },
): Promise<EventScheduleItem[]> {
  const rows = await rowsOf<Row>(database, LIST, [at.workspaceId, at.after, at.limit]);
  return rows.map(({ namespace, name, ...rest }) => ({ workflow: { namespace, name }, ...rest }));
}
