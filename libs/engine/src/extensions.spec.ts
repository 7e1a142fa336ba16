import { describe, expect, test } from '@jest/globals';
import { Driver, failed, run } from '../test/driver.js';
import { restore } from './index.js';

const MOCK = `
use:
  extensions:
    - mock:
        extend: call
        when: $task.call == "http" and ($task.with.endpoint | startswith("https://mocked."))
        before:
          - answer: { set: { mocked: true }, then: exit }
          - never: { set: { never: true } }
        after:
          - never: { set: { never: true } }
do:`;
const LOG = `
use:
  extensions:
    - log:
        extend: call
        before:
          - told: { call: http, with: { method: post, endpoint: 'http://log/', body: '\${ "before " + $task.name }' } }
        after:
          - told: { call: http, with: { method: post, endpoint: 'http://log/', body: '\${ [$task.output, .] }' } }
do:`;
const bodyOf = (driver: Driver) => (driver.call.input as { body?: unknown }).body;

describe('an extension', () => {
  test('runs its tasks before and after, and changes neither what goes in nor what comes out', () => {
    const driver = run(
      `
use:
  extensions:
    - e:
        extend: set
        before: [ { b: { do: [ { deep: { wait: PT1S } } ] } } ]
        after: [ { a: { wait: PT2S } } ]
do:
- one: { set: { n: '\${ .n + 1 }' } }
- two: { set: { n: '\${ .n + 1 }' }, export: { as: . }, output: { as: '{ out: .n }' } }`,
      { n: 1 },
    );
    for (let i = 0; i < 4; i += 1) driver.after(2_000);
    expect(driver.status).toBe('completed');
    expect(driver.output).toEqual({ out: 3 });
    expect(driver.ran).toEqual(['e', 'b', 'deep', 'one', 'a', 'e', 'b', 'deep', 'two', 'a']);
    expect(driver.positions.slice(0, 5)).toEqual([
      '/do/0/one/use/extensions/0/e',
      '/do/0/one/use/extensions/0/e/before/0/b',
      '/do/0/one/use/extensions/0/e/before/0/b/do/0/deep',
      '/do/0/one',
      '/do/0/one/use/extensions/0/e/after/0/a',
    ]);
  });

  test('tells its tasks of the task that it extends', () => {
    const driver = run(`${LOG}\n- ask: { call: http, with: { method: get, endpoint: 'http://x/' } }`, 5);
    expect(bodyOf(driver)).toBe('before ask');
    driver.answer(null);
    expect(driver.call.position).toBe('/do/0/ask');
    driver.answer('answer');
    expect(bodyOf(driver)).toEqual(['answer', 'answer']);
    driver.answer('of the log');
    expect(driver.output).toBe('answer');
  });

  test('answers in the place of the task when exit leaves what is before it', () => {
    const driver = run(`${MOCK}
- ask: { call: http, with: { method: get, endpoint: 'https://mocked.x/' }, then: last }
- never: { set: { s: 1 } }
- last: { set: { got: '\${ . }' } }`);
    expect(driver.calls).toEqual([]);
    expect(driver.output).toEqual({ got: { mocked: true } });
    expect(driver.ran).toEqual(['mock', 'answer', 'last']);
  });

  test('does not apply where its condition does not hold, and says so', () => {
    const driver = run(`${MOCK}\n- ask: { call: http, with: { method: get, endpoint: 'https://x/' } }`);
    expect(driver.call.position).toBe('/do/0/ask');
    expect(driver.entry('task.skipped')).toMatchObject({ name: 'mock', type: 'extension' });
    driver.answer(1);
    expect(driver.output).toBe(1);
    expect(driver.ran).toEqual(['mock', 'ask']);
  });

  test('a condition that breaks is the fault of the task', () => {
    const driver = run(`${MOCK}
- safe:
    try:
    - ask: { call: http, with: { method: get, endpoint: { uri: 'https://x/' } } }
    catch: { as: e, do: [ { told: { set: { detail: '\${ $e.detail }' } } } ] }`);
    expect(driver.output).toEqual({ detail: expect.stringContaining('startswith') });
  });

  test('does nothing around a task that is skipped', () => {
    const driver = run(
      `${LOG}\n- ask: { if: .go, call: http, with: { method: get, endpoint: 'http://x/' } }`,
      {
        go: false,
      },
    );
    expect(driver.output).toEqual({ go: false });
    expect(driver.entries.filter(({ kind }) => kind === 'task.skipped')).toMatchObject([
      { position: '/do/0/ask/use/extensions/0/log' },
      { position: '/do/0/ask', name: 'ask', type: 'call' },
    ]);
  });

  test('that fails makes the task fail, and its `try` can catch that', () => {
    const driver = run(`${LOG}
- safe: { try: [ { ask: { call: http, with: { method: get, endpoint: 'http://x/' } } } ], catch: {} }`);
    driver.settle(failed('permanent'));
    expect(driver.status).toBe('completed');
    expect(driver.calls).toHaveLength(1);
  });

  test('does not run its tasks after a task that failed', () => {
    const driver = run(`${LOG}\n- ask: { call: http, with: { method: get, endpoint: 'http://x/' } }`);
    driver.answer(null).settle(failed('permanent'));
    expect(driver.status).toBe('faulted');
    expect(driver.calls).toHaveLength(2);
  });

  test('keeps what the task says about the flow, after its own tasks', () => {
    const log = 'use: { extensions: [ { e: { extend: all, after: [ { a: { set: { x: 1 } } } ] } } ] }\ndo:';
    const driver = run(`${log}
- choose: { switch: [ { far: { when: .n, then: far } } ] }
- never: { set: { s: 1 } }
- far: { set: { far: true }, then: end }
- never2: { set: { s: 1 } }`);
    expect(run(`${log}\n- one: { set: { one: 1 }, then: end }\n- never: { set: { s: 1 } }`).output).toEqual({
      one: 1,
    });
    expect(driver.ran).not.toContain('far-');
    expect(new Driver(driver.definition).start({ n: true }).output).toEqual({ far: true });
  });

  test('end in one of its tasks ends the workflow', () => {
    const driver = run(`
use: { extensions: [ { e: { extend: set, before: [ { stop: { wait: PT0S, then: end } } ] } } ] }
do: [ { a: { set: { x: 1 } } } ]`);
    driver.after(0);
    expect(driver.status).toBe('completed');
    expect(driver.ran).toEqual(['e', 'stop']);
  });
});

describe('several extensions', () => {
  const two = `
use:
  extensions:
  - first: { extend: all, before: [ { b1: { set: { s: 1 } } } ], after: [ { a1: { set: { s: 1 } } } ] }
  - second: { extend: set, before: [ { b2: { if: .exit, set: { left: true }, then: exit } } ], after: [ { a2: { set: { s: 1 } } } ] }
do:`;

  test('are around one another, the first outermost', () => {
    const driver = run(`${two}\n- task: { set: { n: 1 } }`);
    expect(driver.ran).toEqual(['first', 'b1', 'second', 'b2', 'task', 'a2', 'a1']);
    expect(driver.output).toEqual({ n: 1 });
    expect(driver.positions[2]).toBe('/do/0/task/use/extensions/1/second');
  });

  test('exit leaves the one that it stands in', () => {
    const driver = run(`${two}\n- task: { set: { n: 1 } }`, { exit: true });
    expect(driver.ran).toEqual(['first', 'b1', 'second', 'b2', 'a1']);
    expect(driver.output).toEqual({ left: true });
  });

  test('tasks in loops, forks, rounds and functions have positions of their own', () => {
    const driver = run(`
use:
  functions: { f: { do: [ { inner: { set: { f: 1 } } } ] } }
  extensions:
  - e: { extend: set, before: [ { b: { call: f } } ] }
do:
- loop: { for: { in: '[1, 2]' }, do: [ { one: { set: { n: 1 } } } ] }
- side: { fork: { branches: [ { x: { set: { x: 1 } } }, { y: { call: f } } ] } }
- again: { set: '\${ if type == "number" then . + 1 else 0 end }' }
- more: { switch: [ { back: { when: . < 2, then: again } } ] }`);
    expect(driver.status).toBe('completed');
    expect(driver.output).toBe(2);
    expect(new Set(driver.positions).size).toBe(driver.positions.length);
    expect(driver.positions).toContain(
      '/do/0/loop[1]/do/0/one/use/extensions/0/e/before/0/b/use/extensions/functions/f/do/0/inner',
    );
    expect(driver.positions).toContain('/do/0/loop[1]/do/0/one');
    expect(driver.positions).toContain('/do/2/again#2/use/extensions/0/e/before/0/b');
    expect(driver.positions).toContain('/do/2/again#2');
  });

  test('do not extend what they do themselves', () => {
    const driver = run(`
use:
  functions: { f: { set: { f: 1 } } }
  extensions: [ { e: { extend: all, before: [ { b: { do: [ { c: { call: f } } ] } } ] } } ]
do: [ { a: { set: { x: 1 } } } ]`);
    expect(driver.ran).toEqual(['e', 'b', 'c', 'f', 'a']);
  });
});

describe('a run that begins again from a task with an extension', () => {
  test('starts with the task, whose extension goes on after it', () => {
    const driver = run(`${LOG}\n- ask: { call: http, with: { method: get, endpoint: 'http://x/' } }`);
    driver.answer(null).settle(failed('permanent'));
    const state = restore(driver.definition, driver.history);
    const again = new Driver(driver.definition);
    const id = '018f0000-0000-7000-8000-000000000002';
    again.send({
      kind: 'restored',
      run: { id, workspaceId: 'w', startedAt: again.now, trigger: 'retry' },
      state,
    });
    expect(again.call.position).toBe('/do/0/ask');
    again.answer('now').answer(null);
    expect(again.output).toBe('now');
    expect(again.calls).toHaveLength(2);
  });

  test('may begin from a task of the extension', () => {
    const driver = run(`${LOG}\n- ask: { call: http, with: { method: get, endpoint: 'http://x/' } }`);
    driver.answer(null).answer('answer').settle(failed('permanent'));
    const state = restore(driver.definition, driver.history);
    expect(JSON.stringify(state.root)).toContain('/do/0/ask/use/extensions/0/log/after/0/told');
  });
});
