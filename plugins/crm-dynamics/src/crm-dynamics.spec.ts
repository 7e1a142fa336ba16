import type { CrmContact, CrmTask } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { CRM_BEHAVIOURS } from '@tutti/plugin-sdk/testing/crm';
import { grantedToken, VENDOR_FAILURES, type VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import { DynamicsWebApi } from 'dynamics-web-api';
import plugin from './index.js';
import { literal, pathOf } from './records.js';
import { CLIENT, startDynamics } from './testing/dynamics-simulator.js';

let server: VendorServer;
let bench: PluginBench;
const settingsWith = (more: object = {}) => ({
  baseUrl: server.origin,
  authorityUrl: server.origin,
  ...CLIENT,
  ...more,
});

beforeEach(async () => {
  server = await startDynamics();
  bench = pluginBench(plugin, settingsWith(), await grantedToken(plugin, settingsWith()));
});
afterEach(() => server.stop());

const ANN = { email: 'ann@example.com', name: 'Ann Ode' };
const upsert = async (input: object) =>
  (await bench.call('crm.contact.upsert', input)) as { contact: CrmContact; created: boolean };
const account = (number: string, fields: object) =>
  bench.call('dynamics.record.upsert', { set: 'accounts', key: { accountnumber: number }, fields });

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(CRM_BEHAVIOURS)('$name', ({ holds }) => holds({ server, bench }));

it.each(VENDOR_FAILURES)('$name', async ({ holds }) => {
  await bench.health();
  await holds({
    server,
    bench,
    secret: CLIENT.clientSecret,
    read: { capability: 'dynamics.record.query', input: { set: 'accounts' } },
  });
});

describe('the simulated Dynamics satisfies the client dynamics-web-api', () => {
  const client = () =>
    new DynamicsWebApi({
      serverUrl: server.origin,
      dataApi: { version: '9.2' },
      onTokenRefresh: () => Promise.resolve('entra-token'),
    });

  it('create, change, upsert by alternate key, read, query over pages', async () => {
    const data = { lastname: 'Ode', emailaddress1: 'ann@example.com' };
    const made = await client().create({ collection: 'contacts', data, returnRepresentation: true });
    const key = (made as unknown as { contactid: string }).contactid;
    await client().update({ collection: 'contacts', key, data: { telephone1: '1' } });
    const read = await client().retrieve({
      collection: 'contacts',
      key,
      select: ['telephone1', 'versionnumber'],
    });
    expect(read).toMatchObject({ contactid: key, telephone1: '1' });
    for (const number of ['1', '2', '3'])
      await client().upsert({
        collection: 'accounts',
        key: `accountnumber='${number}'`,
        data: { name: `Company ${number}` },
      });
    const all = await client().retrieveAll({ collection: 'accounts', select: ['name'], orderBy: ['name'] });
    const names = (all.value as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['Company 1', 'Company 2', 'Company 3']);
    const some = { collection: 'accounts', filter: "contains(name,'2') and accountnumber eq '2'" };
    expect((await client().retrieveMultiple(some)).value).toMatchObject([{ name: 'Company 2' }]);
  });

  it('and what it refuses', async () => {
    const contacts = { collection: 'contacts', key: '00000000-0000-4000-8000-000000000000' };
    await expect(client().retrieve(contacts)).rejects.toMatchObject({ status: 404 });
    const data = { lastname: 'Ode' };
    const { contactid: key } = (await client().create({
      collection: 'contacts',
      data,
      returnRepresentation: true,
    })) as unknown as { contactid: string };
    const stale = { collection: 'contacts', key, data, ifmatch: 'W/"1"' };
    // The client's way to say 412.
    expect(await client().update(stale)).toBe(false);
    expect(await client().update({ ...stale, ifmatch: '*' })).toBe(true);
  });
});

describe('signing in', () => {
  it('is declared for the environment that is called, and the host does it', async () => {
    expect(await bench.health()).toBe('Application user user-1 of organization org-1');
  });

  it('that is refused says why', async () => {
    const stranger = grantedToken(plugin, settingsWith({ clientSecret: 'another-canary' }));
    await expect(stranger).rejects.toThrow('AADSTS7000215');
  });
});

describe('what is special', () => {
  it('a guarded change fails when somebody was faster, in Dynamics itself', async () => {
    const { contact } = await upsert(ANN);
    const change = { ...ANN, phone: '1', expectedVersion: contact.version };
    // Between the reading of the version and the change.
    const seen = server.seen.length;
    server.failNext(null, {
      status: 412,
      body: { error: { code: '0x80060882', message: "The version doesn't match." } },
    });
    const error = { fate: 'permanent', status: 409, message: "Dynamics: The version doesn't match." };
    await expect(upsert(change)).rejects.toMatchObject(error);
    expect(server.seen.slice(seen).at(-1)?.headers['if-match']).toBe(`W/"${contact.version}"`);
  });

  it('two calls that create the same contact at once make one', async () => {
    await bench.health();
    const [one, other] = await Promise.all([upsert(ANN), upsert(ANN)]);
    expect(one.contact.id).toBe(other.contact.id);
    expect([one.created, other.created].toSorted()).toEqual([false, true]);
  });

  it('a contact that got another email is not taken for the new one', async () => {
    const { contact } = await upsert(ANN);
    await upsert({ id: contact.id, email: 'old@example.com' });
    const second = await upsert(ANN);
    expect(second).toMatchObject({ created: true, contact: { email: ANN.email } });
    expect(second.contact.id).not.toBe(contact.id);
  });

  it('keeps companies as accounts, each of them once', async () => {
    await upsert({ ...ANN, company: "Ode's Ltd" });
    await upsert({ email: 'bob@example.com', name: 'Bob', company: "Ode's Ltd" });
    const accounts = await bench.call('dynamics.record.query', { set: 'accounts', select: ['name'] });
    expect(accounts).toMatchObject({ done: true, records: [{ name: "Ode's Ltd" }] });
    expect((await upsert({ ...ANN, company: null })).contact.company).toBeNull();
  });

  it('makes a task without contact and date once', async () => {
    const create = () =>
      bench.call('crm.task.create', { title: 'Water the plants' }, { idempotencyKey: 'k' }) as Promise<{
        task: CrmTask;
      }>;
    const first = await create();
    expect(first.task).toMatchObject({ contactId: null, dueOn: null, status: 'open' });
    expect(await create()).toEqual(first);
    const tasks = await bench.call('dynamics.record.query', { set: 'tasks' });
    expect((tasks as { records: object[] }).records).toHaveLength(1);
  });

  it('says that it has no tags', () =>
    expect(upsert({ ...ANN, tags: ['vip'] })).rejects.toMatchObject({ status: 422 }));

  it('works with records of any set, over pages', async () => {
    for (const number of ["1'a", '2', '3', '4', '5'])
      expect(await account(number, { name: `Company ${number}` })).toMatchObject({ created: true });
    expect(await account("1'a", { name: "Company 1'b" })).toMatchObject({ created: false });
    const get = { set: 'accounts', key: { accountnumber: "1'a" }, select: ['name'] };
    expect(await bench.call('dynamics.record.get', get)).toMatchObject({ record: { name: "Company 1'b" } });
    expect(await bench.call('dynamics.record.get', { ...get, key: { accountnumber: '9' } })).toEqual({
      record: null,
    });
    const query = { set: 'accounts', select: ['name'], orderBy: [{ field: 'name', descending: true }] };
    const names = async (more: object) =>
      (await bench.call('dynamics.record.query', { ...query, ...more })) as {
        records: { name: string }[];
        done: boolean;
      };
    const all = await names({});
    expect(all.records.map(({ name }) => name.slice(8))).toEqual(['5', '4', '3', '2', "1'b"]);
    expect(all.done).toBe(true);
    expect(await names({ limit: 3 })).toMatchObject({ done: false, records: [{}, {}, {}] });
    const by = { filter: 'name eq @name', parameters: { name: "Company 1'b" } };
    expect((await names(by)).records).toHaveLength(1);
    const hostile = { filter: 'name eq @name', parameters: { name: "x' or name ne 'x" } };
    expect((await names(hostile)).records).toHaveLength(0);
  });

  it.each([
    ["O'Neil", "'O''Neil'"],
    [1.5, '1.5'],
    [null, 'null'],
    [{ date: '2026-11-22' }, '2026-11-22'],
  ])('writes the value %j as %s', (value, text) => expect(literal(value)).toBe(text));

  it('keeps keys within their place', () =>
    expect(pathOf('accounts', { accountnumber: "a'/b?c", n: 1 })).toBe(
      "/accounts(accountnumber='a''%2Fb%3Fc',n=1)",
    ));
});
