import { z } from 'zod';
import { definePlugin, type Plugin } from '../../plugin.js';
import type { ConformanceExamples } from '../table.js';

const Contact = z.object({ id: z.string(), email: z.email(), name: z.string() });
const ContactPage = z.object({ items: z.array(Contact) });
const Order = z.object({ number: z.string() });

/** A connector that keeps all the rules: tests of the suite break one at a time. */
export const ACME = definePlugin({
  contract: 1,
  name: 'crm-acme',
  kind: 'crm',
  version: '1.0.0',
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  settings: z.object({ baseUrl: z.url(), token: z.string().min(1).meta({ secret: true }) }),
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: `Bearer ${token}` } }),
  async health({ http }) {
    await http.get('/me');
  },
  capabilities: {
    'crm.contact.find': {
      summary: 'Find one contact by email.',
      effect: 'read',
      input: Contact.pick({ email: true }),
      output: z.object({ contact: Contact.nullable() }),
      async run({ input, http, log }) {
        const page = await http.get('/contacts', { query: { email: input.email }, reply: ContactPage });
        log.info('found', { count: page.items.length });
        return { contact: page.items[0] ?? null };
      },
    },
    'crm.contact.create': {
      summary: 'Create a contact.',
      effect: 'idempotent-write',
      input: Contact.omit({ id: true }),
      output: Contact,
      run: ({ input, http, idempotencyKey }) =>
        http.post('/contacts', {
          body: input,
          headers: { 'idempotency-key': idempotencyKey },
          reply: Contact,
        }),
    },
    'crm.order.place': {
      summary: 'Place an order.',
      effect: 'write',
      input: z.object({ article: z.string() }),
      output: Order,
      run: ({ input, http, idempotencyKey }) =>
        http.post('/orders', { body: { ...input, reference: idempotencyKey }, reply: Order }),
      async reconcile({ http, idempotencyKey }) {
        const reply = z.object({ items: z.array(Order) });
        const { items } = await http.get('/orders', { query: { reference: idempotencyKey }, reply });
        const [output] = items;
        return output === undefined ? { happened: false } : { happened: true, output };
      },
    },
  },
});

const ANN = { id: '7', email: 'ann@example.com', name: 'Ann' };

export const EXAMPLES: ConformanceExamples = {
  settings: { baseUrl: 'https://acme.example/api', token: 'canary-token-1' },
  health: { replies: [{ request: 'GET /me', json: { name: 'hub' } }] },
  capabilities: {
    'crm.contact.find': [
      {
        name: 'one that is there',
        input: { email: 'ann@example.com' },
        replies: [{ request: 'GET /contacts?email=ann@example.com', json: { items: [ANN] } }],
        output: { contact: { id: '7' } },
      },
      {
        name: 'none',
        input: { email: 'bob@example.com' },
        replies: [{ json: { items: [] } }],
        output: { contact: null },
      },
    ],
    'crm.contact.create': [
      {
        input: { email: 'ann@example.com', name: 'Ann' },
        replies: [{ request: 'POST /contacts', status: 201, json: ANN }],
        output: ANN,
      },
    ],
    'crm.order.place': [
      {
        input: { article: 'A1' },
        replies: [{ request: 'POST /orders', json: { number: 'O-1' } }],
        output: { number: 'O-1' },
        reconcile: [
          { replies: [{ json: { items: [{ number: 'O-1' }] } }], happened: true, output: { number: 'O-1' } },
          { replies: [{ json: { items: [] } }], happened: false },
        ],
      },
    ],
  },
};

type Change = Partial<Plugin['capabilities'][string]>;

/** The connector with something else in one capability. */
export function withCapability(name: string, change: Change): Plugin {
  const capability = ACME.capabilities[name] as Plugin['capabilities'][string];
  return { ...ACME, capabilities: { ...ACME.capabilities, [name]: { ...capability, ...change } } };
}
