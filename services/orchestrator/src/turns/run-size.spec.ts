import { newSpanId, newTraceId, type RunAccepted, uuidv7 } from '@tutti/contracts';
import { compileWorkflow, parseWorkflow, type WorkflowDocument } from '@tutti/workflow';
import { faultTurn } from './fault-turn.js';
import type { LiveRun } from './live-run.js';
import { prepareTurn } from './prepare-turn.js';
import { STATE_CHARS_MAX } from './run-size.js';

const WORKFLOW = {
  workflow: { namespace: 'test', name: 'w', version: '1.0.0', versionId: uuidv7() },
  workflowId: uuidv7(),
  workspaceId: 'default',
  trigger: 'test',
  traceId: newTraceId(),
  rootSpanId: newSpanId(),
};
const TEXT_CHARS = 15_000_000;

/** The first turn of a run that makes so many large texts, and then goes on as told. */
function turnOf(texts: number, then: string) {
  const set = Array.from({ length: texts }, (_, i) => `t${i}: '\${ "x" * ${TEXT_CHARS} }'`).join(', ');
  const { document } = parseWorkflow(`
document: { dsl: '1.0.0', namespace: test, name: w, version: '1.0.0' }
do:
  - large: { set: { ${set} } }${then}
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
  const at = { definition, nowMs: 2, commands: [], mayRepeat: () => false };
  return { run, decide: () => prepareTurn(run, [accepted], at).turn };
}

const over = Math.floor(STATE_CHARS_MAX / TEXT_CHARS) + 1;
const WAIT = '\n  - later: { wait: PT1H }';

describe('a run that grows over stateCharsMax', () => {
  it.each([
    ['state', WAIT],
    ['output', ''],
  ])('is faulted because of its %s, with what to do about it', (what, then) => {
    const { run, decide } = turnOf(over, then);
    expect(decide).toThrow(new RegExp(`^its ${what} is \\d+ characters .*stateCharsMax.*output\\.as`));
    const { turn } = faultTurn(run, new Error(`its ${what} is too large`), 3);
    expect(turn).toMatchObject({ status: 'faulted', state: null });
    expect(turn.ended?.error).toContain(`The hub could not go on with this run: its ${what} is too large`);
  });

  it('goes on below it', () => {
    const { decide } = turnOf(over - 1, WAIT);
    expect(decide()?.turn.status).toBe('waiting');
  });
});
