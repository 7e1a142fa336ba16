import { describe, expect, test } from '@jest/globals';
import type { RunCommand } from '@tutti/contracts';
import { connection, define, Driver, failed, RUN_ID, succeeded, throughJson } from '../test/driver.js';
import { activeTasks, decide, replay, restore, RestoreError, wakeAt, type RunState } from './index.js';

const get = (name: string) =>
  `- ${name}: { call: http, with: { method: post, endpoint: 'http://x/${name}', body: '\${ . }' } }`;
const NEW_RUN = {
  id: '018f0000-0000-7000-8000-000000000002',
  workspaceId: 'w',
  startedAt: 5,
  trigger: 'retry',
};

describe('events that do not fit', () => {
  const started = () => new Driver(get('g')).start();

  test.each([
    [
      'a second start',
      { kind: 'start', run: { id: 'x', workspaceId: 'w', startedAt: 1, trigger: 'api' }, input: 1 },
      'The run has started already',
    ],
    [
      'an answer for an unknown call',
      { kind: 'settled', callId: '/do/1/x', attempt: 1, outcome: succeeded(1), startedAt: 0, endedAt: 0 },
      'The attempt is not outstanding',
    ],
    [
      'an answer for another attempt',
      { kind: 'settled', callId: '/do/0/g', attempt: 2, outcome: succeeded(1), startedAt: 0, endedAt: 0 },
      'The attempt is not outstanding',
    ],
    ['a deadline that has not come', { kind: 'due' }, 'Nothing is due'],
    [
      'resuming what is not suspended',
      { kind: 'command', command: { kind: 'resume', by: 'ann' } },
      'The run is not suspended',
    ],
  ] as const)('%s is ignored', (_, event, reason) => {
    const driver = started();
    const before = driver.state;
    const decision = driver.send(throughJson(event) as never);
    expect(decision).toEqual({ ignored: reason, state: before, effects: [], entries: [] });
  });

  test('anything before the start is ignored', () => {
    const decision = decide(define(get('g')), null, { kind: 'due' }, 1);
    expect(decision).toMatchObject({ ignored: 'The run has not started', state: null });
  });

  test('anything after the end is ignored', () => {
    const driver = started().answer(1);
    expect(driver.send({ kind: 'due' }).ignored).toBe('The run is completed');
    expect(driver.command({ kind: 'cancel', by: 'ann' }).ignored).toBe('The run is completed');
  });
});

describe('a run that has ended', () => {
  test('keeps who it is and how it ended, nothing of what it did', () => {
    const driver = new Driver(`${get('g')}`).start({ secret: 1 }).answer({ x: 1 });
    expect(driver.state).toEqual({
      v: 1,
      run: { id: RUN_ID, workspaceId: 'w', startedAt: driver.now, trigger: 'api' },
      status: 'completed',
      output: { x: 1 },
    });
    expect(wakeAt(driver.state ?? (undefined as never))).toBeNull();
    expect(activeTasks(driver.state ?? (undefined as never))).toEqual([]);
  });

  test('journals its whole life', () => {
    const driver = new Driver(get('g')).start().answer(1);
    expect(driver.kinds()).toEqual([
      'run.started',
      'task.started',
      'call.attempted',
      'call.settled',
      'task.completed',
      'run.completed',
    ]);
  });
});

describe('cancel', () => {
  test('ends the run, cancels its calls and withdraws its reviews', () => {
    const driver = new Driver(
      `- f: { fork: { branches: [ ${get('a').slice(2).replace('a:', '{ a:')} }, { r: { call:
          human.review:1@default, with: { data: 1 } } } ] } }`,
    ).start();
    const { reviewId } = driver.openReview;
    driver.command({ kind: 'cancel', by: 'ann', reason: 'wrong' });
    expect(driver.status).toBe('cancelled');
    expect(driver.last).toEqual([
      { kind: 'call.cancel', callId: '/do/0/f/fork/branches/0/a', attempt: 1 },
      { kind: 'review.close', reviewId, status: 'withdrawn' },
    ]);
    expect(driver.entry('run.cancelled')).toMatchObject({ by: 'ann', reason: 'wrong' });
  });
});

describe('suspend', () => {
  const by = { by: 'ann' };
  const suspended = (yaml: string) => {
    const driver = new Driver(yaml, {
      connections: [connection('a', ['x.y']), connection('b', ['x.y'])],
    }).start();
    driver.command({ kind: 'suspend', ...by });
    return driver;
  };

  test('lets what is outstanding settle but starts nothing new, until resume', () => {
    const driver = suspended(`${get('g')}\n${get('h')}`).answer(1);
    expect([driver.status, driver.calls.length]).toEqual(['suspended', 1]);
    expect(activeTasks(driver.state ?? (undefined as never))).toEqual([
      { position: '/do/1/h', task: '/do/1/h', name: 'h', type: 'call', since: driver.now },
    ]);
    driver.command({ kind: 'resume', ...by });
    expect([driver.status, driver.calls.length]).toEqual(['running', 2]);
    expect(driver.answer(2).output).toBe(2);
  });

  test('holds deadlines back, and resume does what came due meanwhile', () => {
    const driver = suspended('- w: { wait: PT5S }\n- a: { set: { x: 1 } }');
    expect(wakeAt(driver.state ?? (undefined as never))).toBeNull();
    driver.now += 60_000;
    expect(driver.send({ kind: 'due' }).ignored).toBe('The run is suspended');
    driver.command({ kind: 'resume', ...by });
    expect(driver.output).toEqual({ x: 1 });
  });

  test('holds back retries and the next candidate', () => {
    const driver = suspended('- c: { call: x.y:1@default }').settle(failed('transient'));
    driver.now += 60_000;
    driver.command({ kind: 'resume', ...by });
    expect(driver.calls).toHaveLength(2);
  });

  test('lets a person decide meanwhile', () => {
    const driver = suspended(
      '- r: { call: human.review:1@default, with: { data: 1 } }\n- s: { set: { x: 1 } }',
    );
    driver.review({});
    expect(driver.status).toBe('suspended');
    driver.command({ kind: 'resume', ...by });
    expect(driver.output).toEqual({ x: 1 });
  });

  test('can be cancelled, and is suspended only once', () => {
    const driver = suspended('- w: { wait: PT5S }');
    expect(driver.command({ kind: 'suspend', ...by }).ignored).toBe('The run is suspended already');
    driver.command({ kind: 'cancel', ...by });
    expect(driver.status).toBe('cancelled');
  });

  test('in the middle of a loop goes on where it was', () => {
    const driver = suspended(
      `- l: { for: { in: '[1, 2, 3]' }, do: [ ${get('g').slice(2).replace('g:', '{ g:')} } ] }`,
    ).answer('one');
    driver.command({ kind: 'resume', ...by } satisfies RunCommand);
    driver.answer('two').answer('three');
    expect(driver.calls).toHaveLength(3);
    expect(driver.output).toBe('three');
  });
});

describe('active tasks', () => {
  test('are all that is under way, outermost first', () => {
    const driver = new Driver(
      '- d: { do: [ { l: { for: { in: "[1]" }, do: [ { w: { wait: PT1S } } ] } } ] }',
    ).start();
    expect(
      activeTasks(driver.state ?? (undefined as never)).map(({ position, type }) => [position, type]),
    ).toEqual([
      ['/do/0/d', 'do'],
      ['/do/0/d/do/0/l', 'for'],
      ['/do/0/d/do/0/l[0]/do/0/w', 'wait'],
    ]);
  });
});

describe('replay', () => {
  test('gives the state that the run has', () => {
    const driver = new Driver(`${get('a')}\n- w: { wait: PT5S }\n${get('b')}`).start().answer(1).after(5000);
    expect(replay(driver.definition, driver.history)).toEqual(driver.state);
  });

  test('of nothing is nothing', () => expect(replay(define(get('a')), [])).toBeNull());
});

describe('restore', () => {
  const three = `${get('a')}\n- s: { set: { doubled: '\${ .n * 2 }' }, export: { as: '{ seen: .doubled
      }' } }\n${get('b')}\n- e: { set: '\${ { b: ., seen: $context.seen } }' }`;
  const faulted = () =>
    new Driver(three)
      .start({ in: 1 })
      .answer({ n: 4 })
      .settle(failed('permanent', { status: 500 }));

  function retry(driver: Driver, from?: string): Driver {
    const state: RunState = throughJson(
      restore(driver.definition, throughJson(driver.history), { fromTask: from }),
    );
    const again = new Driver(driver.definition);
    again.now = driver.now + 1_000_000;
    again.send({ kind: 'restored', run: NEW_RUN, state });
    return again;
  }

  test(
    'begins again at the task that faulted, with the input and context that it had, under keys of the ' +
      'new run',
    () => {
      const again = retry(faulted());
      expect(again.entry('run.started').from).toBe('/do/2/b');
      expect(again.call).toMatchObject({
        callId: '/do/2/b',
        attempt: 1,
        idempotencyKey: `${NEW_RUN.id}:/do/2/b`,
        input: { body: { doubled: 8 } },
      });
      expect(again.answer({ ok: true }).output).toEqual({ b: { ok: true }, seen: 8 });
      expect(again.ran).toEqual(['b', 'e']);
      expect(again.state?.run).toEqual(NEW_RUN);
    },
  );

  test('begins again at a task by pointer', () => {
    const again = retry(faulted(), '/do/1/s');
    expect(again.ran).toEqual(['s', 'b']);
    expect(again.call.input).toMatchObject({ body: { doubled: 8 } });
  });

  test('begins again at the first task', () => {
    const again = retry(faulted(), '/do/0/a');
    expect(again.call.input).toMatchObject({ body: { in: 1 } });
  });

  test('works for a run that completed, too', () => {
    const driver = new Driver(three).start({ in: 1 }).answer({ n: 4 }).answer({ ok: true });
    expect(retry(driver, '/do/3/e').output).toEqual({ b: { ok: true }, seen: 8 });
  });

  test('inside a loop and a try begins in the turn that faulted, and goes on with the rest', () => {
    const driver = new Driver(`
      - t:
          try: [ { l: { for: { in: '[10, 20, 30]' }, do: [ { g: { call: http, with: { method: post,
              endpoint: 'http://x/', body: '\${ $item }' } } } ] } } ]
          catch: { errors: { with: { status: 404 } } }`).start();
    driver.answer(1).settle(failed('permanent', { status: 500 }));
    const again = retry(driver);
    expect(again.call).toMatchObject({ position: '/do/0/t/try/0/l[1]/do/0/g', input: { body: 20 } });
    again.answer(2).answer(3);
    expect(again.output).toBe(3);
  });

  test('begins at a task that was held back while the run was suspended', () => {
    const driver = new Driver(`${get('a')}\n${get('b')}`).start();
    driver.command({ kind: 'suspend', by: 'ann' });
    driver.answer({ n: 1 });
    driver.command({ kind: 'resume', by: 'ann' });
    driver.settle(failed('permanent', { status: 500 }));
    const again = retry(driver);
    expect(again.call).toMatchObject({ callId: '/do/1/b', input: { body: { n: 1 } } });
    expect(again.answer('done').output).toBe('done');
  });

  test('begins at a task that timed out in the same turn in which it was let go', () => {
    const driver = new Driver(`- d: { do: [ ${get('a').slice(2).replace('a:', '{ a:')} }, { s: { set: {
        x: 1 } } }, { w: { wait: PT1H } } ], timeout: { after: PT1S } }`);
    driver.start().command({ kind: 'suspend', by: 'ann' });
    driver.answer(1);
    driver.now += 5000;
    driver.command({ kind: 'resume', by: 'ann' });
    expect(driver.error?.status).toBe(408);
    expect(retry(driver, '/do/0/d/do/1/s').ran).toEqual(['s', 'w']);
  });

  test('takes the last start of a task that started several times, or the one that a position names', () => {
    const driver = new Driver(
      `- l: { for: { in: '[1, 2, 3]' }, do: [ ${get('g').slice(2).replace('g:', '{ g:')} } ] }`,
    ).start();
    driver.answer('a').answer('b').answer('c');
    expect(retry(driver, '/do/0/l/do/0/g').call.position).toBe('/do/0/l[2]/do/0/g');
    expect(retry(driver, '/do/0/l[1]/do/0/g').call.position).toBe('/do/0/l[1]/do/0/g');
  });

  test('counts deadlines on from the new start', () => {
    const driver = new Driver(
      `timeout: { after: PT1H }\ndo:\n  - d: { do: [ { w: { wait: PT10M } }, { r: { raise: { error: {
          type: 'https://x.y/z', status: 500 } } } } ], timeout: { after: PT30M } }`,
    ).start();
    driver.after(600_000);
    const state = restore(driver.definition, driver.history, { fromTask: '/do/0/d/do/0/w' });
    const again = new Driver(driver.definition);
    again.now = driver.now + 1e9;
    again.send({ kind: 'restored', run: NEW_RUN, state });
    expect(wakeAt(again.state ?? (undefined as never))).toBe(again.now + 600_000);
    expect(again.state?.deadline).toBe(again.now + 3_600_000);
    again.after(600_000);
    expect(again.error?.status).toBe(500);
  });

  test(
    'sends the outstanding calls of other branches again under their old keys, and asks about a ' + 'write',
    () => {
      const connections = [connection('k', ['keep.it']), connection('w', ['write.it'], 'write')];
      const driver = new Driver(
        `
      - f:
          fork:
            branches:
              - k: { call: keep.it:1@default }
              - w: { call: write.it:1@default }
              - g: { call: http, with: { method: get, endpoint: 'http://x/' } }`,
        { connections },
      ).start();
      driver.settle(failed('permanent', { status: 404 }), driver.calls[2]);
      expect(driver.status).toBe('faulted');
      const again = new Driver(driver.definition);
      again.send({ kind: 'restored', run: NEW_RUN, state: restore(driver.definition, driver.history) });
      expect(again.calls.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
        `${RUN_ID}:/do/0/f/fork/branches/0/k`,
        `${NEW_RUN.id}:/do/0/f/fork/branches/2/g`,
      ]);
      expect(again.openReview.title).toBe('Did this happen? w');
    },
  );

  test('opens the reviews of other branches anew', () => {
    const driver = new Driver(`
      - f:
          fork:
            branches:
              - r: { call: human.review:1@default, with: { data: '\${ .in }' } }
              - g: { call: http, with: { method: get, endpoint: 'http://x/' } }`).start({ in: 1 });
    driver.settle(failed('permanent', { status: 404 }));
    const again = new Driver(driver.definition);
    again.send({ kind: 'restored', run: NEW_RUN, state: restore(driver.definition, driver.history) });
    expect(again.openReview).toMatchObject({ data: 1, task: '/do/0/f/fork/branches/0/r' });
    expect(again.openReview.reviewId).not.toBe(driver.openReview.reviewId);
  });

  test.each([
    ['/do/9/x', 'The run never came to the task /do/9/x.'],
    [undefined, 'The run did not fault: name the task to start again from.'],
  ])('from %s of a run that completed is refused', (from, message) => {
    const driver = new Driver(get('a')).start().answer(1);
    expect(() => restore(driver.definition, driver.history, { fromTask: from })).toThrow(
      new RestoreError(message),
    );
  });
});

describe('limits', () => {
  test('the nesting of functions is bounded', () => {
    const functions = Array.from({ length: 31 }, (_, i) => `f${i}: { call: f${i + 1} }`).join(', ');
    const driver = new Driver(
      `use: { functions: { ${functions}, f31: { set: { x: 1 } } } }\ndo:\n  - a: { call: f2 }`,
    ).start();
    expect(driver.output).toEqual({ x: 1 });
  });

  test('a loop over more items than the limit faults by name', () => {
    const driver = new Driver("- l: { for: { in: '[range(100001)]' }, do: [] }").start();
    expect(driver.error).toMatchObject({
      detail: 'The run went over the limit loopTurns: at most 100000',
      instance: '/do/0/l',
    });
  });
});
