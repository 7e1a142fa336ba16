import { describe, expect, test } from '@jest/globals';
import { compileWorkflow, lintWorkflow, parseWorkflow } from './index.js';

const HEAD = "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\n";

function parsed(yaml: string) {
  const { document, findings, locate } = parseWorkflow(HEAD + yaml);
  if (document === undefined) throw new Error(JSON.stringify(findings, null, 1));
  return { document, locate };
}

function lint(yaml: string) {
  const { document, locate } = parsed(yaml);
  return lintWorkflow(document, { locate });
}

describe('extensions', () => {
  const uses = (extension: string, more = '') => `use: { extensions: [ { e: ${extension} } ]${more} }\n`;

  test('are checked whether or not a task has them, at their place, and once', () => {
    const found = lint(
      `${uses("{ extend: emit, when: '.[', before: [ { a: { set: '${ $no }' } } ] }")}do: []`,
    );
    expect(found.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['expression-syntax', '/use/extensions/0/e/when'],
      ['unknown-variable', '/use/extensions/0/e/before/0/a/set'],
    ]);
  });

  test('that call a function are told of the function where it is written', () => {
    const yaml = `${uses('{ extend: set, before: [ { a: { call: f } } ] }', ', functions: { f: { call: g } }')}do: []`;
    expect(lint(yaml)).toMatchObject([
      { code: 'unknown-function', pointer: '/use/functions/f/call', line: 2 },
    ]);
  });

  test('are around the tasks of their kind, and of functions', () => {
    const { document } = parsed(
      `${uses('{ extend: composite, after: [ { z: { wait: PT1S } } ] }', ', functions: { f: { do: [] } }')}` +
        'do:\n- a: { do: [ { b: { set: { x: 1 } } } ] }\n- c: { fork: { branches: [] } }\n- d: { call: f }\n' +
        '- e: { for: { in: . }, do: [] }',
    );
    const { tasks } = compileWorkflow(document);
    const extended = [...tasks.values()].flatMap((task) => (task.type === 'extension' ? [task.of] : []));
    expect(extended.map(({ pointer }) => pointer)).toEqual(['/do/0/a', '/do/1/c', '/use/functions/f']);
  });
});

describe('secrets', () => {
  const uses = (names: string, more = '') => `use: { secrets: [ ${names} ]${more} }\n`;

  test('that the workspace does not have are a warning, where it is known what it has', () => {
    const { document, locate } = parsed(`${uses('a, b')}do: []`);
    expect(lintWorkflow(document, { locate })).toEqual([]);
    expect(lintWorkflow(document, { locate, secrets: new Set(['b']) })).toMatchObject([
      { code: 'missing-secret', severity: 'warning', pointer: '/use/secrets/0', line: 2 },
    ]);
  });

  test('have the parts that expressions read of them, in every spelling of jq', () => {
    const { document } = parsed(`${uses('a, b-c, d, e')}do:
- one: { set: { x: '\${ $secrets.a.user }', y: '\${ $secrets["b-c"].key + $secrets["b-c"]["other"] }' } }
- two: { if: '$secrets.d | length > 0', set: { z: '\${ $secrets.a["pass"] }' } }`);
    expect(compileWorkflow(document).secrets).toEqual([
      { name: 'a', fields: ['pass', 'user'] },
      { name: 'b-c', fields: ['key', 'other'] },
      { name: 'd', fields: [] },
      { name: 'e', fields: [] },
    ]);
  });
});

describe('a workflow listens', () => {
  const LISTEN = '{ hear: { listen: { to: { any: [] } } } }';

  test.each([
    ['in its list', `do: [ ${LISTEN} ]`],
    ['inside another task', `do: [ { f: { fork: { branches: [ { d: { do: [ ${LISTEN} ] } } ] } } } ]`],
    ['in a function', `use: { functions: { f: ${LISTEN.slice(7, -1)} } }\ndo: [ { a: { call: f } } ]`],
    [
      'in an extension',
      `use: { extensions: [ { e: { extend: set, before: [ ${LISTEN} ] } } ] }\ndo: [ { a: { set: { x: 1 } } } ]`,
    ],
  ])('%s', (_, yaml) => expect(compileWorkflow(parsed(yaml).document).listens).toBe(true));

  test('not when it only emits', () => {
    const yaml = 'do: [ { tell: { emit: { event: { with: { source: https://s/, type: t } } } } } ]';
    expect(compileWorkflow(parsed(yaml).document).listens).toBe(false);
  });
});
