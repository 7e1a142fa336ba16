import { describe, expect, test } from '@jest/globals';
import { Driver, run } from '../test/driver.js';

describe('then', () => {
  test('continue, the default, goes to the next task', () => {
    expect(run('- a: { set: { x: 1 }, then: continue }\n- b: { set: { y: 1 } }').ran).toEqual(['a', 'b']);
  });

  test('a name jumps forward over what lies between', () => {
    const driver = run('- a: { set: { x: 1 }, then: c }\n- b: { set: { y: 1 } }\n- c: { set: "${ . }" }');
    expect(driver.ran).toEqual(['a', 'c']);
    expect(driver.output).toEqual({ x: 1 });
  });

  test('end ends the workflow from any depth, past the filters of the tasks around it', () => {
    const driver = run(`
      - outer:
          do:
            - inner: { do: [ { stop: { set: { x: 1 }, then: end } }, { never: { set: { y: 1 } } } ] }
          output: { as: '{ filtered: . }' }
      - never: { set: { z: 1 } }`);
    expect(driver.status).toBe('completed');
    expect(driver.output).toEqual({ x: 1 });
  });

  test('exit leaves the list that it stands in, and the task around it goes on', () => {
    const driver = run(`
      - outer:
          do: [ { leave: { set: { x: 1 }, then: exit } }, { never: { set: { y: 1 } } } ]
          output: { as: '{ filtered: . }' }
      - after: { set: '\${ . + { z: 1 } }' }`);
    expect(driver.ran).toEqual(['outer', 'leave', 'after']);
    expect(driver.output).toEqual({ filtered: { x: 1 }, z: 1 });
  });

  test('exit in the main list ends the workflow', () => {
    expect(run('- a: { set: { x: 1 }, then: exit }\n- b: { set: { y: 1 } }').output).toEqual({ x: 1 });
  });

  test('the then of a composite is followed after its content', () => {
    const driver = run(
      '- a: { do: [ { b: { set: { x: 1 } } } ], then: d }\n- c: { set: { y: 1 } }\n- d: { set: "${ . }" }',
    );
    expect(driver.ran).toEqual(['a', 'b', 'd']);
  });
});

describe('a jump back', () => {
  const counting = `
    - count: { set: { n: '\${ (.n // 0) + 1 }' } }
    - look: { switch: [ { more: { when: '.n < 3', then: count } } ] }
    - done: { set: '\${ . }' }`;

  test('repeats tasks, each visit under a position of its own', () => {
    const driver = run(counting);
    expect(driver.output).toEqual({ n: 3 });
    expect(driver.positions).toEqual([
      '/do/0/count',
      '/do/1/look',
      '/do/0/count#2',
      '/do/1/look#2',
      '/do/0/count#3',
      '/do/1/look#3',
      '/do/2/done#3',
    ]);
  });

  test('gives calls a new key on each visit', () => {
    const driver = new Driver(`
      - get: { call: http, with: { method: post, endpoint: 'http://x/' } }
      - look: { switch: [ { more: { when: '.again', then: get } } ] }`).start();
    driver.answer({ again: true }).answer({ again: true }).answer({ again: false });
    expect(driver.status).toBe('completed');
    const keys = driver.calls.map(({ idempotencyKey }) => idempotencyKey.split(':')[1]);
    expect(keys).toEqual(['/do/0/get', '/do/0/get#2', '/do/0/get#3']);
  });

  test('to itself is a loop too', () => {
    const driver = run(`
      - look: { switch: [ { stop: { when: 'true', then: a } } ] }
      - a:
          do: [ { b: { set: { n: '\${ (.n // 0) + 1 }' } }, }, { c: { switch: [ { more: { when: '.n <
              2', then: b } } ] } } ]`);
    expect(driver.output).toEqual({ n: 2 });
    expect(driver.positions.slice(-2)).toEqual(['/do/1/a/do/0/b#2', '/do/1/a/do/1/c#2']);
  });

  test('without end goes on in slices, so that no run holds up the others', () => {
    const driver = run('- a: { set: { n: "${ (.n // 0) + 1 }" }, then: a }');
    expect(driver.status).toBe('running');
    const slice = driver.ran.length;
    expect(slice).toBe(2000);
    driver.after(0);
    expect(driver.ran).toHaveLength(2 * slice);
    expect(new Set(driver.positions).size).toBe(driver.positions.length);
  });
});

describe('switch', () => {
  const cases = `
    - look: { switch: [ { other: { then: d } }, { one: { when: '.n == 1', then: a } }, { two: { when:
        '\${ .n == 2 }', then: b } } ] }
    - a: { set: { took: a }, then: end }
    - b: { set: { took: b }, then: end }
    - d: { set: { took: d }, then: end }`;

  test.each([
    [1, 'a'],
    [2, 'b'],
    [3, 'd'],
  ])('n = %s takes %s, wherever the default stands', (n, took) => {
    expect(run(cases, { n }).output).toEqual({ took });
  });

  test('without a case that holds goes where its own then says', () => {
    const driver = run(
      '- look: { switch: [ { one: { when: .x, then: end } } ], then: c }\n- b: { set: { y: 1 } }\n- c: { ' +
        'set: { z: 1 } }',
    );
    expect(driver.ran).toEqual(['look', 'c']);
  });

  test('passes its input on', () => {
    const driver = run(
      '- look: { input: { from: .in }, switch: [ { one: { when: .x, then: continue } } ] }',
      { in: { x: 1 } },
    );
    expect(driver.output).toEqual({ x: 1 });
  });

  test('a case can continue, exit or end', () => {
    const list = (then: string) =>
      `- o: { do: [ { s: { switch: [ { c: { then: ${then} } } ] } }, { x: { set: { x: 1 } } } ] }\n- y:
          { set: "\${ . + {y: 1} }" }`;
    expect(run(list('continue')).output).toEqual({ x: 1, y: 1 });
    expect(run(list('exit')).output).toEqual({ y: 1 });
    expect(run(list('end')).output).toEqual({});
  });
});

describe('do', () => {
  test('hands the data from task to task and filters its own output', () => {
    const driver = run(
      `
      - outer:
          input: { from: .in }
          do:
            - a: { set: { n: '\${ .n + 1 }' } }
            - b: { set: { n: '\${ .n * 10 }' } }
          output: { as: '{ n, was: $input.n }' }`,
      { in: { n: 1 } },
    );
    expect(driver.output).toEqual({ n: 20, was: 1 });
  });

  test('reports the tasks inside, with their pointers', () => {
    expect(run('- outer: { do: [ { a: { set: { x: 1 } } } ] }').positions).toEqual([
      '/do/0/outer',
      '/do/0/outer/do/0/a',
    ]);
  });

  test('of nothing gives its input', () => {
    expect(run('- outer: { do: [] }', { x: 1 }).output).toEqual({ x: 1 });
  });
});

describe('raise', () => {
  const ERRORS = 'https://serverlessworkflow.io/spec/1.0.0/errors/';

  test('faults with the error as written, expressions evaluated', () => {
    const driver = run(
      `
      - no: { raise: { error: { type: 'https://x.y/bad', status: 418, title: Bad, detail: '\${ "not
          \\(.code)" }' } } }`,
      { code: 418 },
    );
    expect(driver.error).toEqual({
      type: 'https://x.y/bad',
      status: 418,
      title: 'Bad',
      detail: 'not 418',
      instance: '/do/0/no',
    });
  });

  test('takes an error of use.errors by name, and an instance where one is given', () => {
    const driver = run(`
use: { errors: { late: { type: '${ERRORS}timeout', status: 408, instance: /elsewhere } } }
do:
  - no: { raise: { error: late } }`);
    expect(driver.error).toEqual({
      type: `${ERRORS}timeout`,
      status: 408,
      title: 'timeout',
      instance: '/elsewhere',
    });
  });

  test('writes a standard type in the form of the specification', () => {
    const yaml =
      "- no: { raise: { error: { type: 'https://serverlessworkflow.io/dsl/errors/types/runtime', status: " +
      '500 } } }';
    expect(run(yaml).error?.type).toBe(`${ERRORS}runtime`);
  });

  test.each([['99'], ['600']])('with the status %s is an expression error', (status) => {
    const driver = run(`- no: { raise: { error: { type: 'https://x.y/z', status: ${status} } } }`);
    expect(driver.error).toMatchObject({ type: `${ERRORS}expression`, instance: '/do/0/no' });
  });
});

describe('emit', () => {
  const yaml =
    "- tell: { emit: { event: { with: { source: 'https://x.y', type: a.b.v1, data: '${ . }' } } } }";

  test('gives the whole CloudEvent, with id, time and version filled in', () => {
    expect(run(yaml, { n: 1 }).output).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      time: '2026-01-02T03:04:05.000Z',
      source: 'https://x.y',
      type: 'a.b.v1',
      data: { n: 1 },
    });
  });

  test('gives the same id in a replay and another in each turn of a loop', () => {
    const id = (driver: Driver) => (driver.output as { id: string }).id;
    expect(id(run(yaml))).toBe(id(run(yaml)));
    const loop = run(`- l: { for: { in: '[1, 2]' }, do: [ ${yaml.slice(2)} ] }`);
    const events = loop.entries.flatMap((entry) =>
      entry.kind === 'task.completed' && entry.name === 'tell' ? [entry.output] : [],
    );
    expect(new Set(events.map((event) => (event as { id: string }).id)).size).toBe(2);
  });

  test('keeps an id that is given', () => {
    expect(
      run("- t: { emit: { event: { with: { id: mine, source: 'https://x.y', type: t } } } }").output,
    ).toMatchObject({ id: 'mine' });
  });

  test('hands the event out to be sent, with the topic that the task names', () => {
    const named = yaml.replace('- tell: {', '- tell: { metadata: { tutti: { emit: { topic: orders.v1 } } },');
    for (const [text, topic] of [
      [yaml, {}],
      [named, { topic: 'orders.v1' }],
    ] as const) {
      const driver = run(text, { n: 1 });
      expect(driver.effects.filter(({ kind }) => kind === 'event.emit')).toEqual([
        { kind: 'event.emit', event: driver.output, ...topic },
      ]);
    }
  });

  test.each([
    ["{ source: '${ null }', type: t }", 'source'],
    [`{ source: 'https://x.y', type: t, time: '\${ "yesterday" }' }`, 'time'],
    ["{ source: 'https://x.y', type: t, customerId: '1' }", 'customerId'],
    ["{ source: 'https://x.y', type: t, data: '${ [range(300000)] }' }", 'larger than'],
  ])('faults where what it would emit is no CloudEvent: %s', (event, says) => {
    const driver = run(`- no: { emit: { event: { with: ${event} } } }`);
    expect(driver.error).toMatchObject({ type: expect.stringMatching(/validation$/), instance: '/do/0/no' });
    expect(driver.error?.detail).toContain(says);
    expect(driver.effects.filter(({ kind }) => kind === 'event.emit')).toEqual([]);
  });

  test('sends nothing when its own output breaks its schema', () => {
    const schema = 'output: { schema: { document: { required: [missing] } } }';
    const driver = run(yaml.replace('- tell: {', `- tell: { ${schema},`));
    expect(driver.status).toBe('faulted');
    expect(driver.effects.filter(({ kind }) => kind === 'event.emit')).toEqual([]);
  });
});

describe('wait', () => {
  test.each([
    ['PT5S', 5_000],
    ['{ minutes: 1, seconds: 2 }', 62_000],
    ["'${ .for }'", 7_000],
  ])('%s waits until its time has come, across a crash', (duration, ms) => {
    const driver = new Driver(`- w: { wait: ${duration} }\n- a: { set: '\${ . + { done: true } }' }`).start({
      for: 'PT7S',
    });
    expect(driver.status).toBe('waiting');
    expect(driver.entry('wait.started').until).toBe(driver.now + ms);
    driver.now += ms - 1;
    expect(driver.send({ kind: 'due' }).ignored).toBe('Nothing is due');
    driver.after(1);
    expect(driver.output).toEqual({ for: 'PT7S', done: true });
  });

  test('of no time goes on at once', () => {
    expect(run('- w: { wait: PT0S }\n- a: { set: { x: 1 } }').output).toEqual({ x: 1 });
  });

  test('for what is no duration is an expression error', () => {
    expect(run("- w: { wait: '${ .x }' }", { x: 'soon' }).error?.detail).toContain(
      '"soon" is not a duration',
    );
  });
});
