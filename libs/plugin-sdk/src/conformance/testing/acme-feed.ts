import { z } from 'zod';
import { definePlugin, type Plugin } from '../../plugin.js';
import type { Trigger } from '../../trigger.js';
import type { ConformanceExamples } from '../table.js';

const Thing = z.object({ number: z.int(), text: z.string() });
const Page = z.object({ items: z.array(Thing), next: z.int() });
const Delivery = z.object({ id: z.string(), thing: Thing });

/** A connector with a trigger of each kind that keeps all the rules: tests break one at a time. */
export const FEED = definePlugin({
  contract: 1,
  name: 'util-feed',
  kind: 'util',
  version: '1.0.0',
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  settings: z.object({
    baseUrl: z.url(),
    token: z.string().min(1).meta({ secret: true }),
    signingSecret: z.string().min(1).meta({ secret: true }),
  }),
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: `Bearer ${token}` } }),
  capabilities: {
    'feed.text.write': {
      summary: 'Write a text, piece by piece.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ text: z.string() }),
      async run({ http, partial }) {
        let text = '';
        for await (const { data } of http.stream('/text')) {
          if (data === 'done') return { text };
          partial(data);
          text += data;
        }
        throw new Error('The text has no end.');
      },
    },
  },
  triggers: {
    'feed.thing.polled': {
      summary: 'A thing came.',
      kind: 'poll',
      event: Thing,
      async poll({ http, cursor }) {
        const after = typeof cursor === 'number' ? cursor : 0;
        const { items, next } = await http.get('/things', { query: { after }, reply: Page });
        return { events: items.map((data) => ({ id: `thing-${data.number}`, data })), cursor: next };
      },
    },
    'feed.thing.sent': {
      summary: 'A thing came.',
      kind: 'webhook',
      event: Thing,
      verify: {
        scheme: 'hmac',
        header: 'x-signature',
        algorithm: 'sha256',
        encoding: 'hex',
        secret: 'signingSecret',
        prefix: 'v1=',
        signed: '{timestamp}.{body}',
        timestamp: { header: 'x-timestamp' },
      },
      webhook({ text }) {
        const { id, thing: data } = Delivery.parse(JSON.parse(text));
        return { events: [{ id, data }] };
      },
    },
    'feed.thing.streamed': {
      summary: 'A thing came.',
      kind: 'stream',
      event: Thing,
      async stream({ http, cursor, emit }) {
        const headers: Record<string, string> = typeof cursor === 'string' ? { 'last-event-id': cursor } : {};
        for await (const { id = '', data } of http.stream('/events', { headers }))
          await emit({ events: [{ id, data: Thing.parse(JSON.parse(data)) }], cursor: id });
      },
    },
  },
});

const THINGS = [
  { number: 1, text: 'one' },
  { number: 2, text: 'two' },
];
const STREAM = { 'content-type': 'text/event-stream' };
const streamOf = (...datas: string[]) => datas.map((data, i) => `id: e${i + 1}\ndata: ${data}\n\n`).join('');

export const FEED_EXAMPLES: ConformanceExamples = {
  settings: {
    baseUrl: 'https://feed.example',
    token: 'canary-token-1',
    signingSecret: 'canary-signing-secret',
  },
  capabilities: {
    'feed.text.write': [
      {
        input: {},
        replies: [{ headers: STREAM, text: streamOf('Hel', 'lo', 'done') }],
        output: { text: 'Hello' },
      },
    ],
  },
  triggers: {
    'feed.thing.polled': [
      {
        name: 'two',
        cursor: 0,
        replies: [{ request: 'GET /things?after=0', json: { items: THINGS, next: 2 } }],
        events: [{ id: 'thing-1', data: { text: 'one' } }, { id: 'thing-2' }],
      },
      { name: 'none', cursor: 2, replies: [{ json: { items: [], next: 2 } }], events: [] },
    ],
    'feed.thing.sent': [
      { request: { json: { id: 'd-1', thing: THINGS[0] } }, events: [{ id: 'd-1', data: THINGS[0] }] },
    ],
    'feed.thing.streamed': [
      {
        replies: [
          {
            request: 'GET /events',
            headers: STREAM,
            text: streamOf(...THINGS.map((one) => JSON.stringify(one))),
          },
        ],
        events: [{ id: 'e1' }, { id: 'e2' }],
      },
    ],
  },
};

/** The connector with something else in one trigger. */
export function withTrigger(name: string, change: object): Plugin {
  const trigger = FEED.triggers?.[name] as Trigger;
  return { ...FEED, triggers: { ...FEED.triggers, [name]: { ...trigger, ...change } } };
}
