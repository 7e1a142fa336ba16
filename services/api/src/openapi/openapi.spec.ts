import { readFile, writeFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { ApiHarness } from '../testing/api-harness.js';

type Json = Record<string, unknown>;
interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      Json & {
        operationId: string;
        responses: Record<string, Json>;
        parameters?: Json[];
        security?: unknown[];
      }
    >
  >;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
}

const FILE = new URL('../../openapi.json', import.meta.url);
const UPDATE = process.env.TUTTI_UPDATE_OPENAPI === '1';

describe('the OpenAPI description', () => {
  let api: ApiHarness;
  let document: Document;
  beforeAll(async () => {
    api = await ApiHarness.start();
    document = (await api.call<Document & Json>('GET', '/openapi.json', { token: null }))
      .body as unknown as Document;
  });
  afterAll(() => api.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );

  it('is OpenAPI 3.1 with unique operation ids and a summary for each', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(ids.length).toBeGreaterThan(35);
    expect(new Set(ids).size).toBe(ids.length);
    expect(
      operations()
        .filter(({ operation }) => typeof operation.summary !== 'string')
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('describes every route that is served', () => {
    const instance = api.app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    const missing = operations().filter(
      ({ path, method }) =>
        !instance.hasRoute({ method: method.toUpperCase() as 'GET', url: path.replace(/\{(\w+)\}/g, ':$1') }),
    );
    expect(missing).toEqual([]);
    const served = instance
      .printRoutes({ commonPrefix: false, includeHooks: false })
      .match(/\((?:[A-Z, ]+)\)/g)
      ?.join(',')
      .match(/GET|PUT|POST|PATCH|DELETE/g)?.length;
    // /openapi.json itself, /asyncapi.json and the three of /mcp are the routes that it does not describe.
    expect(served).toBe(operations().length + 5);
  });

  it('describes the path parameters of each operation', () => {
    for (const { path, operation } of operations()) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      expect(
        (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map((parameter) => parameter.name)
          .sort(),
      ).toEqual(names);
    }
  });

  it('has a successful answer and the problem for each operation', () => {
    for (const { path, method, operation } of operations()) {
      const statuses = Object.keys(operation.responses);
      expect([path, method, statuses.some((status) => /^2\d\d$/.test(status))]).toEqual([path, method, true]);
      expect(operation.responses.default).toMatchObject({
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      });
    }
  });

  it('asks for a token everywhere but where none is needed', () => {
    const open = operations()
      .filter(({ operation }) => operation.security?.length === 0)
      .map(({ operation }) => operation.operationId)
      .sort();
    expect(open).toEqual(['createSession', 'endSignIn', 'getHealth', 'getReadiness']);
    expect((document as unknown as Json).security).toEqual([{ token: [] }]);
    expect(document.components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer' } });
  });

  it('refers only to schemas that are there, none of them from OpenAPI 3.0', () => {
    const text = JSON.stringify(document);
    const names = new Set(
      [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name as string),
    );
    expect([...names].filter((name) => document.components.schemas[name] === undefined)).toEqual([]);
    expect(names.size).toBeGreaterThan(20);
    expect(Object.values(document.components.schemas).filter((schema) => schema.$ref !== undefined)).toEqual(
      [],
    );
    expect(text).not.toContain('"nullable"');
    expect(text).not.toContain('#/$defs/');
  });

  it('is the one in services/api/openapi.json, from which the client is generated', async () => {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    if (UPDATE) await writeFile(FILE, text);
    // On failure: npm run openapi -w @tutti/api && npm run generate -w @tutti/client
    expect(await readFile(FILE, 'utf8')).toBe(text);
  });
});
