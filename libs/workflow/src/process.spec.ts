import { describe, expect, test } from '@jest/globals';
import { compileWorkflow, lintWorkflow, parseWorkflow, type ProcessTask } from './index.js';

const HEAD = "document: { dsl: '1.0.3', namespace: n, name: w, version: 1.0.0 }\ndo:\n- p:\n    run: ";
const isError = ({ severity }: { severity: string }) => severity === 'error';
const NO_VARIABLES = { variable: () => null };

function compiled(run: object, more = ''): ProcessTask {
  const { document, findings } = parseWorkflow(`${HEAD}${JSON.stringify(run)}\n${more}`);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return compileWorkflow(document).tasks.get('/do/0/p') as ProcessTask;
}

const call = (run: object, input: unknown = {}) =>
  compiled(run).process.call.evaluate(input, NO_VARIABLES) as Record<string, unknown>;

function findings(run: object, more = '') {
  const { document, findings: wrong, locate } = parseWorkflow(`${HEAD}${JSON.stringify(run)}\n${more}`);
  return document === undefined ? wrong : lintWorkflow(document, { locate });
}

describe('run: script', () => {
  test('has its arguments, environment and input evaluated, and its code as it is written', () => {
    const script = {
      language: 'JS',
      code: '${ .not.jq }; `${1 + 1}`',
      arguments: ['a', '${ .list }', '${ .n }'],
      environment: { A: '${ .n }', B: 'b', C: '${ .gone }' },
      stdin: '${ . }',
    };
    const input = { n: 7, list: [1, 2] };
    expect(() => call({ script })).toThrow(/This is no JavaScript/);
    expect(call({ script: { ...script, code: '`${1 + 1}`' } }, input)).toEqual({
      language: 'javascript',
      code: '`${1 + 1}`',
      arguments: ['a', '[1,2]', '7'],
      environment: { A: '7', B: 'b' },
      stdin: JSON.stringify(input),
      return: 'stdout',
    });
  });

  test('can come from elsewhere', () => {
    const endpoint = {
      uri: 'http://scripts/{name}.js',
      authentication: { bearer: { token: '${ .token }' } },
    };
    const run = { script: { language: 'javascript', source: { endpoint } }, return: 'all' };
    expect(call(run, { name: 'x', token: 't' })).toEqual({
      language: 'javascript',
      source: { uri: 'http://scripts/x.js', authorization: 'Bearer t' },
      arguments: [],
      environment: {},
      return: 'all',
    });
  });

  test('reads, unless the workflow says otherwise; commands and containers write', () => {
    const script = { script: { language: 'javascript', code: '1' } };
    const hint = "    metadata: { tutti: { effect: 'idempotent-write' } }";
    expect(compiled(script)).toMatchObject({ target: { kind: 'script' }, process: { effect: 'read' } });
    expect(compiled(script, hint).process.effect).toBe('idempotent-write');
    expect(compiled({ shell: { command: 'x' } }).process.effect).toBe('write');
    expect(compiled({ container: { image: 'x' } }).process.effect).toBe('write');
    expect(compiled({ shell: { command: 'x' } }, hint).process.effect).toBe('idempotent-write');
  });

  test.each([
    ['const a = ;', 'Unexpected token, in line 1, column 11'],
    ["import x from 'y'\nlet a; let a", "Identifier 'a' has already been declared, in line 2, column 12"],
    ['return 1', "'return' outside of function, in line 1, column 1"],
    ['await 1; }', 'Unexpected token, in line 1, column 10'],
    ['function f( {', 'Unexpected token, in line 1, column 14'],
  ])('finds that %.40s is no JavaScript', (code, message) => {
    expect(findings({ script: { language: 'javascript', code } })).toContainEqual(
      expect.objectContaining({
        code: 'script-syntax',
        pointer: '/do/0/p/run/script/code',
        message: `This is no JavaScript: ${message} of the script`,
        line: 4,
      }),
    );
  });

  test.each([
    'with ({}) {}',
    'await 1',
    "import fs from 'node:fs'; await 1",
    '#!/usr/bin/env node\n1',
    '',
    '('.repeat(200_000),
  ])('finds nothing in %.40s', (code) => {
    expect(findings({ script: { language: 'javascript', code } })).toEqual([]);
  });

  test.each([
    [{ script: { language: 'ruby', code: '1' } }, 'Scripts in "ruby" are not supported'],
    [{ script: { language: 'js', code: '1' }, await: false }, '"await: false" is not supported'],
  ])('refuses %j by name', (run, message) => {
    expect(findings(run)).toContainEqual(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining(message) }),
    );
  });
});

describe('the command of run: shell', () => {
  const shell = (command: string, input: unknown = {}) => {
    const { command: text, environment } = call({ shell: { command } }, input);
    return [text, environment];
  };

  test.each([
    ['echo $HOME ${HOME} ${1} ${A:-b} ${#} $$ $(date) \\${ x }'],
    ['echo ${input} "${x}"'],
    ['${CMD}'],
    ['cat <<EOF\n$(id)\nEOF'],
  ])('is left as it is: %s', (command) => {
    expect(shell(command)).toEqual([command, {}]);
  });

  test('gets variables in the place of expressions, whose values are never read as commands', () => {
    const value = { user: { name: '"; rm -rf / #' } };
    expect(shell('echo "Hello, ${ .user.name }"', value)).toEqual([
      'echo "Hello, ${TUTTI_EXPRESSION_1}"',
      { TUTTI_EXPRESSION_1: value.user.name },
    ]);
    expect(shell('a ${ .user | {name} } ${.user.name + "}\\"{"} b ${HOME}', value)).toEqual([
      'a ${TUTTI_EXPRESSION_1} ${TUTTI_EXPRESSION_2} b ${HOME}',
      { TUTTI_EXPRESSION_1: JSON.stringify(value.user), TUTTI_EXPRESSION_2: `${value.user.name}}"{` },
    ]);
    expect(shell('${ .a } && ${ .b }', { a: 'x', b: 2 })[1]).toEqual({
      TUTTI_EXPRESSION_1: 'x',
      TUTTI_EXPRESSION_2: '2',
    });
  });

  test('may be one expression', () => {
    expect(shell(' ${ .command } ', { command: 'ls' })).toEqual(['ls', {}]);
    expect(() => shell('${ .command }', {})).toThrow('The command must be a text');
  });

  test.each([["echo 'x ${ .a }'"], ["echo \"it's\" '${ .a }'"], ["# it's\necho '${ .a }'"]])(
    'is refused with an expression between single quotes: %s',
    (command) => {
      expect(findings({ shell: { command } })).toContainEqual(
        expect.objectContaining({ code: 'shell-expression', pointer: '/do/0/p/run/shell/command' }),
      );
    },
  );

  test.each([['echo "it\'s ${ .a }"'], ["# it's\necho ${ .a }"], ["echo it\\'s ${ .a }"]])(
    'is taken where quotes only look like it: %s',
    (command) => {
      expect(findings({ shell: { command } }).filter(isError)).toEqual([]);
    },
  );

  test('has its expressions checked', () => {
    const [finding] = findings({ shell: { command: 'echo ${ .a | }' } }).filter(isError);
    expect(finding).toMatchObject({ code: 'expression-syntax', pointer: '/do/0/p/run/shell/command' });
  });
});

test('run: container is evaluated as a whole', () => {
  const container = {
    image: '${ .image }',
    name: '${ "job-\\(.n)" }',
    command: 'echo "${ .n }" $1',
    arguments: ['x'],
    ports: { 8080: 80 },
    volumes: { './data': '/data' },
    environment: { A: 1 },
    stdin: '${ .n }',
    pullPolicy: 'always',
    lifetime: { cleanup: 'always' },
  };
  expect(call({ container, return: 'code' }, { image: 'alpine', n: 3 })).toEqual({
    image: 'alpine',
    name: 'job-3',
    command: 'echo "${TUTTI_EXPRESSION_1}" $1',
    arguments: ['x'],
    ports: { 8080: '80' },
    volumes: { './data': '/data' },
    environment: { A: '1', TUTTI_EXPRESSION_1: '3' },
    stdin: '3',
    pullPolicy: 'always',
    cleanup: 'always',
    return: 'code',
  });
  expect(call({ container: { image: 'alpine' } })).toEqual({
    image: 'alpine',
    ports: {},
    volumes: {},
    arguments: [],
    environment: {},
    pullPolicy: 'ifNotPresent',
    cleanup: 'never',
    return: 'stdout',
  });
});

test('a container that is removed eventually says when', () => {
  const lasting = (after?: unknown) => ({
    container: { image: 'x', lifetime: { cleanup: 'eventually', ...(after !== undefined && { after }) } },
  });
  expect(call(lasting('PT1M'))).toMatchObject({ cleanup: 'eventually', removeAfterMs: 60_000 });
  expect(call(lasting('${ .keep }'), { keep: 'PT1H' })).toMatchObject({ removeAfterMs: 3_600_000 });
  expect(findings(lasting())).toContainEqual(expect.objectContaining({ code: 'schema' }));
});
