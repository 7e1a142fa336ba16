import { definePlugin, PermanentError, TransientError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { HttpStub, json } from './http-stub.js';
import { TestHost } from './test-host.js';

/** A secret with characters that other spellings write differently. */
export const CANARY = 'canary-4c1d/+&"x';

/** What the plugin does next, and what it is doing. */
export const script = {
  /** The run of `util.do`. */
  behave: (): unknown => undefined,
  /** Runs of `util.narrow` that are under way, and how to end them. */
  running: 0,
  releases: [] as (() => void)[],
};

const Text = z.object({ text: z.string().min(2) });
/** A connector with a capability for everything that can go well or wrong. */
export const testPlugin = definePlugin({
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
      run: () => script.behave() as never,
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
    'util.stream': {
      summary: 'Read a stream, and tell it as it comes.',
      effect: 'read',
      input: z.object({ until: z.int().default(1_000) }),
      output: z.object({ items: z.array(z.unknown()) }),
      async run({ input, http, partial }) {
        const items: unknown[] = [];
        for await (const item of http.stream('/stream', { body: { stream: true } })) {
          partial(item.data);
          if (items.push(item) >= input.until) break;
        }
        return { items };
      },
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
    'util.send-itself': {
      summary: 'Write over a connection of its own.',
      effect: 'write',
      input: z.object({ sent: z.boolean() }),
      output: z.object({}),
      run({ input, mayHaveHappened }) {
        if (input.sent) mayHaveHappened();
        throw new TransientError('The connection was lost.');
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
        script.running += 1;
        const now = script.running;
        await new Promise<void>((release) => script.releases.push(release));
        script.running -= 1;
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

/** A hub with the test plugin over a connection `main` to a stub, for all tests of a file. */
export class TestHub {
  host!: TestHost;
  stub!: HttpStub;

  /** Registers the hooks that start and stop it. */
  static use(): TestHub {
    const hub = new TestHub();
    beforeAll(async () => {
      hub.host = await TestHost.start(testPlugin);
    });
    afterAll(() => hub.host.stop());
    beforeEach(() => hub.#begin());
    afterEach(() => hub.stub.stop());
    return hub;
  }

  async #begin(): Promise<void> {
    this.stub = await HttpStub.start();
    await this.host.connect('util-test', { baseUrl: this.stub.origin, token: CANARY });
    this.host.spans.length = 0;
    this.host.lines.length = 0;
    Object.assign(script, { running: 0, releases: [] });
  }
}

export function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

export function answering(status: number, body: unknown): HttpStub['behaviour'] {
  return (_request, response) => json(response, status, body);
}
