import type { AiAsset } from '@tutti/contracts';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface AssetRow extends Omit<
  AiAsset,
  'calls' | 'errors' | 'inputTokens' | 'outputTokens' | 'costMicros'
> {
  key: string;
  calls: string;
  errors: string;
  inputTokens: string;
  outputTokens: string;
  costMicros: string;
}

export interface AssetFilter {
  workspaceId: string;
  kind: string | null;
  managed: boolean | null;
  q: string | null;
  after: { key: string; id: string } | null;
  limit: number;
}

// A model is managed when the hub itself calls it, whoever else does, too: it is known, paid for and under a
// policy.
const MANAGED = `(a.managed OR (a.kind = 'model' AND EXISTS (SELECT 1 FROM ai_assets h WHERE h.workspace_id = a.workspace_id
  AND h.kind = 'model' AND h.managed AND h.provider = a.provider AND h.name = a.name)))`;
const KEY = 'lower(a.name)';

/** The inventory in the order of names. */
export function listAssets(database: Queryable, filter: AssetFilter): Promise<AssetRow[]> {
  return rowsOf<AssetRow>(
    database,
    `
    SELECT a.id, ${KEY} AS key, a.kind, a.name, nullif(a.provider, '') AS provider, nullif(a.environment, '') AS environment,
           nullif(a.application, '') AS application, ${MANAGED} AS managed, ${instant('a.first_seen_at')} AS "firstSeenAt",
           ${instant('a.last_seen_at')} AS "lastSeenAt", a.calls, a.errors, a.input_tokens AS "inputTokens",
           a.output_tokens AS "outputTokens",
           a.cost_micros AS "costMicros", a.currency, nullif(a.sender, '') AS sender
      FROM ai_assets a
     WHERE a.workspace_id = $1 AND ($2::text IS NULL OR a.kind = $2) AND ($3::boolean IS NULL OR ${MANAGED} = $3)
       AND ($4::text IS NULL OR position(lower($4) IN lower(concat_ws(' ', a.name, a.provider, a.application, a.environment))) > 0)
       AND ($5::text IS NULL OR (${KEY}, a.id) > ($5, $6::uuid))
     ORDER BY ${KEY}, a.id LIMIT $7`,
    [
      filter.workspaceId,
      filter.kind,
      filter.managed,
      filter.q,
      filter.after?.key ?? null,
      filter.after?.id ?? null,
      filter.limit,
    ],
  );
}

/** How many assets the hub manages, and how many it only sees. */
export async function countAssets(
  database: Queryable,
  workspaceId: string,
): Promise<{ managed: number; unmanaged: number }> {
  const row = await rowOf<{ managed: number; unmanaged: number }>(
    database,
    `
    SELECT (count(*) FILTER (WHERE ${MANAGED}))::int AS managed, (count(*) FILTER (WHERE NOT ${MANAGED}))::int AS unmanaged
      FROM ai_assets a WHERE a.workspace_id = $1`,
    [workspaceId],
  );
  return row ?? { managed: 0, unmanaged: 0 };
}
