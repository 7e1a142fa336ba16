import { type CallOutcome, newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { decide, outstandingCalls, type RunEvent, type RunState } from '@tutti/engine';
import { dayOfId, packTurn } from '@tutti/store';
import { runDefinition } from '../runs/run-definitions.js';
import type { ApiHarness } from './api-harness.js';

/**
 * A run with the journal and the state that an orchestrator would have written: it is decided by the engine,
 * each call that is outstanding is settled with the next of the outcomes, as long as there are any.
 */
export async function decidedRun(
  api: ApiHarness,
  of: { workflow: string; input?: unknown; outcomes?: readonly CallOutcome[] },
): Promise<string> {
  const [version] = await api.query<{ workflow: string; version: string }>(
    'SELECT id AS workflow, current_version_id AS version FROM workflows WHERE name = $1',
    [of.workflow],
  );
  const { workflow: workflowId, version: versionId } = version as { workflow: string; version: string };
  const identity = { namespace: 'test', name: of.workflow, version: '1.0.0', versionId };
  const definition = await runDefinition(api.dataSource, 'default', identity);
  const run = { id: uuidv7(), workspaceId: 'default', startedAt: Date.now(), trigger: 'api' };
  const turns: { event: string; entries: string }[] = [];
  let state: RunState | null = null;
  const send = (event: RunEvent) => {
    const decision = decide(definition, state, event, run.startedAt);
    state = decision.state;
    turns.push(packTurn([{ at: run.startedAt, event }], decision.entries));
    return decision.state as RunState;
  };
  let last = send({ kind: 'start', run, input: of.input ?? {} });
  for (const outcome of of.outcomes ?? []) {
    const [call] = outstandingCalls(last);
    if (call === undefined) throw new Error(`No call is outstanding: ${JSON.stringify(last)}`);
    const times = { startedAt: run.startedAt, endedAt: run.startedAt };
    last = send({ kind: 'settled', callId: call.callId, attempt: call.attempt, outcome, ...times });
  }
  await api.query(
    `INSERT INTO runs (id, workspace_id, workflow_id, workflow_version_id, status, revision, trigger, trace_id, root_span_id,
       started_at, ended_at, input, error)
     VALUES ($1, 'default', $2, $3, $4, $5, 'api', $6, $7, clock_timestamp(),
       CASE WHEN $4 IN ('completed', 'faulted', 'cancelled') THEN clock_timestamp() END, $8, $9)`,
    [
      run.id,
      workflowId,
      versionId,
      last.status,
      turns.length,
      newTraceId(),
      newSpanId(),
      JSON.stringify(of.input ?? {}),
      last.error === undefined ? null : JSON.stringify(last.error),
    ],
  );
  for (const [i, { event, entries }] of turns.entries()) {
    await api.query(
      'INSERT INTO journal (day, run_id, sequence, at, event, entries) VALUES ($1, $2, $3, clock_timestamp(), $4, $5)',
      [dayOfId(run.id), run.id, i + 1, event, entries],
    );
  }
  if (last.root !== undefined) {
    await api.query('INSERT INTO run_states (run_id, revision, state) VALUES ($1, $2, $3)', [
      run.id,
      turns.length,
      JSON.stringify({ ...last, input: undefined }),
    ]);
  }
  return run.id;
}
