import { describe, expect, test } from '@jest/globals';
import { RUN_ENDED } from '@tutti/contracts';
import fc from 'fast-check';
import { deepFreeze, define, RUN_ID, STARTED_AT, throughJson } from '../test/driver.js';
import { randomMoves } from '../test/random-moves.js';
import { randomRun, type Move } from '../test/random-run.js';
import { randomWorkflow, type RandomWorkflow } from '../test/random-workflow.js';
import {
  awaitedRuns,
  decide,
  decideOver,
  type Fresh,
  outstandingCalls,
  replay,
  restore,
  type RunState,
  wakeAt,
} from './index.js';
import { restorePoint } from './restore.js';

const RUNS = Number(process.env.ENGINE_RUNS ?? 150);
const SEED = Number(process.env.ENGINE_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`engine properties: ENGINE_SEED=${SEED} ENGINE_RUNS=${RUNS}`);

const check = (property: (workflow: RandomWorkflow, moves: Move[]) => void) =>
  fc.assert(fc.property(randomWorkflow, randomMoves, property), {
    seed: SEED,
    numRuns: RUNS,
    interruptAfterTimeLimit: 30_000,
  });

describe('any workflow under any history', () => {
  test('ends, or waits for something that is outstanding', () => {
    check((workflow, steps) => {
      const { state } = randomRun(define(workflow.yaml, workflow.setup), steps);
      if (RUN_ENDED.has(state.status) || state.status === 'suspended') return;
      const reviews =
        JSON.stringify(state.root).includes('"reviewId"') ||
        JSON.stringify(state.root).includes('"phase":"review"');
      const others = outstandingCalls(state).length + awaitedRuns(state).length;
      expect(others > 0 || wakeAt(state) !== null || reviews).toBe(true);
    });
  });

  test('ends when everything that is asked gets an answer', () => {
    check((workflow, steps) => {
      const run = randomRun(define(workflow.yaml, workflow.setup), steps);
      run.finish();
      expect(RUN_ENDED.has(run.state.status)).toBe(true);
      expect(Object.keys(run.state).filter((key) => ['root', 'context', 'input'].includes(key))).toEqual([]);
      expect(wakeAt(run.state)).toBeNull();
      expect(outstandingCalls(run.state)).toEqual([]);
    });
  });

  test('never has two keys for one position, nor one key for two, nor an attempt twice', () => {
    check((workflow, steps) => {
      const run = randomRun(define(workflow.yaml, workflow.setup), steps);
      run.finish();
      const keys = new Map<string, string>();
      const attempts = new Set<string>();
      for (const { position, idempotencyKey, attempt, callId } of run.calls) {
        expect(keys.get(position) ?? idempotencyKey).toBe(idempotencyKey);
        keys.set(position, idempotencyKey);
        expect(attempts.has(`${callId} ${attempt}`)).toBe(false);
        attempts.add(`${callId} ${attempt}`);
      }
      expect(new Set(keys.values()).size).toBe(keys.size);
    });
  });

  test('counts every settled attempt once, and no other', () => {
    check((workflow, steps) => {
      const run = randomRun(define(workflow.yaml, workflow.setup), steps);
      run.finish();
      const settled = run.entries.flatMap((entry) => (entry.kind === 'call.settled' ? [entry] : []));
      const names = settled.map(({ callId, attempt }) => `${callId} ${attempt}`);
      expect(new Set(names).size).toBe(names.length);
      const cost = settled.reduce(
        (sum, { outcome }) => sum + (outcome.status === 'succeeded' ? (outcome.usage?.costMicros ?? 0) : 0),
        0,
      );
      expect(run.state.cost?.EUR ?? 0).toBe(cost);
    });
  });

  test('opens every review once and closes each that nobody decided', () => {
    check((workflow, steps) => {
      const run = randomRun(define(workflow.yaml, workflow.setup), steps);
      run.finish();
      const opened = run.effects.flatMap((effect) =>
        effect.kind === 'review.open' ? [effect.reviewId] : [],
      );
      const ended = [
        ...run.effects.flatMap((effect) => (effect.kind === 'review.close' ? [effect.reviewId] : [])),
        ...run.entries.flatMap((entry) => (entry.kind === 'review.decided' ? [entry.reviewId] : [])),
      ];
      expect(new Set(opened).size).toBe(opened.length);
      expect([...ended].sort()).toEqual([...opened].sort());
    });
  });

  test('starts and ends tasks in pairs, when it comes to its end undisturbed', () => {
    check((workflow, steps) => {
      const run = randomRun(define(workflow.yaml, workflow.setup), steps);
      run.finish();
      const open = new Map<string, number>();
      for (const entry of run.entries) {
        if (!('position' in entry)) continue;
        const change =
          { 'task.started': 1, 'task.completed': -1, 'task.faulted': -1, 'task.skipped': -1 }[
            entry.kind as string
          ] ?? 0;
        open.set(entry.position, (open.get(entry.position) ?? 0) + change);
      }
      expect(Math.min(0, ...open.values())).toBe(0);
    });
  });

  test('comes to the same state by replay', () => {
    check((workflow, steps) => {
      const definition = define(workflow.yaml, workflow.setup);
      const run = randomRun(definition, steps);
      expect(throughJson(replay(definition, throughJson(run.history)))).toEqual(throughJson(run.state));
    });
  });

  test('comes to the same in turns of several events, which change nothing of the turn before', () => {
    check((workflow, steps) => {
      const definition = define(workflow.yaml, workflow.setup);
      const run = randomRun(definition, steps);
      run.finish();
      let [apart, together]: (RunState | null)[] = [null, null];
      let fresh: Fresh = new WeakSet();
      for (const [i, { event, at: nowMs }] of run.history.entries()) {
        if ((steps[i % Math.max(1, steps.length)]?.pick ?? 0) % 3 === 0) {
          fresh = new WeakSet();
          deepFreeze(together);
        }
        const one = decide(definition, apart, event, nowMs);
        const at = { definition, versions: new Map(), state: together, nowMs, fresh };
        const { decision: other } = decideOver(at, throughJson(event));
        expect(throughJson(other)).toEqual(throughJson(one));
        [apart, together] = [one.state, other.state];
      }
    });
  });

  test('changes nothing on an event that it ignores', () => {
    check((workflow, steps) => {
      const definition = define(workflow.yaml, workflow.setup);
      const { state, now } = randomRun(definition, steps);
      const before = JSON.stringify(deepFreeze(state));
      const outcome = { status: 'succeeded', output: 1 } as const;
      const decision = decide(
        definition,
        state,
        { kind: 'settled', callId: '/nowhere', attempt: 1, outcome, startedAt: 0, endedAt: 0 },
        now,
      );
      expect(decision.ignored).toBeDefined();
      expect(decision.state).toBe(state);
      expect(JSON.stringify(state)).toBe(before);
    });
  });

  test('can be started again from any task that it came to, and ends again', () => {
    check((workflow, steps) => {
      const definition = define(workflow.yaml, workflow.setup);
      const run = randomRun(definition, steps);
      run.finish();
      const starts = run.entries.flatMap((entry) => (entry.kind === 'task.started' ? [entry.position] : []));
      const from = starts[(steps[0]?.pick ?? 0) % Math.max(1, starts.length)];
      if (from === undefined) return;
      const state: RunState = restore(definition, run.history, { fromTask: from });
      expect(state).toEqual(restorePoint(definition, run.history, { fromTask: from }).state);
      const again = randomRun(definition, [], {
        state,
        runId: `${RUN_ID.slice(0, -1)}2`,
        at: STARTED_AT + 1e7,
      });
      const [first] = again.entries.filter((entry) => entry.kind === 'run.started');
      // A position without loops and jumps is the pointer too, and then the last visit counts.
      expect(
        again.entries.some(
          (entry) => entry.kind === 'task.started' && [entry.task, entry.position].includes(from),
        ),
      ).toBe(true);
      expect(first?.from).toBeDefined();
      again.finish();
      expect(RUN_ENDED.has(again.state.status)).toBe(true);
    });
  });
});
