import { newSpanId, newTraceId, type RunAccepted, uuidv7 } from '@tutti/contracts';
import { compileWorkflow, parseWorkflow, type WorkflowDocument } from '@tutti/workflow';
import type { LiveRun } from '../turns/live-run.js';
import { draftTurn } from '../turns/prepare-turn.js';

const WORKFLOW = {
  workflow: { namespace: 'test', name: 'w', version: '1.0.0', versionId: uuidv7() },
  workflowId: uuidv7(),
  workspaceId: 'default',
  trigger: 'test',
  traceId: newTraceId(),
  rootSpanId: newSpanId(),
};

/** An accepted run, and what its first turn comes to. `metadata` follows the version of the document. */
export function firstTurn(tasks: string, metadata = '') {
  const { document } = parseWorkflow(`
document: { dsl: '1.0.0', namespace: test, name: w, version: '1.0.0'${metadata} }
do:
${tasks}
`);
  const id = uuidv7();
  const run: LiveRun = {
    ...WORKFLOW,
    id,
    parentSpanId: null,
    startedAtMs: 1,
    revision: 0,
    status: 'running',
    state: null,
    storedWakeMs: null,
    retry: null,
    parent: null,
    characters: 0,
  };
  const accepted: RunAccepted = { ...WORKFLOW, kind: 'run.accepted', runId: id, input: {}, acceptedAt: 1 };
  const definition = {
    workflow: compileWorkflow(document as WorkflowDocument),
    identity: WORKFLOW.workflow,
    policies: new Map(),
    connections: [],
  };
  const at = { definition, nowMs: 2, commands: [], mayRepeat: () => false };
  return { run, decide: () => draftTurn(run, [accepted], at).decision().turn };
}
