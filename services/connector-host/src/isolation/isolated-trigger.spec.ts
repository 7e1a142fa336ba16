import { eventually } from '@tutti/testing';
import { json } from '../testing/http-stub.js';
import { IsolatedHub, PROCESS_MS, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { TriggerBench } from '../testing/trigger-bench.js';

const SECRET = 'canary-9d2c-hook';
const MODULE = `
import { PermanentError, definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
const Thing = z.object({ n: z.int() });
const Page = z.object({ items: z.array(Thing), next: z.number() });
const batch = ({ items, next }) => ({ events: items.map(({ n }) => ({ id: 'thing-' + n, data: { n } })), cursor: next });
export default definePlugin({
  contract: 1,
  name: 'util-apart',
  kind: 'util',
  settings: z.object({ baseUrl: z.url(), secret: z.string().meta({ secret: true }) }),
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl, secret }) => ({ baseUrl, headers: { authorization: 'Bearer ' + secret } }),
  capabilities: {},
  triggers: {
    'util.thing.made': {
      summary: 'A thing was made.',
      kind: 'poll',
      options: z.object({ list: z.string().default('all') }),
      event: Thing,
      poll: async ({ http, cursor, options }) => {
        if (options.list === 'die') {
          setTimeout(() => { throw new Error('nobody waits for this'); });
          await new Promise(() => undefined);
        }
        return batch(await http.get('/feed', { query: { after: cursor, list: options.list }, reply: Page }));
      },
    },
    'util.thing.streamed': {
      summary: 'A thing was made, told at once.',
      kind: 'stream',
      event: Thing,
      async stream({ http, cursor, emit, signal }) {
        let after = cursor;
        while (!signal.aborted) {
          const page = await http.get('/line', { query: { after }, reply: Page });
          await emit(batch(page));
          after = page.next;
        }
      },
    },
    'util.thing.sent': {
      summary: 'A thing was made, told by the feed.',
      kind: 'webhook',
      event: z.object({ seen: z.string() }),
      verify: { scheme: 'token', header: 'x-token', secret: 'secret' },
      webhook: ({ headers, text }) => ({ events: [{ id: text, data: { seen: headers['x-token'] } }] }),
      subscribe: async ({ http, url }) => {
        await http.post('/hooks', { body: { url } });
        return { state: { url } };
      },
      unsubscribe: ({ http }) => http.delete('/hooks'),
    },
  },
});
`;

const hub = IsolatedHub.use('util-apart', MODULE, { settings: { secret: SECRET } });
const bench = TriggerBench.isolated(hub);
const soon = <T>(probe: () => T | Promise<T>) => eventually(probe, PROCESS_MS);
const afterOf = (url: string) => new URL(url, 'http://stub').searchParams.get('after');

it(
  'polls, with its options, its cursor and the secret that it never sees',
  async () => {
    bench.stub.behaviour = (_request, response) =>
      json(response, 200, { items: [{ n: 1 }, { n: 2 }], next: 2 });
    const id = await bench.bind({ trigger: 'util.thing.made', intervalMs: 3_600_000 });
    bench.work();
    await soon(async () => (await bench.status(id)).cursor === '2');
    expect((await bench.events(id)).map((event) => event.data)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(bench.stub.last).toMatchObject({ url: '/feed?list=all' });
    expect(bench.stub.last.headers.authorization).toBe(`Bearer ${SECRET}`);
  },
  PROCESS_TEST_MS,
);

it(
  'streams: the plugin goes on when the host has stored what it emitted',
  async () => {
    bench.stub.behaviour = ({ url }, response) => {
      const n = Number(afterOf(url) ?? 0) + 1;
      // The third request waits for news.
      if (n < 3) json(response, 200, { items: [{ n }], next: n });
    };
    const id = await bench.bind({ trigger: 'util.thing.streamed' });
    bench.work();
    await soon(() => bench.stub.seen.length === 3);
    expect(await bench.status(id)).toMatchObject({ cursor: '2', state: 'running' });
    expect((await bench.events(id)).map((event) => event.id)).toEqual(['thing-1', 'thing-2']);
  },
  PROCESS_TEST_MS,
);

it(
  'reads requests that the host verified, with a mark in the place of the secret, and registers its hook',
  async () => {
    const id = await bench.bind({ trigger: 'util.thing.sent' });
    bench.work();
    await soon(async () => (await bench.status(id)).subscribed);
    expect(bench.stub.last.body).toContain('/v1/hooks/');
    const body = Buffer.from('e1').toString('base64');
    const call = { triggerId: id, method: 'POST', path: '/', query: {}, body };
    const read = (token: string) => bench.reader().read({ ...call, headers: { 'x-token': token } });
    expect(await read('guessed')).toMatchObject({ because: 'unauthorized' });
    expect(await read(SECRET)).toEqual({ kind: 'taken', events: 1 });
    expect(await bench.events(id)).toMatchObject([
      { id: 'e1', data: { seen: expect.stringMatching(/^tutti-secret-/) } },
    ]);
  },
  PROCESS_TEST_MS,
);

it(
  'says so when its process ends, and keeps its cursor',
  async () => {
    const id = await bench.bind({ trigger: 'util.thing.made', options: { list: 'die' } });
    bench.work();
    const error = await soon(async () => (await bench.status(id)).error);
    expect(error).toContain("The plugin's process is gone");
    expect(await bench.status(id)).toMatchObject({ state: 'failing', cursor: null });
  },
  PROCESS_TEST_MS,
);
