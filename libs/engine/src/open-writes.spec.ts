import { describe, expect, test } from '@jest/globals';
import type { ReviewOpenEffect } from './index.js';
import { connection, define, Driver, failed, RUN_ID } from '../test/driver.js';

const setup = { connections: [connection('w', ['pay.it'], 'write')] };
const pay = (more = '') => `pay: { call: 'pay.it:1@default', with: { n: 1 }${more} }`;
const IN_TIME = ', timeout: { after: PT5S }';
const retried = (task: string) => `- t:
    try: [ { ${task} } ]
    catch: { retry: { limit: { attempt: { count: 3 } } } }`;
const reviewsOf = ({ effects }: Driver): ReviewOpenEffect[] =>
  effects.filter((effect) => effect.kind === 'review.open');

describe('a write that was given up while it was under way and that a retry comes to again', () => {
  test('is asked about, and not made again when it happened', () => {
    const driver = new Driver(retried(pay(IN_TIME)), setup).start().after(5_000);
    expect(driver.calls).toHaveLength(1);
    expect(driver.openReview).toMatchObject({
      title: 'Did this happen? pay',
      because: expect.stringContaining('it was given up while it was under way'),
      context: { capability: 'pay.it', connection: 'w', input: { n: 1 } },
    });
    // The time of the call does not run while a person thinks.
    expect(driver.openReview.dueAt).toBeUndefined();
    driver.review({ data: { happened: true, answer: { paid: true } } });
    expect(driver.calls).toHaveLength(1);
    expect(driver.output).toEqual({ paid: true });
  });

  test('is made again, in its time and with its key, when it did not happen', () => {
    const driver = new Driver(retried(pay(IN_TIME)), setup).start().after(5_000);
    driver.review({ data: { happened: false } });
    expect(driver.calls.map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, `${RUN_ID}:/do/0/t/try/0/pay`],
      [3, `${RUN_ID}:/do/0/t/try/0/pay`],
    ]);
    driver.after(5_000);
    expect(new Set(reviewsOf(driver).map(({ reviewId }) => reviewId)).size).toBe(2);
    driver.review({ data: { happened: false } });
    expect(driver.answer({ n: 2 }).output).toEqual({ n: 2 });
  });

  test.each([
    ['by the timeout of a task around it', `d: { do: [ { ${pay()} } ], timeout: { after: PT5S } }`],
    [
      'by a branch beside it',
      `f: { fork: { branches: [ { a: { do: [ { ${pay()} } ] } }, { b: { do: [ { w: { wait: PT5S } },
        { r: { raise: { error: { type: 'https://x', status: 500, title: t } } } } ] } } ] } }`,
    ],
    [
      'in a try that does not catch it',
      `i: { try: [ { ${pay(IN_TIME)} } ], catch: { errors: { with: { status: 1 } } } }`,
    ],
    ['in a try that retries it', `i: { try: [ { ${pay(IN_TIME)} } ], catch: { retry: {} } }`],
  ])('%s, too', (_, task) => {
    const driver = new Driver(retried(task), setup).start().after(5_000);
    expect(driver.calls).toHaveLength(1);
    expect(driver.openReview.title).toBe('Did this happen? pay');
  });

  test('is asked about again when nobody answered in time', () => {
    const task = `d: { do: [ { ${pay()} } ], timeout: { after: PT5S } }`;
    const driver = new Driver(retried(task), setup).start().settle(failed('unknown'));
    for (let i = 0; i < 3; i += 1) driver.after(5_000);
    expect(driver.calls).toHaveLength(1);
    expect(reviewsOf(driver)).toHaveLength(4);
    expect(driver.after(5_000).status).toBe('faulted');
  });

  test('is made again without asking when a repeat is harmless', () => {
    const harmless = { connections: [connection('w', ['pay.it'], 'idempotent-write')] };
    const driver = new Driver(retried(pay(IN_TIME)), harmless).start().after(5_000);
    expect(driver.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test('is asked about in the run that a retry of this one begins', () => {
    const catching = retried(
      `d: { do: [ { ${pay()} }, { x: { set: { n: 2 } } } ], timeout: { after: PT5S } }`,
    );
    const driver = new Driver(catching.replace('retry: {', 'retry: { delay: PT1M,'), setup).start();
    driver.after(5_000);
    const state = { ...(driver.state as NonNullable<Driver['state']>), restoredAt: driver.now };
    const again = new Driver(driver.definition);
    const run = { id: 'another', workspaceId: 'w', startedAt: again.now, trigger: 'retry' };
    again.send({ kind: 'restored', run, state });
    again.after(60_000);
    expect(again.calls).toEqual([]);
    again.review({ data: { happened: false } });
    expect(again.call.idempotencyKey).toBe(`${RUN_ID}:/do/0/t/try/0/d/do/0/pay`);
  });

  test('may use the secrets that it might use before', () => {
    const task = `p: { call: http, metadata: { tutti: { effect: write } },
      with: { method: post, endpoint: 'http://x/',
        headers: { authorization: '\${ $secrets.t }' } }${IN_TIME} }`;
    const yaml = `use: { secrets: [ t ] }\ndo:\n${retried(task)}`;
    const driver = new Driver({ ...define(yaml), markSecret: () => 'a'.repeat(32) }).start().after(5_000);
    driver.review({ data: { happened: false } });
    const [before, again] = driver.calls;
    expect(again).toMatchObject({ attempt: 3, input: before?.input, secrets: before?.secrets });
    expect(before?.secrets).toEqual({ names: ['t'], runId: RUN_ID });
  });

  test('is forgotten when the try has ended', () => {
    const swallowed = `- t: { try: [ { ${pay(IN_TIME)} } ], catch: {} }\n- next: { wait: PT1S }`;
    const driver = new Driver(swallowed, setup).start().after(5_000);
    expect(JSON.stringify(driver.state)).not.toContain('"open"');
    expect(driver.effects.map(({ kind }) => kind)).toEqual(['call', 'call.cancel']);
  });

  describe('is kept only as long as a retry may come to it', () => {
    const keptIn = ({ state }: Driver) => JSON.stringify(state).match(/"open":\[/g)?.length ?? 0;
    /** The branch with the write loses in each turn of the loop. */
    const losing = `l: { for: { in: '[1, 2, 3]' }, do: [ { race: { fork: { compete: true, branches: [
      { ${pay()} }, { soon: { wait: PT1S } } ] } } } ] }`;
    const last = `{ x: { wait: PT1H } }`;
    const within = (clause: string) => `- t: { try: [ { ${losing} }, ${last} ], catch: ${clause} }`;
    const lost = (task: string): Driver => {
      const driver = new Driver(task, setup).start();
      for (let turn = 0; turn < 3; turn += 1) driver.after(1_000);
      expect(driver.effects.filter(({ kind }) => kind === 'call.cancel')).toHaveLength(3);
      return driver;
    };

    test.each([
      ['not where nothing retries', `{}`],
      ['not where there is no attempt left', `{ retry: { limit: { attempt: { count: 0 } } } }`],
    ])('%s', (_, clause) => {
      const driver = lost(within(clause));
      expect(keptIn(driver)).toBe(0);
      expect(JSON.stringify(driver.state)).not.toContain('"target"');
    });

    test('by the outermost try that may retry', () => {
      const inner = within('{ retry: {} }').slice(2);
      const driver = lost(`- outer: { try: [ { ${inner} } ], catch: {} }`);
      expect(keptIn(driver)).toBe(1);
      expect(driver.state?.root).toMatchObject({ child: { gaveUp: true, child: { open: { length: 3 } } } });
    });

    test('not in the handling of the error', () => {
      const failing = `{ ${losing} }, { bad: { raise: { error: { type: 'https://x', status: 500, title: t } } } }`;
      const clause = `{ retry: { when: '.no' }, do: [ ${last} ] }`;
      const driver = lost(`- t: { try: [ ${failing} ], catch: ${clause} }`);
      expect(driver.state?.root).toMatchObject({ child: { phase: 'catch' } });
      expect(keptIn(driver)).toBe(0);
    });

    test('and is asked about in the last attempt', () => {
      const task = retried(pay(IN_TIME)).replace('count: 3', 'count: 1');
      const driver = new Driver(task, setup).start().after(5_000);
      expect(keptIn(driver)).toBe(0);
      driver.review({ data: { happened: false } });
      expect(driver.after(5_000).status).toBe('faulted');
      expect(reviewsOf(driver)).toHaveLength(1);
    });
  });
});
