import { decide } from '@tutti/engine';
import { compileWorkflow, parseWorkflow, type WorkflowDocument } from '@tutti/workflow';
import { faultTurn } from './fault-turn.js';
import type { LiveRun } from './live-run.js';

const REVIEW = "{ call: 'human.review:1@default', with: { data: 1 } }";

/** A run that waits for two people. */
function waitingRun(): { run: LiveRun; reviews: string[] } {
  const { document } = parseWorkflow(`
document: { dsl: '1.0.3', namespace: test, name: w, version: '1.0.0' }
do:
  - both: { fork: { branches: [{ ann: ${REVIEW} }, { bob: ${REVIEW} }] } }
`);
  const definition = {
    workflow: compileWorkflow(document as WorkflowDocument),
    identity: { namespace: 'test', name: 'w', version: '1.0.0', versionId: 'v' },
    policies: new Map(),
    connections: [],
  };
  const identity = { id: 'r', workspaceId: 'w', startedAt: 1, trigger: 'test' };
  const { state, effects } = decide(definition, null, { kind: 'start', run: identity, input: {} }, 1);
  const reviews = effects.flatMap((effect) => (effect.kind === 'review.open' ? [effect.reviewId] : []));
  return { run: { id: 'r', startedAtMs: 1, revision: 1, status: 'waiting', state } as LiveRun, reviews };
}

test('a run that the hub faults leaves no review open', () => {
  const { run, reviews } = waitingRun();
  expect(reviews).toHaveLength(2);
  const { reviewsClosed } = faultTurn(run, new Error('its data is refused'), 2);
  expect(reviewsClosed).toEqual(reviews.map((id) => ({ id, runId: 'r', status: 'withdrawn' })));
});
