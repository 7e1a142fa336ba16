import { newSpanId, newTraceId, type RunAccepted, uuidv7 } from '@tutti/contracts';
import { compileWorkflow, parseWorkflow, type WorkflowDocument } from '@tutti/workflow';
import type { LiveRun } from './live-run.js';
import { prepareTurn } from './prepare-turn.js';

const WORKFLOW = {
  workflow: { namespace: 'test', name: 'w', version: '1.0.0', versionId: uuidv7() },
  workflowId: uuidv7(),
  workspaceId: 'default',
  trigger: 'test',
  traceId: newTraceId(),
  rootSpanId: newSpanId(),
};

/** The calls of a run's first turn. */
function callsOf(metadata: string) {
  const { document } = parseWorkflow(`
document: { dsl: '1.0.0', namespace: test, name: w, version: '1.0.0'${metadata} }
do:
  - both:
      fork:
        branches:
          - one: { call: http, with: { method: get, endpoint: 'https://a.example/' } }
          - two: { call: http, with: { method: get, endpoint: 'https://b.example/' } }
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
    characters: 0,
  };
  const accepted: RunAccepted = { ...WORKFLOW, kind: 'run.accepted', runId: id, input: {}, acceptedAt: 1 };
  const definition = {
    workflow: compileWorkflow(document as WorkflowDocument),
    identity: WORKFLOW.workflow,
    policies: new Map(),
    connections: [],
  };
  const { turn } = prepareTurn(run, [accepted], {
    definition,
    nowMs: 2,
    commands: [],
    mayRepeat: () => false,
  });
  return turn?.calls ?? [];
}

describe('the weight of calls', () => {
  it("is the workflow's, on each of its calls", () => {
    const calls = callsOf(', metadata: { tutti: { weight: 4 } }');
    expect(calls.map(({ taskName, weight }) => [taskName, weight])).toEqual([
      ['one', 4],
      ['two', 4],
    ]);
  });

  it('is left out where it is 1, so that the message is no larger for it', () => {
    for (const metadata of ['', ', metadata: { tutti: { weight: 1 } }']) {
      const calls = callsOf(metadata);
      expect(calls).toHaveLength(2);
      for (const call of calls) expect(call).not.toHaveProperty('weight');
    }
  });
});
