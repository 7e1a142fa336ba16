import type { CrmContact, CrmNote, CrmTask } from '@tutti/contracts';
import { attemptCapability, verifyPlugin } from '@tutti/plugin-sdk';
import { createPluginDatabase, type PluginTestDatabase } from '@tutti/testing';
import plugin from './index.js';

let database: PluginTestDatabase;
let keys = 0;

beforeAll(async () => {
  database = await createPluginDatabase(plugin);
});
beforeEach(() => database.reset());
afterAll(() => database.drop());

async function call<T>(
  capability: string,
  input: unknown,
  idempotencyKey = `key-${(keys += 1)}`,
): Promise<T> {
  return (await attemptCapability(plugin, capability, { input, database, idempotencyKey })) as T;
}
const upsert = (input: Record<string, unknown>) =>
  call<{ contact: CrmContact; created: boolean }>('crm.contact.upsert', input);
const ANN = { name: 'Ann Ode', email: 'Ann@Example.com', company: 'Ode Ltd', tags: ['vip'] };

it('keeps the rules for plugins and tells its state', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  await upsert(ANN);
  await expect(plugin.health?.({ database } as never)).resolves.toBe('1 contacts');
});

describe('contacts', () => {
  it('are created, then changed by email or id in the given fields only', async () => {
    const { contact, created } = await upsert(ANN);
    expect({ created, version: contact.version, tags: contact.tags }).toEqual({
      created: true,
      version: 1,
      tags: ['vip'],
    });
    const byEmail = await upsert({ email: 'ann@example.com', phone: '+49 30 1' });
    expect(byEmail).toEqual({
      created: false,
      contact: { ...contact, email: 'ann@example.com', phone: '+49 30 1', version: 2 },
    });
    const byId = await upsert({ id: contact.id, company: null, expectedVersion: 2 });
    expect(byId.contact).toMatchObject({ company: null, phone: '+49 30 1', version: 3 });
  });

  it('are found by id, email in any case, and a part of name or company', async () => {
    const { contact } = await upsert(ANN);
    await upsert({ name: 'Bob 100%', company: 'Other' });
    for (const by of [{ id: contact.id }, { email: 'ANN@EXAMPLE.COM' }, { text: 'ode l' }, { text: 'ANN' }]) {
      expect(await call('crm.contact.find', by)).toEqual({ contact, candidates: [contact] });
    }
    expect(await call('crm.contact.find', { text: '0%' })).toMatchObject({ contact: { name: 'Bob 100%' } });
    expect(await call('crm.contact.find', { text: 'o' })).toMatchObject({
      contact: null,
      candidates: [{}, {}],
    });
    expect(await call('crm.contact.find', {})).toEqual({ contact: null, candidates: [] });
  });

  it('are refused at another version, without a name, unknown, or with an email that is taken', async () => {
    const { contact } = await upsert(ANN);
    await expect(upsert({ id: contact.id, name: 'X', expectedVersion: 2 })).rejects.toMatchObject({
      status: 409,
      reply: { contact },
    });
    await expect(upsert({ email: 'new@example.com' })).rejects.toMatchObject({ status: 422 });
    await expect(upsert({ id: 'CON-1', name: 'X' })).rejects.toMatchObject({ status: 404 });
    await expect(upsert({ email: 'new@example.com', name: 'X', expectedVersion: 1 })).rejects.toMatchObject({
      status: 409,
    });
    const other = await upsert({ name: 'Bob' });
    await expect(upsert({ id: other.contact.id, email: 'ann@example.com' })).rejects.toMatchObject({
      status: 409,
    });
  });

  it('of two racing changes at one version one wins', async () => {
    const { contact } = await upsert(ANN);
    const races = await Promise.allSettled(
      ['x', 'y'].map((name) => upsert({ id: contact.id, name, expectedVersion: 1 })),
    );
    expect(races.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('with one idempotency key are created once, and another request with it is refused', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('crm.contact.upsert', { name: 'Ann' }, 'race')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await database.query('SELECT id FROM contacts')).toHaveLength(1);
    await expect(call('crm.contact.upsert', { name: 'Bob' }, 'race')).rejects.toMatchObject({
      fate: 'permanent',
      status: 422,
    });
  });
});

describe('notes', () => {
  it('are listed with the newest first', async () => {
    const { contact } = await upsert(ANN);
    for (const text of ['first', 'second', 'third'])
      await call('crm.note.create', { contactId: contact.id, text, source: 'run 1' });
    const { notes } = await call<{ notes: CrmNote[] }>('crm.note.list', { contactId: contact.id, limit: 2 });
    expect(notes.map(({ text, source }) => [text, source])).toEqual([
      ['third', 'run 1'],
      ['second', 'run 1'],
    ]);
    expect(new Date(notes[0]?.createdAt ?? '').getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('are written once per key and need a contact', async () => {
    const { contact } = await upsert(ANN);
    const input = { contactId: contact.id, text: 'once' };
    const note = await call('crm.note.create', input, 'note');
    expect(await call('crm.note.create', input, 'note')).toEqual(note);
    expect(await database.query('SELECT id FROM notes')).toHaveLength(1);
    await expect(call('crm.note.create', { contactId: 'CON-1', text: 'x' })).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('tasks', () => {
  it('are completed once', async () => {
    const { contact } = await upsert(ANN);
    const input = { title: 'Call Ann', contactId: contact.id, dueOn: '2026-12-01' };
    const { task } = await call<{ task: CrmTask }>('crm.task.create', input);
    expect(task).toMatchObject({ status: 'open', dueOn: '2026-12-01', completedAt: null, version: 1 });
    const { task: done } = await call<{ task: CrmTask }>('crm.task.complete', {
      id: task.id,
      expectedVersion: 1,
    });
    expect(done).toMatchObject({ status: 'done', version: 2 });
    expect(await call('crm.task.complete', { id: task.id })).toEqual({ task: done });
    await expect(call('crm.task.complete', { id: task.id, expectedVersion: 1 })).rejects.toMatchObject({
      status: 409,
    });
  });

  it('need no contact, but one that exists', async () => {
    expect(await call('crm.task.create', { title: 'Tidy up' })).toMatchObject({ task: { contactId: null } });
    await expect(call('crm.task.create', { title: 'X', contactId: 'CON-1' })).rejects.toMatchObject({
      status: 404,
    });
    await expect(call('crm.task.complete', { id: 'TASK-1' })).rejects.toMatchObject({ status: 404 });
  });
});
