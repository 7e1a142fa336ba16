import { describe, expect, test } from '@jest/globals';
import { deepFreeze, Driver, failed, run, succeeded, throughJson } from '../test/driver.js';
import { decideOver, type Fresh, type RunState } from './index.js';

const get = (name: string) =>
  `{ ${name}: { call: http, with: { method: get, endpoint: 'http://x/${name}' } } }`;

describe('for', () => {
  test('hands the output of a turn to the next one', () => {
    const yaml =
      "- l: { for: { in: .list }, do: [ { add: { set: { list: [], sum: '${ (.sum // 0) + $item }', last: " +
      "'${ $index }' } } } ] }";
    expect(run(yaml, { list: [3, 4, 5] }).output).toEqual({ list: [], sum: 12, last: 2 });
  });

  test('names item and index as the author wants', () => {
    const yaml =
      "- l: { for: { each: pet, at: i, in: .pets }, do: [ { a: { set: { pets: '${ [$pet, $i] }' } } } ] }";
    expect(run(yaml, { pets: ['x'] }).output).toEqual({ pets: ['x', 0] });
  });

  test('over nothing gives its input', () => {
    expect(run('- l: { for: { in: .list }, do: [ { a: { set: { x: 1 } } } ] }', { list: [] }).output).toEqual(
      { list: [] },
    );
  });

  test('stops when while does not hold, seeing the value and the loop variables', () => {
    const yaml =
      "- l: { for: { in: .list }, while: '(.sum // 0) < 5 and $item != 9', do: [ { a: { set: { sum: '${ " +
      "(.sum // 0) + $item }' } } } ] }";
    expect(run(yaml, { list: [3, 4, 5] }).output).toEqual({ sum: 7 });
    expect(run(yaml, { list: [9, 4] }).output).toEqual({ list: [9, 4] });
  });

  test('exit leaves a turn, not the loop', () => {
    const yaml =
      "- l: { for: { in: '[1, 2]' }, do: [ { a: { set: { n: '${ (.n // 0) + 1 }' }, then: exit } }, { b: " +
      "{ raise: { error: { type: 'https://x.y/z', status: 500 } } } } ] }";
    expect(run(yaml).output).toEqual({ n: 2 });
  });

  test('nested loops see the variables of both', () => {
    const driver = run(`
      - outer:
          for: { each: a, at: i, in: '[1, 2]' }
          do:
            - inner:
                for: { each: b, at: j, in: '[10, $a]' }
                do: [ { add: { set: { seen: '\${ (.seen // []) + [[$a, $i, $b, $j]] }' } } } ]`);
    expect(driver.output).toEqual({
      seen: [
        [1, 0, 10, 0],
        [1, 0, 1, 1],
        [2, 1, 10, 0],
        [2, 1, 2, 1],
      ],
    });
    expect(driver.positions.at(-1)).toBe('/do/0/outer[1]/do/0/inner[1]/do/0/add');
  });

  test('over what is no array is an expression error', () => {
    expect(run('- l: { for: { in: .list }, do: [ { a: { set: { x: 1 } } } ] }').error?.detail).toBe(
      'for.in must yield an array, .list yielded null',
    );
  });

  test('a call in each turn has its own position and key, and the loop goes on after crashes', () => {
    const driver = new Driver(
      `- l: { for: { in: '[1, 2, 3]' }, do: [ ${get('g')} ], output: { as: '{ last: . }' } }`,
    ).start();
    driver.answer('a').answer('b').answer('c');
    expect(driver.output).toEqual({ last: 'c' });
    expect(driver.calls.map(({ position }) => position)).toEqual([
      '/do/0/l[0]/do/0/g',
      '/do/0/l[1]/do/0/g',
      '/do/0/l[2]/do/0/g',
    ]);
  });

  test('a collection out of the context is kept, although the context changes', () => {
    const driver = new Driver(`
      - a: { set: { x: 1 }, export: { as: '{ list: [1, 2] }' } }
      - l:
          for: { in: $context.list }
          do:
            - g: { call: http, with: { method: get, endpoint: 'http://x/' }, export: { as: '{ list: [7] }' } }
            - s: { set: { item: '\${ $item }' } }`).start();
    driver.answer(1).answer(2);
    expect(driver.output).toEqual({ item: 2 });
  });

  test('a collection out of the input is not repeated in the state', () => {
    const list = Array.from({ length: 100 }, (_, i) => `item-${i}`);
    const driver = new Driver(`- l: { for: { in: .list }, do: [ ${get('g')} ] }`).start({ list });
    expect(JSON.stringify(driver.state).split('item-99')).toHaveLength(2);
  });

  test('an error inside faults the loop, and the loop can be caught', () => {
    const driver = run(`
      - t:
          try: [ { l: { for: { in: '[1, 0]' }, do: [ { d: { set: { q: '\${ 1 / $item }' } } } ] } } ]
          catch: { do: [ { c: { set: { at: '\${ $error.instance }' } } } ] }`);
    expect(driver.output).toEqual({ at: '/do/0/t/try/0/l/do/0/d' });
  });

  test('a long loop without calls takes several turns, with the same result', () => {
    const driver = run(
      "- l: { for: { in: '[range(5000)]' }, do: [ { a: { set: { n: '${ (.n // 0) + 1 }' } } } ] }",
    );
    let turns = 1;
    for (; driver.status === 'running'; turns += 1) driver.after(0);
    expect([driver.output, turns]).toEqual([{ n: 5000 }, 3]);
  });
});

describe('fork', () => {
  test('copies the list of its branches once for the answers of one turn, and leaves that of before', () => {
    const names = ['a', 'b', 'c', 'd'];
    const driver = new Driver(`- f: { fork: { branches: [ ${names.map(get).join(', ')} ] } }`).start();
    const branchesOf = ({ root }: RunState) => (root as { child: { branches: unknown[] } }).child.branches;
    const { definition, now: nowMs, calls } = driver;
    const before = deepFreeze(driver.state as RunState);
    const fresh: Fresh = new WeakSet();
    const lists = new Set([branchesOf(before)]);
    let state = before;
    for (const [i, { callId, attempt }] of calls.slice(0, 3).entries()) {
      const outcome = succeeded({ n: i });
      const event = { kind: 'settled' as const, callId, attempt, outcome, startedAt: nowMs, endedAt: nowMs };
      const at = { definition, versions: new Map(), state, nowMs, fresh };
      state = decideOver(at, event).decision.state as RunState;
      lists.add(branchesOf(state));
    }
    expect(lists.size).toBe(2);
    expect(branchesOf(state).slice(0, 3)).toEqual([0, 1, 2].map((n) => ({ output: { n } })));
    expect(throughJson(branchesOf(before))).toHaveLength(4);
  });

  const two = `- f: { fork: { branches: [ ${get('a')}, ${get('b')} ] } }`;

  test('runs its branches side by side and gives their outputs in the order of the document', () => {
    const driver = new Driver(two).start();
    const [a, b] = driver.calls;
    driver.answer('B', b);
    expect(driver.status).toBe('running');
    driver.answer('A', a);
    expect(driver.output).toEqual(['A', 'B']);
  });

  test('gives every branch the input of the fork', () => {
    const yaml =
      "- f: { fork: { branches: [ { a: { set: '${ .n + 1 }' } }, { b: { set: '${ .n + 2 }' } } ] } }";
    expect(run(yaml, { n: 1 }).output).toEqual([2, 3]);
  });

  test('competing, the first branch to end wins and the others are given up', () => {
    const driver = new Driver(two.replace('fork: {', 'fork: { compete: true,')).start();
    const [a, b] = driver.calls;
    driver.answer('B', b);
    expect(driver.output).toBe('B');
    expect(driver.last).toEqual([{ kind: 'call.cancel', callId: '/do/0/f/fork/branches/0/a', attempt: 1 }]);
    expect(
      driver.send({
        kind: 'settled',
        callId: a?.callId ?? '',
        attempt: 1,
        outcome: failed('permanent'),
        startedAt: 0,
        endedAt: 0,
      }).ignored,
    ).toBe('The run is completed');
  });

  test('competing, a branch that faults is only out of the race', () => {
    const driver = new Driver(two.replace('fork: {', 'fork: { compete: true,')).start();
    const [a, b] = driver.calls;
    driver.settle(failed('permanent', { status: 404 }), a);
    expect(driver.status).toBe('running');
    driver.settle(failed('permanent', { status: 410 }), b);
    expect(driver.error).toMatchObject({ status: 410, instance: '/do/0/f/fork/branches/1/b' });
  });

  test('a fault of one branch gives up the others and can be caught', () => {
    const driver = new Driver(`
      - t:
          try: [ { f: { fork: { branches: [ ${get('a')}, ${get('b')} ] } } } ]
          catch: { do: [ { c: { set: { status: '\${ $error.status }' } } } ] }`).start();
    const [a] = driver.calls;
    driver.settle(failed('permanent', { status: 404 }), a);
    expect(driver.output).toEqual({ status: 404 });
    expect(driver.last.map(({ kind }) => kind)).toEqual(['call.cancel']);
  });

  test('a branch that ends the workflow ends all', () => {
    const driver = new Driver(
      `- f: { fork: { branches: [ ${get('a')}, { e: { set: { x: 1 }, then: end } } ] } }`,
    ).start();
    expect(driver.output).toEqual({ x: 1 });
    expect(driver.last.map(({ kind }) => kind)).toEqual(['call', 'call.cancel']);
  });

  test('waits in branches are due one by one', () => {
    const driver = new Driver(
      '- f: { fork: { branches: [ { a: { wait: PT1S } }, { b: { wait: PT3S } } ] } }\n- d: { set: { x: 1 } }',
    ).start();
    expect(driver.after(1000).status).toBe('waiting');
    expect(driver.after(2000).output).toEqual({ x: 1 });
  });

  test('waits that are all overdue are done in one turn', () => {
    const driver = new Driver(
      '- f: { fork: { branches: [ { a: { wait: PT1S } }, { b: { wait: PT3S } } ] } }',
    ).start({ n: 1 });
    expect(driver.after(10_000).output).toEqual([{ n: 1 }, { n: 1 }]);
  });

  test('of nothing gives an empty list', () => {
    expect(run('- f: { fork: { branches: [] } }').output).toEqual([]);
  });

  test('exports of branches meet in one context', () => {
    const driver = new Driver(`
      - f:
          fork:
            branches:
              - a: { set: { x: 1 }, export: { as: '$context + { a: 1 }' } }
              - b: { set: { x: 2 }, export: { as: '$context + { b: 2 }' } }
      - c: { set: '\${ $context }' }`).start();
    expect(driver.output).toEqual({ a: 1, b: 2 });
  });

  test('a fork of 1,000 calls ends after 1,000 answers', () => {
    const branches = Array.from({ length: 1000 }, (_, i) => get(`b${i}`)).join(', ');
    const driver = new Driver(`- f: { fork: { branches: [ ${branches} ] }, output: { as: length } }`);
    driver.start();
    expect(driver.calls).toHaveLength(1000);
  });
});

test('a state is the same text whether it was kept in memory or read from JSON', () => {
  const rounds = `
    - list:
        do:
          - ask: { call: http, with: { method: get, endpoint: 'http://x/' } }
          - look: { switch: [{ more: { when: '. < 3', then: ask } }] }
    - last: { call: http, with: { method: get, endpoint: 'http://x/' } }`;
  const kept = new Driver(rounds).start();
  const read = new Driver(rounds).start();
  for (const answer of [1, 2, 3]) {
    read.state = throughJson(read.state);
    expect(JSON.stringify(kept.answer(answer).state)).toBe(JSON.stringify(read.answer(answer).state));
  }
});

describe('functions under use.functions', () => {
  const uses = `
use:
  functions:
    double: { input: { schema: { document: { required: [n] } } }, set: { n: '\${ .n * 2 }' } }
    fetch: { call: http, with: { method: get, endpoint: 'http://x/{n}' } }
    twice: { do: [ { one: { call: double, with: { n: '\${ .n }' } } }, { two: { call: double } } ] }
do:`;

  test('run on the evaluated with', () => {
    expect(
      run(`${uses}\n  - a: { call: double, with: { n: '\${ .x }' }, output: { as: .n } }`, { x: 4 }).output,
    ).toBe(8);
  });

  test('without with take the input of the task', () => {
    expect(run(`${uses}\n  - a: { call: double }`, { n: 4 }).output).toEqual({ n: 8 });
  });

  test('may call one another', () => {
    expect(run(`${uses}\n  - a: { call: twice, with: { n: 3 } }`).output).toEqual({ n: 12 });
  });

  test('give a call a position under the caller', () => {
    const driver = new Driver(
      `${uses}\n  - a: { call: fetch, with: { n: 7 } }\n  - b: { call: fetch, with: { n: 8 } }`,
    ).start();
    driver.answer(1).answer(2);
    expect(driver.calls.map(({ position, task }) => [position, task])).toEqual([
      ['/do/0/a/use/functions/fetch', '/use/functions/fetch'],
      ['/do/1/b/use/functions/fetch', '/use/functions/fetch'],
    ]);
    expect(driver.output).toBe(2);
  });

  test('fault as the task of the document that they are', () => {
    const driver = run(`${uses}\n  - a: { call: double, with: { m: 1 } }`);
    expect(driver.error).toMatchObject({ status: 400, instance: '/use/functions/double' });
  });
});
