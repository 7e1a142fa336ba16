import { describe, expect, it } from '@jest/globals';
import type { ReviewDecision } from '@tutti/contracts';
import { connection, define, Driver, failed, run, RUN_ID, STARTED_AT, succeeded } from '../test/driver.js';
import { recordRun, type Recording, rehearse, type RehearsalWorld, type RunDefinition } from './index.js';

const IDENTITY = { id: RUN_ID, workspaceId: 'w', startedAt: STARTED_AT, trigger: 'api' };
const CHILD = { namespace: 'test', name: 'child', version: '1.0.0' };

/** A world that answers by position and attempt what was recorded, and nothing else. */
function worldOf({ calls, children, reviews, commands }: Recording): RehearsalWorld {
  return {
    call: ({ position, attempt }) => {
      const call = calls.find((one) => one.position === position && one.attempt === attempt);
      if (call === undefined) throw new Error(`${position} ${attempt} was not recorded`);
      return call.outcome === null ? null : { ms: call.ms, answer: call.outcome };
    },
    child: ({ position }) => {
      const child = children.find((one) => one.position === position);
      if (child === undefined) throw new Error(`${position} was not recorded`);
      return { ms: child.ms, answer: child };
    },
    review: ({ position }) => {
      const review = reviews.find((one) => one.position === position);
      return review?.decision ? { ms: review.ms, answer: review.decision } : null;
    },
    commands: commands.map(({ afterMs, command }) => ({ ms: afterMs, answer: command })),
  };
}

function rehearsed(driver: Driver, input: unknown = {}) {
  const recording = recordRun(driver.definition, driver.history);
  return { recording, ...rehearse(driver.definition, worldOf(recording), { run: IDENTITY, input }) };
}

const POLICY = `
apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: p }
spec:
  capability: a.b
  candidates:
    - { connection: one, retry: { attempts: 2, delay: PT1S } }
    - { connection: two }
  confidence: { floor: 0.5, below: review }
`;

function routed(): RunDefinition {
  return define('- ask: { call: a.b:1@default, with: { n: "${ .n }" } }', {
    connections: [connection('one', ['a.b']), connection('two', ['a.b'])],
    policies: [POLICY],
  });
}

describe('a run that was recorded and is rehearsed', () => {
  it('ends in the same state, over retries, another candidate and a decision', () => {
    const driver = new Driver(routed()).start({ n: 1 });
    driver.settle(failed('transient')).after(1_000).settle(failed('transient'));
    driver.settle(succeeded({ x: 1 }, { confidence: 0.2 }));
    driver.now += 60_000;
    driver.review({ data: { x: 2 } });
    expect(driver.status).toBe('completed');
    const { recording, state, elapsedMs } = rehearsed(driver, { n: 1 });
    expect(recording.calls.map(({ connection: over, attempt, input }) => [over, attempt, input])).toEqual([
      ['one', 1, { n: 1 }],
      ['one', 2, { n: 1 }],
      ['two', 3, { n: 1 }],
    ]);
    expect(recording.reviews).toMatchObject([{ ms: 60_000, decision: { approved: true } }]);
    expect(state).toEqual(driver.state);
    expect(elapsedMs).toBe(61_000);
  });

  it('waits as long for a call that nobody answered as the run did', () => {
    const driver = new Driver(routed()).start({ n: 1 });
    driver.now = driver.state?.root === undefined ? 0 : driver.now + 24 * 3_600_000;
    driver.send({ kind: 'due' });
    driver.after(1_000).settle(succeeded({ x: 1 }));
    const { recording, state } = rehearsed(driver, { n: 1 });
    expect(recording.calls.map(({ outcome }) => outcome?.status ?? null)).toEqual([null, 'succeeded']);
    expect(state.output).toEqual(driver.output);
  });

  it('hears the events and is told the end of a sub-workflow', () => {
    const driver = new Driver(`
- child: { run: { workflow: { namespace: test, name: child, version: latest, input: { a: 1 } } } }
- hear: { listen: { to: { one: { with: { type: t } } } } }
`).start();
    const start = driver.effects.find((effect) => effect.kind === 'run.start');
    if (start?.kind !== 'run.start') throw new Error('No child was asked for.');
    const { runId, position } = start;
    driver.send({ kind: 'child.started', runId, position, workflow: CHILD });
    driver.now += 5_000;
    driver.command({ kind: 'child.ended', runId, position, status: 'completed', output: { b: 2 } });
    driver.now += 5_000;
    const event = { specversion: '1.0' as const, id: 'e', source: 's', type: 't', data: { c: 3 } };
    driver.command({ kind: 'event', by: 'ann', event });
    expect(driver.status).toBe('completed');
    const { recording, state, elapsedMs } = rehearsed(driver);
    expect(recording.children).toMatchObject([
      { task: '/do/0/child', workflow: CHILD, input: { a: 1 }, status: 'completed', output: { b: 2 } },
    ]);
    expect([state, elapsedMs]).toEqual([driver.state, 10_000]);
  });

  it('passes over days of waiting, and ends when nothing can wake it any more', () => {
    const waited = run('- sleep: { wait: { days: 3 } }');
    waited.after(3 * 86_400_000);
    expect(rehearsed(waited).elapsedMs).toBe(3 * 86_400_000);
    const silent = new Driver('- hear: { listen: { to: { one: { with: { type: t } } } } }').start();
    expect(rehearsed(silent).state.status).toBe('waiting');
  });

  it('tells which tasks started', () => {
    const driver = run('- a: { if: "${ false }", set: { x: 1 } }\n- b: { set: { y: 1 } }');
    expect(rehearsed(driver).started).toEqual(['/do/1/b']);
  });
});

it('takes a decision of a review at its time, or lets it expire', () => {
  const definition = define(
    '- ask: { call: human.review:1@default, with: { data: 1 }, timeout: { after: PT1H } }',
  );
  const decision: ReviewDecision = {
    approved: true,
    data: 1,
    edits: [],
    by: 'ann',
    at: '2026-01-01T00:00:00Z',
  };
  const world: RehearsalWorld = {
    ...worldOf({ calls: [], children: [], reviews: [], commands: [] }),
    review: () => ({ ms: 3_599_999, answer: decision }),
  };
  const at = { run: IDENTITY, input: {} };
  expect(rehearse(definition, world, at).state.output).toMatchObject({ approved: true });
  const late = rehearse(definition, { ...world, review: () => ({ ms: 3_600_001, answer: decision }) }, at);
  expect(late.state).toMatchObject({
    status: 'faulted',
    error: { type: expect.stringContaining('timeout') },
  });
});
