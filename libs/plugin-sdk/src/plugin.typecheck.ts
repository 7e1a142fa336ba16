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
        return http.post('/contacts', { body: input, headers: { 'idempotency-key': idempotencyKey }, reply: Contact });
      },
    },
  },
});

const base = { contract: 1, name: 'util-test', kind: 'util', settings: z.object({ size: z.number() }) } as const;
const words = { summary: 'S.', effect: 'read', input: z.object({ text: z.string() }), output: z.object({ count: z.int() }) } as const;

definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: ({ input }) => ({ count: input.text.length }) } } });
// @ts-expect-error the output's count is a number
definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: ({ input }) => ({ count: input.text }) } } });
// @ts-expect-error the input has no words
definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: ({ input }) => ({ count: input.words.length }) } } });
// @ts-expect-error an asynchronous output is checked as well
definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: async () => ({ total: 1 }) } } });
definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: ({ settings }) => ({ count: settings.size }) } } });
// @ts-expect-error there is no such setting
definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: ({ settings }) => ({ count: settings.sizes }) } } });
// @ts-expect-error the host works with the plugin's own settings
definePlugin({ ...base, hosts: ({ nothing }) => [nothing], capabilities: {} });
// @ts-expect-error without a declared database there is no port
definePlugin({ ...base, capabilities: { 'util.count': { ...words, run: ({ database }) => database.query('SELECT 1') } } });
definePlugin({
  ...base,
  database: { schema: 'util_test', migrations: [] },
  capabilities: { 'util.count': { ...words, run: async ({ database }) => ({ count: (await database.query('SELECT 1')).length }) } },
});
// @ts-expect-error an effect is one of three
definePlugin({ ...base, capabilities: { 'util.count': { ...words, effect: 'delete', run: () => ({ count: 1 }) } } });
definePlugin({
  ...base,
  capabilities: { 'util.count': { ...words, run: () => ({ count: 1 }), confidence: (output) => output.count } },
});
definePlugin({
  ...base,
  // @ts-expect-error confidence reads the capability's own output
  capabilities: { 'util.count': { ...words, run: () => ({ count: 1 }), confidence: (output) => output.total } },
});
