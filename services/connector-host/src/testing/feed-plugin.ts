import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Page = z.object({
  items: z.array(z.object({ n: z.unknown(), about: z.string().optional() })),
  next: z.number(),
  more: z.boolean().optional(),
});

/** A connector that has nothing but triggers, over a feed of numbered things. */
export const feedPlugin = definePlugin({
  contract: 1,
  name: 'util-feed',
  kind: 'util',
  settings: z.object({
    baseUrl: z.url(),
    token: z.string().meta({ secret: true }).default('feed-canary-token'),
    signingSecret: z.string().meta({ secret: true }).default('feed-canary-signing'),
  }),
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: `Bearer ${token}` } }),
  capabilities: {},
  triggers: {
    'util.thing.made': {
      summary: 'A thing was made.',
      kind: 'poll',
      intervalSeconds: 1,
      options: z.object({ list: z.string().default('all') }),
      event: z.object({ n: z.int() }),
      async poll({ http, cursor, options }) {
        const query = { after: cursor as number | null, list: String(options['list']) };
        const { items, next, more } = await http.get('/feed', { query, reply: Page });
        const events = items.map(({ n, about }) => ({
          id: `thing-${String(n)}`,
          data: { n: n as number },
          ...(about === undefined ? {} : { key: about }),
        }));
        return { events, cursor: next, ...(more === undefined ? {} : { more }) };
      },
    },
    'util.thing.streamed': {
      summary: 'A thing was made, told at once.',
      kind: 'stream',
      event: z.object({ n: z.int() }),
      async stream({ http, cursor, emit, signal }) {
        let after = cursor as number | null;
        while (!signal.aborted) {
          const { items, next } = await http.get('/line', { query: { after }, reply: Page });
          const events = items.map(({ n }) => ({ id: `thing-${String(n)}`, data: { n: n as number } }));
          await emit({ events, cursor: next });
          after = next;
        }
      },
    },
    'util.thing.sent': {
      summary: 'A thing was made, told by the feed.',
      kind: 'webhook',
      event: z.object({ n: z.int() }),
      verify: {
        scheme: 'hmac',
        header: 'x-feed-signature',
        algorithm: 'sha256',
        encoding: 'hex',
        prefix: 'sha256=',
        secret: 'signingSecret',
      },
      webhook({ text, headers }) {
        if (headers['x-feed-event'] === 'ping') return 'ignored';
        if (headers['x-feed-event'] === 'challenge') return { response: { body: text } };
        const { n } = z.object({ n: z.int() }).parse(JSON.parse(text));
        return { events: [{ id: `thing-${n}`, data: { n } }] };
      },
      async subscribe({ http, url, options: _options }) {
        const { id } = await http.post('/hooks', { body: { url }, reply: z.object({ id: z.string() }) });
        return { state: id };
      },
      async unsubscribe({ http, state }) {
        await http.delete(`/hooks/${String(state)}`);
      },
    },
  },
});
