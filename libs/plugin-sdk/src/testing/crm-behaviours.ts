import assert from 'node:assert/strict';
import type { CrmContact, CrmNote, CrmTask } from '@tutti/contracts';
import { fails, includes } from './failures.js';
import type { PluginBench } from './plugin-bench.js';
import type { VendorServer } from './vendor-server.js';

/** A CRM connector with a simulated CRM behind it that holds no contacts yet. */
export interface CrmSubject {
  server: VendorServer;
  bench: PluginBench;
}

/** Something that holds for every CRM connector. */
export interface CrmBehaviour {
  name: string;
  holds(subject: CrmSubject): Promise<void>;
}

const ANN = { email: 'ann@example.com', name: 'Ann Ode', company: 'Ode Ltd', phone: '+49 30 1' };

async function upsert({ bench }: CrmSubject, input: object, idempotencyKey = 'key-upsert') {
  return (await bench.call('crm.contact.upsert', input, { idempotencyKey })) as {
    contact: CrmContact;
    created: boolean;
  };
}
async function find({ bench }: CrmSubject, input: object) {
  return (await bench.call('crm.contact.find', input)) as {
    contact: CrmContact | null;
    candidates: CrmContact[];
  };
}
async function notes({ bench }: CrmSubject, contactId: string) {
  return ((await bench.call('crm.note.list', { contactId })) as { notes: CrmNote[] }).notes;
}

/**
 * Performs a write, loses the answer of its last request, and goes on as the host would: a safe write is
 * repeated with its key, another one is asked after. Gives the output.
 */
async function afterLostAnswer(
  { bench, server }: CrmSubject,
  write: { capability: string; input: object; key: string },
): Promise<unknown> {
  const { capability, input, key } = write;
  const ports = { idempotencyKey: key };
  const before = await bench.reconcile(capability, input, ports);
  assert.notEqual(before.happened, true, 'It says that it happened before it did.');
  await losing(server, () => bench.call(capability, input, ports));
  const found = await bench.reconcile(capability, input, ports);
  assert.notEqual(found.happened, false, 'It says that it did not happen, but it did.');
  if (found.happened === true) return found.output;
  return bench.call(capability, input, ports);
}

/** Has the answer to the first write cut, whichever request of the call that is. */
async function losing(server: VendorServer, call: () => Promise<unknown>): Promise<void> {
  server.loseNextWrite();
  await fails(call(), { fate: 'transient' });
}

const CONTACTS: readonly CrmBehaviour[] = [
  {
    name: 'creates a contact, then changes it by email in the given fields only',
    async holds(subject) {
      const first = await upsert(subject, ANN);
      includes(first, { created: true, contact: { ...ANN, tags: [] } });
      const second = await upsert(subject, { email: ANN.email, phone: '+49 30 2' }, 'key-2');
      includes(second, { created: false, contact: { ...ANN, id: first.contact.id, phone: '+49 30 2' } });
      assert.ok(second.contact.version > first.contact.version, 'The version did not grow.');
    },
  },
  {
    name: 'changes a contact by id, empties fields, and knows when there is none',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      const changed = await upsert(subject, { id: contact.id, phone: null, name: 'Ann B. Ode' }, 'key-2');
      includes(changed, { created: false, contact: { ...ANN, phone: null, name: 'Ann B. Ode' } });
      await fails(upsert(subject, { id: '999999', phone: '1' }, 'key-3'), { fate: 'permanent', status: 404 });
    },
  },
  {
    name: 'refuses a change that expects another version, and repeats one that was made',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      const change = { email: ANN.email, phone: '1', expectedVersion: contact.version };
      const { contact: changed } = await upsert(subject, change, 'key-2');
      includes(await upsert(subject, change, 'key-2'), { created: false, contact: changed });
      const late = { ...change, phone: '2' };
      await fails(upsert(subject, late, 'key-3'), { fate: 'permanent', status: 409 });
      await fails(upsert(subject, { ...late, id: contact.id, email: undefined }, 'key-4'), { status: 409 });
      assert.equal((await find(subject, { id: contact.id })).contact?.phone, '1');
    },
  },
  {
    name: 'creates one contact when the answer of the first attempt is lost',
    async holds(subject) {
      const output = await afterLostAnswer(subject, {
        capability: 'crm.contact.upsert',
        input: ANN,
        key: 'key-lost',
      });
      includes(output, { contact: ANN });
      assert.equal((await find(subject, { text: 'Ode' })).candidates.length, 1);
    },
  },
  {
    name: 'finds contacts by id, email in any case, and a part of name or company',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      await upsert(subject, { email: 'bob@example.com', name: "Bob O'Neil", company: '100% Other' }, 'key-2');
      for (const by of [{ id: contact.id }, { email: 'ANN@example.com' }, { text: 'Ann' }, { text: 'ode' }])
        assert.deepEqual(await find(subject, by), { contact, candidates: [contact] }, JSON.stringify(by));
      includes(await find(subject, { text: "O'Neil" }), { contact: { email: 'bob@example.com' } });
      const none = { contact: null, candidates: [] };
      for (const by of [{}, { id: '999999' }, { email: 'no@example.com' }, { text: '_' }])
        assert.deepEqual(await find(subject, by), none, JSON.stringify(by));
      assert.deepEqual(await find(subject, { id: contact.id, text: 'Other' }), none);
      assert.deepEqual(await find(subject, { email: contact.email, text: 'Other' }), none);
    },
  },
  {
    name: 'tells of contacts that were made or changed, once for each change',
    async holds(subject) {
      const look = (cursor: unknown) => subject.bench.poll('crm.contact.changed', { cursor });
      const { contact } = await upsert(subject, ANN);
      const first = await look({ from: '2026-01-01T00:00:00.000Z', seen: [] });
      includes(first.events, [{ key: contact.id, data: contact }]);
      const { contact: changed } = await upsert(subject, { email: ANN.email, phone: '+49 30 2' }, 'key-2');
      const second = await look(first.cursor);
      includes(second.events, [{ key: contact.id, data: changed }]);
      assert.notEqual(second.events[0]?.id, first.events[0]?.id);
      assert.deepEqual((await look(second.cursor)).events, []);
      assert.deepEqual((await look(null)).events, []);
    },
  },
  {
    name: 'says that it does not know which of several',
    async holds(subject) {
      await upsert(subject, ANN);
      await upsert(subject, { ...ANN, email: 'ann2@example.com' }, 'key-2');
      const found = await find(subject, { text: 'Ann' });
      assert.equal(found.contact, null);
      assert.equal(found.candidates.length, 2);
    },
  },
];

const NOTES_AND_TASKS: readonly CrmBehaviour[] = [
  {
    name: 'writes notes, the newest first, with their source',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      const note = (text: string, source: string | null) =>
        subject.bench.call(
          'crm.note.create',
          { contactId: contact.id, text, source },
          { idempotencyKey: `key-${text}` },
        );
      includes(await note('first <b>&\nline', null), { note: { text: 'first <b>&\nline', source: null } });
      await note('second', 'http://hub/runs/1?a=1&b=2');
      includes(await notes(subject, contact.id), [
        { contactId: contact.id, text: 'second', source: 'http://hub/runs/1?a=1&b=2' },
        { contactId: contact.id, text: 'first <b>&\nline', source: null },
      ]);
      const { notes: one } = (await subject.bench.call('crm.note.list', {
        contactId: contact.id,
        limit: 1,
      })) as { notes: CrmNote[] };
      assert.deepEqual(
        one.map(({ text }) => text),
        ['second'],
      );
    },
  },
  {
    name: 'writes one note when the answer of the first attempt is lost',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      const input = { contactId: contact.id, text: 'once', source: 'here' };
      const output = await afterLostAnswer(subject, { capability: 'crm.note.create', input, key: 'key-n' });
      includes(output, { note: { contactId: contact.id, text: 'once', source: 'here' } });
      assert.equal((await notes(subject, contact.id)).length, 1);
    },
  },
  {
    name: 'refuses a note to a contact that does not exist',
    async holds({ bench }) {
      const input = { contactId: '999999', text: 'x' };
      await fails(bench.call('crm.note.create', input), { fate: 'permanent' });
    },
  },
  {
    name: 'creates a task and completes it once',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      const { task } = (await subject.bench.call('crm.task.create', {
        title: 'Call back',
        contactId: contact.id,
        dueOn: '2026-12-01',
      })) as { task: CrmTask };
      const expected = { title: 'Call back', contactId: contact.id, dueOn: '2026-12-01' };
      includes(task, { ...expected, status: 'open', completedAt: null });
      const complete = (input: object) => subject.bench.call('crm.task.complete', { id: task.id, ...input });
      await fails(complete({ expectedVersion: task.version + 1 }), { fate: 'permanent', status: 409 });
      const done = (await complete({ expectedVersion: task.version })) as { task: CrmTask };
      includes(done.task, { ...expected, id: task.id, status: 'done' });
      assert.notEqual(done.task.completedAt, null);
      assert.deepEqual(await complete({ expectedVersion: task.version }), done);
      await fails(subject.bench.call('crm.task.complete', { id: '999999' }), {
        fate: 'permanent',
        status: 404,
      });
    },
  },
  {
    name: 'creates one task when the answer of the first attempt is lost',
    async holds(subject) {
      const { contact } = await upsert(subject, ANN);
      const input = { title: 'Once', contactId: contact.id, dueOn: '2026-12-01' };
      const output = await afterLostAnswer(subject, { capability: 'crm.task.create', input, key: 'key-t' });
      includes(output, { task: { title: 'Once', contactId: contact.id } });
    },
  },
];

/** Behaviours that a CRM connector shares with all others: run each as a test of its own. */
export const CRM_BEHAVIOURS: readonly CrmBehaviour[] = [...CONTACTS, ...NOTES_AND_TASKS];
