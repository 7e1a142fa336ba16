import { z } from 'zod';
import { definePlugin } from './index.js';

const Contact = z.object({ id: z.string(), email: z.email(), name: z.string() });
const ContactPage = z.object({ items: z.array(Contact) });

/** The connector of style.md compiles as it stands there. */
export const acme = definePlugin({
  contract: 1,
  name: 'crm-acme',
  kind: 'crm',
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  settings: z.object({ baseUrl: z.url(), token: z.string().min(1).meta({ secret: true }) }),
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: `Bearer ${token}` } }),
  capabilities: {
    'crm.contact.find': {
      summary: 'Find one contact by email.',
      effect: 'read',
      input: Contact.pick({ email: true }),
      output: z.object({ contact: Contact.nullable() }),
      async run({ input, http }) {
        const page = await http.get('/contacts', { query: { email: input.email }, reply: ContactPage });
        return { contact: page.items[0] ?? null };
      },
    },
    'crm.contact.create': {
      summary: 'Create a contact.',
      effect: 'idempotent-write',
      input: Contact.omit({ id: true }),
      output: Contact,
      run({ input, http, idempotencyKey }) {
        // Acme drops repeats of one key, so a repeated attempt cannot create a second contact.
        return http.post('/contacts', {
          body: input,
          headers: { 'idempotency-key': idempotencyKey },
          reply: Contact,
        });
      },
    },
  },
});

const base = {
  contract: 1,
  name: 'util-test',
  kind: 'util',
  settings: z.object({ size: z.number() }),
} as const;
const words = {
  summary: 'S.',
  effect: 'read',
  input: z.object({ text: z.string() }),
  output: z.object({ count: z.int() }),
} as const;
const database = { schema: 'util_test', migrations: [] };

definePlugin({
  ...base,
  capabilities: {
    'util.good': { ...words, run: ({ input, settings }) => ({ count: input.text.length + settings.size }) },
    'util.confident': { ...words, run: () => ({ count: 1 }), confidence: (output) => output.count },
    'util.wrong-output': {
      ...words,
      run: ({ input }) => ({
        // @ts-expect-error the output's count is a number
        count: input.text,
      }),
    },
    'util.wrong-input': {
      ...words,
      // @ts-expect-error the input has no words
      run: ({ input }) => ({ count: input.words.length }),
    },
    'util.wrong-setting': {
      ...words,
      // @ts-expect-error there is no such setting
      run: ({ settings }) => ({ count: settings.sizes }),
    },
    'util.no-database': {
      ...words,
      // @ts-expect-error without a declared database there is no port
      run: async ({ database: port }) => ({ count: (await port.query('SELECT 1')).length }),
    },
    'util.wrong-effect': {
      ...words,
      // @ts-expect-error an effect is one of three
      effect: 'delete',
      run: () => ({ count: 1 }),
    },
    'util.wrong-confidence': {
      ...words,
      run: () => ({ count: 1 }),
      // @ts-expect-error confidence reads the capability's own output
      confidence: (output) => output.total,
    },
    'util.wrong-later': {
      ...words,
      // @ts-expect-error an output that comes later is checked as well
      run: async () => ({ total: 1 }),
    },
    'util.wrong-reply': {
      ...words,
      // @ts-expect-error the reply has the type of its schema
      run: async ({ http }) => ({ count: await http.get('/', { reply: z.string() }) }),
    },
  },
});
definePlugin({
  ...base,
  database,
  capabilities: {
    'util.count': {
      ...words,
      run: async ({ database: port }) => ({ count: (await port.query('SELECT 1')).length }),
    },
  },
});
definePlugin({
  ...base,
  // @ts-expect-error the addresses come from the plugin's own settings
  hosts: ({ nothing }) => [nothing],
  capabilities: {},
});

/** Triggers compile with the types of their schemas. */
definePlugin({
  ...base,
  capabilities: {
    'util.good': { ...words, run: ({ input, settings }) => ({ count: input.text.length + settings.size }) },
  },
  triggers: {
    'util.thing.changed': {
      summary: 'S.',
      kind: 'poll',
      event: z.object({ id: z.string() }),
      options: z.object({ list: z.string() }),
      poll: ({ settings, options, cursor }) => ({
        events: [{ id: String(options['list']), data: { id: settings.size.toFixed() } }],
        cursor,
      }),
    },
    'util.thing.sent': {
      summary: 'S.',
      kind: 'webhook',
      event: z.object({ n: z.number() }),
      webhook: ({ text, settings }) => ({ events: [{ id: text, data: { n: settings.size } }] }),
    },
  },
});

definePlugin({
  ...base,
  hosts: () => ['login.acme.test'],
  http: () => ({ baseUrl: 'https://acme.test' }),
  auth: {
    flow: 'authorization_code',
    authorizeUrl: ({ size }) => `https://login.acme.test/${size.toFixed()}`,
    tokenUrl: () => 'https://login.acme.test/token',
    clientId: ({ size }) => String(size),
  },
  capabilities: { 'util.good': { ...words, run: () => ({ count: 1 }) } },
});

definePlugin({
  ...base,
  capabilities: {
    'util.good': { ...words, run: ({ input }) => ({ count: input.text.length }) },
  },
  triggers: {
    'util.thing.changed': {
      summary: 'S.',
      kind: 'poll',
      event: z.object({ id: z.string() }),
      // @ts-expect-error the data of an event has the type of its schema
      poll: ({ settings }) => ({ events: [{ id: 'a', data: { id: settings.size } }] }),
    },
  },
});

definePlugin({
  ...base,
  auth: {
    flow: 'client_credentials',
    // @ts-expect-error there is no such setting
    tokenUrl: ({ length }) => String(length),
    clientId: () => 'hub',
  },
  capabilities: { 'util.good': { ...words, run: () => ({ count: 1 }) } },
});
