import { MIGRATE_COUNT_MAX, type RunCommand } from '@tutti/contracts';
import { type Queryable, rowOf } from '../database/rows.js';
import type { RunFilter } from './runs.queries.js';
import { conditionsOf } from './runs.queries.js';

/** How many runs a filter finds, whatever page it names; not more than MIGRATE_COUNT_MAX are counted. */
export async function countRuns(database: Queryable, filter: RunFilter): Promise<number> {
  const { conditions, parameters } = conditionsOf({ ...filter, beforeId: null });
  const row = await rowOf<{ runs: number }>(
    database,
    `SELECT count(*)::int AS runs
     FROM (SELECT FROM runs r WHERE ${conditions.join(' AND ')} LIMIT ${MIGRATE_COUNT_MAX}) f`,
    parameters,
  );
  return row?.runs ?? 0;
}

/** The commands of many runs; publish `run.commanded` with their ids after the commit. */
export async function insertCommands(
  database: Queryable,
  workspaceId: string,
  commands: readonly { id: string; runId: string; command: RunCommand }[],
): Promise<void> {
  await database.query(
    `INSERT INTO run_commands (id, workspace_id, run_id, command)
     SELECT id, $1, run_id, command FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS c(id, run_id, command)`,
    [
      workspaceId,
      commands.map(({ id }) => id),
      commands.map(({ runId }) => runId),
      commands.map(({ command }) => JSON.stringify(command)),
    ],
  );
}
