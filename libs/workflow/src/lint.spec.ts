import { describe, expect, test } from '@jest/globals';
import {
  type CapabilityKnowledge,
  compileWorkflow,
  inputSchema,
  lintWorkflow,
  parseWorkflow,
  WorkflowRefused,
  workflowHints,
} from './index.js';

const HEAD = "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\n";

function parsed(yaml: string) {
  const text = yaml.startsWith('document:') ? yaml : HEAD + yaml;
  const { document, findings, locate } = parseWorkflow(text);
  if (document === undefined) throw new Error(JSON.stringify(findings, null, 1));
  return { document, locate };
}

function lint(yaml: string, capabilities?: CapabilityKnowledge) {
  const { document, locate } = parsed(yaml);
  return lintWorkflow(document, { locate, ...(capabilities && { capabilities }) });
}

describe('lint finds', () => {
  test.each([
    ['an if', "- a: { if: '.x |', set: { x: 1 } }", '/do/0/a/if', '3:8'],
    ['a set', "- a: { set: { x: { y: '${ .x | }' } } }", '/do/0/a/set/x/y', '3:20'],
    ['an input.from', "- a: { input: { from: '.[' }, set: { x: 1 } }", '/do/0/a/input/from', '3:17'],
    ['a when', "- a: { switch: [ { c: { when: '==', then: end } } ] }", '/do/0/a/switch/0/c/when', '3:25'],
    ['a for.in', "- a: { for: { in: '.x[' }, do: [] }", '/do/0/a/for/in', '3:15'],
    ['a while', "- a: { for: { in: .x }, while: 'and', do: [] }", '/do/0/a/while', '3:25'],
    ['a catch', "- a: { try: [], catch: { when: '.x |' } }", '/do/0/a/catch/when', '3:26'],
    [
      'a body',
      "- a: { timeout: { after: PT1M }, call: http, with: { method: get, endpoint: 'http://x/', body: [ '${ ( }' ] } }",
      '/do/0/a/with/body/0',
      '3:98',
    ],
  ])('%s that does not parse, with the place', (...[, task, pointer, at]) => {
    const [finding, ...others] = lint(`do:\n${task}`);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'error', code: 'expression-syntax', pointer });
    expect(`${finding?.line}:${finding?.column}`).toBe(at);
  });

  test.each([
    ['- a: { set: { x: 1 }, then: b }', 'then-nowhere', '/do/0/a/then', 'There is no task "b" in this list'],
    [
      '- a: { do: [ { b: { set: { x: 1 }, then: a } } ] }',
      'then-nowhere',
      '/do/0/a/do/0/b/then',
      'There is no task "a" in this list',
    ],
    [
      '- a: { switch: [ { c: { then: d } } ] }',
      'then-nowhere',
      '/do/0/a/switch/0/c/then',
      'There is no task "d" in this list',
    ],
    [
      '- a: { fork: { branches: [ { b: { set: { x: 1 }, then: c } }, { c: { set: { x: 1 } } } ] } }',
      'then-nowhere',
      '/do/0/a/fork/branches/0/b/then',
      'There is no task "c" in this list',
    ],
    [
      '- a: { switch: [ { c: { then: end } }, { d: { then: end } } ] }',
      'two-defaults',
      '/do/0/a/switch/1/d',
      'A switch has at most one case without "when"',
    ],
    ['- a: { call: nothing }', 'unknown-function', '/do/0/a/call', 'There is no function "nothing"'],
    [
      '- a: { raise: { error: nothing } }',
      'unknown-error',
      '/do/0/a/raise/error',
      'There is no error with the name "nothing"',
    ],
    [
      '- a: { wait: PT1S, timeout: nothing }',
      'unknown-timeout',
      '/do/0/a/timeout',
      'There is no timeout with the name "nothing"',
    ],
    [
      '- a: { try: [], catch: { retry: nothing } }',
      'unknown-retry',
      '/do/0/a/catch/retry',
      'There is no retry with the name "nothing"',
    ],
    [
      "- a: { call: http, with: { method: get, endpoint: { uri: 'http://x/', authentication: { use: " +
        'nothing } } } }',
      'unknown-authentication',
      '/do/0/a/with/endpoint/authentication',
      'There is no authentication with the name "nothing"',
    ],
    [
      "- a: { call: openapi, with: { document: { endpoint: 'file:///etc/passwd' }, operationId: x } }",
      'address',
      '/do/0/a/with/document/endpoint',
      'An OpenAPI document is read over http or https, not from "file:///etc/passwd"',
    ],
    [
      "- a: { call: openapi, with: { document: { endpoint: { uri: 'ftp://x/' } }, operationId: x } }",
      'address',
      '/do/0/a/with/document/endpoint/uri',
      'An OpenAPI document is read over http or https, not from "ftp://x/"',
    ],
    [
      '- a: { wait: P1Y2M3W4DT5H6M7.5S, timeout: { after: P200Y } }',
      'duration',
      '/do/0/a/timeout/after',
      '"P200Y" is not a duration such as PT15M or { minutes: 15 }',
    ],
    [
      '- a: { set: { x: 1 }, output: { schema: { document: { type: nonsense } } } }',
      'schema-invalid',
      '/do/0/a/output/schema',
      expect.stringContaining('This is no JSON Schema 2020-12'),
    ],
  ])('%s', (...[task, code, pointer, message]) => {
    expect(lint(`do:\n${task}`)).toContainEqual(
      expect.objectContaining({ severity: 'error', code, pointer, message }),
    );
  });

  test.each([
    [
      'schedule: { on: { all: [ { with: { type: a } } ] }, every: PT1H }\ndo: []',
      'A schedule by events beside one by times is not supported',
    ],
    [
      "use: { catalogs: { c: { endpoint: '${ .x }' } } }\ndo:\n- a: { call: log:1.0.0@c }",
      'A catalog with an address that is computed is not supported: it is read before any run',
    ],
    [
      'do:\n- a: { call: "ftp://x.y/f.yaml" }',
      'Functions by address are read over http or https; others are not supported',
    ],
    [
      "do:\n- a: { call: http, with: { method: get, endpoint: { uri: 'http://x/', authentication: { " +
        "oidc: { authority: 'http://y/', grant: authorization_code } } } } }",
      'The grant authorization_code is not supported',
    ],
    [
      "do:\n- a: { call: http, with: { method: get, endpoint: { uri: 'http://x/', authentication: { " +
        "oauth2: { authority: 'http://y/', grant: 'urn:ietf:params:oauth:grant-type:token-exchange' } } } } }",
      'The exchange of no token is not supported',
    ],
    [
      "do:\n- a: { call: http, with: { method: get, endpoint: { uri: 'http://x/', authentication: { oauth2: " +
        "{ authority: 'http://y/', grant: client_credentials, subject: { token: '${ .t }', type: x } } } } } }",
      'A token to exchange with another grant is not supported',
    ],
    [
      'input: { schema: { resource: { endpoint: "http://x/" } } }\ndo: []',
      'A schema from another place (resource) is not supported yet',
    ],
    [
      'input: { schema: { format: avro, document: {} } }\ndo: []',
      'Schemas of format "avro" are not supported',
    ],
    [
      'use: { functions: { f: { call: g }, g: { call: f } } }\ndo:\n- a: { call: f }',
      'The function "f" calls itself (f > g > f)',
    ],
    [
      "document: { dsl: '2.0.0', namespace: a, name: b, version: 1.0.0 }\ndo: []",
      'DSL 2.0.0 is not supported',
    ],
  ])('what is not supported, by name: %j', (yaml, message) => {
    const found = lint(yaml).filter(({ code }) => code === 'unsupported');
    expect(found.map((finding) => finding.message)).toEqual([message]);
    expect(found[0]?.line).toEqual(expect.any(Number));
  });

  test('capabilities that nothing offers, when it is told which are offered', () => {
    const yaml =
      'timeout: { after: PT1H }\ndo:\n- a: { call: erp.invoice.pay:1@default }\n- b: { call: crm.note.create:1@default }\n- c: { ' +
      'call: human.review:1@default }';
    expect(lint(yaml)).toEqual([]);
    const offered = {
      connected: true,
      plugins: ['crm-x'],
      effect: 'read',
      timed: false,
      fallback: false,
    } as const;
    expect(lint(yaml, new Map([['crm.note.create', offered]]))).toEqual([
      expect.objectContaining({
        code: 'unknown-capability',
        pointer: '/do/0/a/call',
        line: 4,
        message: 'No connection offers the capability erp.invoice.pay, and no plugin has it',
      }),
    ]);
  });

  test.each([
    ['- a: { set: { x: 1 }, then: end }\n- b: { set: { y: 1 } }', ['/do/1/b']],
    [
      '- a: { set: { x: 1 }, then: c }\n- b: { set: { y: 1 }, then: end }\n- c: { set: { z: 1 }, then: b }',
      [],
    ],
    ['- a: { if: .x, set: { x: 1 }, then: end }\n- b: { set: { y: 1 } }', []],
    [
      '- a: { switch: [ { c: { when: .x, then: c } } ] }\n- b: { set: { y: 1 }, then: end }\n- c: { set: ' +
        '{ z: 1 } }',
      [],
    ],
    [
      '- a: { switch: [ { c: { when: .x, then: c } }, { d: { then: end } } ] }\n- b: { set: { y: 1 } ' +
        '}\n- c: { set: { z: 1 } }',
      ['/do/1/b'],
    ],
    ['- a: { do: [ { b: { set: { x: 1 }, then: exit } }, { c: { set: { x: 1 } } } ] }', ['/do/0/a/do/1/c']],
    [
      "- a: { try: [ { b: { raise: { error: { type: 'http://x/', status: 500 } } } }, { c: { set: { x: 1 " +
        '} } } ], catch: {} }',
      ['/do/0/a/try/1/c'],
    ],
  ])('tasks that are never reached: %j', (yaml, pointers) => {
    const found = lint(`do:\n${yaml}`);
    expect(found.map(({ severity, code, pointer }) => [severity, code, pointer])).toEqual(
      pointers.map((pointer) => ['warning', 'unreachable', pointer]),
    );
  });

  test('two tasks of one name in one list', () => {
    expect(lint('do:\n- a: { set: { x: 1 } }\n- a: { set: { y: 1 } }')).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'twin-name', pointer: '/do/1/a' }),
    ]);
  });

  test('nesting over the limit', () => {
    const yaml = `do:\n- a: ${'{ do: [ { b: '.repeat(40)}{ set: { x: 1 } }${' } ] }'.repeat(40)}`;
    expect(lint(yaml).map(({ code }) => code)).toEqual(['too-deep']);
  });

  test('more tasks than a document may have', () => {
    const tasks = Array.from({ length: 5001 }, (_, i) => `- t${i}: { set: { x: 1 } }`).join('\n');
    expect(lint(`do:\n${tasks}`).map(({ code }) => code)).toEqual(['too-many-tasks']);
  });

  test('more branches than a fork may have', () => {
    const branches = Array.from({ length: 2001 }, (_, i) => `{ b${i}: { set: { x: 1 } } }`).join(', ');
    expect(lint(`do:\n- a: { fork: { branches: [ ${branches} ] } }`).map(({ code }) => code)).toEqual([
      'too-many-branches',
    ]);
  });
});

describe('compile', () => {
  test('refuses what lint finds errors in, and says all of it', () => {
    const { document } = parsed(
      'use: { functions: { f: { call: f } } }\ndo:\n- a: { call: f }\n- b: { if: "|", set: { x: 1 } }',
    );
    expect(() => compileWorkflow(document)).toThrow(WorkflowRefused);
    try {
      compileWorkflow(document);
    } catch (error) {
      expect((error as WorkflowRefused).findings.map(({ code }) => code)).toEqual([
        'unsupported',
        'expression-syntax',
      ]);
    }
  });

  test('takes a document that has warnings only', () => {
    expect(
      compileWorkflow(parsed('do:\n- a: { set: { x: 1 }, then: end }\n- b: { set: { x: 1 } }').document).tasks
        .size,
    ).toBe(3);
  });

  test('indexes every task by its JSON pointer', () => {
    const { tasks } = compileWorkflow(
      parsed(`do:
- 'a/b': { do: [ { c: { set: { x: 1 } } } ] }
- t: { try: [ { d: { wait: PT1S } } ], catch: { do: [ { e: { wait: PT1S } } ] } }
- f: { fork: { branches: [ { g: { wait: PT1S } } ] } }
- l: { for: { in: .x }, do: [ { m: { wait: PT1S } } ] }`).document,
    );
    expect([...tasks.keys()].sort()).toEqual([
      '',
      '/do/0/a~1b',
      '/do/0/a~1b/do/0/c',
      '/do/1/t',
      '/do/1/t/catch/do/0/e',
      '/do/1/t/try/0/d',
      '/do/2/f',
      '/do/2/f/fork/branches/0/g',
      '/do/3/l',
      '/do/3/l/do/0/m',
    ]);
  });

  test('names the capabilities that are called', () => {
    const yaml =
      'do:\n- a: { call: b.x:1@default }\n- b: { do: [ { c: { call: a.y:2@default } } ] }\n- d: { call: ' +
      'b.x:1@default }\n- e: { call: human.review:1@default }';
    expect(compileWorkflow(parsed(yaml).document).capabilities).toEqual(['a.y', 'b.x']);
  });
});

describe('what people read', () => {
  test('hints come from the head and metadata.tutti', () => {
    const { document } = parsed(`document:
  dsl: 1.0.3
  namespace: a
  name: b
  version: 1.0.0
  summary: Pays invoices
  metadata: { tutti: { title: Invoices, baseline: { cycleTime: { hours: 4 }, costMicros: 9500000,
      currency: EUR, note: by hand } } }
do: []`);
    expect(workflowHints(document)).toEqual({
      title: 'Invoices',
      summary: 'Pays invoices',
      baseline: { cycleTimeMs: 14_400_000, costMicros: 9_500_000, currency: 'EUR', note: 'by hand' },
      concurrency: null,
      weight: 1,
    });
  });

  test('limits are read, and one that is no limit is an error', () => {
    const text = (limits: string) => `document:
  dsl: 1.0.3
  namespace: a
  name: b
  version: 1.0.0
  metadata: { tutti: ${limits} }
do: []`;
    expect(workflowHints(parsed(text('{ concurrency: 5, weight: 2.5 }')).document)).toMatchObject({
      concurrency: 5,
      weight: 2.5,
    });
    const { document } = parsed(text('{ concurrency: many, weight: 0 }'));
    expect(lintWorkflow(document).map(({ code, pointer }) => [code, pointer])).toEqual([
      ['limit', '/document/metadata/tutti/concurrency'],
      ['limit', '/document/metadata/tutti/weight'],
    ]);
  });

  test('without hints there are none', () => {
    expect(workflowHints(parsed('do: []').document)).toEqual({
      title: null,
      summary: null,
      baseline: null,
      concurrency: null,
      weight: 1,
    });
  });

  test('the input schema is the one of the document', () => {
    expect(inputSchema(parsed('input: { schema: { document: { type: object } } }\ndo: []').document)).toEqual(
      { type: 'object' },
    );
    expect(inputSchema(parsed('do: []').document)).toBeNull();
  });
});
