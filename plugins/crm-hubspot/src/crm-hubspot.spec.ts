import { Client } from '@hubspot/api-client';
import type { CrmContact, CrmTask } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { CRM_BEHAVIOURS } from '@tutti/plugin-sdk/testing/crm';
import { VENDOR_FAILURES, type VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import { htmlOf, textOf } from './html.js';
import plugin from './index.js';
import { startHubSpot, TOKEN } from './testing/hubspot-simulator.js';

let server: VendorServer;
let bench: PluginBench;
const benchWith = (settings: object = {}) =>
  pluginBench(plugin, { baseUrl: server.origin, accessToken: TOKEN, ...settings });

beforeEach(async () => {
  server = await startHubSpot();
  bench = benchWith();
});
afterEach(() => server.stop());

const ANN = { email: 'ann@example.com', name: 'Ann Ode' };
const upsert = async (input: object, by = bench) =>
  ((await by.call('crm.contact.upsert', input)) as { contact: CrmContact }).contact;

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(CRM_BEHAVIOURS)('$name', ({ holds }) => holds({ server, bench }));

it.each(VENDOR_FAILURES)('$name', ({ holds }) =>
  holds({ server, bench, secret: TOKEN, read: { capability: 'crm.contact.find', input: { id: '1' } } }),
);

describe('the simulated HubSpot satisfies the official client', () => {
  const client = () => new Client({ accessToken: TOKEN, basePath: server.origin });

  it('with contacts: create, read by email, change, search, upsert in a batch', async () => {
    const { basicApi, batchApi, searchApi } = client().crm.contacts;
    const created = await basicApi.create({ properties: { email: 'Ann@Example.com', firstname: 'Ann' } });
    expect(created.createdAt).toBeInstanceOf(Date);
    const read = await basicApi.getById('ann@example.com', ['email'], undefined, undefined, false, 'email');
    expect(read).toMatchObject({ id: created.id, properties: { email: 'ann@example.com' } });
    await basicApi.update(created.id, { properties: { firstname: '' } });
    const upserted = await batchApi.upsert({
      inputs: [
        { id: 'ann@example.com', idProperty: 'email', properties: { lastname: 'Ode' } },
        { id: 'bob@example.com', idProperty: 'email', properties: { lastname: 'Neil' } },
      ],
    });
    const made = upserted.results as { id: string; _new?: boolean }[];
    expect(made.map(({ _new }) => _new)).toEqual([false, true]);
    expect(upserted.completedAt).toBeInstanceOf(Date);
    const filters = [{ propertyName: 'email', operator: 'EQ' as never, value: 'bob@example.com' }];
    const found = await searchApi.doSearch({ filterGroups: [{ filters }], limit: 10 });
    expect(found).toMatchObject({ total: 1, results: [{ id: made[1]?.id }] });
  });

  it('with notes and their associations, and with what it refuses', async () => {
    const { contacts, objects, associations } = client().crm;
    const { id } = await contacts.basicApi.create({ properties: { email: 'ann@example.com' } });
    const types = [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: 202 }];
    const note = await objects.notes.basicApi.create({
      properties: { hs_note_body: 'x', hs_timestamp: '2026-11-22T10:00:00Z' },
      associations: [{ to: { id }, types }],
    });
    const page = await associations.v4.basicApi.getPage('contacts', id, 'notes', undefined, 500);
    expect(page.results.map(({ toObjectId }) => `${toObjectId}`)).toEqual([note.id]);
    await expect(
      contacts.basicApi.create({ properties: { email: 'ann@example.com' } }),
    ).rejects.toMatchObject({ code: 409, body: { category: 'CONFLICT' } });
    await expect(contacts.basicApi.getById('999999')).rejects.toMatchObject({ code: 404 });
    const stranger = new Client({ accessToken: 'no', basePath: server.origin });
    await expect(stranger.crm.contacts.basicApi.getById(id)).rejects.toMatchObject({ code: 401 });
  });
});

describe('what is special', () => {
  it('tells which portal it is, and that a token is none', async () => {
    expect(await bench.health()).toBe('Portal 4711 (STANDARD)');
    const error = { status: 401, message: 'HubSpot: Authentication credentials not found.' };
    await expect(benchWith({ accessToken: 'no' }).health()).rejects.toMatchObject(error);
  });

  it('keeps tags in a property that is made for them', async () => {
    const tagged = benchWith({ tagsProperty: 'hub_tags' });
    expect(await upsert({ ...ANN, tags: ['vip', 'eu'] }, tagged)).toMatchObject({ tags: ['vip', 'eu'] });
    expect(await upsert({ ...ANN, tags: [] }, tagged)).toMatchObject({ tags: [] });
    await expect(upsert({ ...ANN, tags: ['vip'] })).rejects.toMatchObject({ status: 422 });
  });

  it('refuses a contact that a repeat would create twice', () =>
    expect(upsert({ name: 'Nobody' })).rejects.toMatchObject({ fate: 'permanent', status: 422 }));

  it.each([
    ['SECONDLY', { fate: 'transient', reason: 'throttled', retryAfterMs: 1_000 }],
    ['TEN_SECONDLY_ROLLING', { fate: 'transient', reason: 'throttled', retryAfterMs: 10_000 }],
    ['DAILY', { fate: 'permanent', reason: 'unavailable', status: 429 }],
  ])('waits as long as the limit %s asks for', async (policyName, error) => {
    const body = {
      status: 'error',
      message: 'You have reached your limit.',
      errorType: 'RATE_LIMIT',
      policyName,
    };
    server.failNext({ status: 429, body });
    await expect(upsert(ANN)).rejects.toMatchObject(error);
  });

  it('waits as long as a reply says that names no limit', async () => {
    server.failNext({ status: 429, headers: { 'retry-after': '7' }, body: { message: 'slow down' } });
    await expect(upsert(ANN)).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  it('tells what HubSpot says of a batch that it took in part', async () => {
    const errors = [{ status: 'error', category: 'CONFLICT', message: 'Contact already exists.' }];
    server.failNext({ status: 207, body: { status: 'COMPLETE', results: [], errors, numErrors: 1 } });
    const error = { status: 409, message: 'HubSpot: Contact already exists.' };
    await expect(upsert(ANN)).rejects.toMatchObject(error);
  });

  it('knows a task without a contact again by search, and says when it cannot', async () => {
    const input = { title: 'Water the plants' };
    const ports = { idempotencyKey: 'key-task' };
    expect(await bench.reconcile('crm.task.create', input, ports)).toEqual({ happened: 'unknown' });
    const made = (await bench.call('crm.task.create', input, ports)) as { task: CrmTask };
    expect(made.task).toMatchObject({ ...input, contactId: null, status: 'open' });
    expect(made.task.dueOn).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(await bench.reconcile('crm.task.create', input, ports)).toEqual({ happened: true, output: made });
  });

  it('works with records of any type', async () => {
    const records = ['1', '2', '3'].map((id) => ({ id, properties: { name: `Company ${id}` } }));
    const call = { type: 'companies', idProperty: 'tutti_number', records };
    const made = await bench.call('hubspot.object.upsert', call);
    expect(made).toMatchObject({ results: [{ created: true }, { created: true }, { created: true }] });
    expect(await bench.call('hubspot.object.upsert', call)).toMatchObject({
      results: [{ created: false }, {}, {}],
    });
    const filterGroups = [[{ propertyName: 'name', operator: 'EQ', value: 'Company 2' }]];
    const found = await bench.call('hubspot.object.search', { type: 'companies', filterGroups });
    expect(found).toMatchObject({ total: 1, after: null, results: [{ properties: { tutti_number: '2' } }] });
    const [first] = (found as { results: { id: string }[] }).results;
    const page = await bench.call('hubspot.object.search', { type: 'companies', limit: 2 });
    expect(page).toMatchObject({ total: 3, after: '2', results: [{}, {}] });
    const { id } = await upsert(ANN);
    const link = { from: { type: 'contacts', id }, to: { type: 'companies', id: first?.id } };
    expect(await bench.call('hubspot.object.link', link)).toEqual({ linked: true });
    const get = { type: 'companies', id: '3', idProperty: 'tutti_number' };
    expect(await bench.call('hubspot.object.get', get)).toMatchObject({
      object: { properties: { name: 'Company 3' } },
    });
    expect(await bench.call('hubspot.object.get', { ...get, id: '4' })).toEqual({ object: null });
  });

  it('finds its way over several pages of notes', async () => {
    const { id: contactId } = await upsert(ANN);
    for (const text of ['1', '2', '3', '4', '5'])
      await bench.call('crm.note.create', { contactId, text }, { idempotencyKey: text });
    const { notes } = (await bench.call('crm.note.list', { contactId })) as { notes: { text: string }[] };
    expect(notes.map(({ text }) => text)).toEqual(['5', '4', '3', '2', '1']);
  });

  it.each([
    ['a < b & "c"\nd', 'a &lt; b &amp; &quot;c&quot;<br>d'],
    ['plain', 'plain'],
  ])('keeps the text %j', (text, html) => {
    expect(htmlOf(text)).toBe(html);
    expect(textOf(html)).toBe(text);
  });

  it('reads what people write in the editor', () =>
    expect(textOf('<div dir="auto"><p>Hello&nbsp;<b>Ann</b></p><p>&amp;lt;</p></div>')).toBe(
      'Hello Ann\n&lt;',
    ));
});

describe('what HubSpot sends by itself', () => {
  const happening = (more: object = {}) => ({
    eventId: 100,
    subscriptionId: 7,
    portalId: 1,
    occurredAt: 1_790_000_000_000,
    subscriptionType: 'contact.propertyChange',
    attemptNumber: 0,
    objectId: 123,
    propertyName: 'phone',
    propertyValue: '1',
    changeSource: 'CRM_UI',
    ...more,
  });
  const sent = (events: unknown, options = {}) =>
    bench.webhook('hubspot.event.happened', { text: JSON.stringify(events), options });

  it('is an event each, by the same name when it is sent again', async () => {
    const both = [happening(), happening({ propertyName: 'email', propertyValue: 'a@b.de' })];
    const first = await sent(both);
    expect(first).toMatchObject({
      events: [
        {
          key: '123',
          data: { type: 'contact.propertyChange', objectId: '123', property: 'phone', value: '1' },
        },
        { key: '123', data: { property: 'email' } },
      ],
    });
    expect(await sent(both.map((one) => ({ ...one, attemptNumber: 3 })))).toEqual(first);
    const { events } = first as { events: { id: string }[] };
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });

  it('is left out where it is not asked for, and refused where it is nothing of HubSpot', async () => {
    expect(await sent([happening()], { types: ['deal.creation'] })).toBe('ignored');
    await expect(sent({ other: 1 })).rejects.toMatchObject({ fate: 'permanent', status: 422 });
  });
});
