import { describe, expect, test } from '@jest/globals';
import {
  compileWorkflow,
  contentHash,
  functionReferences,
  lintWorkflow,
  parseFunction,
  parseWorkflow,
  withFunctions,
} from '../index.js';
import { rawAddress } from './function-address.js';

const HEAD =
  "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\ntimeout: { after: PT1M }\n";
const ADDRESS = 'https://x.example/f/function.yaml';

function parsed(yaml: string) {
  const { document, findings, locate } = parseWorkflow(HEAD + yaml);
  if (document === undefined) throw new Error(JSON.stringify(findings, null, 1));
  return { document, locate };
}

describe('the file of a function', () => {
  test.each([
    [
      'https://github.com/serverlessworkflow/catalog/tree/main/functions/log/1.0.0/function.yaml',
      'https://raw.githubusercontent.com/serverlessworkflow/catalog/refs/heads/main/functions/log/1.0.0/function.yaml',
    ],
    [
      'https://github.com/o/r/functions/log/1.0.0/function.yaml',
      'https://raw.githubusercontent.com/o/r/HEAD/functions/log/1.0.0/function.yaml',
    ],
    ['https://github.com/o/r/blob/v1.2/a.yaml', 'https://raw.githubusercontent.com/o/r/v1.2/a.yaml'],
    [
      'https://gitlab.com/g/s/r/-/tree/main/functions/f/1/function.yaml',
      'https://gitlab.com/g/s/r/-/raw/main/functions/f/1/function.yaml',
    ],
    [
      'https://gitlab.com/g/r/functions/f/1/function.yaml',
      'https://gitlab.com/g/r/-/raw/HEAD/functions/f/1/function.yaml',
    ],
    ['http://x.example/a/function.yaml?v=1', 'http://x.example/a/function.yaml?v=1'],
  ])('%s lies at %s', (address, raw) => {
    expect(rawAddress(address)).toBe(raw);
  });

  test.each([
    ['set: { x: 1 }', undefined],
    ['{ "set": { "x": 1 } }', undefined],
    ['do: [ { a: { nothing: 1 } } ]', /it is no function at \/do\/0\/a: The task does not say what it does/],
    ['call: http', /it is no function/],
    ['just text', /it is no function/],
    ['<html><body>Not found</body></html>', /it is no function/],
    ['a: [', /it is no function in line/],
    [`set: { x: ${'x'.repeat(140_000)} }`, /larger than 131072 bytes/],
  ])('is a task: %s', (text, problem) => {
    const found = parseFunction(text);
    if (problem === undefined) expect(found).toEqual({ definition: { set: { x: 1 } } });
    else expect(found).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('functions that lie elsewhere', () => {
  const yaml = `
use:
  catalogs: { c: { endpoint: { uri: 'https://c.example/catalog/' } } }
  functions: { own: { call: 'b:2.0.0@c' }, 'z:1.0.0@c': { set: { z: 1 } } }
do:
- a: { do: [ { one: { call: 'a:1.0.0@c' } }, { two: { call: 'a:1.0.0@c' } }, { z: { call: 'z:1.0.0@c' } } ] }
- c: { call: '${ADDRESS}' }
- d: { call: own }`;

  test('are named once each, with their address and first task; what the document has is not', () => {
    expect(functionReferences(parsed(yaml).document)).toEqual([
      {
        call: 'a:1.0.0@c',
        address: 'https://c.example/catalog/functions/a/1.0.0/function.yaml',
        pointer: '/do/0/a/do/0/one',
      },
      { call: ADDRESS, address: ADDRESS, pointer: '/do/1/c' },
      {
        call: 'b:2.0.0@c',
        address: 'https://c.example/catalog/functions/b/2.0.0/function.yaml',
        pointer: '/use/functions/own',
      },
    ]);
  });

  test('are no finding before they are fetched, and a document does not run without them', () => {
    const { document, locate } = parsed(`do:\n- a: { call: '${ADDRESS}' }`);
    expect(lintWorkflow(document, { locate })).toEqual([]);
    expect(() => compileWorkflow(document)).toThrow('was not fetched');
    const whole = withFunctions(document, new Map([[ADDRESS, { set: { x: 1 } }]]));
    expect(compileWorkflow(whole).tasks.get('/do/0/a')?.type).toBe('function');
    expect(contentHash(whole)).not.toBe(contentHash(document));
  });

  test('that call one another in a circle are refused by name', () => {
    const { document } = parsed(`do:\n- a: { call: '${ADDRESS}' }`);
    const whole = withFunctions(document, new Map([[ADDRESS, { do: [{ again: { call: ADDRESS } }] }]]));
    expect(lintWorkflow(whole)).toMatchObject([
      { code: 'unsupported', message: `The function "${ADDRESS}" calls itself (${ADDRESS} > ${ADDRESS})` },
    ]);
  });

  test('of a catalog that is not there, or that cannot be read, are a finding', () => {
    const uses = "use: { catalogs: { f: { endpoint: 'file:///x' } } }\n";
    const { document } = parsed(`${uses}do:\n- a: { call: 'a:1.0.0@c' }\n- b: { call: 'a:1.0.0@f' }`);
    expect(lintWorkflow(document).map(({ code, pointer }) => [code, pointer])).toEqual([
      ['unknown-catalog', '/do/0/a/call'],
      ['unsupported', '/do/1/b'],
    ]);
  });

  test('a catalog called default takes the place of the hub, as the specification has it', () => {
    const { document } = parsed(
      "use: { catalogs: { default: { endpoint: 'https://d.example' } } }\ndo:\n- a: { call: 'f:1@default' }",
    );
    expect(functionReferences(document)).toMatchObject([
      { address: 'https://d.example/functions/f/1/function.yaml' },
    ]);
    expect(
      compileWorkflow(withFunctions(document, new Map([['f:1@default', { wait: 'PT1S' }]]))).capabilities,
    ).toEqual([]);
  });
});
