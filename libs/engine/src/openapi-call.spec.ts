import { describe, expect, test } from '@jest/globals';
import type { Effect, HttpCall } from '@tutti/contracts';
import { Driver, failed, RUN_ID, succeeded } from '../test/driver.js';

const openapi = (more = '', metadata = '') =>
  `- g: { call: openapi, with: { document: { endpoint: 'http://docs/{api}.json' }, operationId: op${more} }${metadata} }`;

describe('call: openapi', () => {
  test('becomes a call with everything evaluated, and is a write until the document says otherwise', () => {
    const more =
      ", parameters: { id: '${ .id }', list: [ 1, '${ .id }' ] }, output: response, redirect: true";
    expect(new Driver(openapi(more)).start({ api: 'pets', id: 7 }).call).toEqual({
      kind: 'call',
      callId: '/do/0/g',
      attempt: 1,
      position: '/do/0/g',
      task: '/do/0/g',
      taskName: 'g',
      target: { kind: 'openapi' },
      input: {
        document: { uri: 'http://docs/pets.json' },
        operationId: 'op',
        parameters: { id: 7, list: [1, 7] },
        output: 'response',
        redirect: true,
      },
      effect: 'idempotent-write',
      idempotencyKey: `${RUN_ID}:/do/0/g`,
      timeoutMs: 30_000,
    });
  });

  test('has an authentication for the document and one for the operation', () => {
    const yaml = `
use: { authentications: { shop: { bearer: { token: '\${ .token }' } } } }
do:
- g:
    call: openapi
    with:
      document: { endpoint: { uri: 'http://docs/', authentication: { basic: { username: a, password: b } } } }
      operationId: op
      authentication: { use: shop }
    export: { as: '\${ $authorization }' }
- h: { set: '\${ $context }' }`;
    const driver = new Driver(yaml).start({ token: 't' });
    expect(driver.call.input).toMatchObject({
      document: { uri: 'http://docs/', authorization: 'Basic YTpi' },
      authorization: 'Bearer t',
    });
    expect(driver.answer({}).output).toEqual({ scheme: 'Bearer', parameter: 't' });
  });

  test.each<[Effect | undefined, number]>([
    ['read', 0],
    ['idempotent-write', 1],
    [undefined, 1],
  ])('leaves receipts by the effect that the outcome tells: %s', (effect, receipts) => {
    const told = effect === undefined ? {} : { effect };
    const good = new Driver(openapi()).start().settle(succeeded({}, told));
    const bad = new Driver(openapi()).start().settle({ ...failed('permanent', { status: 422 }), ...told });
    expect([good.status, bad.status]).toEqual(['completed', 'faulted']);
    for (const { effects } of [good, bad])
      expect(effects.filter(({ kind }) => kind === 'receipt')).toHaveLength(receipts);
  });

  test('carries digest credentials apart, and shows them to no person', () => {
    const digest = "authentication: { digest: { username: ann, password: '${ .p }' } }";
    const yaml = openapi(`, ${digest}`, ', metadata: { tutti: { effect: write } }');
    const driver = new Driver(yaml).start({ p: 'canary' });
    const authorization = { scheme: 'digest', username: 'ann', password: 'canary' };
    expect(driver.call.input).toMatchObject({ authorization });
    const http = `- g: { call: http, with: { method: get, endpoint: { uri: 'http://x/', ${digest} } } }`;
    const input = new Driver(http).start({ p: 'canary' }).call.input as HttpCall;
    expect(input).toMatchObject({ authentication: authorization });
    expect(input.headers).toBeUndefined();
    driver.settle(failed('unknown'));
    expect(driver.openReview.context).toMatchObject({ input: { operationId: 'op' } });
    expect(JSON.stringify([driver.openReview, driver.entries])).not.toContain('canary');
  });

  test('shows no header of credentials to the person who is asked about a request', () => {
    const yaml = `- g: { call: http, with: { method: post, headers: { a: b }, endpoint: { uri: 'http://x/',
      authentication: { bearer: { token: canary } } } }, metadata: { tutti: { effect: write } } }`;
    const { context } = new Driver(yaml).start().settle(failed('unknown')).openReview;
    expect(context).toMatchObject({ input: { method: 'POST', headers: { a: 'b' } } });
    expect(JSON.stringify(context)).not.toContain('canary');
  });

  test('keeps the effect that the workflow gives, and asks a person when a write is left open', () => {
    const driver = new Driver(openapi('', ', metadata: { tutti: { effect: write } }')).start();
    expect(driver.call).toMatchObject({ effect: 'write', input: { effectGiven: true } });
    driver.settle(failed('unknown'));
    expect(driver.openReview).toMatchObject({
      because: expect.stringContaining('The request may or may not'),
    });
  });

  test('a failure is caught as that of any call', () => {
    const yaml = `
- t:
    try: [ ${openapi().slice(2)} ]
    catch: { errors: { with: { status: 404 } }, do: [ { c: { set: { caught: true } } } ] }`;
    const driver = new Driver(yaml).start().settle(failed('permanent', { status: 404 }));
    expect(driver.output).toEqual({ caught: true });
  });
});
