import { describe, expect, test } from '@jest/globals';
import { Driver, failed, run, succeeded } from '../test/driver.js';

const ERRORS = 'https://serverlessworkflow.io/spec/1.0.0/errors/';
const raising = (
  clause: string,
  error = `{ type: '${ERRORS}communication', status: 503, title: Down, detail: gone }`,
) => `
  - t:
      try: [ { no: { raise: { error: ${error} } } } ]
      catch: ${clause}
  - after: { set: { caught: true, input: '\${ . }' } }`;

describe('catch', () => {
  test.each([
    ['{}', true],
    [`{ errors: { with: { type: '${ERRORS}communication' } } }`, true],
    ["{ errors: { with: { type: 'https://serverlessworkflow.io/dsl/errors/types/communication' } } }", true],
    [`{ errors: { with: { type: '${ERRORS}timeout' } } }`, false],
    ['{ errors: { with: { status: 503 } } }', true],
    ['{ errors: { with: { status: 404 } } }', false],
    ['{ errors: { with: { title: Down, details: gone } } }', true],
    ['{ errors: { with: { title: Up } } }', false],
    ["{ errors: { with: { instance: '/do/0/t/try/0/no' } } }", true],
    ["{ when: '$error.status == 503' }", true],
    ["{ when: '$error.status == 404' }", false],
    ["{ exceptWhen: '$error.status == 503' }", false],
    ['{ as: problem, when: \'$problem.title == "Down" and .n == 1\' }', true],
  ])('%s catches: %s', (clause, caught) => {
    const driver = run(raising(clause), { n: 1 });
    expect(driver.status).toBe(caught ? 'completed' : 'faulted');
    if (caught) expect(driver.output).toEqual({ caught: true, input: { n: 1 } });
    else expect(driver.error?.instance).toBe('/do/0/t/try/0/no');
  });

  test('runs its tasks on the input of the try, with the error as a variable', () => {
    const driver = run(
      raising("{ as: err, do: [ { c: { set: { e: '${ $err.status }', n: '${ .n }' } } } ] }"),
      { n: 1 },
    );
    expect(driver.output).toEqual({ caught: true, input: { e: 503, n: 1 } });
    expect(driver.positions[2]).toBe('/do/0/t/catch/do/0/c');
  });

  test('that faults itself faults the try, and is not caught by it', () => {
    const driver = run(
      raising("{ do: [ { c: { raise: { error: { type: 'https://x.y/z', status: 500 } } } } ] }"),
    );
    expect(driver.error).toMatchObject({ status: 500, instance: '/do/0/t/catch/do/0/c' });
  });

  test('an error goes outwards to the first try that catches it', () => {
    const driver = run(`
      - outer:
          try:
            - inner:
                try: [ { no: { raise: { error: { type: 'https://x.y/z', status: 500 } } } } ]
                catch: { errors: { with: { status: 404 } } }
          catch: { do: [ { c: { set: { from: '\${ $error.instance }' } } } ] }`);
    expect(driver.output).toEqual({ from: '/do/0/outer/try/0/inner/try/0/no' });
    expect(driver.kinds('task.faulted')).toHaveLength(2);
  });

  test('catches errors of expressions too', () => {
    const driver = run(
      "- t: { try: [ { a: { set: '${ error(\"x\") }' } } ], catch: { do: [ { c: { set: { t: '${ " +
        "$error.type }' } } } ] } }",
    );
    expect(driver.output).toEqual({ t: `${ERRORS}expression` });
  });

  test('a condition that fails is an error of the try', () => {
    expect(run(raising("{ when: '.a.b.c' }"), { a: [] }).error).toMatchObject({
      type: `${ERRORS}expression`,
      instance: '/do/0/t',
    });
  });

  test('without an error the output is that of the tasks tried', () => {
    expect(run('- t: { try: [ { a: { set: { x: 1 } } } ], catch: {}, output: { as: .x } }').output).toBe(1);
  });

  test('exit in a catch leaves the catch only, end ends the run', () => {
    expect(
      run(raising('{ do: [ { c: { set: { x: 1 }, then: exit } }, { d: { set: { y: 1 } } } ] }')).output,
    ).toEqual({
      caught: true,
      input: { x: 1 },
    });
    expect(run(raising('{ do: [ { c: { set: { x: 1 }, then: end } } ] }')).output).toEqual({ x: 1 });
  });
});

describe('retry of a try', () => {
  const trying = (retry: string, rest = '') => `
    - t:
        try:
          - a: { set: { n: 1 } }
          - g: { call: http, with: { method: post, endpoint: 'http://x/' } }
        catch: { errors: { with: { status: 503 } }, retry: ${retry}${rest} }
        output: { as: '{ got: . }' }`;

  function delays(retry: string, failures: number): number[] {
    const driver = new Driver(trying(retry)).start();
    return Array.from({ length: failures }, () => {
      driver.settle(failed('permanent'));
      const { delayMs } = driver.entry('task.retried');
      driver.after(delayMs);
      return delayMs;
    });
  }

  test.each([
    ['{ delay: PT3S }', [3000, 3000, 3000]],
    ['{ delay: PT3S, backoff: { constant: {} } }', [3000, 3000, 3000]],
    ['{ delay: PT3S, backoff: { linear: {} } }', [3000, 6000, 9000]],
    ['{ delay: PT3S, backoff: { exponential: {} } }', [3000, 6000, 12_000]],
    ['{ backoff: { exponential: {} } }', [0, 0, 0]],
  ])('%s waits %j', (retry, expected) => expect(delays(retry, 3)).toEqual(expected));

  test('jitter lies in its range, differs between retries, and is the same in a replay', () => {
    const retry = '{ delay: PT1S, jitter: { from: PT1S, to: PT5S } }';
    const found = delays(retry, 4);
    expect(found.every((ms) => ms >= 2000 && ms <= 6000)).toBe(true);
    expect(new Set(found).size).toBe(4);
    expect(delays(retry, 4)).toEqual(found);
  });

  test('repeats the tasks with the same position and key, and never an attempt number twice', () => {
    const driver = new Driver(trying('{ delay: PT1S }')).start();
    driver.settle(failed('permanent')).after(1000).settle(failed('permanent')).after(1000).answer('ok');
    expect(driver.output).toEqual({ got: 'ok' });
    expect(driver.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(driver.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  test('a late answer to an earlier attempt changes nothing', () => {
    const driver = new Driver(trying('{ delay: PT1S }')).start();
    const first = driver.call;
    driver.settle(failed('permanent')).after(1000);
    const late = { callId: first.callId, attempt: 1, outcome: succeeded('late'), startedAt: 0, endedAt: 0 };
    expect(driver.send({ kind: 'settled', ...late }).ignored).toBe('The attempt is not outstanding');
    expect(driver.answer('ok').output).toEqual({ got: 'ok' });
  });

  test('ends after its attempts: the error goes outwards, or catch.do handles it', () => {
    const limit = '{ limit: { attempt: { count: 2 } } }';
    const outward = new Driver(trying(limit)).start();
    for (let i = 0; i < 3; i += 1) outward.settle(failed('permanent'));
    expect([outward.status, outward.error?.status, outward.calls.length]).toEqual(['faulted', 503, 3]);
    const handled = new Driver(trying(limit, ', do: [ { c: { set: { gave: up } } } ]')).start();
    for (let i = 0; i < 3; i += 1) handled.settle(failed('permanent'));
    expect(handled.output).toEqual({ got: { gave: 'up' } });
  });

  test('ends after its duration', () => {
    const driver = new Driver(trying('{ delay: PT4S, limit: { duration: PT6S } }')).start();
    driver
      .settle(failed('permanent'))
      .after(4000)
      .settle(failed('permanent'))
      .after(4000)
      .settle(failed('permanent'));
    expect([driver.status, driver.calls.length]).toEqual(['faulted', 3]);
  });

  test.each([
    ["{ when: '$error.status == 503' }", 'running'],
    ["{ when: '$error.status == 500' }", 'faulted'],
    ["{ exceptWhen: '$error.status == 503' }", 'faulted'],
  ])('%s after a 503: %s', (retry, status) => {
    expect(new Driver(trying(retry)).start().settle(failed('permanent')).status).toBe(status);
  });

  test('an error that the catch does not match is not retried', () => {
    expect(
      new Driver(trying('{ delay: PT1S }')).start().settle(failed('permanent', { status: 404 })).status,
    ).toBe('faulted');
  });

  test('comes from use.retries by name', () => {
    const driver = new Driver(`
use: { retries: { often: { delay: PT2S } } }
do:${trying('often').replaceAll('\n    ', '\n  ')}`).start();
    driver.settle(failed('permanent'));
    expect(driver.entry('task.retried').delayMs).toBe(2000);
  });

  test('without delay and without end is stopped by a limit with a name', () => {
    const driver = run(
      "- t: { try: [ { no: { raise: { error: { type: 'https://x.y/z', status: 500 } } } } ], catch: { " +
        'retry: {} } }',
    );
    for (let i = 0; i < 10 && driver.status === 'running'; i += 1) driver.after(0);
    const detail = 'The run went over the limit tryRetries: at most 1000';
    expect(driver.error).toMatchObject({ type: 'https://x.y/z', status: 500, detail });
    expect(driver.kinds('task.retried')).toHaveLength(1000);
  });

  test('inside a try that retries too, attempt numbers go on', () => {
    const driver = new Driver(`
      - outer:
          try:
            - inner:
                try: [ { g: { call: http, with: { method: post, endpoint: 'http://x/' } } } ]
                catch: { retry: { limit: { attempt: { count: 1 } } } }
          catch: { retry: { limit: { attempt: { count: 1 } } } }`).start();
    for (let i = 0; i < 4; i += 1) driver.settle(failed('permanent'));
    expect(driver.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(driver.status).toBe('faulted');
  });
});

describe('timeouts of tasks', () => {
  const call = "call: http, with: { method: get, endpoint: 'http://x/' }";

  test('end a call with a timeout error, and the call is cancelled', () => {
    const driver = new Driver(`- g: { ${call}, timeout: { after: PT5S } }`).start().after(5000);
    expect(driver.error).toMatchObject({ type: `${ERRORS}timeout`, status: 408, instance: '/do/0/g' });
    expect(driver.last).toEqual([{ kind: 'call.cancel', callId: '/do/0/g', attempt: 1 }]);
  });

  test('can be caught', () => {
    const driver = new Driver(`
      - t:
          try: [ { g: { ${call}, timeout: { after: PT5S } } } ]
          catch: { errors: { with: { type: '${ERRORS}timeout' } }, do: [ { c: { set: { late: true } } }
              ] }`).start();
    expect(driver.after(5000).output).toEqual({ late: true });
  });

  test('of a composite give up everything inside', () => {
    const driver = new Driver(
      `- d: { do: [ { f: { fork: { branches: [ { a: { ${call} } }, { b: { wait: PT1H } } ] } } } ],
          timeout: { after: PT5S } }`,
    ).start();
    expect(driver.after(5000).error).toMatchObject({ status: 408, instance: '/do/0/d' });
    expect(driver.last.map(({ kind }) => kind)).toEqual(['call.cancel']);
  });

  test('by name come from use.timeouts', () => {
    const driver = new Driver(
      `use: { timeouts: { short: { after: PT2S } } }\ndo:\n  - w: { wait: PT1H, timeout: short }`,
    ).start();
    expect(driver.after(2000).error?.status).toBe(408);
  });

  test('evaluate expressions on the input of the task', () => {
    const driver = new Driver("- w: { wait: PT1H, timeout: { after: '${ .for }' } }").start({ for: 'PT3S' });
    expect(driver.after(3000).error?.status).toBe(408);
  });

  test('do not strike what ended before them, even when both are overdue', () => {
    const driver = new Driver('- w: { wait: PT2S, timeout: { after: PT3S } }').start({ n: 1 });
    expect(driver.after(60_000).output).toEqual({ n: 1 });
  });

  test('of a try are not caught by it', () => {
    const driver = new Driver(
      '- t: { try: [ { w: { wait: PT1H } } ], catch: {}, timeout: { after: PT1S } }',
    ).start();
    expect(driver.after(1000).error).toMatchObject({ status: 408, instance: '/do/0/t' });
  });

  test('of the workflow fault the run, whatever it does', () => {
    const driver = new Driver(
      `timeout: { after: PT10S }\ndo:\n  - t: { try: [ { g: { ${call} } } ], catch: {} }`,
    ).start();
    expect(driver.after(10_000).error).toMatchObject({
      type: `${ERRORS}timeout`,
      status: 408,
      instance: '/',
    });
    expect(driver.last.map(({ kind }) => kind)).toEqual(['call.cancel']);
  });
});
