import { describe, expect, test } from '@jest/globals';
import { Driver, failed, RUN_ID, succeeded } from '../test/driver.js';

const ERRORS = 'https://serverlessworkflow.io/spec/1.0.0/errors/';
const ADD = "parameters: { name: add, arguments: { a: '${ .n }' } }";
const mcp = (more: string, metadata = '') =>
  `- g: { call: mcp, with: { method: tools/call, ${ADD}${more} }${metadata} }`;
const HTTP = ", transport: { http: { endpoint: 'http://mcp/{tenant}' } }";

describe('call: mcp', () => {
  test('becomes a call with everything evaluated', () => {
    const more =
      ", timeout: PT5S, client: { name: shop, version: '1' }, transport: { http: { endpoint: { uri: 'http://mcp/{tenant}', " +
      "authentication: { bearer: { token: '${ .token }' } } }, headers: { x-n: '${ .n }' } } }";
    expect(new Driver(mcp(more)).start({ tenant: 'acme', n: 2, token: 't' }).call).toEqual({
      kind: 'call',
      callId: '/do/0/g',
      attempt: 1,
      position: '/do/0/g',
      task: '/do/0/g',
      taskName: 'g',
      target: { kind: 'mcp' },
      input: {
        method: 'tools/call',
        parameters: { name: 'add', arguments: { a: 2 } },
        protocolVersion: '2025-06-18',
        client: { name: 'shop', version: '1' },
        uri: 'http://mcp/acme',
        headers: { 'x-n': '2' },
        authorization: 'Bearer t',
      },
      effect: 'idempotent-write',
      idempotencyKey: `${RUN_ID}:/do/0/g`,
      timeoutMs: 5_000,
    });
  });

  test('can start a process', () => {
    const process = "command: '${ .c }', arguments: [ -v, '${ .n }' ], environment: { K: '${ .c }' }";
    const more = `, protocolVersion: '2025-11-25', transport: { stdio: { ${process} } }`;
    expect(new Driver(mcp(more)).start({ c: 'npx', n: 1 }).call.input).toMatchObject({
      protocolVersion: '2025-11-25',
      process: { command: 'npx', arguments: ['-v', '1'], environment: { K: 'npx' } },
    });
  });

  test.each([
    ['tools/list', '', 'read'],
    ['resources/read', '', 'read'],
    ['tools/call', '', 'idempotent-write'],
    ['tools/call', ', metadata: { tutti: { effect: read } }', 'read'],
    ['tools/call', ', metadata: { tutti: { effect: write } }', 'write'],
  ])('of %s %s is a %s', (method, metadata, effect) => {
    const yaml = `- g: { call: mcp, with: { method: ${method}${HTTP} }${metadata} }`;
    expect(new Driver(yaml).start({}).call.effect).toBe(effect);
  });

  test('gives its result, and its failure to a catch', () => {
    expect(new Driver(mcp(HTTP)).start({}).settle(succeeded({ content: [] })).output).toEqual({
      content: [],
    });
    const tried = `
- t:
    try: [ ${mcp(HTTP).slice(2)} ]
    catch: { errors: { with: { status: 500 } }, as: error, do: [ { h: { set: { told: '\${ $error.status }' } } } ] }`;
    expect(new Driver(tried).start({}).settle(failed('permanent', { status: 500 })).output).toEqual({
      told: 500,
    });
  });

  test.each([
    ['{ parameters: 7 }', 'parameters'],
    ['{ uri: 7 }', 'endpoint'],
  ])('whose %s is no such value is an expression error', (input, what) => {
    const call =
      "method: tools/list, parameters: '${ .parameters }', transport: { http: { endpoint: '${ .uri }' } }";
    const yaml = `- g: { input: { from: '${input}' }, call: mcp, with: { ${call} } }`;
    const { error } = new Driver(yaml).start({});
    expect(error).toMatchObject({ type: `${ERRORS}expression`, instance: '/do/0/g' });
    expect(error.detail).toContain(what);
  });

  test('whose outcome is not known is shown without its credentials', () => {
    const more = ', transport: { stdio: { command: npx, environment: { KEY: canary } } }';
    const driver = new Driver(mcp(more, ', metadata: { tutti: { effect: write } }')).start({});
    driver.settle(failed('unknown', { status: 503 }));
    const review = driver.last.find(({ kind }) => kind === 'review.open');
    expect(JSON.stringify(review)).toContain('npx');
    expect(JSON.stringify(review)).not.toContain('canary');
  });
});

describe('call: grpc', () => {
  const grpc = (more = '', metadata = '') => `
- g:
    call: grpc
    with:
      proto: { endpoint: { uri: 'http://docs/{file}.proto', authentication: { bearer: { token: d } } } }
      service: { name: '\${ .service }', host: grpc.example.com${more} }
      method: Find
      arguments: { id: '\${ .id }' }${metadata}`;

  test('becomes a call with everything evaluated', () => {
    const more = ', port: 5011, authentication: { bearer: { token: g } }';
    const { call } = new Driver(grpc(more)).start({ file: 'shop', service: 'a.B', id: 7 });
    expect(call).toMatchObject({ target: { kind: 'grpc' }, effect: 'idempotent-write', timeoutMs: 30_000 });
    expect(call.input).toEqual({
      document: { uri: 'http://docs/shop.proto', authorization: 'Bearer d' },
      service: 'a.B',
      host: 'grpc.example.com',
      port: 5011,
      method: 'Find',
      arguments: { id: 7 },
      authorization: 'Bearer g',
    });
  });

  test('keeps the effect and the security that the workflow gives', () => {
    const hints = '\n    metadata: { tutti: { effect: read, tls: true } }';
    const { call } = new Driver(grpc('', hints)).start({ file: 'shop', service: 'a.B' });
    expect(call).toMatchObject({ effect: 'read', input: { effectGiven: true, tls: true } });
  });
});

describe('call: a2a', () => {
  test('becomes a call of the agent that a card tells of', () => {
    const yaml = `
- g:
    call: a2a
    with:
      method: message/send
      agentCard: { endpoint: { uri: 'http://agents/{agent}.json', authentication: { bearer: { token: t } } } }
      server: http://nobody/
      parameters: { message: { parts: [ { kind: text, text: '\${ .text }' } ] } }`;
    const { call } = new Driver(yaml).start({ agent: 'ann', text: 'hello' });
    expect(call).toMatchObject({ target: { kind: 'a2a' }, effect: 'idempotent-write', timeoutMs: 300_000 });
    expect(call.input).toEqual({
      method: 'message/send',
      parameters: { message: { parts: [{ kind: 'text', text: 'hello' }] } },
      document: { uri: 'http://agents/ann.json', authorization: 'Bearer t' },
    });
  });

  test('or of one at an address, and reads with the methods that only look', () => {
    const yaml =
      "- g: { call: a2a, with: { method: tasks/get, server: 'http://a/', parameters: '${ .task }' } }";
    const { call } = new Driver(yaml).start({ task: { id: '1' } });
    expect(call).toMatchObject({ effect: 'read', input: { uri: 'http://a/', parameters: { id: '1' } } });
  });
});

describe('call: asyncapi', () => {
  test('becomes a message with everything evaluated', () => {
    const yaml = `
- g:
    call: asyncapi
    with:
      document: { endpoint: 'http://docs/{file}.json' }
      operation: greet
      server: { name: main, variables: { stage: '\${ .stage }' } }
      message: { payload: { text: '\${ .text }' }, headers: { n: 1 } }
      authentication: { basic: { username: ann, password: '\${ .password }' } }`;
    const { call } = new Driver(yaml).start({ file: 'a', stage: 'dev', text: 'hi', password: 'p' });
    expect(call).toMatchObject({ target: { kind: 'asyncapi' }, effect: 'idempotent-write' });
    expect(call.input).toEqual({
      document: { uri: 'http://docs/a.json' },
      operation: 'greet',
      server: { name: 'main', variables: { stage: 'dev' } },
      message: { payload: { text: 'hi' }, headers: { n: '1' } },
      authorization: 'Basic YW5uOnA=',
    });
  });

  test('or a subscription, with the values that its expressions read', () => {
    const yaml = `
- g:
    call: asyncapi
    with:
      document: { endpoint: 'http://docs/a.json' }
      channel: inbox
      subscription:
        filter: '\${ .payload.room == $input.room }'
        consume: { until: '\${ length == 2 }', for: PT10S }`;
    const { call } = new Driver(yaml).start({ room: 'blue' });
    expect(call).toMatchObject({ effect: 'read', timeoutMs: 40_000 });
    expect(call.input).toEqual({
      document: { uri: 'http://docs/a.json' },
      channel: 'inbox',
      subscription: {
        filter: ' .payload.room == $input.room ',
        until: ' length == 2 ',
        forMs: 10_000,
        variables: { input: { room: 'blue' } },
      },
    });
  });
});

describe('call: asyncapi with a subscription and foreach', () => {
  const SUBSCRIBE = (foreach: string, more = '') =>
    `- hear:
        call: asyncapi
        with:
          document: { endpoint: 'http://docs/a.json' }
          operation: hear
          subscription: { consume: { amount: 2 }, foreach: ${foreach} }
        ${more}
     - after: { set: { got: '\${ . }', kept: '\${ $context }' } }`.replaceAll('\n     -', '\n-');
  const MESSAGES = [
    { payload: { n: 1 }, headers: {} },
    { payload: { n: 2 }, headers: {} },
  ];
  const EACH =
    "{ item: m, at: i, do: [ { ask: { call: http, with: { method: post, endpoint: 'http://x/', " +
    "body: { n: '${ $m.payload.n }', i: '${ $i }', of: '${ .name }' } } } } ], " +
    "output: { as: '${ { n: $m.payload.n, answer: . } }' }, export: { as: '${ { last: $m.payload.n } }' } }";

  test('does the tasks for each message, one after the other, with the input of the task', () => {
    const driver = new Driver(SUBSCRIBE(EACH, "output: { as: '${ { all: . } }' }")).start({ name: 'x' });
    expect(driver.call.input).toMatchObject({ operation: 'hear', subscription: { amount: 2 } });
    driver.settle(succeeded(MESSAGES));
    expect(driver.call.input).toMatchObject({ body: { n: 1, i: 0, of: 'x' } });
    driver.settle(succeeded('one'));
    expect(driver.call.input).toMatchObject({ body: { n: 2, i: 1, of: 'x' } });
    expect(driver.call.callId).toBe('/do/0/hear/with/subscription/foreach[1]/do/0/ask');
    driver.settle(succeeded('two'));
    expect(driver.output).toEqual({
      got: {
        all: [
          { n: 1, answer: 'one' },
          { n: 2, answer: 'two' },
        ],
      },
      kept: { last: 2 },
    });
  });

  test('hands on the messages themselves without output, and nothing where none came', () => {
    const bare = SUBSCRIBE('{ do: [ { x: { set: { a: 1 } } } ] }');
    expect(new Driver(bare).start({}).settle(succeeded(MESSAGES)).output).toMatchObject({ got: MESSAGES });
    expect(new Driver(bare).start({}).settle(succeeded([])).output).toMatchObject({ got: [] });
  });

  test('faults with what a task faults with, and where the messages are too large', () => {
    const driver = new Driver(SUBSCRIBE(EACH))
      .start({})
      .settle(succeeded(MESSAGES))
      .settle(failed('permanent'));
    expect(driver.error).toMatchObject({ status: 503 });
    const large = new Driver(SUBSCRIBE(EACH)).start({}).settle(succeeded({ $artifact: 'a-1' }));
    expect(large.error).toMatchObject({ type: `${ERRORS}runtime`, detail: expect.stringContaining('1 MiB') });
  });
});
