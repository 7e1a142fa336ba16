import odooClient from '@fernandoslim/odoo-jsonrpc';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { ERP_BEHAVIOURS, ERP_PAYMENT_BEHAVIOURS } from '@tutti/plugin-sdk/testing/erp';
import { VENDOR_FAILURES, type VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import plugin from './index.js';
import { LOGIN, startOdoo } from './testing/odoo-simulator.js';

let server: VendorServer;
const benchOver = (protocol: string, more: object = {}) =>
  pluginBench(plugin, { baseUrl: server.origin, ...LOGIN, protocol, ...more });

beforeEach(async () => {
  server = await startOdoo();
});
afterEach(() => server.stop());

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

describe.each(['json-rpc', 'json-2'])('over %s', (protocol) => {
  let bench: PluginBench;
  beforeEach(() => {
    bench = benchOver(protocol);
  });

  it.each([...ERP_BEHAVIOURS, ...ERP_PAYMENT_BEHAVIOURS])('$name', ({ holds }) => holds({ server, bench }));

  it.each(VENDOR_FAILURES)('$name', ({ holds }) => {
    const read = { capability: 'erp.payment.get', input: { id: '1' } };
    return holds({ server, bench, secret: LOGIN.apiKey, read });
  });

  it('tells that it works, and refuses a wrong key', async () => {
    expect(await bench.health()).toBe(`Company 1 over ${protocol}; all modules are there.`);
    const stranger = benchOver(protocol, { apiKey: 'wrong' });
    await expect(stranger.health()).rejects.toMatchObject({ fate: 'permanent', status: 401 });
  });

  it('works with products', async () => {
    const product = { code: 'X-1', name: 'Stapler' };
    const made = await bench.call('erp.product.upsert', product);
    expect(made).toMatchObject({ product: { ...product, unit: 'Units' } });
    expect(await bench.call('erp.product.find', { code: 'X-1' })).toEqual(made);
    const renamed = { code: 'X-1', name: 'Red stapler' };
    expect(await bench.call('erp.product.upsert', renamed)).toMatchObject({ product: renamed });
    expect(await bench.call('erp.product.find', { code: 'X-2' })).toEqual({ product: null });
    const error = { status: 422 };
    await expect(bench.call('erp.product.upsert', { code: 'X-2' })).rejects.toMatchObject(error);
    const unknown = { code: 'X-2', name: 'x', unit: 'furlong' };
    await expect(bench.call('erp.product.upsert', unknown)).rejects.toMatchObject(error);
  });
});

it('is content with a client that others wrote', async () => {
  const { hostname, port, protocol } = new URL(server.origin);
  const client = new odooClient.default({
    baseUrl: `${protocol}//${hostname}`,
    port: Number(port),
    db: LOGIN.database,
    username: LOGIN.user,
    apiKey: LOGIN.apiKey,
  });
  await client.connect();
  const id = await client.create('res.partner', { name: 'From the client', supplier_rank: 1 });
  const made = typeof id === 'number' ? id : (id as unknown as number[])[0];
  await client.update('res.partner', made as number, { vat: 'DE1' });
  const found = await client.searchRead('res.partner', [['vat', '=', 'DE1']], ['name']);
  expect(found).toEqual([{ id: made, name: 'From the client' }]);
  expect(await benchOver('json-2').call('erp.supplier.find', { vatId: 'DE1' })).toMatchObject({
    supplier: { id: `${made}`, name: 'From the client' },
  });
});

it.each([
  ['odoo.exceptions.AccessDenied', { fate: 'permanent', status: 401 }],
  ['odoo.exceptions.AccessError', { fate: 'permanent', status: 403 }],
  ['odoo.exceptions.MissingError', { fate: 'permanent', status: 404 }],
  ['psycopg2.errors.UniqueViolation', { fate: 'permanent', status: 409 }],
  ['odoo.exceptions.ValidationError', { fate: 'permanent', status: 422, message: 'Odoo refuses: No.' }],
  ['odoo.exceptions.UserError', { fate: 'permanent', status: 422 }],
  ['psycopg2.errors.SerializationFailure', { fate: 'transient', status: 503 }],
  ['builtins.KeyError', { fate: 'permanent', status: 502, reason: 'unavailable' }],
])('says what %s means, though it comes with status 200', async (name, expected) => {
  const error = {
    code: 200,
    message: 'Odoo Server Error',
    data: { name, message: 'No.', debug: 'Traceback' },
  };
  server.failNext({ status: 200, body: { jsonrpc: '2.0', id: 1, error } });
  const asked = benchOver('json-rpc').call('erp.payment.get', { id: '1' });
  await expect(asked).rejects.toMatchObject(expected);
});

it('tells what JSON-2 says of a refusal', async () => {
  const body = { name: 'odoo.exceptions.UserError', message: 'Not now.', arguments: [], debug: 'Traceback' };
  server.failNext({ status: 422, body });
  const asked = benchOver('json-2').call('erp.payment.get', { id: '1' });
  await expect(asked).rejects.toMatchObject({ status: 422, message: 'Odoo refuses: Not now.' });
});
