import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import { PermanentError, TransientError, definePlugin } from '@tutti/plugin-sdk';
import { eventually } from '@tutti/testing';
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { capabilityRequest, failed, output } from '../testing/requests.js';
import { TestHost } from '../testing/test-host.js';

const CANARY = 'canary-4c1d/+&"x';

/** What the next run of `util.do` does; tests set it. */
let behave: () => unknown;
let running = 0;
let releases: (() => void)[] = [];

const Text = z.object({ text: z.string().min(2) });
const plugin = definePlugin({
  contract: 1,
  name: 'util-test',
  kind: 'util',
  settings: z.object({
    baseUrl: z.url(),
    token: z.string().meta({ secret: true }),
    other: z.string().default(''),
  }),
  hosts: ({ baseUrl, other }) => [new URL(baseUrl).host, other],
  http: ({ baseUrl, token }) => ({
    baseUrl: `${baseUrl}/api/`,
    headers: { Authorization: `Bearer ${token}` },
  }),
  async health({ http }) {
    await http.get('/health');
    return 'as it should be';
  },
  capabilities: {
    'util.do': {
      summary: 'Do what the test says.',
      effect: 'read',
      input: Text,
      output: z.object({ n: z.number(), confidence: z.number().optional() }),
      run: () => behave() as never,
    },
    'util.confident': {
      summary: 'Say how sure it is.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ certainty: z.number() }),
      run: () => ({ certainty: 0.25 }),
      confidence: (found) => found.certainty,
      cost: () => ({ model: 'm1', inputTokens: 3, costMicros: 12, currency: 'EUR' }),
    },
    'util.fetch': {
      summary: 'Fetch.',
      effect: 'read',
      input: z.object({ path: z.string() }),
      output: z.object({ value: z.unknown() }),
      run: async ({ input, http }) => ({
        value: await http.get(input.path, { query: { q: 'a b', none: undefined, many: [1, 2] } }),
      }),
    },
    'util.send': {
      summary: 'Write by HTTP.',
      effect: 'write',
      input: z.object({ then: z.enum(['nothing', 'crash', 'hang', 'wrong']).default('nothing') }),
      output: z.object({ id: z.string() }),
      async run({ input, http, idempotencyKey }) {
        const headers = { 'idempotency-key': idempotencyKey };
        const sent = await http.post('/things', {
          body: { a: 1 },
          headers,
          reply: z.object({ id: z.string() }),
        });
        if (input.then === 'crash') throw new TypeError('crashed after the write');
        if (input.then === 'hang') await new Promise(() => undefined);
        return input.then === 'wrong' ? ({} as never) : sent;
      },
    },
    'util.send-and-ask': {
      summary: 'Write by HTTP, and find it again.',
      effect: 'write',
      input: z.object({}),
      output: z.object({ id: z.string() }),
      run: ({ http }) => http.post('/things', { body: {}, reply: z.object({ id: z.string() }) }),
      async reconcile({ http, idempotencyKey }) {
        const found = await http.get('/things', {
          query: { key: idempotencyKey },
          reply: z.object({ id: z.string().nullable() }),
        });
        return found.id === null ? { happened: false } : { happened: true, output: { id: found.id } };
      },
    },
    'util.narrow': {
      summary: 'One at a time.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ running: z.number() }),
      concurrency: 1,
      async run() {
        running += 1;
        const now = running;
        await new Promise<void>((release) => releases.push(release));
        running -= 1;
        return { running: now };
      },
    },
    'util.leak': {
      summary: 'Say secrets wherever something can be said.',
      effect: 'read',
      input: z.object({ how: z.enum(['output', 'permanent', 'defect', 'http']) }),
      output: z.object({ said: z.string() }),
      async run({ input, settings, log, http }) {
        const basic = Buffer.from(settings.token).toString('base64');
        log.error(`token ${settings.token}`, { basic, nested: { token: settings.token } });
        if (input.how === 'http') await http.get(`/echo?value=${encodeURIComponent(settings.token)}`);
        if (input.how === 'permanent')
          throw new PermanentError(`no: ${settings.token}`, { reply: { token: settings.token, basic } });
        if (input.how === 'defect') throw new Error(`oh: ${settings.token}`);
        return { said: `${settings.token} ${basic} ${encodeURIComponent(settings.token)}` };
      },
    },
  },
});

let stub: HttpStub;
let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start(plugin);
});
afterAll(() => host.stop());
beforeEach(async () => {
  stub = await HttpStub.start();
  await host.connect('util-test', { baseUrl: stub.origin, token: CANARY });
  host.spans.length = 0;
  host.lines.length = 0;
  running = 0;
  releases = [];
});
afterEach(() => stub.stop());

describe('a call of a capability', () => {
  it('gives the output and the confidence that the output tells', async () => {
    behave = () => ({ n: 1, confidence: 0.5 });
    expect(await host.call('util.do', { text: 'ab' })).toEqual({
      status: 'succeeded',
      output: { n: 1, confidence: 0.5 },
      confidence: 0.5,
    });
    behave = () => ({ n: 1, confidence: 7 });
    expect(await host.call('util.do', { text: 'ab' })).toEqual({
      status: 'succeeded',
      output: { n: 1, confidence: 7 },
    });
  });

  it('gives the confidence and the usage that the capability computes', async () => {
    expect(await host.call('util.confident', {})).toEqual({
      status: 'succeeded',
      output: { certainty: 0.25 },
      confidence: 0.25,
      usage: { model: 'm1', inputTokens: 3, costMicros: 12, currency: 'EUR' },
    });
  });

  it.each([
    [
      'wrong input',
      {},
      () => ({ n: 1 }),
      { fate: 'permanent', type: 'validation', status: 400, reason: undefined },
    ],
    [
      'wrong output',
      { text: 'ab' },
      () => ({ n: 'x' }),
      { fate: 'permanent', type: 'validation', status: 502, reason: 'invalid-output' },
    ],
    [
      'a permanent error',
      { text: 'ab' },
      throwing(new PermanentError('no')),
      { fate: 'permanent', type: 'validation', status: 400, reason: 'rejected' },
    ],
    [
      'a conflict',
      { text: 'ab' },
      throwing(new PermanentError('no', { status: 409 })),
      { fate: 'permanent', type: 'communication', status: 409, reason: 'rejected' },
    ],
    [
      'missing rights',
      { text: 'ab' },
      throwing(new PermanentError('no', { status: 403 })),
      { fate: 'permanent', type: 'authorization', status: 403, reason: 'rejected' },
    ],
    [
      'an impossible status',
      { text: 'ab' },
      throwing(new PermanentError('no', { status: 200 })),
      { fate: 'permanent', type: 'validation', status: 400, reason: 'rejected' },
    ],
    [
      'a transient error',
      { text: 'ab' },
      throwing(new TransientError('later')),
      { fate: 'transient', type: 'communication', status: 503, reason: 'unavailable' },
    ],
    [
      'a bug',
      { text: 'ab' },
      throwing(new TypeError('bug')),
      { fate: 'defect', type: 'runtime', status: 500, reason: 'defect' },
    ],
    [
      'something that is no error',
      { text: 'ab' },
      () => Promise.reject('text'),
      { fate: 'defect', type: 'runtime', status: 500, reason: 'defect' },
    ],
  ])('classifies %s', async (_title, input, behaviour, expected) => {
    behave = behaviour;
    const { fate, error } = failed(await host.call('util.do', input));
    expect({
      fate,
      type: error.type.replace(WORKFLOW_ERROR_BASE, ''),
      status: error.status,
      reason: error.reason,
    }).toEqual(expected);
  });

  it('says where input is wrong, and gives the stack of a bug', async () => {
    expect(failed(await host.call('util.do', { text: 'a' })).error.detail).toContain('/text: ');
    behave = throwing(new TypeError('bug'));
    expect(failed(await host.call('util.do', { text: 'ab' })).error.detail).toMatch(/TypeError: bug\n\s+at /);
  });

  it('passes retryAfterMs, type, reason and reply of an error on', async () => {
    behave = throwing(
      new TransientError('later', {
        retryAfterMs: 1234,
        reason: 'throttled',
        type: 'https://x.test/e',
        reply: { a: 1 },
      }),
    );
    expect(failed(await host.call('util.do', { text: 'ab' }))).toEqual({
      status: 'failed',
      fate: 'transient',
      retryAfterMs: 1234,
      error: { type: 'https://x.test/e', status: 503, title: 'later', reason: 'throttled', reply: { a: 1 } },
    });
  });

  it('refuses an output that is too large for messages', async () => {
    behave = () => ({ n: 1, extra: 0 });
    expect(output(await host.call('util.do', { text: 'ab' }))).toEqual({ n: 1 });
    stub.behaviour = (_request, response) => json(response, 200, 'x'.repeat(LIMITS.outputBytesMax));
    expect(failed(await host.call('util.fetch', { path: '/' })).error.detail).toContain('files.write');
  });

  it('says what is wrong with the connection', async () => {
    expect(failed(await host.call('util.do', {}, { connection: 'gone' }))).toMatchObject({
      fate: 'permanent',
      error: { type: `${WORKFLOW_ERROR_BASE}configuration`, detail: 'There is no connection "gone".' },
    });
    expect(failed(await host.call('util.nothing', {})).error.detail).toContain(
      'has no capability "util.nothing"',
    );
    await host.database.query(`UPDATE connections SET enabled = false, revision = revision + 1`);
    host.host.directory.notify();
    expect(failed(await host.call('util.do', {})).error).toMatchObject({
      reason: 'unavailable',
      detail: expect.stringContaining('switched off'),
    });
    await host.database.query(
      `UPDATE connections SET enabled = true, settings = '{}', revision = revision + 1`,
    );
    host.host.directory.notify();
    expect(failed(await host.call('util.do', {})).error.detail).toContain(
      'settings of connection "main" are not valid. /baseUrl',
    );
  });
});

describe('the deadline', () => {
  it('ends a call that hangs as a timeout', async () => {
    // A hanging call keeps its place for a while, so it gets a connection of its own.
    await host.connect('util-test', { baseUrl: stub.origin, token: CANARY }, 'hanging');
    behave = () => new Promise(() => undefined);
    const started = performance.now();
    const { fate, error } = failed(
      await host.call('util.do', { text: 'ab' }, { timeoutMs: 50, connection: 'hanging' }),
    );
    expect({ fate, status: error.status, reason: error.reason }).toEqual({
      fate: 'transient',
      status: 408,
      reason: 'timeout',
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('ends requests that are under way', async () => {
    let closed = false;
    stub.behaviour = (_request, response) => {
      response.on('close', () => {
        closed = true;
      });
    };
    expect(failed(await host.call('util.fetch', { path: '/slow' }, { timeoutMs: 50 })).error.status).toBe(
      408,
    );
    await eventually(() => closed);
  });

  it('holds while a call waits for its turn', async () => {
    const first = host.call('util.narrow', {});
    await eventually(() => releases.length === 1);
    const second = host.call('util.narrow', {}, { timeoutMs: 20 });
    const third = host.call('util.narrow', {});
    const dueMs = performance.now() + 40;
    await eventually(() => performance.now() > dueMs);
    releases[0]?.();
    expect(output(await first)).toEqual({ running: 1 });
    expect(failed(await second).error.status).toBe(408);
    await eventually(() => releases.length === 2);
    releases[1]?.();
    expect(output(await third)).toEqual({ running: 1 });
  });
});

describe('a write', () => {
  const sendTo = (behaviour: HttpStub['behaviour']) => {
    stub.behaviour = behaviour;
  };

  it.each([
    [
      'its reply is lost',
      'nothing',
      (_request: unknown, response: { socket: { destroy(): void } | null }) => response.socket?.destroy(),
    ],
    ['the server fails inside', 'nothing', answering(500, {})],
    ['its reply breaks the schema', 'nothing', answering(200, { id: 5 })],
    ['the plugin crashes after it', 'crash', answering(200, { id: 'a' })],
    ['the plugin gives a wrong output after it', 'wrong', answering(200, { id: 'a' })],
    ['the deadline comes after it', 'hang', answering(200, { id: 'a' })],
  ])('is unknown when %s', async (_title, then, behaviour) => {
    sendTo(behaviour as HttpStub['behaviour']);
    const { fate, error } = failed(
      await host.call('util.send', { then }, { effect: 'write', timeoutMs: 300 }),
    );
    expect(fate).toBe('unknown');
    expect(error.detail).toContain('may have taken effect');
    expect(stub.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it.each([
    [400, 'permanent'],
    [409, 'permanent'],
    [429, 'transient'],
    [503, 'transient'],
  ] as const)('did not happen when the server answers %i', async (status, fate) => {
    sendTo(answering(status, {}));
    expect(failed(await host.call('util.send', {}, { effect: 'write' })).fate).toBe(fate);
  });

  it('succeeds when the other system finds it after its answer was lost', async () => {
    sendTo((request, response) =>
      request.method === 'POST' ? response.socket?.destroy() : json(response, 200, { id: 'found' }),
    );
    expect(
      output(await host.call('util.send-and-ask', {}, { effect: 'write', idempotencyKey: 'k1' })),
    ).toEqual({ id: 'found' });
    expect(stub.last.url).toBe('/api/things?key=k1');
  });

  it('may be repeated when the other system says it did not happen', async () => {
    sendTo((request, response) =>
      request.method === 'POST' ? response.socket?.destroy() : json(response, 200, { id: null }),
    );
    expect(failed(await host.call('util.send-and-ask', {}, { effect: 'write' })).fate).toBe('transient');
  });

  it('after a crash is looked up first, and made only when it did not happen', async () => {
    sendTo((request, response) => json(response, 200, { id: request.method === 'GET' ? 'before' : 'new' }));
    const again = { effect: 'write', redelivered: true } as const;
    expect(output(await host.call('util.send-and-ask', {}, again))).toEqual({ id: 'before' });
    expect(stub.seen.map(({ method }) => method)).toEqual(['GET']);
    sendTo((request, response) => json(response, 200, { id: request.method === 'GET' ? null : 'new' }));
    expect(output(await host.call('util.send-and-ask', {}, again))).toEqual({ id: 'new' });
  });

  it('after a crash is unknown when nobody can tell, and nothing is sent', async () => {
    const again = { effect: 'write', redelivered: true } as const;
    expect(failed(await host.call('util.send', {}, again)).fate).toBe('unknown');
    expect(stub.seen).toHaveLength(0);
    sendTo(answering(500, {}));
    expect(failed(await host.call('util.send-and-ask', {}, again)).fate).toBe('unknown');
    expect(stub.seen.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('the HTTP port', () => {
  it('adds base address, credentials, query and trace', async () => {
    const request = capabilityRequest('util.fetch', { path: '/contacts' });
    stub.behaviour = (_request, response) => json(response, 200, [1]);
    expect(output((await host.host.executor.execute(request)).outcome)).toEqual({ value: [1] });
    expect(stub.last.url).toBe('/api/contacts?q=a+b&many=1&many=2');
    expect(stub.last.headers.authorization).toBe(`Bearer ${CANARY}`);
    const http = host.spans.find(({ name }) => name === 'GET');
    expect(stub.last.headers.traceparent).toBe(`00-${request.trace.traceId}-${http?.spanId}-01`);
  });

  it('refuses hosts that are not declared, also by redirect', async () => {
    const { fate, error } = failed(await host.call('util.fetch', { path: 'http://127.0.0.1:1/' }));
    expect({ fate, status: error.status }).toEqual({ fate: 'permanent', status: 403 });
    const other = await HttpStub.start();
    stub.behaviour = (_request, response) => response.writeHead(302, { location: other.origin }).end();
    expect(failed(await host.call('util.fetch', { path: '/' })).error.title).toContain('declared hosts');
    expect(other.seen).toHaveLength(0);
    await other.stop();
  });

  it('gives its credentials to no other declared host', async () => {
    const other = await HttpStub.start();
    await host.connect('util-test', { baseUrl: stub.origin, token: CANARY, other: other.host });
    output(await host.call('util.fetch', { path: `${other.origin}/direct` }));
    expect(other.last.headers.authorization).toBeUndefined();
    stub.behaviour = (_request, response) =>
      response.writeHead(307, { location: `${other.origin}/moved` }).end();
    output(await host.call('util.fetch', { path: '/' }));
    expect(other.last.url).toBe('/moved');
    expect(other.last.headers.authorization).toBeUndefined();
    await other.stop();
  });

  it.each([
    [400, 'permanent', 'rejected'],
    [401, 'permanent', 'rejected'],
    [404, 'permanent', 'rejected'],
    [408, 'transient', 'timeout'],
    [429, 'transient', 'throttled'],
    [500, 'transient', 'unavailable'],
    [503, 'transient', 'unavailable'],
  ])('takes status %i for %s', async (status, fate, reason) => {
    stub.behaviour = (_request, response) =>
      json(response, status, { why: 'because' }, { 'retry-after': '2' });
    const found = failed(await host.call('util.fetch', { path: '/' }));
    expect(found).toMatchObject({
      fate,
      error: { type: `${WORKFLOW_ERROR_BASE}communication`, status, reason, reply: { why: 'because' } },
    });
    expect(found.retryAfterMs).toBe(fate === 'transient' ? 2000 : undefined);
  });
});

describe('secrets', () => {
  it.each(['output', 'permanent', 'defect', 'http'])(
    'are never in outcome, log or span when the plugin leaks them by %s',
    async (how) => {
      stub.behaviour = (request, response) =>
        json(response, 400, { echo: request.headers.authorization, url: request.url });
      const { outcome } = await host.host.executor.execute(capabilityRequest('util.leak', { how }));
      const spans = host.spans.map((span) => host.host.knownSecrets.redact(JSON.stringify(span)));
      const everything = JSON.stringify([outcome, host.lines, spans]);
      expect(everything).toContain('[redacted]');
      for (const spelling of [
        CANARY,
        'canary-4c1d',
        encodeURIComponent(CANARY),
        Buffer.from(CANARY).toString('base64').slice(0, 12),
      ]) {
        expect(everything).not.toContain(spelling);
      }
    },
  );

  it('are sealed in the database and not in the settings', async () => {
    const [row] = (await host.database.query(
      `SELECT settings, secrets FROM connections WHERE name = 'main'`,
    )) as {
      settings: string;
      secrets: Buffer;
    }[];
    expect(row?.settings).not.toContain('canary');
    expect(row?.secrets.includes('canary')).toBe(false);
  });
});

describe('the span of a call', () => {
  it('says what was called, for which run and how it ended, with HTTP requests below it', async () => {
    const request = capabilityRequest(
      'util.fetch',
      { path: '/' },
      { policy: { name: 'p', version: '3' }, attempt: 2 },
    );
    await host.host.executor.execute(request);
    const [http, call] = host.spans;
    expect(call).toMatchObject({
      name: 'call util.fetch',
      kind: 'internal',
      status: 'unset',
      traceId: request.trace.traceId,
      parentSpanId: request.trace.spanId,
      attributes: {
        'tutti.capability': 'util.fetch',
        'tutti.connection': 'main',
        'tutti.plugin': 'util-test',
        'tutti.plugin.version': '1.0.0',
        'tutti.call.attempt': 2,
        'tutti.run.id': request.runId,
        'tutti.task.position': '/do/0/call',
        'tutti.policy': 'p',
        'tutti.call.idempotency_key': request.idempotencyKey,
      },
    });
    expect(http).toMatchObject({ name: 'GET', kind: 'client', parentSpanId: call?.spanId });
    expect(call?.startMs).toBeLessThanOrEqual(http?.startMs ?? 0);
  });

  it('tells confidence, usage and errors', async () => {
    await host.call('util.confident', {});
    await host.call('util.do', {});
    await host.call('util.do', {}, { connection: 'gone' });
    expect(
      host.spans.map(({ status, attributes }) => [
        status,
        attributes['tutti.confidence'] ?? attributes['error.type'],
      ]),
    ).toEqual([
      ['unset', 0.25],
      ['error', `${WORKFLOW_ERROR_BASE}validation`],
      ['error', 'rejected'],
    ]);
    expect(host.spans[0]?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 3,
      'tutti.cost.micros': 12,
    });
  });
});

describe('the bounds of a connection', () => {
  it('let a heavy capability run one at a time', async () => {
    const calls = [host.call('util.narrow', {}), host.call('util.narrow', {}), host.call('util.narrow', {})];
    for (let i = 0; i < 3; i++) {
      await eventually(() => releases.length === i + 1);
      expect(running).toBe(1);
      releases[i]?.();
    }
    expect((await Promise.all(calls)).map(output)).toEqual([{ running: 1 }, { running: 1 }, { running: 1 }]);
  });

  it('let sixteen other calls run at once', async () => {
    await host.connect('util-test', { baseUrl: stub.origin, token: CANARY }, 'busy');
    let most = 0;
    let now = 0;
    const waiting: (() => void)[] = [];
    behave = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((release) => waiting.push(release));
      now -= 1;
      return { n: 1 };
    };
    const calls = Array.from({ length: 40 }, () =>
      host.call('util.do', { text: 'ab' }, { connection: 'busy' }),
    );
    let released = 0;
    await eventually(() => {
      while (waiting.length > released) waiting[released++]?.();
      return released === 40;
    });
    await Promise.all(calls);
    expect(most).toBe(LIMITS.callsPerConnectionMax);
  });
});

describe('the test of a connection', () => {
  it('asks the plugin and records the answer', async () => {
    await expect(host.host.tester.test('default', 'main')).resolves.toMatchObject({
      ok: true,
      detail: 'as it should be',
    });
    stub.behaviour = (request, response) => json(response, 401, { said: request.headers.authorization });
    const health = await host.host.tester.test('default', 'main');
    expect(health).toMatchObject({ ok: false, detail: expect.stringContaining('answered 401') });
    const [row] = (await host.database.query(
      `SELECT health, health_detail FROM connections WHERE name = 'main'`,
    )) as {
      health: string;
      health_detail: string;
    }[];
    expect(row).toMatchObject({ health: 'failing', health_detail: health.detail });
  });

  it('says what is wrong with settings before they are stored', async () => {
    const of = { workspaceId: 'default', name: 'new', plugin: 'util-test' };
    await expect(host.host.tester.testSettings({ ...of, values: {} })).resolves.toMatchObject({
      ok: false,
      detail: expect.stringContaining('/baseUrl'),
    });
    const values = { baseUrl: stub.origin, token: 't' };
    await expect(host.host.tester.testSettings({ ...of, values })).resolves.toMatchObject({ ok: true });
  });
});

describe('a connection that was changed', () => {
  it('is used in its new form without a restart', async () => {
    await host.call('util.fetch', { path: '/' });
    expect(stub.last.headers.authorization).toBe(`Bearer ${CANARY}`);
    await host.connect('util-test', { baseUrl: stub.origin, token: 'second-token' });
    await host.call('util.fetch', { path: '/' });
    expect(stub.last.headers.authorization).toBe('Bearer second-token');
    await host.database.query('DELETE FROM connections');
    host.host.directory.notify();
    expect(failed(await host.call('util.fetch', { path: '/' })).error.detail).toContain(
      'no connection "main"',
    );
  });
});

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

function answering(status: number, body: unknown): HttpStub['behaviour'] {
  return (_request, response) => json(response, status, body);
}
