import { workflowProblem, type Problem, type WorkflowIdentity } from '@tutti/contracts';
import type { RunStartEffect } from '@tutti/engine';
import type { Pool } from 'pg';

/** How deep sub-workflows may be inside one another: a workflow that runs itself must end. */
export const SUB_WORKFLOW_DEPTH_MAX = 16;
/** Runs of one workflow that may wait for a place; the API refuses at its door from there on, too. */
const WAITING_RUNS_OF_WORKFLOW_MAX = 10_000;

/** What a task asks to be run. */
export type Wanted = RunStartEffect['workflow'];

/** A workflow of which a run can start now. */
export interface Startable {
  workflowId: string;
  identity: WorkflowIdentity;
  /** The version that takes a share of the runs; null: none, or the task named another version. */
  canary: { identity: WorkflowIdentity; percent: number } | null;
  /** Whether its runs wait for a place, because it is limited. */
  waits: boolean;
}

interface Row {
  workflow_id: string;
  enabled: boolean;
  disabled_reason: string | null;
  current_version_id: string | null;
  version_id: string | null;
  version: string | null;
  canary_version_id: string | null;
  canary_version: string | null;
  canary_percent: number | null;
  concurrency: string | null;
  waiting: number;
}

/**
 * The version that is meant: of several that call themselves the same, the current one, else the newest. The
 * limit is that of the current version, as for all runs of a workflow.
 */
export const FIND_STARTABLE = `
SELECT w.id AS workflow_id, w.enabled, w.disabled_reason, w.current_version_id, v.id AS version_id, v.version,
  w.canary_version_id, w.canary_percent, (SELECT y.version FROM workflow_versions y WHERE y.id = w.canary_version_id) AS canary_version,
  c.definition::jsonb #>> '{document,metadata,tutti,concurrency}' AS concurrency,
  (SELECT count(*)::int FROM (
    SELECT FROM run_places p WHERE p.workflow_id = w.id AND p.state <> 'admitted'
    LIMIT ${WAITING_RUNS_OF_WORKFLOW_MAX}) waiting) AS waiting
FROM workflows w LEFT JOIN workflow_versions c ON c.id = w.current_version_id
LEFT JOIN LATERAL (
  SELECT id, version FROM workflow_versions o
  WHERE o.workflow_id = w.id AND ($4 <> 'latest' AND o.version = $4 OR $4 = 'latest' AND o.id = c.id)
  ORDER BY o.id = c.id DESC, o.number DESC LIMIT 1) v ON true
WHERE w.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`;

/** The workflow that a task wants to run, or why it cannot start. */
export async function findStartable(
  pool: Pool,
  workspaceId: string,
  wanted: Wanted,
): Promise<Startable | { refused: Problem }> {
  const { namespace, name, version } = wanted;
  const values = [workspaceId, namespace, name, version];
  const { rows } = await pool.query<Row>({ name: 'startable', text: FIND_STARTABLE, values });
  const called = `${namespace}/${name}`;
  const [row] = rows;
  if (row === undefined) return refused(`There is no workflow ${called}. Apply it, then retry this run`);
  if (!row.enabled) {
    const why = row.disabled_reason === null ? '' : ` (${row.disabled_reason})`;
    return refused(`The workflow ${called} is disabled${why}. Enable it, then retry this run`);
  }
  if (row.current_version_id === null) return refused(`The workflow ${called} has no published version`);
  if (row.version_id === null) return refused(`The workflow ${called} has no version ${version}`);
  const waits = /^[1-9]\d*$/.test(row.concurrency ?? '');
  if (waits && row.waiting >= WAITING_RUNS_OF_WORKFLOW_MAX) {
    const detail = `${row.waiting} runs of ${called} wait for a place already, the limit waitingRunsOfWorkflowMax`;
    return { refused: workflowProblem('runtime', detail) };
  }
  const identity = { namespace, name, version: row.version ?? version, versionId: row.version_id };
  return { workflowId: row.workflow_id, identity, canary: canaryOf(row, wanted), waits };
}

function canaryOf(row: Row, { namespace, name, version: wanted }: Wanted): Startable['canary'] {
  const { canary_version_id: versionId, canary_version: version, canary_percent: percent } = row;
  if (wanted !== 'latest' || versionId === null || version === null || percent === null) return null;
  return { identity: { namespace, name, version, versionId }, percent };
}

/** The error of a run that is too deep. */
export function tooDeep(): Problem {
  const detail = `The run went over the limit subWorkflowDepth: at most ${SUB_WORKFLOW_DEPTH_MAX} runs inside one another`;
  return workflowProblem('runtime', detail);
}

function refused(detail: string): { refused: Problem } {
  return { refused: workflowProblem('configuration', detail) };
}
