import { describe, expect, test } from '@jest/globals';
import type { HttpCall } from '@tutti/contracts';
import { connection, Driver, failed, RUN_ID, succeeded } from '../test/driver.js';
import { outstandingCalls, wakeAt } from './index.js';

const ERRORS = 'https://serverlessworkflow.io/spec/1.0.0/errors/';

describe('call: http', () => {
  const http = (more: string) =>
    `- g: { call: http, with: { method: post, endpoint: 'http://x/', ${more} } }`;
  const request = (yaml: string, input: unknown = {}) => new Driver(yaml).start(input).call.input as HttpCall;

  test('becomes a request with everything evaluated', () => {
    const driver = new Driver(
      http(
        "headers: { x-a: '${ .a }', x-n: '${ .n }', x-none: '${ null }' }, query: { q: '${ .a }' }, " +
          "body: { all: '${ . }' }, output: response, redirect: true",
      ),
    );
    const input = { a: 'text', n: 3 };
    expect(driver.start(input).call).toEqual({
      kind: 'call',
      callId: '/do/0/g',
      attempt: 1,
      position: '/do/0/g',
      task: '/do/0/g',
      taskName: 'g',
      target: { kind: 'http' },
      input: {
        method: 'POST',
        uri: 'http://x/',
        headers: { 'x-a': 'text', 'x-n': '3' },
        query: { q: 'text' },
        body: { all: input },
        output: 'response',
        redirect: true,
      },
      effect: 'idempotent-write',
      idempotencyKey: `${RUN_ID}:/do/0/g`,
      timeoutMs: 30_000,
    });
  });

  test('takes headers and query as expressions', () => {
    const { headers, query } = request(http("headers: '${ .h }', query: '${ .q }'"), {
      h: { a: '1' },
      q: { b: true },
    });
    expect([headers, query]).toEqual([{ a: '1' }, { b: 'true' }]);
  });

  test.each([
    ["'http://x/pet/{id}?s={s}'", 'http://x/pet/7?s=a%20b%2Fc'],
    ["'http://x/{none}/{nothing}'", 'http://x//'],
    ['\'${ "http://x/\\(.id)" }\'', 'http://x/7'],
    ["{ uri: 'http://x/{id}' }", 'http://x/7'],
    ["{ uri: '${ .uri }' }", 'http://y/'],
  ])('the endpoint %s is %s', (endpoint, uri) => {
    const yaml = `- g: { call: http, with: { method: get, endpoint: ${endpoint} } }`;
    expect(request(yaml, { id: 7, s: 'a b/c', nothing: null, uri: 'http://y/' }).uri).toBe(uri);
  });

  test('an object in a URI template is an expression error', () => {
    const driver = new Driver("- g: { call: http, with: { method: get, endpoint: 'http://x/{o}' } }").start({
      o: {},
    });
    expect(driver.error).toMatchObject({ type: `${ERRORS}expression`, instance: '/do/0/g' });
  });

  test.each([
    ["'http://x/pets/{id}/food'", '..'],
    ["'http://x/pets/{id}'", '.'],
    ["'http://x/pets/.{id}?q=1'", '.'],
    ["'http://x/pets/%2E{id}#there'", '.'],
    ["'http://x/pets/{id}{id}/food'", '.'],
  ])('what is filled into %s does not lead out of its path: %s', (endpoint, id) => {
    const yaml = `- g: { call: http, with: { method: get, endpoint: ${endpoint} } }`;
    const driver = new Driver(yaml).start({ id });
    expect(driver.error).toMatchObject({ type: `${ERRORS}expression`, instance: '/do/0/g' });
    expect(driver.error.detail).toContain('leads out of its path');
    expect(request(yaml, { id: 'a.' }).uri).toContain('a.');
  });

  test('dots elsewhere are themselves', () => {
    const yaml = "- g: { call: http, with: { method: get, endpoint: 'http://x/{a}/../b.{b}?q={c}' } }";
    expect(request(yaml, { a: '...', b: '..', c: '..' }).uri).toBe('http://x/.../../b...?q=..');
  });

  test('names in a URI template are taken verbatim', () => {
    const yaml = "- g: { call: http, with: { method: get, endpoint: 'http://x/{a.b}' } }";
    expect(request(yaml, { a: { b: 1 }, 'a.b': 2 }).uri).toBe('http://x/2');
  });

  test.each([
    ['basic: { username: ann, password: "${ .secret }" }', 'Basic YW5uOnMzY3JldA=='],
    ['bearer: { token: "${ .secret }" }', 'Bearer s3cret'],
  ])('authentication by %s becomes a header and $authorization', (policy, header) => {
    const yaml = `- g: { call: http, with: { method: get, endpoint: { uri: 'http://x/', authentication:
        { ${policy} } } }, output: { as: $authorization } }`;
    const driver = new Driver(yaml).start({ secret: 's3cret' });
    expect((driver.call.input as HttpCall).headers).toEqual({ authorization: header });
    const [scheme, parameter] = header.split(' ');
    expect(driver.answer({}).output).toEqual({ scheme, parameter });
  });

  test('authentication by name comes from use.authentications', () => {
    const yaml = `
use: { authentications: { shop: { bearer: { token: abc } } } }
do:
  - g: { call: http, with: { method: get, endpoint: { uri: 'http://x/', authentication: { use: shop } } } }`;
    expect(request(yaml).headers).toEqual({ authorization: 'Bearer abc' });
  });

  test.each([
    ['get', 'read'],
    ['HEAD', 'read'],
    ['options', 'read'],
    ['post', 'idempotent-write'],
    ['put', 'idempotent-write'],
    ['patch', 'idempotent-write'],
    ['delete', 'idempotent-write'],
  ])('%s has the effect %s', (method, effect) => {
    const yaml = `- g: { call: http, with: { method: ${method}, endpoint: 'http://x/' } }`;
    expect(new Driver(yaml).start().call.effect).toBe(effect);
  });

  test('metadata.tutti.effect says what the method does not', () => {
    const yaml =
      "- g: { call: http, with: { method: post, endpoint: 'http://x/' }, metadata: { tutti: { effect: " +
      'write } } }';
    expect(new Driver(yaml).start().call.effect).toBe('write');
  });

  test('a failure is an error of the workflow, without retries of its own', () => {
    const driver = new Driver(http('body: {}')).start().settle(failed('transient'));
    expect(driver.error).toEqual({
      type: `${ERRORS}communication`,
      title: 'Service Unavailable',
      status: 503,
      instance: '/do/0/g',
    });
    expect(driver.calls).toHaveLength(1);
  });

  test('an answer that is missing is null', () =>
    expect(new Driver(http('body: {}')).start().answer(undefined).output).toBeNull());

  test('without any answer in time is a timeout, after the host had its chance to say so', () => {
    const driver = new Driver(http('body: {}')).start();
    expect(wakeAt(driver.state ?? (undefined as never))).toBe(driver.now + 32_000);
    driver.after(32_000);
    expect(driver.error).toMatchObject({ type: `${ERRORS}timeout`, status: 408 });
    expect(driver.entry('call.settled').outcome).toMatchObject({ status: 'failed', fate: 'transient' });
    expect(driver.last[0]).toEqual({ kind: 'call.cancel', callId: '/do/0/g', attempt: 1 });
  });

  test('headers that are no object are an expression error', () => {
    expect(new Driver(http("headers: '${ 1 }'")).start().error?.detail).toBe('The headers must be an object');
  });
});

describe('what is outstanding', () => {
  test('can be read from the state alone, as it was sent', () => {
    const driver = new Driver(
      "- f: { fork: { branches: [ { a: { call: http, with: { method: get, endpoint: 'http://x/' } } }, { " +
        "'b/c': { call: http, with: { method: get, endpoint: 'http://y/' } } } ] } }",
    ).start();
    const state = JSON.parse(JSON.stringify(driver.state)) as never;
    expect(outstandingCalls(state)).toEqual(driver.calls);
    driver.answer(1, driver.calls[0]);
    expect(outstandingCalls(driver.state ?? (undefined as never))).toEqual([driver.calls[1]]);
    driver.answer(1, driver.calls[1]);
    expect(outstandingCalls(driver.state ?? (undefined as never))).toEqual([]);
  });
});

describe('call of a capability', () => {
  const task = "- pay: { call: erp.invoice.pay:1@default, with: { invoice: '${ .id }' } }";
  const erp = connection('erp', ['erp.invoice.pay', 'erp.invoice.find']);

  test('goes to a connection that offers it', () => {
    const driver = new Driver(task, { connections: [connection('crm', ['crm.note.create']), erp] }).start({
      id: 'INV-1',
    });
    expect(driver.call).toMatchObject({
      target: {
        kind: 'capability',
        capability: 'erp.invoice.pay',
        version: '1',
        connection: 'erp',
        plugin: 'plugin-erp',
        pluginVersion: '1.2.3',
      },
      input: { invoice: 'INV-1' },
      effect: 'idempotent-write',
      timeoutMs: 60_000,
    });
    expect(driver.entry('call.attempted')).toMatchObject({
      connection: 'erp',
      capability: 'erp.invoice.pay',
      candidates: [{ connection: 'erp', verdict: 'chosen' }],
    });
    expect(driver.answer({ paid: true }).output).toEqual({ paid: true });
  });

  test('that no connection offers is a configuration error which says so', () => {
    const driver = new Driver(task, { connections: [connection('crm', ['crm.note.create'])] }).start();
    expect(driver.error).toMatchObject({
      type: `${ERRORS}configuration`,
      status: 400,
      detail: 'No connection can take erp.invoice.pay',
      instance: '/do/0/pay',
    });
  });

  test('leaves a receipt of what it changed, and none of what it read', () => {
    const driver = new Driver(task, { connections: [erp] }).start().answer({ paid: true });
    expect(driver.last).toEqual([
      {
        kind: 'receipt',
        position: '/do/0/pay',
        attempt: 1,
        connection: 'erp',
        idempotencyKey: `${RUN_ID}:/do/0/pay`,
        status: 'succeeded',
        answer: { paid: true },
      },
    ]);
    const reading = new Driver(task, {
      connections: [connection('erp', ['erp.invoice.pay'], 'read')],
    }).start();
    expect(reading.answer({}).last).toEqual([]);
  });

  test('adds up the cost, each settled attempt once', () => {
    const two = `${task}\n- again: { call: erp.invoice.pay:1@default }`;
    const driver = new Driver(two, { connections: [erp] }).start();
    const usage = { costMicros: 1500, currency: 'USD', model: 'm' };
    const first = driver.call;
    driver.settle(succeeded({}, { usage } as never));
    driver.settle(succeeded({}, { usage } as never), first);
    driver.settle(succeeded({}, { usage: { costMicros: 7, currency: 'EUR' } } as never));
    expect(driver.state?.cost).toEqual({ USD: 1500, EUR: 7 });
  });

  describe('without a policy', () => {
    const connections = [connection('b', ['erp.invoice.pay']), connection('a', ['erp.invoice.pay'])];

    test('retries a transient failure twice, then goes to the next connection by name', () => {
      const driver = new Driver(task, { connections }).start();
      const waits: number[] = [];
      for (let i = 0; i < 2; i += 1) {
        driver.settle(failed('transient'));
        waits.push((wakeAt(driver.state ?? (undefined as never)) ?? 0) - driver.now);
        driver.after(waits.at(-1) ?? 0);
      }
      driver.settle(failed('transient'));
      expect(waits).toEqual([500, 1000]);
      expect(
        driver.calls.map(({ target, attempt }) => [
          target.kind === 'capability' && target.connection,
          attempt,
        ]),
      ).toEqual([
        ['a', 1],
        ['a', 2],
        ['a', 3],
        ['b', 4],
      ]);
      expect(driver.entry('call.attempted').candidates).toEqual([
        { connection: 'a', verdict: 'failed', reason: 'unavailable', because: 'Service Unavailable' },
        { connection: 'b', verdict: 'chosen' },
      ]);
      expect(new Set(driver.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    });

    test('waits as long as the other side asks for', () => {
      const driver = new Driver(task, { connections })
        .start()
        .settle(failed('transient', { retryAfterMs: 45_000 }));
      expect(wakeAt(driver.state ?? (undefined as never))).toBe(driver.now + 45_000);
      expect(driver.status).toBe('running');
    });

    test('but not for ever', () => {
      const driver = new Driver(task, { connections })
        .start()
        .settle(failed('transient', { retryAfterMs: 1e12 }));
      expect(wakeAt(driver.state ?? (undefined as never))).toBe(driver.now + 3_600_000);
    });

    test('a permanent failure is neither retried nor taken elsewhere', () => {
      const driver = new Driver(task, { connections }).start().settle(failed('permanent', { status: 422 }));
      expect([driver.calls.length, driver.error?.status]).toEqual([1, 422]);
    });

    test('a defect is tried once more, then faults', () => {
      const driver = new Driver(task, { connections })
        .start()
        .settle(failed('defect', { status: 500 }))
        .after(500);
      expect(driver.calls).toHaveLength(2);
      expect(driver.settle(failed('defect', { status: 500 })).error?.status).toBe(500);
    });

    test('a timeout of the orchestrator is transient for what may be repeated', () => {
      const driver = new Driver(task, { connections }).start().after(62_000).after(500);
      expect(driver.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });
  });

  describe('with a policy', () => {
    const policy = (spec: string) =>
      `{ apiVersion: tutti/v1, kind: RoutingPolicy, metadata: { name: pay }, spec: { capability:
          erp.invoice.pay, ${spec} } }`;
    const connections = ['a', 'b', 'c'].map((name) => connection(name, ['erp.invoice.pay']));
    const start = (spec: string, input: unknown = {}) =>
      new Driver(task, { connections, policies: [policy(spec)] }).start(input);
    const over = (driver: Driver) =>
      driver.calls.map(({ target }) => (target.kind === 'capability' ? target.connection : 'http'));

    test('takes the first candidate whose condition holds, and the journal says why', () => {
      const driver = start(
        "candidates: [{ connection: gone }, { connection: b, when: '.invoice == 1' }, { connection: c }]",
      );
      expect(over(driver)).toEqual(['c']);
      expect(driver.entry('call.attempted').candidates).toEqual([
        { connection: 'gone', verdict: 'skipped', because: 'there is no enabled connection "gone"' },
        { connection: 'b', verdict: 'skipped', because: 'the condition .invoice == 1 does not hold' },
        { connection: 'c', verdict: 'chosen' },
      ]);
    });

    test('names itself and its version on every attempt', () => {
      const driver = start('candidates: [{ connection: a }]');
      expect(driver.call.policy).toEqual({ name: 'pay', version: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(driver.entry('call.attempted').policy).toEqual(driver.call.policy);
    });

    test('has its own timeout and retries', () => {
      const driver = start(
        'candidates: [{ connection: a, timeout: 5s, retry: { attempts: 2, delay: 1s, backoff: constant } ' +
          '}, { connection: b }]',
      );
      expect(driver.call.timeoutMs).toBe(5000);
      driver.settle(failed('transient')).after(1000).settle(failed('transient'));
      expect(over(driver)).toEqual(['a', 'a', 'b']);
    });

    test('falls back only on what it lists', () => {
      const spec =
        'candidates: [{ connection: a, retry: { attempts: 1 } }, { connection: b }], fallbackOn: [rejected]';
      expect(over(start(spec).settle(failed('permanent', { status: 422 })))).toEqual(['a', 'b']);
      expect(start(spec).settle(failed('transient')).error?.status).toBe(503);
    });

    test('that has no candidate left faults with the last error', () => {
      const driver = start(
        'candidates: [{ connection: a, retry: { attempts: 1 } }, { connection: b, retry: { attempts: 1 } }]',
      );
      driver.settle(failed('transient')).settle(failed('transient', { status: 504 }));
      expect(driver.error).toMatchObject({ status: 504, instance: '/do/0/pay' });
    });

    test('none of whose candidates fits is a configuration error with the reasons', () => {
      expect(start("candidates: [{ connection: a, when: '.x' }]").error?.detail).toBe(
        'No connection can take erp.invoice.pay (a: the condition .x does not hold)',
      );
    });

    test('can ask a person when all have failed', () => {
      const driver = start('candidates: [{ connection: a, retry: { attempts: 1 } }], exhausted: review');
      driver.settle(failed('transient'));
      expect(driver.status).toBe('waiting');
      expect(driver.openReview).toMatchObject({
        formCapability: 'erp.invoice.pay',
        data: null,
        because: expect.stringContaining('a: Service Unavailable'),
      });
      driver.review({ data: { paid: 'by hand' } });
      expect(driver.output).toEqual({ paid: 'by hand' });
    });

    test('a failure that is no reason to fall back faults, although it asks a person when exhausted', () => {
      const driver = start('candidates: [{ connection: a }], exhausted: review').settle(
        failed('permanent', { status: 422 }),
      );
      expect(driver.error?.status).toBe(422);
    });
  });
});
