import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FUNCTION_LIMITS } from '@tutti/workflow';
import { ApiHarness } from '../testing/api-harness.js';

const CATALOG = 'https://catalog.example';
const HEAD = (name: string) =>
  `document: { dsl: '1.0.3', namespace: pins, name: ${name}, version: 1.0.0 }\ntimeout: { after: PT1M }\n` +
  `use: { catalogs: { c: { endpoint: '${CATALOG}' } } }\n`;
const at = (name: string) => `${CATALOG}/functions/${name}/1.0.0/function.yaml`;
const yaml = { 'content-type': 'application/yaml' };

interface Applied {
  contentHash: string;
  change: string;
  errors: { code: string; detail: string; line: number; column: number; pointer: string }[];
}

describe('functions of catalogs', () => {
  let hub: ApiHarness;
  const texts = new Map<string, string>();
  const asked: string[] = [];

  beforeAll(async () => {
    hub = await ApiHarness.start({
      config: { functionCacheMs: 0 },
      functionSource: {
        read(address) {
          asked.push(address);
          const text = texts.get(address);
          return Promise.resolve(text === undefined ? { problem: `GET ${address} answered 404` } : { text });
        },
      },
    });
  });

  beforeEach(() => {
    texts.clear();
    asked.length = 0;
  });

  afterAll(() => hub.close());

  const apply = (name: string, body: string) =>
    hub.call<Applied>('PUT', '/v1/workflows', { raw: HEAD(name) + body, headers: yaml });
  const storedOf = async (name: string) => {
    const { body } = await hub.call<{ definition: { use: { functions: unknown } }; source: string }>(
      'GET',
      `/v1/workflows/pins/${name}`,
    );
    return body;
  };

  it('are in the version that is stored, with what they call; the text stays as it was written', async () => {
    texts.set(at('outer'), "do: [ { go: { call: 'inner:1.0.0@c' } } ]");
    texts.set(at('inner'), 'input: { schema: { document: { type: object } } }\nset: { inner: 1 }');
    const text = "do:\n- a: { call: 'outer:1.0.0@c' }\n- b: { call: 'outer:1.0.0@c' }";
    expect(await apply('whole', text)).toMatchObject({ status: 200, body: { change: 'created' } });
    expect(asked).toEqual([at('outer'), at('inner')]);
    const { definition, source } = await storedOf('whole');
    expect(definition.use.functions).toEqual({
      'outer:1.0.0@c': { do: [{ go: { call: 'inner:1.0.0@c' } }] },
      'inner:1.0.0@c': { input: { schema: { document: { type: 'object' } } }, set: { inner: 1 } },
    });
    expect(source).toBe(HEAD('whole') + text);
  });

  it('that changed make another version of the same text, and the old one keeps its own', async () => {
    const text = "do:\n- a: { call: 'f:1.0.0@c' }";
    texts.set(at('f'), 'set: { v: 1 }');
    const first = await apply('changing', text);
    expect((await apply('changing', text)).body.change).toBe('unchanged');
    texts.set(at('f'), 'set: { v: 2 }');
    const second = await apply('changing', text);
    expect(second.body.change).toBe('updated');
    const old = await hub.call<{ definition: { use: { functions: unknown } } }>(
      'GET',
      `/v1/workflows/pins/changing?version=${first.body.contentHash}`,
    );
    expect(old.body.definition.use.functions).toEqual({ 'f:1.0.0@c': { set: { v: 1 } } });
  });

  it.each([
    ['is not there', undefined, /answered 404/],
    ['is no function', 'nothing: here', /it is no function: The task does not say what it does/],
    ['is too large', `set: { x: '${'x'.repeat(FUNCTION_LIMITS.bytes)}' }`, /larger than/],
  ])('one that %s refuses the document where it is called, with the reason', async (_, text, reason) => {
    if (text !== undefined) texts.set(at('f'), text);
    const { status, body } = await apply('refused', "do:\n- a: { call: 'f:1.0.0@c' }");
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([
      { code: 'function-unavailable', detail: expect.stringMatching(reason), line: 5, column: 8 },
    ]);
    expect((await hub.call('GET', '/v1/workflows/pins/refused')).status).toBe(404);
  });

  it('what is wrong inside of one is told at its call', async () => {
    texts.set(at('f'), "do: [ { a: { set: { x: '${ .[ }' } } } ]");
    const { status, body } = await apply('inside', "do:\n- a: { wait: PT1S }\n- b: { call: 'f:1.0.0@c' }");
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([
      { code: 'expression-syntax', pointer: '/use/functions/f:1.0.0@c/do/0/a/set/x', line: 6, column: 8 },
    ]);
  });

  it('that call themselves, or others without end, are refused', async () => {
    texts.set(at('f'), "call: 'g:1.0.0@c'");
    texts.set(at('g'), "call: 'f:1.0.0@c'");
    const circle = await apply('circle', "do:\n- a: { call: 'f:1.0.0@c' }");
    expect(circle.body.errors[0]?.detail).toContain('calls itself (f:1.0.0@c > g:1.0.0@c > f:1.0.0@c)');
    for (let i = 0; i < 20; i += 1) texts.set(at(`n${i}`), `call: 'n${i + 1}:1.0.0@c'`);
    const deep = await apply('deep', "do:\n- a: { call: 'n0:1.0.0@c' }");
    expect(deep.body.errors[0]).toMatchObject({ code: 'function-unavailable', line: 5 });
    expect(deep.body.errors[0]?.detail).toContain('more than 8 deep');
    const calls = Array.from({ length: 60 }, (_, i) => `- t${i}: { call: 'm${i}:1.0.0@c' }`);
    for (let i = 0; i < 60; i += 1) texts.set(at(`m${i}`), 'set: { x: 1 }');
    const many = await apply('many', `do:\n${calls.join('\n')}`);
    expect(many.body.errors).toHaveLength(10);
    expect(many.body.errors[0]?.detail).toContain('at most 50 functions');
  });

  it('of an extension are fetched too', async () => {
    texts.set(at('log'), 'set: { logged: 1 }');
    const head = HEAD('extended').replace(
      'use: {',
      "use: { extensions: [ { e: { extend: all, before: [ { l: { call: 'log:1.0.0@c' } } ] } } ],",
    );
    const body = 'do:\n- a: { set: { x: 1 } }';
    expect((await hub.call('PUT', '/v1/workflows', { raw: head + body, headers: yaml })).status).toBe(200);
    expect(asked).toEqual([at('log')]);
  });
});

describe('functions of a slow catalog', () => {
  let hub: ApiHarness;
  const asked: string[] = [];

  beforeAll(async () => {
    hub = await ApiHarness.start({
      config: { functionsFetchMs: 50 },
      functionSource: {
        read(address, { signal }) {
          asked.push(address);
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve({ problem: 'aborted' }));
          });
        },
      },
    });
  });

  afterAll(() => hub.close());

  it('are asked for four at once, and all refused with the reason when the time of all is over', async () => {
    const calls = Array.from({ length: 9 }, (_, i) => `- t${i}: { call: 's${i}:1.0.0@c' }`);
    const raw = `${HEAD('slow')}do:\n${calls.join('\n')}`;
    const { status, body } = await hub.call<Applied>('PUT', '/v1/workflows', { raw, headers: yaml });
    expect(status).toBe(422);
    expect(asked).toEqual([at('s0'), at('s1'), at('s2'), at('s3')]);
    expect(body.errors).toHaveLength(9);
    for (const { code, detail } of body.errors) {
      expect(code).toBe('function-unavailable');
      expect(detail).toContain('were not all fetched within 50 ms');
    }
  });
});
