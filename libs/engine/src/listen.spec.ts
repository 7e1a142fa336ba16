import { describe, expect, test } from '@jest/globals';
import type { CloudEvent } from '@tutti/contracts';
import { Driver, failed, throughJson } from '../test/driver.js';
import { event } from '../test/events.js';
import { activeTasks, listenedTypes, restore, wakeAt, type RunState } from './index.js';
import { RUN_LIMITS } from './limits.js';

/** A run that listens; `more` is what stands beside `listen`. */
function listening(to: string, { more = '', read = '' } = {}): Driver {
  return new Driver(
    `- l: { listen: { to: ${to}${read && `, read: ${read}`} }${more} }\n- s: { set: '\${ . }' }`,
  ).start({ order: 7 });
}

function give(driver: Driver, ...events: CloudEvent[]) {
  return events.map((one) => driver.command({ kind: 'event', by: 'test', event: one }));
}

const stateOf = (driver: Driver) => driver.state as RunState;

describe('listen to one', () => {
  test('waits for the event, hands on its data and says so in the journal', () => {
    const driver = listening('{ one: { with: { type: order.paid } } }');
    expect(driver.status).toBe('waiting');
    expect(listenedTypes(stateOf(driver))).toEqual(['order.paid']);
    expect(activeTasks(stateOf(driver))).toMatchObject([{ name: 'l', type: 'listen' }]);
    const paid = event('order.paid', { amount: 3 });
    give(driver, paid);
    expect([driver.status, driver.output]).toEqual(['completed', [{ amount: 3 }]]);
    expect(driver.entry('event.received')).toMatchObject({
      position: '/do/0/l',
      event: { id: paid.id, source: 'https://s/', type: 'order.paid' },
      as: 'consumed',
    });
  });

  test('leaves what it does not want', () => {
    const driver = listening('{ one: { with: { type: order.paid } } }');
    const before = driver.state;
    const [decision] = give(driver, event('order.sent'));
    expect(decision?.ignored).toBe('Nothing in the run waits for this event');
    expect(driver.state).toEqual(before);
  });

  test.each([
    ['a text', '{ source: https://s/, type: a }', {}, true],
    ['another text', '{ source: https://other/ }', {}, false],
    ['a regular expression', "{ type: 'a|b.*' }", {}, true],
    ['a regular expression for the whole', "{ type: 'x*' }", { type: 'xxy' }, false],
    ['signs that are meant', "{ type: 'c++' }", { type: 'c++' }, true],
    [
      'a condition on an attribute',
      '{ subject: \'${ startswith("order-") }\' }',
      { subject: 'order-1' },
      true,
    ],
    ['an attribute that is not there', '{ subject: \'${ startswith("order-") }\' }', {}, false],
    ['a value of the run', '{ subject: \'${ "order-\\($input.order)" }\' }', { subject: 'order-7' }, true],
    [
      'another value of the run',
      '{ subject: \'${ "order-\\($input.order)" }\' }',
      { subject: 'order-8' },
      false,
    ],
    ['an extension', '{ region: eu }', { region: 'eu' }, true],
    ['the time', "{ time: '2026-01-01T00:00:00Z' }", { time: '2026-01-01T00:00:00Z' }, true],
    ['the implied media type', '{ datacontenttype: application/json }', {}, true],
    ['the schema', '{ dataschema: https://x.y/1 }', { dataschema: 'https://x.y/2' }, false],
    ['a condition on the data', "{ data: '${ .n > 1 }' }", { data: { n: 2 } }, true],
    ['a condition on data of another kind', "{ data: '${ .n > 1 }' }", { data: 'text' }, false],
    ['some members of the data', '{ data: { a: { b: 1 } } }', { data: { a: { b: 1, c: 2 }, d: 3 } }, true],
    ['a member that differs', '{ data: { a: { b: 1 } } }', { data: { a: { b: 2 } } }, false],
    [
      'an expression within the data',
      "{ data: { order: '${ $input.order }' } }",
      { data: { order: 7 } },
      true,
    ],
    ['a list', '{ data: { a: [1, 2] } }', { data: { a: [1, 2, 3] } }, false],
  ] as [string, string, Partial<CloudEvent>, boolean][])('by %s', (...[, filter, more, wanted]) => {
    const driver = listening(`{ one: { with: ${filter} } }`);
    give(driver, event('a', undefined, more));
    expect(driver.status).toBe(wanted ? 'completed' : 'waiting');
  });

  test.each([
    ['data', { n: 1 }],
    ['envelope', expect.objectContaining({ specversion: '1.0', type: 'a', data: { n: 1 } })],
    ['raw', '{"n":1}'],
  ])('read: %s', (read, wanted) => {
    const driver = listening('{ one: { with: { type: a } } }', { read });
    give(driver, event('a', { n: 1 }));
    expect(driver.output).toEqual([wanted]);
  });

  test('correlates with a value that is expected', () => {
    const driver = listening(
      '{ one: { with: { type: a }, correlate: { order: { from: .data.order, expect: .order } } } }',
    );
    give(driver, event('a', { order: 8 }), event('a'), event('a', { order: 7, x: 1 }));
    expect(driver.output).toEqual([{ order: 7, x: 1 }]);
  });

  test('an expression of `expect` that fails is the fault of the task', () => {
    const driver = listening(
      "{ one: { with: { type: a }, correlate: { k: { from: .data, expect: '.order.x' } } } }",
    );
    give(driver, event('a', 1));
    expect([driver.status, driver.error?.instance]).toEqual(['faulted', '/do/0/l']);
  });
});

describe('listen to all', () => {
  const two = '{ all: [ { with: { type: a } }, { with: { type: b } } ] }';

  test('waits for each, in any order, and hands them on in the order in which they came', () => {
    const driver = listening(two);
    give(driver, event('b', 'b1'), event('b', 'b2'));
    expect(driver.status).toBe('waiting');
    give(driver, event('a', 'a1'));
    expect(driver.output).toEqual(['b1', 'a1']);
  });

  test('two filters that want the same are met by two events', () => {
    const driver = listening('{ all: [ { with: { type: a } }, { with: { type: a } } ] }');
    give(driver, event('a', 1));
    expect(driver.status).toBe('waiting');
    give(driver, event('a', 2));
    expect(driver.output).toEqual([1, 2]);
  });

  test('the first event says what the others must have in common with it', () => {
    const correlate = 'correlate: { room: { from: .data.room } }';
    const driver = listening(
      `{ all: [ { with: { type: a }, ${correlate} }, { with: { type: b }, ${correlate} } ] }`,
    );
    give(driver, event('a', { room: 1 }), event('b', { room: 2 }), event('b', {}));
    expect(driver.status).toBe('waiting');
    give(driver, event('b', { room: 1 }));
    expect(driver.output).toEqual([{ room: 1 }, { room: 1 }]);
  });
});

describe('listen to any', () => {
  test('of several is met by one of them, and of none by every event', () => {
    const some = listening('{ any: [ { with: { type: a } }, { with: { type: b } } ] }');
    give(some, event('c'), event('b', 1));
    expect(some.output).toEqual([1]);
    const every = listening('{ any: [] }');
    expect(listenedTypes(stateOf(every))).toEqual(['']);
    give(every, event('whatever', 2));
    expect(every.output).toEqual([2]);
  });

  test('goes on until a condition on what came holds', () => {
    const driver = listening("{ any: [], until: '( . | length ) > 2' }");
    give(driver, event('a', 1), event('b', 2), event('c', 3));
    expect(driver.output).toEqual([1, 2, 3]);
  });

  test('goes on until an event comes, which is not among the others', () => {
    const driver = listening('{ any: [ { with: { type: a } } ], until: { one: { with: { type: stop } } } }');
    expect(listenedTypes(stateOf(driver))).toEqual(['a', 'stop']);
    give(driver, event('a', 1), event('a', 2), event('stop', 3));
    expect(driver.output).toEqual([1, 2]);
    expect(driver.entry('event.received')).toMatchObject({ as: 'until' });
  });

  test('an event of `until` counts for it also when any event is wanted, and several must all come', () => {
    const until = '{ all: [ { with: { type: x } }, { with: { type: y } } ] }';
    const driver = listening(`{ any: [], until: ${until} }`);
    give(driver, event('x'), event('a', 1), event('x', 2), event('y'));
    expect(driver.output).toEqual([1, 2]);
  });
});

describe('foreach', () => {
  const call = (body: string) =>
    `{ call: http, with: { method: post, endpoint: 'http://x/', body: '\${ ${body} }' } }`;

  test('works on one event after the other, and keeps those that come meanwhile in their order', () => {
    const driver = listening("{ any: [], until: 'length == 3' }", {
      more: `, foreach: { item: e, at: i, do: [ { c: ${call('[$e, $i, .order]')} } ], output: { as: '{ got: ., of: $e }' } }`,
    });
    give(driver, event('a', 'x'), event('a', 'y'), event('a', 'z'));
    expect([driver.calls.length, driver.status]).toEqual([1, 'running']);
    expect(driver.call).toMatchObject({
      position: '/do/0/l[0]/foreach/do/0/c',
      input: { body: ['x', 0, 7] },
    });
    expect(driver.entry('event.received').as).toBe('queued');
    driver.answer(1).answer(2);
    expect(driver.call.input).toMatchObject({ body: ['z', 2, 7] });
    driver.answer(3);
    expect(driver.output).toEqual([
      { got: 1, of: 'x' },
      { got: 2, of: 'y' },
      { got: 3, of: 'z' },
    ]);
  });

  test('without an output the events are handed on, and what it exports is the context', () => {
    const driver = listening("{ any: [], until: '$context.seen == 2' }", {
      more: ", foreach: { do: [ { s: { set: { x: 1 } } } ], export: { as: '{ seen: (($context.seen // 0) + .x) }' } }",
    });
    give(driver, event('a', 'p'), event('a', 'q'));
    expect(driver.output).toEqual(['p', 'q']);
  });

  test('what came after the event that was enough is not worked on', () => {
    const driver = listening("{ any: [], until: 'length == 1' }", {
      more: `, foreach: { do: [ { c: ${call('$item')} } ] }`,
    });
    give(driver, event('a', 1), event('a', 2));
    driver.answer('done');
    expect([driver.calls.length, driver.output]).toEqual([1, [1]]);
  });

  test('an event that ends it lets those before it be worked on', () => {
    const driver = listening('{ any: [ { with: { type: a } } ], until: { one: { with: { type: stop } } } }', {
      more: `, foreach: { do: [ { c: ${call('$item')} } ] }`,
    });
    give(driver, event('a', 1), event('a', 2), event('stop'));
    expect(listenedTypes(stateOf(driver))).toEqual([]);
    expect(give(driver, event('a', 3))[0]?.ignored).toBeDefined();
    driver.answer(0).answer(0);
    expect(driver.output).toEqual([1, 2]);
  });

  test('one that never ends keeps nothing of what it did', () => {
    const driver = listening("{ any: [], until: '${ false }' }", {
      more: ', foreach: { do: [ { s: { set: { x: 1 } } } ] }',
    });
    give(driver, ...Array.from({ length: 20 }, (_, n) => event('a', n)));
    expect(driver.state?.root).toMatchObject({ child: { type: 'listen', turn: 20, events: [] } });
  });

  test('a queue over its limit is a fault that names it', () => {
    const driver = listening("{ any: [], until: 'false' }", {
      more: `, foreach: { do: [ { c: ${call('.')} } ] }`,
    });
    for (let n = 0; n <= RUN_LIMITS.listenQueue + 1; n += 1) give(driver, event('a', n));
    expect(driver.error).toMatchObject({
      instance: '/do/0/l',
      detail: expect.stringContaining('listenQueue'),
    });
  });

  test('an item that breaks its schema is a fault, and a task may end the run', () => {
    const wrong = listening('{ any: [] }', {
      more: ', foreach: { output: { as: .n, schema: { document: { type: number } } }, do: [ { s: { set: { n: x } } } ] }',
    });
    give(wrong, event('a'));
    expect(wrong.error?.status).toBe(400);
    const end = listening("{ any: [], until: 'false' }", {
      more: ', foreach: { do: [ { s: { set: { n: 1 }, then: end } } ] }',
    });
    give(end, event('a'));
    expect(end.output).toEqual({ n: 1 });
  });
});

describe('among other tasks', () => {
  test('a timeout ends it, and a try catches that', () => {
    const driver = new Driver(`
      - t:
          try: [ { l: { listen: { to: { any: [] } }, timeout: { after: PT1M } } } ]
          catch: { errors: { with: { status: 408 } }, do: [ { s: { set: { late: true } } } ] }`).start();
    expect(wakeAt(stateOf(driver))).toBe(driver.now + 60_000);
    driver.after(60_000);
    expect(driver.output).toEqual({ late: true });
  });

  test('each branch of a fork takes the event, and of a competing fork the first wins', () => {
    const branch = (name: string, type: string) =>
      `{ ${name}: { listen: { to: { one: { with: { type: '${type}' } } } } } }`;
    const both = new Driver(
      `- f: { fork: { branches: [ ${branch('a', 'x')}, ${branch('b', 'x')} ] } }`,
    ).start();
    give(both, event('x', 1));
    expect(both.output).toEqual([[1], [1]]);
    const race = new Driver(
      `- f: { fork: { compete: true, branches: [ ${branch('a', 'x')}, ${branch('b', 'y')} ] } }`,
    ).start();
    give(race, event('y', 2));
    expect(race.output).toEqual([2]);
  });

  test('an event ends one listen and not the one that begins because of it', () => {
    const driver = new Driver(
      "- l: { for: { in: '[1, 2]' }, do: [ { e: { listen: { to: { any: [] } } } } ] }",
    ).start();
    give(driver, event('a', 1));
    expect(driver.positions.at(-1)).toBe('/do/0/l[1]/do/0/e');
    expect(driver.status).toBe('waiting');
    give(driver, event('a', 2));
    expect(driver.output).toEqual([2]);
  });

  test('a try that begins it again listens for another event', () => {
    const driver = new Driver(`
      - t:
          try:
            - l: { listen: { to: { any: [] } } }
            - r: { if: '.[0] == 1', raise: { error: { type: 'https://x.y', status: 500 } } }
          catch: { retry: { limit: { attempt: { count: 2 } } } }`).start();
    give(driver, event('a', 1));
    expect(driver.status).toBe('waiting');
    give(driver, event('a', 2));
    expect(driver.output).toEqual([2]);
  });

  test('while the run is suspended events are taken, and nothing starts', () => {
    const driver = listening('{ one: { with: { type: a } } }');
    driver.command({ kind: 'suspend', by: 'ann' });
    give(driver, event('a', 1));
    expect([driver.status, driver.ran]).toEqual(['suspended', ['l']]);
    driver.command({ kind: 'resume', by: 'ann' });
    expect(driver.output).toEqual([1]);
  });

  test('a cancelled run listens no more', () => {
    const driver = listening('{ any: [] }');
    driver.command({ kind: 'cancel', by: 'ann' });
    expect(listenedTypes(stateOf(driver))).toEqual([]);
  });

  test('a retry listens on with what came before', () => {
    const listen = '{ l: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } } }';
    const call = "{ call: http, with: { method: get, endpoint: 'http://x/' } }";
    const driver = new Driver(
      `- f: { fork: { branches: [ ${listen}, { d: { do: [ { w: { wait: PT1S } }, { c: ${call} } ] } } ] } }`,
    ).start();
    give(driver, event('a', 1));
    driver.after(1000).settle(failed('permanent', { status: 422 }));
    const state = throughJson(restore(driver.definition, throughJson(driver.history)));
    const again = new Driver(driver.definition);
    const run = { id: 'r2', workspaceId: 'w', startedAt: again.now, trigger: 'retry' };
    again.send({ kind: 'restored', run, state });
    expect(listenedTypes(stateOf(again))).toEqual(['a', 'b']);
    give(again, event('b', 2));
    again.answer('done');
    expect(again.output).toEqual([[1, 2], 'done']);
  });
});
