import { attemptCapability } from '@tutti/plugin-sdk';
import { reportText, testPlugin, type ConformanceExamples } from '@tutti/plugin-sdk/conformance';
import { createPluginDatabase, type PluginTestDatabase } from '@tutti/testing';
import plugin from './index.js';

/** The numbers begin anew with the database. */
const CONTACT = 'CON-10001';
const TASK = 'TASK-10001';
const EXAMPLES: ConformanceExamples = {
  health: {},
  capabilities: {
    'crm.contact.find': [{ input: { email: 'ann@example.com' }, output: { contact: { id: CONTACT } } }],
    'crm.contact.upsert': [
      { name: 'a new one', input: { name: 'Bob' }, output: { created: true, contact: { name: 'Bob' } } },
      {
        name: 'a change',
        input: { id: CONTACT, phone: '1' },
        output: { created: false, contact: { version: 2 } },
      },
    ],
    'crm.note.create': [
      { input: { contactId: CONTACT, text: 'called' }, output: { note: { text: 'called' } } },
    ],
    'crm.note.list': [{ input: { contactId: CONTACT }, output: { notes: [] } }],
    'crm.task.create': [{ input: { title: 'call' }, output: { task: { status: 'open' } } }],
    'crm.task.complete': [{ input: { id: TASK }, output: { task: { status: 'done' } } }],
  },
};

let database: PluginTestDatabase;
beforeAll(async () => {
  database = await createPluginDatabase(plugin);
});
afterAll(() => database.drop());

async function prepare(): Promise<void> {
  await database.reset();
  const perform = (capability: string, input: unknown) =>
    attemptCapability(plugin, capability, { input, database, idempotencyKey: capability });
  await perform('crm.contact.upsert', { name: 'Ann', email: 'ann@example.com' });
  await perform('crm.task.create', { title: 'write' });
}

it('keeps the rules of a connector', async () => {
  const report = await testPlugin(plugin, EXAMPLES, { database, prepare });
  expect(report.failed === 0 ? '' : reportText(report)).toBe('');
}, 120_000);
