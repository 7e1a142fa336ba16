import { describe, expect, test } from '@jest/globals';
import { DOCUMENT_LIMITS, parseWorkflow } from './index.js';

const HEAD = "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\n";

function findingsOf(yaml: string) {
  const { document, findings } = parseWorkflow(
    yaml.startsWith('document') || yaml.startsWith('{') ? yaml : HEAD + yaml,
  );
  expect(document === undefined).toBe(findings.length > 0);
  return findings.map(({ message, line, column, pointer }) => ({
    message,
    at: `${line}:${column}`,
    pointer,
  }));
}

describe('text that is no YAML', () => {
  test.each([
    ['do: [', '2:6'],
    ['do:\n  - a: 1\n - b', '4:1'],
    ['do: []\ndo: []', '3:1'],
    ['a: "unclosed', '2:13'],
  ])('%j is refused with the place', (yaml, at) => {
    expect(findingsOf(yaml)[0]).toMatchObject({ at });
  });

  test('two documents in one text are refused', () => {
    expect(findingsOf(`${HEAD}do: []\n---\n${HEAD}do: []`)[0]?.message).toContain('multiple documents');
  });

  test('a text over the limit is refused without being read', () => {
    const { findings } = parseWorkflow('x'.repeat(DOCUMENT_LIMITS.bytes + 1));
    expect(findings).toEqual([
      expect.objectContaining({ code: 'syntax', message: expect.stringContaining('larger than') }),
    ]);
  });

  test('aliases that multiply are refused', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i += 1)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(findingsOf(bomb.join('\n'))[0]?.message).toContain('alias');
  });

  test('nesting that would exhaust the stack is refused', () => {
    expect(findingsOf(`do: ${'['.repeat(50_000)}`)[0]?.message).toBeDefined();
  });

  test.each(['', 'null', '[]', '"text"', '7'])('%j is no workflow', (yaml) => {
    const { document, findings } = parseWorkflow(yaml);
    expect(document).toBeUndefined();
    expect(findings).toHaveLength(1);
  });
});

describe('a document that breaks the schema', () => {
  test('JSON is YAML', () => {
    const text = JSON.stringify({
      document: { dsl: '1.0.3', namespace: 'a', name: 'b', version: '1.0.0' },
      do: [{ a: { set: { x: 1 } } }],
    });
    expect(parseWorkflow(text).document?.do).toEqual([{ a: { set: { x: 1 } } }]);
  });

  test.each([
    [
      'document: { dsl: 1.0.3, namespace: a b, name: x, version: 1 }\ndo: []',
      [
        {
          message: expect.stringContaining('"namespace" must be letters, digits and dashes'),
          at: '1:25',
          pointer: '/document/namespace',
        },
        { message: '"version" must be of type string', at: '1:50', pointer: '/document/version' },
      ],
    ],
    ['do: {}', [{ message: '"do" must be of type array', at: '2:1', pointer: '/do' }]],
    ['', [{ message: '"do" is missing', at: '1:1', pointer: '' }]],
    [
      'do: []\nextra: { a: 1 }\nuse: { things: {} }',
      [{ message: 'Unknown property "things"', at: '4:8', pointer: '/use/things' }],
    ],
    [
      'do:\n  - a: { sett: { x: 1 } }',
      [{ message: expect.stringContaining('does not say what it does'), at: '3:5', pointer: '/do/0/a' }],
    ],
    [
      'do:\n  - a: { set: { x: 1 }, wait: PT1S }',
      [{ message: 'A task does one thing, this one says set and wait', at: '3:5', pointer: '/do/0/a' }],
    ],
    [
      'do:\n  - a: { set: {} }',
      [
        {
          message: expect.stringContaining('must NOT have fewer than 1 properties'),
          at: '3:10',
          pointer: '/do/0/a/set',
        },
      ],
    ],
    [
      'do:\n  - a: { set: [1] }',
      [{ message: '"set" must be of type object or of type string', at: '3:10', pointer: '/do/0/a/set' }],
    ],
    [
      'do:\n  - a: { call: http, with: { method: get } }',
      [{ message: '"endpoint" is missing', at: '3:22', pointer: '/do/0/a/with' }],
    ],
    [
      "do:\n  - a: { call: http, with: { method: get, endpoint: 'x y', output: all } }",
      [
        {
          message: '"output" must be one of raw, content, response',
          at: '3:60',
          pointer: '/do/0/a/with/output',
        },
        {
          message: expect.stringMatching(/^"endpoint" must be an expression \$\{ \.\.\. \} or/),
          at: '3:43',
          pointer: '/do/0/a/with/endpoint',
        },
      ],
    ],
    [
      'do:\n  - a: { wait: { secnds: 1 } }',
      [{ message: 'Unknown property "secnds"', at: '3:18', pointer: '/do/0/a/wait/secnds' }],
    ],
    [
      'do:\n  - a: { wait: soon }',
      [
        {
          message: '"wait" must be an expression ${ ... } or a duration such as PT15M or { minutes: 15 }',
          at: '3:10',
          pointer: '/do/0/a/wait',
        },
      ],
    ],
    [
      'do:\n  - a: { set: { x: 1 }, timeout: { after: { hour: 1 } } }',
      [{ message: 'Unknown property "hour"', at: '3:45', pointer: '/do/0/a/timeout/after/hour' }],
    ],
    [
      'do:\n  - a: 7',
      [{ message: expect.stringContaining('does not say what it does'), at: '3:5', pointer: '/do/0/a' }],
    ],
    [
      'do:\n  - 7',
      [{ message: 'An item of a task list must be a task with a name', at: '3:5', pointer: '/do/0' }],
    ],
    [
      'do:\n  - a: { try: [ { b: { wait: {} } } ] }',
      [
        { message: '"catch" is missing', at: '3:5', pointer: '/do/0/a' },
        { message: expect.stringContaining('fewer than 1'), at: '3:24', pointer: '/do/0/a/try/0/b/wait' },
      ],
    ],
    [
      'do:\n  - a:\n      do:\n        - b:\n            for: { each: x, in: .x }\n            do:\n     ' +
        '         - c: { raise: { error: { status: 500 } } }',
      [{ message: '"type" is missing', at: '8:31', pointer: '/do/0/a/do/0/b/do/0/c/raise/error' }],
    ],
    [
      'do:\n  - a: { fork: { branches: [ { x: { set: 1 } } ] } }',
      [
        {
          message: '"set" must be of type object or of type string',
          at: '3:37',
          pointer: '/do/0/a/fork/branches/0/x/set',
        },
      ],
    ],
    [
      'do:\n  - a: { switch: [ { c: { when: .x } } ] }',
      [{ message: '"then" is missing', at: '3:22', pointer: '/do/0/a/switch/0/c' }],
    ],
    [
      'use: { functions: { f: { sett: {} } } }\ndo: []',
      [
        {
          message: expect.stringContaining('does not say what it does'),
          at: '2:21',
          pointer: '/use/functions/f',
        },
      ],
    ],
  ])('%j', (yaml, expected) => {
    expect(findingsOf(yaml)).toEqual(expected);
  });

  test('shows at most fifty findings', () => {
    const yaml = `do:\n${Array.from({ length: 80 }, (_, i) => `  - t${i}: {}`).join('\n')}`;
    expect(findingsOf(yaml)).toHaveLength(50);
  });

  test('shows at most fifty errors of YAML, too', () => {
    expect(findingsOf(`do:\n${'  - { a: ] }\n'.repeat(500)}`)).toHaveLength(50);
  });

  test('a dot in the name of a URI variable is allowed', () => {
    expect(
      findingsOf("do:\n  - a: { call: http, with: { method: get, endpoint: 'http://x/{a.b}' } }"),
    ).toEqual([]);
  });
});
