import { Connection } from '@jsforce/jsforce-node';
import type { CrmContact } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { CRM_BEHAVIOURS } from '@tutti/plugin-sdk/testing/crm';
import { grantedToken, VENDOR_FAILURES, type VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import plugin from './index.js';
import { csvOf } from './csv.js';
import { bound, holding, quoted } from './soql.js';
import { CLIENT, startSalesforce, type SalesforceSimulator } from './testing/salesforce-simulator.js';

let server: VendorServer;
let org: SalesforceSimulator;
let bench: PluginBench;
let accessToken: string;
const settingsWith = (more: object = {}) => ({ baseUrl: server.origin, ...CLIENT, ...more });
const benchWith = (more: object = {}) => pluginBench(plugin, settingsWith(more), { accessToken });

beforeEach(async () => {
  ({ server, org } = await startSalesforce());
  ({ accessToken } = await grantedToken(plugin, settingsWith()));
  bench = benchWith();
});
afterEach(() => server.stop());

const ANN = { email: 'ann@example.com', name: 'Ann Ode' };
const upsert = async (input: object, by = bench) =>
  (await by.call('crm.contact.upsert', input)) as { contact: CrmContact; created: boolean };
const query = (soql: string, more: object = {}) => bench.call('salesforce.record.query', { soql, ...more });

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(CRM_BEHAVIOURS)('$name', ({ holds }) => holds({ server, bench }));

it.each(CRM_BEHAVIOURS)('by an external id: $name', ({ holds }) =>
  holds({ server, bench: benchWith({ emailKeyField: 'Email_Key__c' }) }),
);

it.each(VENDOR_FAILURES)('$name', async ({ holds }) => {
  await bench.health();
  await holds({
    server,
    bench,
    secret: CLIENT.clientSecret,
    read: { capability: 'salesforce.record.query', input: { soql: 'SELECT Id FROM Contact' } },
  });
});

describe('the simulated Salesforce satisfies jsforce', () => {
  const connection = () => new Connection({ instanceUrl: server.origin, accessToken, version: '62.0' });

  it('with records: create, change, upsert, read, query over pages', async () => {
    const client = connection();
    const contacts = client.sobject('Contact');
    const made = await contacts.create({ LastName: 'Ode', Email: 'ann@example.com' });
    expect(made).toMatchObject({ success: true });
    const id = made.id as string;
    await contacts.update({ Id: id, Phone: '1' });
    expect(await contacts.retrieve(id)).toMatchObject({
      Id: id,
      Phone: '1',
      attributes: { type: 'Contact' },
    });
    const neil = { Email_Key__c: 'k', LastName: 'Neil' };
    expect(await contacts.upsert(neil, 'Email_Key__c')).toMatchObject({ created: true });
    expect(await contacts.upsert(neil, 'Email_Key__c')).toMatchObject({ created: false });
    await contacts.create({ LastName: "O'Neil" });
    const all = await client.query('SELECT Id, LastName FROM Contact ORDER BY LastName', { autoFetch: true });
    expect(all.records.map(({ LastName }) => LastName)).toEqual(['Neil', "O'Neil", 'Ode']);
    expect(all.done).toBe(true);
    const found = await contacts.find({ LastName: "O'Neil" }, ['Id', 'LastName']);
    expect(found).toMatchObject([{ LastName: "O'Neil" }]);
  });

  it('with several requests at once, and with what it refuses', async () => {
    const client = connection();
    const account = { method: 'POST', url: '/services/data/v62.0/sobjects/Account', referenceId: 'a' };
    const body = { allOrNone: true, compositeRequest: [{ ...account, body: { Name: 'Ode Ltd' } }] };
    const reply = await client.requestPost<object>('/services/data/v62.0/composite', body);
    expect(reply).toMatchObject({ compositeResponse: [{ httpStatusCode: 201, body: { success: true } }] });
    await expect(client.query('SELECT Id FROM')).rejects.toMatchObject({ errorCode: 'MALFORMED_QUERY' });
    await expect(client.sobject('Contact').create({})).rejects.toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
    });
    org.endSessions();
    await expect(client.query('SELECT Id FROM Contact')).rejects.toMatchObject({
      errorCode: 'INVALID_SESSION_ID',
    });
  });
});

describe('signing in', () => {
  it('is declared, and the host does it', async () => {
    expect(await bench.health()).toBe('14990 of 15000 API calls of the day are left');
    const stranger = grantedToken(plugin, settingsWith({ clientSecret: 'another-canary' }));
    await expect(stranger).rejects.toThrow('invalid client credentials');
  });

  it('has ended where Salesforce says so: the host renews it after a 401', async () => {
    org.endSessions();
    await expect(query('SELECT Id FROM Contact')).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('INVALID_SESSION_ID'),
    });
  });
});

describe('queries', () => {
  it.each([
    ["O'Neil", String.raw`'O\'Neil'`],
    [String.raw`a\' OR Name != '`, String.raw`'a\\\' OR Name != \''`],
    ['a\nb\t"c"', String.raw`'a\nb\t\"c\"'`],
  ])('quote %j', (text, literal) => expect(quoted(text)).toBe(literal));

  it('look for a text that holds the signs of LIKE', () =>
    expect(holding(String.raw`50%_\'`)).toBe(String.raw`'%50\%\_\\\'%'`));

  it('have their values by name, but not within literals', () => {
    const at = { datetime: '2026-11-22T10:00:00Z' };
    const parameters = {
      name: "O'Neil",
      ids: ['a', 'b'],
      at,
      on: { date: '2026-11-22' },
      none: null,
      n: 1.5,
    };
    expect(bound("A = :name AND B IN :ids AND C > :at AND D = ':name'", parameters)).toBe(
      String.raw`A = 'O\'Neil' AND B IN ('a', 'b') AND C > 2026-11-22T10:00:00Z AND D = ':name'`,
    );
    expect(bound('D = :on AND E = :none AND F = :n AND G > 2026-11-22T10:00:00Z', parameters)).toBe(
      'D = 2026-11-22 AND E = null AND F = 1.5 AND G > 2026-11-22T10:00:00Z',
    );
    expect(() => bound('A = :other', parameters)).toThrow('":other"');
    expect(() => bound('A IN :none', { none: [] })).toThrow('empty list');
  });

  it('go over pages up to their limit', async () => {
    for (const id of ['1', '2', '3', '4', '5'])
      await bench.call('salesforce.record.upsert', {
        type: 'Account',
        idField: 'Number__c',
        id,
        fields: { Name: `Company ${id}` },
      });
    const soql = 'SELECT Name FROM Account WHERE Name LIKE :name ORDER BY Name';
    const parameters = { name: 'Company%' };
    const all = [1, 2, 3, 4, 5].map((id) => ({ Name: `Company ${id}` }));
    expect(await query(soql, { parameters })).toEqual({ records: all, total: 5, done: true });
    const some = { records: all.slice(0, 3), total: 5, done: false };
    expect(await query(soql, { parameters, limit: 3 })).toEqual(some);
    expect(await query(soql, { parameters: { name: "' OR Name LIKE '%" } })).toMatchObject({ total: 0 });
  });
});

describe('bulk jobs', () => {
  const accounts = ['1', '2', '3'].map((id) => ({ Number__c: id, Name: `"Quoted", ${id}` }));
  const call = (name: string, input: object) => bench.call(`salesforce.${name}`, input);
  const startUpsert = (more: object) =>
    call('bulk-ingest.start', { type: 'Account', operation: 'upsert', idField: 'Number__c', ...more });
  const textOf = async ({ file }: { file: { $artifact: string } }) =>
    Buffer.from(await bench.files.read(file)).toString('utf8');

  it('satisfy jsforce', async () => {
    const client = new Connection({ instanceUrl: server.origin, accessToken, version: '62.0' });
    const waits = { pollInterval: 10, pollTimeout: 60_000 };
    const operation = { object: 'Account', operation: 'upsert', externalIdFieldName: 'Number__c' } as const;
    const results = await client.bulk2.loadAndWaitForResults({ ...operation, input: accounts, ...waits });
    expect(results.successfulResults).toHaveLength(3);
    expect(results.failedResults).toEqual([]);
    const found = await client.bulk2.query('SELECT Name FROM Account ORDER BY Name', waits);
    expect(await found.toArray()).toEqual(accounts.map(({ Name }) => ({ Name })));
  });

  it('change many records, and say which they refused', async () => {
    const records = [...accounts, { Number__c: '4', Name: 'Four', Unknown__c: true }];
    const { id } = (await startUpsert({ records })) as { id: string };
    const job = () => call('bulk-job.get', { kind: 'ingest', id });
    expect(await job()).toMatchObject({ done: false });
    expect(await job()).toMatchObject({ done: false, state: 'InProgress' });
    expect(await job()).toEqual({ state: 'JobComplete', done: true, processed: 4, failed: 1 });
    const results = (which: string) => call('bulk-ingest.results', { id, which }) as Promise<never>;
    expect(await textOf(await results('failed'))).toContain('INVALID_FIELD');
    expect(await textOf(await results('successful'))).toContain('""Quoted"", 3');
    expect(await query('SELECT Name FROM Account ORDER BY Name')).toMatchObject({ total: 3 });
    await startUpsert({ records: accounts });
    expect(await query('SELECT Name FROM Account')).toMatchObject({ total: 3 });
  });

  it('read CSV files, and give what they found in parts', async () => {
    const bytes = new TextEncoder().encode('Number__c,Name\n1,One\n2,Two\n3,Three\n');
    const file = await bench.files.write(bytes, { mediaType: 'text/csv' });
    await startUpsert({ file });
    const soql = 'SELECT Number__c FROM Account WHERE Name = :names ORDER BY Number__c';
    const all = soql.replace(' WHERE Name = :names', '');
    const { id } = (await call('bulk-query.start', { soql: all })) as { id: string };
    const first = await call('bulk-query.results', { id, recordsMax: 2 });
    expect(first).toMatchObject({ records: 2, after: '2' });
    expect(await textOf(first as never)).toBe('"Number__c"\n"1"\n"2"\n');
    const last = await call('bulk-query.results', { id, recordsMax: 2, after: '2' });
    expect(last).toMatchObject({ records: 1, after: null });
    const one = (await call('bulk-query.start', { soql, parameters: { names: 'Two' } })) as { id: string };
    expect(await call('bulk-query.results', { id: one.id })).toMatchObject({ records: 1, after: null });
  });

  it('that failed are errors, and what nobody can do is refused', async () => {
    const state = {
      id: '750000000000000001',
      state: 'Failed',
      errorMessage: 'InvalidBatch : Field name not found',
    };
    server.failNext({ status: 200, body: state });
    await expect(call('bulk-job.get', { kind: 'ingest', id: state.id })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('Field name not found'),
    });
    await expect(call('bulk-job.get', { kind: 'query', id: state.id })).rejects.toMatchObject({
      status: 404,
    });
    await expect(startUpsert({})).rejects.toThrow('records or a file');
    await expect(startUpsert({ records: accounts, idField: undefined })).rejects.toThrow('idField');
  });

  it.each([
    [
      [
        { A: 'x', B: 1 },
        { A: 'a "b", c', C: null },
      ],
      'A,B,C\nx,1,\n"a ""b"", c",,#N/A\n',
    ],
    [[{ A: 'two\nlines', B: true }], 'A,B\n"two\nlines",true\n'],
  ])('write %j as CSV', (records, text) => expect(csvOf(records as never)).toBe(text));
});

describe('what is special', () => {
  it('keeps companies as accounts, each of them once', async () => {
    await upsert({ ...ANN, company: "Ode's Ltd" });
    await upsert({ email: 'bob@example.com', name: 'Bob', company: "Ode's Ltd" });
    expect(await query('SELECT Name FROM Account')).toMatchObject({ records: [{ Name: "Ode's Ltd" }] });
    expect((await upsert({ ...ANN, company: null })).contact.company).toBeNull();
  });

  it('keeps tags in a field that is made for them', async () => {
    const tagged = benchWith({ tagsField: 'Tags__c' });
    expect((await upsert({ ...ANN, tags: ['vip', 'eu'] }, tagged)).contact.tags).toEqual(['vip', 'eu']);
    await expect(upsert({ ...ANN, tags: ['vip'] })).rejects.toMatchObject({ status: 422 });
  });

  it('does not choose among contacts with the same email', async () => {
    const requests = ['a', 'b'].map((reference) => ({
      reference,
      method: 'POST',
      path: '/sobjects/Contact',
      body: { LastName: 'Ode', Email: ANN.email },
    }));
    await bench.call('salesforce.composite.perform', { requests });
    await expect(upsert(ANN)).rejects.toMatchObject({ fate: 'permanent', status: 409 });
  });

  it('performs several requests, all or none of them', async () => {
    const account = {
      reference: 'account',
      method: 'POST',
      path: '/sobjects/Account',
      body: { Name: 'Ode Ltd' },
    };
    const contact = {
      reference: 'contact',
      method: 'POST',
      path: '/sobjects/Contact',
      body: { LastName: 'Ode', AccountId: '@{account.id}' },
    };
    const perform = (requests: object[]) => bench.call('salesforce.composite.perform', { requests });
    expect(await perform([account, contact])).toMatchObject({
      results: [
        { reference: 'account', status: 201 },
        { reference: 'contact', status: 201 },
      ],
    });
    expect(await bench.call('crm.contact.find', { text: 'ode ltd' })).toMatchObject({
      contact: { company: 'Ode Ltd' },
    });
    const asked = perform([
      { ...account, body: { Name: 'Other' } },
      { ...contact, body: { FirstName: 'Ann' } },
    ]);
    await expect(asked).rejects.toThrow('because of "contact": Required fields are missing: [LastName]');
    expect(await query("SELECT Id FROM Account WHERE Name = 'Other'")).toMatchObject({ total: 0 });
  });

  it('reads records of any type by id and by external id', async () => {
    const by = { type: 'Account', idField: 'Number__c', id: 'a/1' };
    const made = await bench.call('salesforce.record.upsert', { ...by, fields: { Name: 'Ode Ltd' } });
    expect(made).toMatchObject({ created: true });
    const { id } = made as { id: string };
    expect(await bench.call('salesforce.record.get', by)).toMatchObject({
      record: { Id: id, Name: 'Ode Ltd' },
    });
    const get = { type: 'Account', id, fields: ['Name'] };
    expect(await bench.call('salesforce.record.get', get)).toEqual({ record: { Name: 'Ode Ltd' } });
    expect(await bench.call('salesforce.record.get', { ...by, id: 'b' })).toEqual({ record: null });
  });

  it.each([
    ['REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', { fate: 'permanent', reason: 'unavailable' }],
    ['REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests Limit exceeded.', { fate: 'transient', status: 429 }],
    ['UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access', { fate: 'transient', status: 503 }],
    ['DUPLICATES_DETECTED', 'Use one of these records?', { fate: 'permanent', status: 409 }],
    ['INVALID_FIELD', "No such column 'X'", { fate: 'permanent', status: 400 }],
  ])('knows what %s means: %s', async (errorCode, message, error) => {
    await bench.health();
    const status = errorCode === 'REQUEST_LIMIT_EXCEEDED' ? 403 : 400;
    server.failNext({ status, body: [{ message, errorCode }] });
    const told = { ...error, message: `Salesforce: ${message} (${errorCode})` };
    await expect(query('SELECT Id FROM Contact')).rejects.toMatchObject(told);
  });
});
