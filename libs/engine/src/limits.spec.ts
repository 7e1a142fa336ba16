import { describe, expect, test } from '@jest/globals';
import { connection, Driver, failed, run, throughJson } from '../test/driver.js';
import { RUN_LIMITS, TURN_ACTIVATIONS } from './limits.js';
import type { CallNode } from './state.types.js';

const over = (name: keyof typeof RUN_LIMITS) => ({
  type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime',
  status: 500,
  detail: `The run went over the limit ${name}: at most ${RUN_LIMITS[name]}`,
});
const CALL = "{ call: http, with: { method: get, endpoint: 'http://x/' } }";

describe('over a limit the run faults with an error that names it:', () => {
  test('activations', () => {
    const driver = new Driver(`
      - ask: ${CALL}
      - last: { set: { n: 1 } }
      - over: { set: { n: 2 } }`).start();
    driver.state = { ...throughJson(driver.state!), activations: RUN_LIMITS.activations - 1 };
    driver.answer(1);
    expect(driver.ran).toEqual(['ask', 'last', 'over']);
    expect(driver.error).toMatchObject({ ...over('activations'), instance: '/do/2/over' });
  });

  test('loopTurns, before the first turn', () => {
    const loop = (turns: number) =>
      run(`- loop: { for: { in: '[range(0; ${turns})]' }, do: [{ one: { set: '\${ . }' } }] }`);
    const driver = loop(RUN_LIMITS.loopTurns + 1);
    expect(driver.error).toMatchObject(over('loopTurns'));
    expect(driver.ran).toEqual(['loop']);
    expect(loop(10).status).toBe('completed');
  });

  test('tryRetries, where the policy has no limit of its own', () => {
    const raise = '{ raise: { error: { type: https://x.y/z, status: 500 } } }';
    const driver = run(`- again: { try: [{ no: ${raise} }], catch: { retry: { delay: PT0S } } }`);
    expect(driver.kinds('task.retried')).toHaveLength(RUN_LIMITS.tryRetries);
    const { detail } = over('tryRetries');
    expect(driver.error).toMatchObject({ type: 'https://x.y/z', status: 500, detail });
  });

  test('tryRetries, where catch.do takes over', () => {
    const raise = '{ raise: { error: { type: https://x.y/z, status: 500 } } }';
    const caught = 'catch: { retry: { delay: PT0S }, do: [{ late: { set: { n: 1 } } }] }';
    expect(run(`- again: { try: [{ no: ${raise} }], ${caught} }`).output).toEqual({ n: 1 });
  });

  test('callAttempts', () => {
    const setup = { connections: [connection('k', ['keep.it'])] };
    const driver = new Driver("- ask: { call: 'keep.it:1@default' }", setup).start();
    const state = throughJson(driver.state!);
    ((state.root as { child?: CallNode }).child as CallNode).attempt = RUN_LIMITS.callAttempts;
    driver.state = state;
    driver.settle(failed('transient'), { ...driver.call, attempt: RUN_LIMITS.callAttempts });
    driver.after(1_000);
    expect(driver.calls).toHaveLength(1);
    expect(driver.error).toMatchObject(over('callAttempts'));
  });
});

test('a turn ends after its tasks, and the run goes on in the next one', () => {
  const turns = TURN_ACTIVATIONS * 2;
  const driver = run(
    `- loop: { for: { in: '[range(0; ${turns})]' }, do: [{ one: { set: '\${ $item }' } }] }`,
  );
  expect(driver.status).toBe('running');
  driver.after(0).after(0);
  expect(driver).toMatchObject({ status: 'completed', output: turns - 1 });
});
