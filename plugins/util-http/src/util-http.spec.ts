import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import plugin from './index.js';

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

let server: Server;
let seen: Seen[] = [];
/** By path: what is answered. */
const replies: Record<string, { status?: number; type?: string; body: string | Buffer }> = {
  '/v1/orders?open=true&id=1&id=2': { body: '{"orders":[1]}' },
  '/v1/text': { type: 'text/plain', body: 'hello' },
  '/v1/picture': { type: 'image/png', body: Buffer.from([1, 2, 3]) },
  '/v1/orders': { status: 201, body: '{"id":7}' },
  '/v1/locked': { status: 409, body: '{"why":"locked"}' },
  '/v1/busy': { status: 503, body: '' },
  '/v1/': { body: '{}' },
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        const { status = 200, type = 'application/json', body } = replies[url] ?? { status: 404, body: '{}' };
        response.writeHead(status, { 'content-type': type }).end(body);
      });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const bench = (more: Record<string, unknown> = {}): PluginBench =>
  pluginBench(plugin, { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, ...more });

it('keeps the rules for plugins and tests its connection', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  expect(await bench().health()).toBe('/ answers');
  await expect(bench({ healthPath: '/gone' }).health()).rejects.toMatchObject({ status: 404 });
});

it('reads JSON, text and files', async () => {
  const shop = bench();
  expect(
    await shop.call('http.get', { path: '/orders', query: { open: true, id: [1, 2], not: null } }),
  ).toEqual({
    body: { orders: [1] },
  });
  expect(await shop.call('http.get', { path: '/text' })).toEqual({ body: 'hello' });
  const { file } = (await shop.call('http.get', { path: '/picture' })) as { file: { $artifact: string } };
  expect([...(await shop.files.read(file))]).toEqual([1, 2, 3]);
});

it.each([
  ['http.post', 'POST'],
  ['http.post-once', 'POST'],
  ['http.put', 'PUT'],
  ['http.patch', 'PATCH'],
  ['http.delete', 'DELETE'],
])('%s sends the body with the key of the call', async (capability, method) => {
  const reply = await bench().call(
    capability,
    { path: '/orders', body: { n: 1 } },
    { idempotencyKey: 'k-1' },
  );
  expect(reply).toEqual({ body: { id: 7 } });
  expect(seen).toMatchObject([{ method, body: '{"n":1}', headers: { 'idempotency-key': 'k-1' } }]);
});

it('sends a file as it is', async () => {
  const shop = bench();
  const file = await shop.files.write(new Uint8Array([65, 66]), { mediaType: 'text/csv' });
  await shop.call('http.put', { path: '/orders', file });
  expect(seen).toMatchObject([{ body: 'AB', headers: { 'content-type': 'text/csv' } }]);
});

it.each([
  [{ bearerToken: 'abc' }, { authorization: 'Bearer abc' }],
  [{ keyHeader: 'x-key', key: 'abc' }, { 'x-key': 'abc' }],
])('adds the credentials of the connection: %j', async (settings, headers) => {
  await bench(settings).call('http.get', { path: '/text' });
  expect(seen[0]?.headers).toMatchObject(headers);
});

it('declares basic authentication, which the host encodes, and refuses two ways at once', () => {
  const base = { baseUrl: 'https://api.example.com', healthPath: '/' };
  expect(plugin.http?.({ ...base, user: 'ann', password: 'pw' })).toMatchObject({
    basicAuth: { user: 'ann', password: 'pw' },
  });
  expect(() => plugin.http?.({ ...base, bearerToken: 'a', key: 'b' })).toThrow('Give one of');
});

it('classifies what goes wrong', async () => {
  await expect(bench().call('http.get', { path: '/locked' })).rejects.toMatchObject({
    fate: 'permanent',
    status: 409,
    reply: { why: 'locked' },
  });
  await expect(bench().call('http.get', { path: '/busy' })).rejects.toMatchObject({
    fate: 'transient',
    status: 503,
  });
});

it.each([
  ['another host', { path: '//evil.example/x' }],
  ['a whole address', { path: 'https://evil.example/x' }],
  ['a way upwards', { path: '/a/../../admin' }],
  ['a way upwards in percent', { path: '/a/%2E%2e/admin' }],
  ['credentials of its own', { path: '/x', headers: { Authorization: 'Bearer other' } }],
])('refuses %s before anything is sent', async (_, input) => {
  await expect(bench().call('http.get', input)).rejects.toThrow();
  expect(seen).toEqual([]);
});
