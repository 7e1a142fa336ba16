import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connection, define, Driver, failed, RUN_ID, STARTED_AT } from '../test/driver.js';
import { randomMoves } from '../test/random-moves.js';
import { randomRun } from '../test/random-run.js';
import { randomWorkflow } from '../test/random-workflow.js';
import { previewRetry, restore, RestoreError, type RetryPreview } from './index.js';

const RUNS = Number(process.env.ENGINE_RUNS ?? 150);
const SEED = Number(process.env.ENGINE_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`retry preview: ENGINE_SEED=${SEED} ENGINE_RUNS=${RUNS}`);

const NEW_RUN = { id: `${RUN_ID.slice(0, -1)}2`, workspaceId: 'w', startedAt: STARTED_AT, trigger: 'retry' };
const names = (items: readonly { name: string }[]) => items.map(({ name }) => name);

function preview(driver: Driver, fromTask?: string): RetryPreview {
  const at = { run: NEW_RUN, nowMs: driver.now + 1_000, ...(fromTask !== undefined && { fromTask }) };
  return previewRetry(driver.definition, driver.history, at);
}

describe('a preview of a retry', () => {
  const setup = {
    connections: [
      connection('crm', ['crm.find'], 'read'),
      connection('erp', ['erp.pay'], 'write'),
      connection('mail', ['mail.send'], 'write'),
    ],
  };
  const tasks = `
    - find: { call: crm.find:1@default }
    - pay: { call: erp.pay:1@default }
    - tell: { call: mail.send:1@default }
    - check: { call: human.review:1@default, with: { data: 1 } }
    - keep: { set: { done: true } }`;
  const faulted = () =>
    new Driver(tasks, setup)
      .start()
      .answer({ found: 1 })
      .answer({ paid: 1 })
      .settle(failed('permanent', { status: 422 }));

  test('tells what is kept, what is called first, and what may come after', () => {
    const found = preview(faulted());
    expect(found.from.name).toBe('tell');
    expect(found.kept).toMatchObject([
      { name: 'find', capability: 'crm.find', connection: 'crm', effect: 'read' },
      { name: 'pay', capability: 'erp.pay', connection: 'erp', effect: 'write' },
    ]);
    expect(found.repeated).toEqual([]);
    expect(found.firstTurn).toMatchObject({ status: 'running', tasks: [{ name: 'tell' }], reviews: [] });
    expect(found.firstTurn.calls).toMatchObject([
      { name: 'tell', connection: 'mail', effect: 'write', underWay: false },
    ]);
    expect(found.possible.map(({ name, type }) => `${name} ${type}`)).toEqual(['check review', 'keep set']);
  });

  test('names the calls that succeeded and are made again', () => {
    const found = preview(faulted(), '/do/1/pay');
    expect(names(found.kept)).toEqual(['find']);
    expect(found.repeated).toMatchObject([{ name: 'pay', connection: 'erp', effect: 'write' }]);
    expect(found.possible).toMatchObject([{ name: 'tell', effect: 'write' }, { name: 'check' }, {}]);
  });

  test('shows whom it asks at once, and that a write under way is asked about', () => {
    const driver = new Driver(
      `
      - f:
          fork:
            branches:
              - pay: { call: erp.pay:1@default }
              - find: { call: crm.find:1@default }
              - fetch: { call: http, with: { method: get, endpoint: 'http://x/' } }`,
      setup,
    ).start();
    driver.settle(failed('permanent', { status: 404 }), driver.calls[2]);
    const { firstTurn } = preview(driver);
    expect(firstTurn.reviews).toMatchObject([{ title: 'Did this happen? pay' }]);
    expect(firstTurn.calls.map(({ name, underWay }) => [name, underWay])).toEqual([
      ['find', true],
      ['fetch', false],
    ]);
  });

  test('shows how it ends when it ends in its first turn', () => {
    const driver = new Driver("- a: { set: { n: 1 } }\n- b: { set: '${ .n | error }' }").start();
    const found = preview(driver, '/do/0/a');
    expect(found.firstTurn.status).toBe('faulted');
    expect(found.firstTurn.error?.instance).toBe('/do/1/b');
    expect(found.possible).toEqual([]);
  });

  test('is refused as the retry would be', () => {
    const driver = new Driver('- a: { set: { n: 1 } }').start();
    expect(() => preview(driver)).toThrow(RestoreError);
    expect(() => preview(driver, '/do/7/x')).toThrow('The run never came to the task /do/7/x.');
  });

  test('names every task that any retry of any run comes to', () => {
    const property = fc.property(randomWorkflow, randomMoves, (workflow, steps) => {
      const definition = define(workflow.yaml, workflow.setup);
      const run = randomRun(definition, steps);
      run.finish();
      const starts = run.entries.flatMap((entry) => (entry.kind === 'task.started' ? [entry.position] : []));
      const fromTask = starts[(steps[0]?.pick ?? 0) % Math.max(1, starts.length)];
      if (fromTask === undefined) return;
      const at = STARTED_AT + 1e7;
      const found = previewRetry(definition, run.history, { fromTask, run: NEW_RUN, nowMs: at });
      const state = restore(definition, run.history, { fromTask });
      const again = randomRun(definition, steps.slice(1), { state, runId: NEW_RUN.id, at });
      again.finish();
      const known = new Set([...found.possible, ...found.firstTurn.tasks].map(({ task }) => task));
      for (const entry of again.entries)
        if (entry.kind === 'task.started') expect(known).toContain(entry.task);
      const succeeded = run.entries.flatMap((entry) =>
        entry.kind === 'call.settled' && entry.outcome.status === 'succeeded' ? [entry.position] : [],
      );
      const told = [...found.kept, ...found.repeated].map(({ position }) => position);
      expect(new Set(told)).toEqual(new Set(succeeded));
    });
    fc.assert(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 20_000 });
  });
});
