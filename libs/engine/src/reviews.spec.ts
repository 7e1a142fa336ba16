import { describe, expect, test } from '@jest/globals';
import { connection, Driver, failed, RUN_ID, succeeded } from '../test/driver.js';
import { wakeAt } from './index.js';

const ERRORS = 'https://serverlessworkflow.io/spec/1.0.0/errors/';
const REF = { $artifact: '018f0000-0000-7000-8000-00000000000a', mediaType: 'application/pdf', bytes: 10 };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('call: human.review', () => {
  const ask = (more = '', timeout = '') =>
    `- check: { call: human.review:1@default, with: { data: '\${ .invoice }' ${more} } ${timeout} }`;

  test('opens a review with what the author gives, and the run waits', () => {
    const more =
      ", title: Check it, because: Wrong price, context: { order: 7 }, document: '${ .file }', form: { " +
      'type: object }';
    const driver = new Driver(ask(more)).start({ invoice: { total: '1.00' }, file: REF });
    expect(driver.status).toBe('waiting');
    expect(driver.openReview).toEqual({
      kind: 'review.open',
      reviewId: expect.stringMatching(UUID),
      position: '/do/0/check',
      task: '/do/0/check',
      title: 'Check it',
      because: 'Wrong price',
      form: { type: 'object' },
      data: { total: '1.00' },
      context: { order: 7 },
      document: REF,
    });
    expect(driver.entry('review.opened').because).toBe('Wrong price');
    expect(wakeAt(driver.state ?? (undefined as never))).toBeNull();
  });

  test('has the name of the task for a title, and may take the form of a capability', () => {
    const driver = new Driver(ask(', capability: document.extract')).start();
    expect(driver.openReview).toMatchObject({
      title: 'check',
      formCapability: 'document.extract',
      data: null,
      context: null,
    });
  });

  test('gives the decision, with the data after edits', () => {
    const driver = new Driver(ask()).start({ invoice: { total: '1.00' } });
    const edits = [{ path: '/total', before: '1.00', after: '2.00' }];
    driver.review({ data: { total: '2.00' }, edits, comment: 'typo' });
    expect(driver.output).toEqual({
      approved: true,
      decision: 'approved',
      data: { total: '2.00' },
      edits,
      comment: 'typo',
      by: 'ann',
      at: '2026-01-02T03:04:05.000Z',
    });
    expect(driver.entry('review.decided').decision.edits).toEqual(edits);
  });

  test('rejected is an answer like another', () => {
    const driver = new Driver(`${ask()}\n- then: { if: '.approved | not', set: { rejected: true } }`).start();
    driver.review({ approved: false });
    expect(driver.output).toEqual({ rejected: true });
  });

  test('is decided once: what comes later is ignored', () => {
    const driver = new Driver(`${ask()}\n- w: { wait: PT1H }`).start();
    driver.review({});
    expect(driver.review({ approved: false }).ignored).toBe('The review is not open');
  });

  test('has a decision for another review ignored', () => {
    const driver = new Driver(ask()).start();
    expect(driver.review({}, { ...driver.openReview, reviewId: 'other' }).ignored).toBe(
      'The review is not open',
    );
    expect(driver.status).toBe('waiting');
  });

  test('that nobody decides in time is a timeout which can be caught, and the review expires', () => {
    const driver = new Driver(`
      - t:
          try: [ { check: { call: human.review:1@default, with: { data: 1 }, timeout: { after: P1D } } } ]
          catch: { errors: { with: { type: '${ERRORS}timeout', status: 408 } }, do: [ { c: { set: {
              late: true } } } ] }`).start();
    expect(driver.openReview.dueAt).toBe(driver.now + 86_400_000);
    expect(driver.after(86_400_000).output).toEqual({ late: true });
    expect(driver.last).toEqual([
      { kind: 'review.close', reviewId: driver.openReview.reviewId, status: 'expired' },
    ]);
    expect(driver.kinds('review')).toEqual(['review.opened', 'review.expired']);
  });

  test('in a loop has a review of its own in each turn, and the same ones in a replay', () => {
    const ids = () => {
      const driver = new Driver(`- l: { for: { in: '[1, 2]' }, do: [ ${ask().slice(2)} ] }`).start();
      driver.review({});
      driver.review({});
      return driver.effects.flatMap((effect) => (effect.kind === 'review.open' ? [effect.reviewId] : []));
    };
    expect(new Set(ids()).size).toBe(2);
    expect(ids()).toEqual(ids());
  });

  test('in a try that is repeated is asked anew', () => {
    const driver = new Driver(`
      - t:
          try: [ ${ask().slice(2).replace('check:', '{ check:')} }, { no: { if: '.approved | not',
              raise: { error: { type: 'https://x.y/z', status: 500 } } } } ]
          catch: { retry: { limit: { attempt: { count: 1 } } } }`).start();
    const first = driver.openReview.reviewId;
    driver.review({ approved: false });
    expect(driver.openReview.reviewId).not.toBe(first);
    driver.review({ approved: true });
    expect(driver.status).toBe('completed');
  });

  test('without an object to show is an expression error', () => {
    expect(
      new Driver("- c: { call: human.review:1@default, with: { data: '${ .a.b.c }' } }").start({ a: [] })
        .error?.type,
    ).toBe(`${ERRORS}expression`);
  });
});

describe('a confidence floor', () => {
  const task = "- read: { call: document.extract:1@default, with: { document: '${ .file }' } }";
  const connections = ['xml', 'ocr'].map((name) => connection(name, ['document.extract'], 'read'));
  const policy = (spec: string) =>
    `{ apiVersion: tutti/v1, kind: RoutingPolicy, metadata: { name: read }, spec: { capability:
        document.extract, candidates: [{ connection: xml }, { connection: ocr }], ${spec} } }`;
  const start = (spec: string) =>
    new Driver(task, { connections, policies: [policy(spec)] }).start({ file: REF });
  const answer = (confidence: number, total: string, fields: Record<string, number> = {}) =>
    succeeded({ invoice: { grandTotal: total }, confidence, fieldConfidence: fields });

  test('lets an answer through that is sure enough', () => {
    const driver = start('confidence: { floor: 0.85 }').settle(answer(0.85, '10.00'));
    expect(driver.output).toMatchObject({ invoice: { grandTotal: '10.00' } });
  });

  test('counts the confidence that the host reports before that in the output', () => {
    const driver = start('confidence: { floor: 0.85 }').settle(
      succeeded({ confidence: 0.1 }, { confidence: 0.9 } as never),
    );
    expect(driver.status).toBe('completed');
  });

  test('lets an answer without confidence through', () => {
    expect(start('confidence: { floor: 0.85 }').settle(succeeded({ x: 1 })).output).toEqual({ x: 1 });
  });

  test('below it the next candidate is asked', () => {
    const driver = start('confidence: { floor: 0.85, below: next }').settle(answer(0.6, '1.00'));
    expect(driver.entry('call.attempted').candidates).toEqual([
      {
        connection: 'xml',
        verdict: 'failed',
        reason: 'low-confidence',
        because: 'The confidence 60 % is below 85 %',
      },
      { connection: 'ocr', verdict: 'chosen' },
    ]);
    expect(driver.settle(answer(0.9, '2.00')).output).toMatchObject({ invoice: { grandTotal: '2.00' } });
  });

  test('below it a person is asked, with the document, the form, and the fields that are least sure', () => {
    const driver = start('confidence: { floor: 0.85, below: review }, review: { title: Check the invoice }');
    driver.settle(answer(0.61, '1.00', { grandTotal: 0.61, 'supplier.iban': 0.7, invoiceNumber: 0.99 }));
    expect(driver.openReview).toMatchObject({
      title: 'Check the invoice',
      because: 'The confidence 61 % is below 85 %; least sure: grandTotal (61 %), supplier.iban (70 %)',
      formCapability: 'document.extract',
      data: { invoice: { grandTotal: '1.00' } },
      document: REF,
      context: { capability: 'document.extract', connection: 'xml', confidence: 0.61 },
    });
    driver.review({ data: { invoice: { grandTotal: '1.50' } } });
    expect(driver.output).toEqual({ invoice: { grandTotal: '1.50' } });
  });

  test('below it everywhere, the best answer is what the person sees', () => {
    const driver = start('confidence: { floor: 0.85 }, exhausted: review')
      .settle(answer(0.7, '7.00'))
      .settle(answer(0.4, '4.00'));
    expect(driver.openReview).toMatchObject({
      data: { invoice: { grandTotal: '7.00' } },
      context: { connection: 'xml', confidence: 0.7 },
    });
  });

  test('below it everywhere without a person is an error that says how sure the best was', () => {
    const driver = start('confidence: { floor: 0.85 }')
      .settle(answer(0.4, '4.00'))
      .settle(answer(0.7, '7.00'));
    expect(driver.error).toMatchObject({
      type: 'https://tutti.dev/problems/low-confidence',
      status: 422,
      detail: 'The best answer was that of ocr, with a confidence of 0.7',
    });
  });

  test('an unsure answer is worth a review although a later candidate is rejected', () => {
    const driver = start('confidence: { floor: 0.85 }, exhausted: review')
      .settle(answer(0.7, '7.00'))
      .settle(failed('permanent', { status: 422 }));
    expect(driver.openReview).toMatchObject({ data: { invoice: { grandTotal: '7.00' } } });
  });

  test('a rejected review is an error that can be caught', () => {
    const driver = new Driver(
      `
      - t:
          try: [ ${task.slice(2).replace('read:', '{ read:')} } ]
          catch: { errors: { with: { type: 'https://tutti.dev/problems/review-rejected' } }, do: [ { c:
              { set: { why: '\${ $error.detail }' } } } ] }`,
      {
        connections,
        policies: [policy('confidence: { floor: 0.85, below: review }')],
      },
    ).start({ file: REF });
    driver.settle(answer(0.5, '1.00'));
    driver.review({ approved: false, comment: 'unreadable' });
    expect(driver.output).toEqual({ why: 'ann rejected it: unreadable' });
  });

  test.each([
    ['fail', `${ERRORS}timeout`, 408],
    ['reject', 'https://tutti.dev/problems/review-rejected', 422],
  ])('a review that nobody decides in time: %s', (then, type, status) => {
    const driver = start(
      `confidence: { floor: 0.85, below: review }, review: { timeout: 1h, timeoutThen: ${then} }`,
    ).settle(answer(0.5, '1.00'));
    expect(driver.openReview.dueAt).toBe(driver.now + 3_600_000);
    expect(driver.after(3_600_000).error).toMatchObject({ type, status, instance: '/do/0/read' });
    expect(driver.last).toEqual([
      { kind: 'review.close', reviewId: driver.openReview.reviewId, status: 'expired' },
    ]);
  });
});

describe('a write whose outcome is unknown', () => {
  const task = '- pay: { call: erp.pay:1@default, with: { invoice: 1 } }';
  const erp = connection('erp', ['erp.pay'], 'write');
  const start = () => new Driver(task, { connections: [erp] }).start();

  test.each([
    ['because the host says so', (driver: Driver) => driver.settle(failed('unknown', { status: 504 }))],
    ['because nothing was heard of it in time', (driver: Driver) => driver.after(62_000)],
  ])('%s is not repeated: a person is asked whether it happened', (_, happen) => {
    const driver = happen(start());
    expect(driver.calls).toHaveLength(1);
    expect(driver.status).toBe('waiting');
    expect(driver.openReview).toMatchObject({
      title: 'Did this happen? pay',
      data: { happened: false, answer: null },
    });
    expect(driver.openReview.because).toContain('erp.pay over erp may or may not have happened');
    expect(driver.openReview.form).toMatchObject({ required: ['happened'] });
    expect(driver.last).toContainEqual(expect.objectContaining({ kind: 'receipt', status: 'unknown' }));
  });

  test('that happened goes on with the answer that the person knows', () => {
    const driver = start().settle(failed('unknown'));
    driver.review({ data: { happened: true, answer: { paid: 1 } } });
    expect(driver.output).toEqual({ paid: 1 });
    expect(driver.last).toEqual([
      expect.objectContaining({ kind: 'receipt', status: 'succeeded', answer: { paid: 1 } }),
    ]);
  });

  test('that did not happen is made again under the same key', () => {
    const driver = start().settle(failed('unknown'));
    driver.review({ data: { happened: false } });
    expect(driver.calls.map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, `${RUN_ID}:/do/0/pay`],
      [2, `${RUN_ID}:/do/0/pay`],
    ]);
    expect(driver.answer({ paid: 2 }).output).toEqual({ paid: 2 });
  });

  test('that is unknown twice is asked about twice', () => {
    const driver = start().settle(failed('unknown'));
    const first = driver.openReview.reviewId;
    driver.review({ data: { happened: false } });
    driver.settle(failed('unknown'));
    expect(driver.openReview.reviewId).not.toBe(first);
  });

  test('that the person rejects is an error', () => {
    const driver = start().settle(failed('unknown'));
    driver.review({ approved: false });
    expect(driver.error).toMatchObject({
      type: 'https://tutti.dev/problems/review-rejected',
      status: 422,
      instance: '/do/0/pay',
    });
  });

  test('that failed for certain may be repeated', () => {
    const driver = start().settle(failed('transient')).after(500);
    expect(driver.calls).toHaveLength(2);
  });

  test('over http is asked about too', () => {
    const driver = new Driver(
      "- p: { call: http, with: { method: post, endpoint: 'http://x/' }, metadata: { tutti: { effect: " +
        'write } } }',
    ).start();
    driver.after(32_000);
    expect(driver.openReview.because).toContain('The request may or may not have happened');
    driver.review({ data: { happened: true, answer: 5 } });
    expect(driver.output).toBe(5);
  });
});
