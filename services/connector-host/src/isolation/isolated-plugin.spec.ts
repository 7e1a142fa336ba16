import { eventually } from '@tutti/testing';
import { failed, output } from '../testing/requests.js';
import { json } from '../testing/http-stub.js';
import { IsolatedHub } from '../testing/isolated-hub.js';

const SECRET = 'canary-7f3a/+&"y';
const MODULE = `
import { PermanentError, TransientError, definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
const Thing = z.object({ id: z.string() });
export default definePlugin({
  contract: 1,
  name: 'util-alone',
  kind: 'util',
  settings: z.object({
    baseUrl: z.url(),
    token: z.string().regex(/^canary-/).meta({ secret: true }),
    password: z.string().optional().meta({ secret: true }),
    greeting: z.string().default('hello'),
  }),
  hostsFrom: ['baseUrl'],
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl, token, password }) => ({
    baseUrl: baseUrl + '/api',
    ...(password ? { basicAuth: { user: 'ann', password } } : { headers: { authorization: 'Bearer ' + token } }),
  }),
  async health({ http }) {
    await http.get('/health');
    return 'as it should be';
  },
  capabilities: {
    'util.echo': {
      summary: 'Say what it was given.',
      effect: 'read',
      input: z.object({ text: z.string().min(2), n: z.int().default(3) }),
      output: z.object({ text: z.string(), n: z.int(), greeting: z.string(), confidence: z.number() }),
      run: ({ input, settings, log }) => {
        log.info('was asked', { text: input.text });
        return { ...input, greeting: settings.greeting, confidence: 0.5 };
      },
    },
    'util.sure': {
      summary: 'Say how sure it is, and what it cost.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ certainty: z.number() }),
      concurrency: 2,
      run: () => ({ certainty: 0.25 }),
      confidence: ({ certainty }) => certainty,
      cost: () => ({ model: 'm1', inputTokens: 3, costMicros: 12, currency: 'EUR' }),
    },
    'util.send': {
      summary: 'Write by HTTP.',
      effect: 'write',
      input: z.object({ body: z.unknown(), path: z.string().default('/things'), headers: z.record(z.string(), z.string()).default({}) }),
      output: z.object({ reply: z.unknown() }),
      async run({ input, http, settings, idempotencyKey }) {
        const fill = (text) => text.replaceAll('TOKEN', settings.token);
        const body = JSON.parse(fill(JSON.stringify(input.body)));
        return { reply: await http.post(fill(input.path), { body, headers: { 'idempotency-key': idempotencyKey, ...input.headers } }) };
      },
    },
    'util.typed': {
      summary: 'Read a thing.',
      effect: 'read',
      input: z.object({}),
      output: Thing,
      run: ({ http }) => http.get('/thing', { query: { q: ['a b', 2], none: null }, reply: Thing }),
    },
    'util.file': {
      summary: 'Store a file and read it again.',
      effect: 'read',
      input: z.object({ bytes: z.array(z.int()) }),
      output: z.object({ ref: z.unknown(), bytes: z.array(z.int()) }),
      async run({ input, files }) {
        const ref = await files.write(Uint8Array.from(input.bytes), { mediaType: 'application/x-test', name: 'a.bin' });
        return { ref, bytes: [...(await files.read(ref))] };
      },
    },
    'util.fail': {
      summary: 'Fail.',
      effect: 'read',
      input: z.object({ how: z.enum(['permanent', 'transient', 'defect', 'output']) }),
      output: z.object({ n: z.int() }),
      run({ input, settings }) {
        if (input.how === 'permanent') throw new PermanentError('no: ' + settings.token, { status: 409, reply: { a: 1 } });
        if (input.how === 'transient') throw new TransientError('later', { retryAfterMs: 1234 });
        if (input.how === 'defect') throw new TypeError('a bug');
        return { n: 'none' };
      },
    },
    'util.wait': {
      summary: 'Wait until it is cancelled.',
      effect: 'read',
      input: z.object({}),
      output: z.object({}),
      run: ({ signal, log }) =>
        new Promise((_resolve, reject) => {
          log.info('waiting');
          signal.addEventListener('abort', () => {
            log.info('cancelled: ' + signal.reason.message);
            reject(signal.reason);
          });
        }),
    },
    'util.order': {
      summary: 'Order once.',
      effect: 'write',
      input: z.object({}),
      output: Thing,
      run: ({ http }) => http.post('/orders', { reply: Thing }),
      reconcile: async ({ http }) => {
        const found = await http.get('/orders/mine', { reply: z.object({ id: z.string().nullable() }) });
        return found.id === null ? { happened: false } : { happened: true, output: { id: found.id } };
      },
    },
  },
});`;

const hub = IsolatedHub.use('util-alone', MODULE, { settings: { token: SECRET } });
const lines = () => hub.host.lines.join('\n');

beforeEach(() => {
  hub.stub.behaviour = (_request, response) => json(response, 200, { ok: true });
});

it('performs a call with defaults, log and confidence like a plugin in the process', async () => {
  expect(await hub.call('util.echo', { text: 'hi' })).toEqual({
    status: 'succeeded',
    output: { text: 'hi', n: 3, greeting: 'hello', confidence: 0.5 },
    confidence: 0.5,
  });
  expect(lines()).toMatch(/info was asked .*"plugin":"util-alone".*"text":"hi"/);
});

it('tells confidence and cost as the capability computes them', async () => {
  expect(await hub.call('util.sure')).toEqual({
    status: 'succeeded',
    output: { certainty: 0.25 },
    confidence: 0.25,
    usage: { model: 'm1', inputTokens: 3, costMicros: 12, currency: 'EUR' },
  });
});

it('refuses a wrong input and a wrong output with where they are wrong', async () => {
  expect(failed(await hub.call('util.echo', { text: 5 }))).toMatchObject({
    fate: 'permanent',
    error: { status: 400, detail: expect.stringContaining('/text') },
  });
  expect(failed(await hub.call('util.fail', { how: 'output' }))).toMatchObject({
    fate: 'permanent',
    error: { status: 502, reason: 'invalid-output', title: expect.stringContaining('/n') },
  });
});

it('keeps the fate of what the plugin throws', async () => {
  const outcomes = [];
  for (const how of ['permanent', 'transient', 'defect'])
    outcomes.push(failed(await hub.call('util.fail', { how })));
  expect(outcomes).toMatchObject([
    {
      fate: 'permanent',
      error: { status: 409, reply: { a: 1 }, title: expect.stringMatching(/^no: tutti-secret-/) },
    },
    { fate: 'transient', retryAfterMs: 1234, error: { status: 503, title: 'later' } },
    { fate: 'defect', error: { detail: expect.stringContaining('TypeError: a bug') } },
  ]);
});

it('puts the secret into requests only, in the spelling of the place', async () => {
  hub.stub.behaviour = ({ headers, url, body }, response) =>
    json(response, 200, { headers, url, body, basic: Buffer.from(SECRET).toString('base64') });
  const sent = await hub.call('util.send', { body: { deep: ['TOKEN'] }, path: '/a/TOKEN?t=TOKEN' });
  expect(hub.stub.last).toMatchObject({
    method: 'POST',
    url: `/api/a/${encodeURIComponent(SECRET)}?t=${encodeURIComponent(SECRET)}`,
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    body: JSON.stringify({ deep: [SECRET] }),
  });
  const told = JSON.stringify(output(sent));
  expect(told).toMatch(/Bearer tutti-secret-/);
  expect(told).toContain('"basic":"[redacted]"');
  expect(told).not.toContain('canary-7f3a');
  expect(lines()).not.toContain('canary-7f3a');
});

it('encodes user and password in the host', async () => {
  await hub.host.connect(
    'util-alone',
    { baseUrl: hub.stub.origin, token: SECRET, password: SECRET },
    'basic',
  );
  hub.stub.behaviour = ({ headers }, response) => json(response, 200, { echoed: headers['authorization'] });
  const sent = await hub.host.call('util.send', { body: {} }, { connection: 'basic' });
  const encoded = Buffer.from(`ann:${SECRET}`).toString('base64');
  expect(hub.stub.last.headers['authorization']).toBe(`Basic ${encoded}`);
  expect(output(sent)).toEqual({ reply: { echoed: 'Basic [redacted]' } });
});

it('checks replies with the schema of the request, and says so', async () => {
  hub.stub.behaviour = (_request, response) => json(response, 200, { id: 'a', more: 1 });
  expect(output(await hub.call('util.typed'))).toEqual({ id: 'a' });
  expect(hub.stub.last.url).toBe('/api/thing?q=a+b&q=2');
  hub.stub.behaviour = (_request, response) => json(response, 200, { id: 5 });
  expect(failed(await hub.call('util.typed'))).toMatchObject({
    fate: 'permanent',
    error: { reason: 'invalid-output', title: expect.stringContaining('/id') },
  });
  hub.stub.behaviour = (_request, response) => json(response, 429, {}, { 'retry-after': '7' });
  expect(failed(await hub.call('util.typed'))).toMatchObject({
    fate: 'transient',
    retryAfterMs: 7_000,
    error: { reason: 'throttled' },
  });
});

it('lets no request go elsewhere, and no header of the host be set', async () => {
  const elsewhere = failed(await hub.call('util.send', { body: {}, path: 'http://other.test/x?t=TOKEN' }));
  expect(elsewhere).toMatchObject({ fate: 'permanent', error: { status: 403 } });
  expect(JSON.stringify(elsewhere)).not.toContain('canary');
  const named = failed(await hub.call('util.send', { body: {}, headers: { Host: 'other.test' } }));
  expect(named.error.title).toContain('"Host"');
  expect(hub.stub.seen).toEqual([]);
});

it('keeps files in the workspace of the run', async () => {
  const bytes = [0, 255, 128, 10];
  expect(output(await hub.call('util.file', { bytes }))).toMatchObject({
    ref: { mediaType: 'application/x-test', bytes: 4, name: 'a.bin' },
    bytes,
  });
});

it('tells the plugin of the deadline', async () => {
  const late = failed(await hub.call('util.wait', {}, { timeoutMs: 300 }));
  expect(late).toMatchObject({ fate: 'transient', error: { reason: 'timeout' } });
  await eventually(() => lines().includes('cancelled: The deadline'));
});

it('asks the other system about a write whose answer was lost', async () => {
  hub.stub.behaviour = ({ method }, response) =>
    method === 'POST' ? response.destroy() : json(response, 200, { id: 'o-1' });
  expect(output(await hub.call('util.order'))).toEqual({ id: 'o-1' });
  hub.stub.behaviour = ({ method }, response) =>
    method === 'POST' ? json(response, 200, { id: 'o-2' }) : json(response, 200, { id: null });
  expect(output(await hub.call('util.order', {}, { redelivered: true }))).toEqual({ id: 'o-2' });
});

it('tests the connection, and says what the plugin thinks of its settings', async () => {
  const { tester } = hub.host.host;
  expect(await tester.test('default', 'main')).toMatchObject({ ok: true, detail: 'as it should be' });
  const values = { baseUrl: 'http://[', token: SECRET };
  expect(
    await tester.testSettings({ workspaceId: 'default', name: 'x', plugin: 'util-alone', values }),
  ).toMatchObject({
    ok: false,
    detail: expect.stringContaining('/baseUrl'),
  });
});

it('performs many calls at once, in few frames', async () => {
  const calls = await Promise.all(
    Array.from({ length: 200 }, (_, n) => hub.call('util.echo', { text: 'many', n })),
  );
  expect(calls.map((call) => (output(call) as { n: number }).n)).toEqual(calls.map((_, n) => n));
});
