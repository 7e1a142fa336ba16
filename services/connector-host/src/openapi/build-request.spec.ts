import type { HttpCall, OpenApiCall } from '@tutti/contracts';
import { buildRequest, OpenApiError } from '@tutti/plugin-sdk/openapi';
import { readDocument } from './openapi-document.js';

const ADDRESS = new URL('https://docs.test/specs/api.json');

type Definition = Record<string, unknown>;

/** A 3.1 document with one operation, `op`. */
function three(definition: Definition, more: Definition = {}, path = '/x', method = 'get'): string {
  const paths = { [path]: { [method]: { operationId: 'op', ...definition } } };
  return JSON.stringify({ openapi: '3.1.0', servers: [{ url: 'https://api.test/v1' }], paths, ...more });
}

/** A 2.0 document with one operation, `op`. */
function two(definition: Definition, more: Definition = {}, path = '/x', method = 'get'): string {
  const paths = { [path]: { [method]: { operationId: 'op', ...definition } } };
  return JSON.stringify({
    swagger: '2.0',
    host: 'api.test',
    basePath: '/v1',
    schemes: ['https'],
    paths,
    ...more,
  });
}

function build(
  text: string,
  parameters: Definition = {},
  more: Partial<OpenApiCall> = {},
): Promise<HttpCall> {
  const document = { uri: ADDRESS.href };
  const call: OpenApiCall = {
    document,
    operationId: 'op',
    parameters,
    output: 'content',
    redirect: false,
    ...more,
  };
  return buildRequest(readDocument(text, ADDRESS), call);
}

async function refusal(text: string, parameters: Definition = {}, more: Partial<OpenApiCall> = {}) {
  try {
    await build(text, parameters, more);
  } catch (error) {
    if (error instanceof OpenApiError) return { kind: error.kind, message: error.message };
    throw error;
  }
  throw new Error('Nothing was refused.');
}

const LIST = ['blue', 'black'];
const COLOR = { R: 100, G: 200 };

describe('parameters of OpenAPI 3, as its table of styles has them', () => {
  it.each([
    ['simple', false, 'blue', '/blue'],
    ['simple', false, LIST, '/blue,black'],
    ['simple', false, COLOR, '/R,100,G,200'],
    ['simple', true, COLOR, '/R=100,G=200'],
    ['label', false, 'blue', '/.blue'],
    ['label', true, LIST, '/.blue.black'],
    ['label', false, COLOR, '/.R,100,G,200'],
    ['label', true, COLOR, '/.R=100.G=200'],
    ['matrix', false, 'blue', '/;color=blue'],
    ['matrix', false, LIST, '/;color=blue,black'],
    ['matrix', true, LIST, '/;color=blue;color=black'],
    ['matrix', false, COLOR, '/;color=R,100,G,200'],
    ['matrix', true, COLOR, '/;R=100;G=200'],
    ['simple', false, 'a/b?c', '/a%2Fb%3Fc'],
  ])('path, %s, explode %s: %j', async (style, explode, value, expected) => {
    const text = three(
      { parameters: [{ name: 'color', in: 'path', required: true, style, explode }] },
      {},
      '/{color}',
    );
    expect((await build(text, { color: value })).uri).toBe(`https://api.test/v1${expected}`);
  });

  it.each([
    [{}, 'blue', '?color=blue'],
    [{}, LIST, '?color=blue&color=black'],
    [{ explode: false }, LIST, '?color=blue,black'],
    [{}, COLOR, '?R=100&G=200'],
    [{ explode: false }, COLOR, '?color=R,100,G,200'],
    [{ style: 'spaceDelimited', explode: false }, LIST, '?color=blue%20black'],
    [{ style: 'pipeDelimited', explode: false }, LIST, '?color=blue%7Cblack'],
    [{ style: 'deepObject', explode: true }, COLOR, '?color[R]=100&color[G]=200'],
    [{ style: 'deepObject' }, { a: { b: [1, 2] } }, '?color[a][b]=1&color[a][b]=2'],
    [{ content: { 'application/json': {} } }, COLOR, '?color=%7B%22R%22%3A100%2C%22G%22%3A200%7D'],
    [{}, 'a&b=c#', '?color=a%26b%3Dc%23'],
    [{ allowReserved: true }, 'a/b?c&d', '?color=a/b?c%26d'],
    [{}, false, '?color=false'],
    [{}, '', '?color='],
    [{}, [], ''],
    [{}, null, ''],
  ])('query, %j: %j', async (written, value, expected) => {
    const text = three({ parameters: [{ name: 'color', in: 'query', ...written }] });
    expect((await build(text, { color: value })).uri).toBe(`https://api.test/v1/x${expected}`);
  });

  it('writes headers and cookies', async () => {
    const text = three({
      parameters: [
        { name: 'X-List', in: 'header' },
        { name: 'X-Object', in: 'header', explode: true },
        { name: 'session', in: 'cookie' },
        { name: 'other', in: 'cookie' },
      ],
    });
    const { headers } = await build(text, { 'X-List': LIST, 'X-Object': COLOR, session: 'a b', other: 1 });
    expect(headers).toMatchObject({
      'x-list': 'blue,black',
      'x-object': 'R=100,G=200',
      cookie: 'session=a%20b; other=1',
    });
  });

  it('takes those of the path, which the operation replaces, and follows references', async () => {
    const text = JSON.stringify({
      openapi: '3.0.3',
      servers: [{ url: 'https://api.test' }],
      components: {
        parameters: { 'a/b': { name: 'a', in: 'query' }, again: { $ref: '#/components/parameters/a~1b' } },
        pathItems: {
          p: {
            parameters: [
              { name: 'q', in: 'query', required: true },
              { $ref: '#/components/parameters/again' },
            ],
            get: { operationId: 'op', parameters: [{ name: 'q', in: 'query', required: false }] },
          },
        },
      },
      paths: { '/p': { $ref: '#/components/pathItems/p' }, 'x-note': 'no path' },
    });
    expect((await build(text, { a: 1 })).uri).toBe('https://api.test/p?a=1');
  });
});

describe('parameters of OpenAPI 2.0', () => {
  it.each([
    ['csv', '?color=blue,black'],
    ['ssv', '?color=blue%20black'],
    ['tsv', '?color=blue%09black'],
    ['pipes', '?color=blue%7Cblack'],
    ['multi', '?color=blue&color=black'],
    [undefined, '?color=blue,black'],
  ])('query list in the format %s', async (collectionFormat, expected) => {
    const text = two({ parameters: [{ name: 'color', in: 'query', type: 'array', collectionFormat }] });
    expect((await build(text, { color: LIST })).uri).toBe(`https://api.test/v1/x${expected}`);
  });

  it('sends a body by its parameter, and forms by their fields', async () => {
    const body = two({ parameters: [{ name: 'pet', in: 'body', required: true }] }, {}, '/x', 'post');
    expect(await build(body, { pet: { id: 1 } })).toMatchObject({
      method: 'POST',
      body: { id: 1 },
      headers: { 'content-type': 'application/json' },
    });
    const fields = [
      { name: 'a', in: 'formData', required: true },
      { name: 'b', in: 'formData', type: 'array' },
    ];
    const form = two({ parameters: fields }, {}, '/x', 'post');
    expect(await build(form, { a: 'x y', b: LIST })).toMatchObject({
      body: 'a=x+y&b=blue,black',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(await refusal(form, { b: LIST })).toMatchObject({ message: expect.stringContaining('needs "a"') });
  });
});

describe('the body of OpenAPI 3', () => {
  const post = (content: Definition, required = false) =>
    three({ requestBody: { required, content } }, {}, '/x', 'post');

  it('is given whole, or field by field', async () => {
    const text = post({ 'text/xml': {}, 'application/json': {} });
    expect(await build(text, { body: [1] })).toMatchObject({
      body: [1],
      headers: { 'content-type': 'application/json' },
    });
    expect((await build(text, { id: 1, name: 'Milou' })).body).toEqual({ id: 1, name: 'Milou' });
    expect('body' in (await build(text))).toBe(false);
  });

  it('is a form where the operation takes nothing else', async () => {
    const text = post({ 'application/x-www-form-urlencoded': {} });
    expect((await build(text, { a: 'x y', list: [1, 2], object: { b: 1 }, none: null })).body).toBe(
      'a=x+y&list=1&list=2&object=%7B%22b%22%3A1%7D',
    );
  });

  it('is a form of several parts', async () => {
    const { body, headers } = await build(post({ 'multipart/form-data': {} }), { a: 'x', object: { b: 1 } });
    const sent = new Response(body as Uint8Array<ArrayBuffer>, { headers: headers ?? {} });
    const form = await sent.formData();
    expect(form.get('a')).toBe('x');
    expect(await (form.get('object') as File).text()).toBe('{"b":1}');
  });

  it('is refused when it is missing, and when the operation takes none', async () => {
    expect(await refusal(post({ 'application/json': {} }, true))).toEqual({
      kind: 'validation',
      message: 'The operation "op" needs "body": give it under parameters.',
    });
    expect(await refusal(three({}), { body: 1 })).toEqual({
      kind: 'validation',
      message: 'The operation "op" has no parameter "body". It takes none.',
    });
    expect(await refusal(post({ 'application/json': {} }), { body: 1, other: 2 })).toMatchObject({
      kind: 'validation',
      message: expect.stringContaining('"other"'),
    });
  });
});

describe('the server', () => {
  const servers = (url: string, variables?: Definition) => three({}, { servers: [{ url, variables }] });

  it.each([
    ['an address', servers('http://a.test:81/base/'), 'http://a.test:81/base/x'],
    ['one relative to the document', servers('../v2'), 'https://docs.test/v2/x'],
    ['none', three({}, { servers: undefined }), 'https://docs.test/x'],
    [
      'one with variables',
      servers('https://{a}.test/{b}', { a: { default: 'z' }, b: { default: 1 } }),
      'https://z.test/1/x',
    ],
    ["the operation's own", three({ servers: [{ url: 'https://own.test' }] }), 'https://own.test/x'],
    ['host and basePath', two({}), 'https://api.test/v1/x'],
    ['https where there is a choice', two({}, { schemes: ['ws', 'http', 'https'] }), 'https://api.test/v1/x'],
    ['http where there is none', two({}, { schemes: ['http'] }), 'http://api.test/v1/x'],
    [
      "the document's, in 2.0",
      two({}, { host: undefined, basePath: undefined, schemes: undefined }),
      'https://docs.test/x',
    ],
  ])('is %s', async (_what, text, expected) => {
    expect((await build(text)).uri).toBe(expected);
  });
});

describe('headers of the request', () => {
  it('ask for JSON, or what the operation answers with, and carry the authorization', async () => {
    expect((await build(two({ produces: ['application/xml', 'application/json'] }))).headers).toEqual({
      accept: 'application/json, */*;q=0.8',
    });
    const csv = three({
      responses: { 200: { content: { 'text/csv': {} } }, 400: { content: { 'text/html': {} } } },
    });
    expect((await build(csv, {}, { authorization: 'Bearer t' })).headers).toEqual({
      accept: 'text/csv',
      authorization: 'Bearer t',
    });
  });

  it('carry the API key that the security of the document asks for, when it is given', async () => {
    const securitySchemes = { key: { type: 'apiKey', name: 'X-Key', in: 'header' }, o: { type: 'oauth2' } };
    const text = three({ security: [{ key: [], o: [] }] }, { components: { securitySchemes } });
    expect((await build(text, { 'X-Key': 'k' })).headers).toMatchObject({ 'x-key': 'k' });
    expect((await build(text)).headers).not.toHaveProperty('x-key');
  });
});

describe('what cannot be called', () => {
  const circle = { components: { parameters: { a: { $ref: '#/components/parameters/a' } } } };
  const reference = ($ref: string) => three({ parameters: [{ $ref }] }, circle);

  it.each([
    [
      'a missing parameter',
      three({ parameters: [{ name: 'q', in: 'query', required: true }] }),
      'validation',
      'needs "q"',
    ],
    [
      'an unknown style',
      three({ parameters: [{ name: 'q', in: 'query', style: 'odd' }] }),
      'configuration',
      '"odd"',
    ],
    [
      'a parameter without a place',
      three({ parameters: [{ name: 'q' }] }),
      'configuration',
      'no known place',
    ],
    ['a path with a gap', three({}, {}, '/{id}'), 'configuration', 'has {id}'],
    ['a circle', reference('#/components/parameters/a'), 'configuration', 'in a circle'],
    ['a reference to another file', reference('other.yaml#/a'), 'configuration', 'bundled'],
    ['a reference to a file of the machine', reference('file:///etc/passwd'), 'configuration', 'bundled'],
    ['a reference to nothing', reference('#/nowhere'), 'configuration', 'does not have'],
    [
      'a reference to what objects inherit',
      reference('#/__proto__/toString'),
      'configuration',
      'does not have',
    ],
    ['a server that is none', three({}, { servers: [{ url: 'http://' }] }), 'configuration', 'is no address'],
    ['a server variable', three({}, { servers: [{ url: 'http://{a}' }] }), 'configuration', 'no default'],
  ])('%s', async (_what, text, kind, message) => {
    expect(await refusal(text)).toEqual({ kind, message: expect.stringContaining(message) });
  });

  it('an unknown operation, with those that there are', async () => {
    expect(await refusal(three({}), {}, { operationId: 'other' })).toEqual({
      kind: 'configuration',
      message: 'The OpenAPI document has no operation "other". It has: op.',
    });
    const twice = { get: { operationId: 'op' }, put: { operationId: 'op' } };
    expect(await refusal(three({}, { paths: { '/a': twice } }))).toMatchObject({
      message: expect.stringContaining('2 operations with the id "op"'),
    });
  });

  it.each(['..', '.', '%2e%2e', ''])('a path parameter that would leave its place: %j', async (value) => {
    const text = three({ parameters: [{ name: 'id', in: 'path' }] }, {}, '/a/{id}/b');
    const outcome = build(text, { id: value }).then(({ uri }) => new URL(uri).pathname);
    // A percent sign is encoded, so that it means itself.
    if (value.startsWith('%')) expect(await outcome).toBe('/v1/a/%252e%252e/b');
    else await expect(outcome).rejects.toThrow(OpenApiError);
  });

  it('never reaches what objects inherit', async () => {
    const text = three({ parameters: [{ name: '__proto__', in: 'query' }] });
    const parameters = JSON.parse('{"__proto__":"x"}') as Definition;
    expect((await build(text, parameters)).uri).toBe('https://api.test/v1/x?__proto__=x');
    expect(await refusal(text, {}, { operationId: 'constructor' })).toMatchObject({ kind: 'configuration' });
    const body = three({ requestBody: { content: { 'application/json': {} } } }, {}, '/x', 'post');
    expect(JSON.stringify((await build(body, parameters)).body)).toBe('{"__proto__":"x"}');
    expect(({} as Definition).x).toBeUndefined();
  });
});

describe('reading a document', () => {
  it('takes YAML, with an unquoted version and anchors', async () => {
    const text = `
swagger: 2.0
host: api.test
paths:
  /a: { get: &get { operationId: op, parameters: [ { name: q, in: query } ] } }
`;
    expect((await build(text, { q: 1 })).uri).toBe('https://api.test/a?q=1');
  });

  it.each([
    ['<html><body>no</body></html>', 'no OpenAPI document'],
    ['{"openapi":"4.0.0","paths":{}}', 'no OpenAPI document'],
    ['{"openapi":"3.1.0"}', 'no "paths"'],
    ['a: [', 'neither JSON nor YAML'],
    ['[]', 'no OpenAPI document'],
    ['', 'no OpenAPI document'],
    [
      `a: &a [x,x]\n${'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n'.replaceAll('b', 'c')}${'d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]'}`,
      'neither JSON nor YAML',
    ],
    [`x: ${'a'.repeat(2_200_000)}`, 'are the limit'],
  ])('refuses what is none (%#)', (text, message) => {
    expect(() => readDocument(text, ADDRESS)).toThrow(OpenApiError);
    expect(() => readDocument(text, ADDRESS)).toThrow(message);
  });
});
