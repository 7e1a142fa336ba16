import { describe, expect, test } from '@jest/globals';
import { lintWorkflow, parseWorkflow } from './index.js';

const HEAD =
  "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\ntimeout: { after: PT1H }\n";

function lint(task: string) {
  const { document, findings, locate } = parseWorkflow(`${HEAD}do:\n- a: ${task}`);
  if (document === undefined) throw new Error(JSON.stringify(findings, null, 1));
  return lintWorkflow(document, { locate });
}

const ASYNC = (more: string) =>
  `{ call: asyncapi, with: { document: { endpoint: 'https://x.y/a.json' }, operation: greet, ${more} } }`;
const GRPC = (more: string) =>
  `{ call: grpc, with: { service: { name: a.B, host: x.y }, method: C, ${more} } }`;
const MCP = 'call: mcp, with: { method: tools/list';

describe('a call over another protocol', () => {
  test.each([
    [`{ ${MCP}, transport: { http: { endpoint: 'http://x/{id}' } }, timeout: PT5S } }`],
    [`{ ${MCP}, transport: { http: { endpoint: { uri: '\${ .uri }' }, headers: { a: b } } } } }`],
    [`{ ${MCP}, parameters: '\${ . }', transport: { stdio: { command: npx, arguments: [ a ] } } } }`],
    [GRPC("proto: { endpoint: 'file://app/greet.proto' }")],
    [GRPC("proto: { endpoint: 'https://x.y/{file}.proto' }, arguments: { a: '${ .a }' }")],
    ['{ call: a2a, with: { method: message/send, agentCard: { endpoint: "https://x.y/card.json" } } }'],
    ['{ call: a2a, with: { method: tasks/get, server: "https://x.y/{agent}", parameters: "${ .task }" } }'],
    [
      ASYNC(
        'message: { payload: { a: "${ .a }" }, headers: { b: c } }, server: { name: s, variables: { v: w } }',
      ),
    ],
    [ASYNC("subscription: { filter: '${ .payload.a == $input.a }', consume: { while: '${ now < 7 }' } }")],
    [
      ASYNC(
        'subscription: { consume: { amount: 1 }, foreach: { item: m, at: i, ' +
          "do: [ { x: { set: { n: '${ [$m, $i] }' } } } ], output: { as: '${ .n }' } } }",
      ),
    ],
    [ASYNC('protocol: kafka, message: {}, authentication: { bearer: { token: "${ .t }" } }')],
  ])('is taken: %s', (task) => {
    expect(lint(task)).toEqual([]);
  });

  test.each([
    [
      `{ ${MCP}, protocolVersion: '2023-01-01', transport: { http: { endpoint: 'http://x/' } } } }`,
      'unsupported',
      '/do/0/a/with/protocolVersion',
      'The MCP version "2023-01-01" is not supported',
    ],
    [
      `{ ${MCP}, transport: { http: { endpoint: 'http://x/' }, options: { a: b } } } }`,
      'unsupported',
      '/do/0/a/with/transport/options',
      'Options of a transport are not supported',
    ],
    [
      `{ ${MCP}, transport: { http: { endpoint: 'ftp://x/' } } } }`,
      'address',
      '/do/0/a/with/transport/http/endpoint',
      'An MCP server is called over http or https, not at "ftp://x/"',
    ],
    [
      `{ ${MCP}, timeout: P200Y, transport: { http: { endpoint: 'http://x/' } } } }`,
      'duration',
      '/do/0/a/with/timeout',
      '"P200Y" is not a duration such as PT15M or { minutes: 15 }',
    ],
    [
      `{ ${MCP}, transport: { http: { endpoint: 'http://x/', headers: { a: '\${ | }' } } } } }`,
      'expression-syntax',
      '/do/0/a/with/transport/http/headers/a',
      expect.any(String),
    ],
    [
      `{ ${MCP}, transport: { http: { endpoint: { uri: 'http://x/', authentication: { use: nobody } } } } } }`,
      'unknown-authentication',
      '/do/0/a/with/transport/http/endpoint/authentication',
      'There is no authentication with the name "nobody"',
    ],
    [
      GRPC("proto: { endpoint: 'ftp://x/a.proto' }"),
      'address',
      '/do/0/a/with/proto/endpoint',
      expect.stringContaining('A proto document is read over http or https'),
    ],
    [
      '{ call: a2a, with: { method: message/send, server: "ws://x/" } }',
      'address',
      '/do/0/a/with/server',
      'An agent is called over http or https, not at "ws://x/"',
    ],
    [
      '{ call: a2a, with: { method: message/send } }',
      'unsupported',
      '/do/0/a',
      'A call of an agent without "agentCard" and "server" is not supported',
    ],
    [
      ASYNC('protocol: mqtt, message: {}'),
      'unsupported',
      '/do/0/a/with/protocol',
      'The protocol "mqtt" of AsyncAPI is not supported',
    ],
    [
      ASYNC('subscription: { consume: { amount: 1, for: PT2H } }'),
      'unsupported',
      '/do/0/a/with/subscription/consume/for',
      'A subscription of more than 59 minutes is not supported',
    ],
    [
      ASYNC("subscription: { filter: '${ .a == $secrets }', consume: { amount: 1 } }"),
      'unsupported',
      '/do/0/a/with/subscription/consume',
      'Secrets in the expressions of a subscription are not supported',
    ],
    [
      ASYNC(
        "subscription: { consume: { amount: 1 }, foreach: { do: [ { x: { set: { n: '${ $m }' } } } ] } }",
      ),
      'unknown-variable',
      '/do/0/a/with/subscription/foreach/do/0/x/set/n',
      'The variable $m does not exist in the expression $m',
    ],
    [
      ASYNC("subscription: { filter: '${ .a | }', consume: { amount: 1 } }"),
      'expression-syntax',
      '/do/0/a/with/subscription/filter',
      expect.any(String),
    ],
  ])('is refused by name: %s', (...[task, code, pointer, message]) => {
    expect(lint(task)).toEqual([
      expect.objectContaining({
        severity: 'error',
        code,
        pointer,
        message,
        line: expect.any(Number),
        column: expect.any(Number),
      }),
    ]);
  });
});
