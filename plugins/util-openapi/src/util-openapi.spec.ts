import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundCapability } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import { VENDOR_FAILURES, VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import { z } from 'zod';
import plugin from './index.js';

const SECRET = 'canary-openapi';
const PETS = `
openapi: 3.0.3
info: { title: Pets, version: '1' }
servers: [{ url: https://elsewhere.test }]
security: [{ key: [] }]
paths:
  /pets:
    get:
      operationId: listPets
      tags: [pets]
      summary: List pets.
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 0, exclusiveMinimum: true, nullable: true } }
        - { name: tags, in: query, explode: false, schema: { type: array, items: { type: string } } }
      responses:
        '200': { description: ok, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Pet' } } } } }
    post:
      operationId: addPet
      tags: [pets]
      parameters: [{ name: Idempotency-Key, in: header, required: true, schema: { type: string } }]
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
      responses: { '201': { description: ok } }
  /pets/{pet_id}:
    parameters: [{ name: pet_id, in: path, required: true, schema: { type: string } }]
    delete: { tags: [admin], responses: { '204': { description: gone } } }
    patch:
      operationId: patch/pet
      tags: [admin]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object } } } }
      responses: { '200': { description: ok, content: { text/plain: {} } } }
    get: { operationId: broken, parameters: [{ $ref: '#/components/parameters/none' }], responses: {} }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Key } }
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: string, readOnly: true }
        name: { type: string, nullable: true, enum: [a, b] }
        mother: { $ref: '#/components/schemas/Pet' }
`;

let server: VendorServer;
beforeAll(async () => {
  server = await VendorServer.start(({ url, method }) => {
    if (url.pathname === '/openapi.yaml')
      return { headers: { 'content-type': 'application/yaml' }, body: PETS };
    return method === 'GET' ? { body: [{ id: '1', name: 'a' }] } : { body: { done: true } };
  });
});
afterAll(() => server.stop());
beforeEach(() => server.reset());

const benchOf = (more: object = {}): PluginBench =>
  pluginBench(plugin, {
    baseUrl: `${server.origin}/v1/`,
    document: `${server.origin}/openapi.yaml`,
    authentication: 'api-key',
    apiKey: SECRET,
    apiKeyName: 'X-Key',
    ...more,
  });
const found = async (bench: PluginBench) =>
  Object.fromEntries((await bench.find()).map((one) => [one.name, one])) as Record<string, FoundCapability>;

it('is a plugin', () => {
  expect(verifyPlugin(plugin)).toEqual([]);
});

it('makes capabilities of operations, with effects by their methods', async () => {
  const all = await found(benchOf());
  expect(Object.values(all).map(({ name, effect }) => [name, effect])).toEqual([
    ['listPets', 'read'],
    ['addPet', 'idempotent-write'],
    ['delete /pets/{pet_id}', 'idempotent-write'],
    ['patch/pet', 'write'],
  ]);
  expect(all['listPets']).toMatchObject({ title: 'List pets.' });
  expect(all['listPets']?.input).toEqual({
    type: 'object',
    properties: {
      limit: { type: ['integer', 'null'], exclusiveMinimum: 0 },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: [],
    additionalProperties: false,
  });
});

it('writes schemas that refer to nothing, for requests and for replies', async () => {
  const { addPet, listPets } = await found(benchOf());
  const name = { type: ['string', 'null'], enum: ['a', 'b', null] };
  expect(addPet?.input).toMatchObject({
    properties: { body: { required: ['name'], properties: { name, mother: {} } } },
    required: ['body'],
  });
  expect(addPet).not.toHaveProperty('output');
  expect(listPets?.output).toMatchObject({ type: 'array', items: { required: ['id', 'name'] } });
  expect((await found(benchOf({ checkReplies: false })))['listPets']).not.toHaveProperty('output');
});

it('finds those that are wanted', async () => {
  const names = async (more: object) => Object.keys(await found(benchOf(more)));
  expect(await names({ tags: ['pets'] })).toEqual(['listPets', 'addPet']);
  expect(await names({ operations: ['addPet', 'DELETE /pets/{pet_id}'] })).toEqual([
    'addPet',
    'delete /pets/{pet_id}',
  ]);
});

it('calls an operation at the base address, as the document has it', async () => {
  const bench = benchOf();
  const all = await found(bench);
  server.reset();
  expect(await bench.callFound(all['listPets']!, { limit: 2, tags: ['x', 'y z'] })).toEqual([
    { id: '1', name: 'a' },
  ]);
  await bench.callFound(all['addPet']!, { body: { name: 'a' } }, { idempotencyKey: 'key-1' });
  await bench.callFound(all['delete /pets/{pet_id}']!, { pet_id: 'a/b' });
  await bench.callFound(all['patch/pet']!, { pet_id: '1', body: { name: 'c d' } });
  expect(server.seen.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
    'GET /v1/pets?limit=2&tags=x,y%20z',
    'POST /v1/pets',
    'DELETE /v1/pets/a%2Fb',
    'PATCH /v1/pets/1',
  ]);
  expect(server.seen[1]).toMatchObject({
    body: { name: 'a' },
    headers: { 'idempotency-key': 'key-1', 'x-key': SECRET },
  });
  expect(server.seen[3]).toMatchObject({ body: 'name=c+d' });
  await expect(bench.callFound(all['patch/pet']!, { pet_id: '..' })).rejects.toMatchObject({ status: 400 });
});

it('goes on calling what was approved when the document is gone', async () => {
  const { listPets } = await found(benchOf());
  const bench = benchOf({ document: 'http://127.0.0.1:9/openapi.yaml' });
  expect(await bench.callFound(listPets!, {})).toHaveLength(1);
});

it.each([
  [{ authentication: 'bearer', token: SECRET }, { authorization: `Bearer ${SECRET}` }, ''],
  [
    { authentication: 'basic', user: 'ada', password: SECRET },
    { authorization: `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}` },
    '',
  ],
  [{ apiKeyIn: 'query', apiKeyName: 'key' }, {}, `?key=${SECRET}`],
  [{ apiKeyIn: 'cookie', apiKeyName: 'key' }, { cookie: `key=${SECRET}` }, ''],
])('signs in with %j', async (more, headers, search) => {
  const bench = benchOf(more);
  const { listPets } = await found(bench);
  await bench.callFound(listPets!, {});
  expect(server.seen.at(-1)).toMatchObject({ headers, url: { search } });
});

it('signs in by OAuth 2.0 through the hub', async () => {
  const settings = {
    authentication: 'oauth2',
    tokenUrl: `${server.origin}/token`,
    clientId: 'c',
    clientSecret: SECRET,
  };
  const bench = pluginBench(
    plugin,
    { baseUrl: server.origin, text: PETS, ...settings },
    { accessToken: 'granted' },
  );
  const { listPets } = await found(bench);
  await bench.callFound(listPets!, {});
  expect(server.seen.at(-1)?.headers).toMatchObject({ authorization: 'Bearer granted' });
});

it.each(['<html>no</html>', '{"openapi": "4.0.0"}', 'a: ['])('says what is wrong with %j', async (text) => {
  const bench = benchOf({ document: undefined, text });
  await expect(bench.find()).rejects.toMatchObject({ status: 422, fate: 'permanent' });
  await expect(bench.health()).rejects.toMatchObject({
    message: expect.stringContaining('OpenAPI document'),
  });
});

it('needs one document', () => {
  const baseUrl = 'https://api.test';
  for (const wrong of [{}, { document: 'https://api.test/x', text: PETS }])
    expect(plugin.settings.safeParse({ baseUrl, ...wrong }).success).toBe(false);
});

it('takes documents of 2.0', async () => {
  const text = JSON.stringify({
    swagger: '2.0',
    paths: {
      '/things': {
        post: {
          operationId: 'add',
          parameters: [{ name: 'thing', in: 'body', required: true, schema: { type: 'object' } }],
          responses: { 200: { schema: { type: 'object' } } },
        },
        put: {
          operationId: 'fill',
          consumes: ['application/x-www-form-urlencoded'],
          parameters: [{ name: 'a', in: 'formData', required: true, type: 'integer', maximum: 5 }],
          responses: {},
        },
      },
    },
  });
  const bench = benchOf({ document: undefined, text });
  const { add, fill } = await found(bench);
  expect(add).toMatchObject({ input: { required: ['thing'] }, output: { type: 'object' } });
  expect(fill?.input).toMatchObject({ properties: { a: { type: 'integer', maximum: 5 } }, required: ['a'] });
  await bench.callFound(add!, { thing: { n: 1 } });
  await bench.callFound(fill!, { a: 3 });
  expect(server.seen.map(({ body }) => body)).toEqual([{ n: 1 }, 'a=3']);
});

it("makes capabilities of all that the hub's own API does", async () => {
  const file = join(import.meta.dirname, '../../../services/api/openapi.json');
  const text = readFileSync(file, 'utf8');
  const all = await found(benchOf({ document: undefined, text }));
  const { paths } = JSON.parse(text) as { paths: Record<string, object> };
  const operations = Object.values(paths).flatMap((path) => Object.keys(path));
  expect(Object.keys(all)).toHaveLength(operations.length);
  for (const { input, output = {} } of Object.values(all)) {
    expect(JSON.stringify([input, output])).not.toContain('"$ref"');
    z.fromJSONSchema(input as never);
  }
});

describe('an operation whose server fails', () => {
  const behaviours = VENDOR_FAILURES.filter(({ name }) => !name.includes('of another form'));
  it.each(behaviours)('$name', async ({ holds }) => {
    const bench = benchOf();
    const { listPets } = await found(bench);
    server.reset();
    const call: PluginBench['call'] = (_name, input, ports) => bench.callFound(listPets!, input, ports);
    const read = { capability: 'listPets', input: {} };
    await holds({ server, secret: SECRET, read, bench: { ...bench, call } });
  });
});
