import { FrappeApp } from 'frappe-js-sdk';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { ERP_BEHAVIOURS, ERP_PAYMENT_BEHAVIOURS } from '@tutti/plugin-sdk/testing/erp';
import { VENDOR_FAILURES, type VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import plugin from './index.js';
import { COMPANY, LOGIN, startErpnext } from './testing/erpnext-simulator.js';

let server: VendorServer;
const benchWith = (more: object = {}) =>
  pluginBench(plugin, { baseUrl: server.origin, ...LOGIN, ...COMPANY, ...more });
const client = (secret = LOGIN.apiSecret) =>
  new FrappeApp(server.origin, { useToken: true, token: () => `${LOGIN.apiKey}:${secret}`, type: 'token' });

beforeEach(async () => {
  server = await startErpnext();
});
afterEach(() => server.stop());

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

describe.each(['v1', 'v2'])('over %s of the API', (api) => {
  let bench: PluginBench;
  beforeEach(() => {
    bench = benchWith({ api });
  });

  it.each([...ERP_BEHAVIOURS, ...ERP_PAYMENT_BEHAVIOURS])('$name', ({ holds }) => holds({ server, bench }));

  it.each(VENDOR_FAILURES)('$name', ({ holds }) => {
    const read = { capability: 'erp.payment.get', input: { id: 'ACC-PAY-1' } };
    return holds({ server, bench, secret: LOGIN.apiSecret, read });
  });

  it('works with items', async () => {
    const product = { code: 'X-1', name: 'Stapler' };
    const made = await bench.call('erp.product.upsert', product);
    expect(made).toMatchObject({ product: { ...product, unit: 'Nos' } });
    expect(await bench.call('erp.product.find', { code: 'X-1' })).toEqual(made);
    const renamed = { code: 'X-1', name: 'Red stapler' };
    expect(await bench.call('erp.product.upsert', renamed)).toMatchObject({ product: renamed });
    expect(await bench.call('erp.product.find', { code: 'X-2' })).toEqual({ product: null });
    await expect(bench.call('erp.product.upsert', { code: 'X-2' })).rejects.toMatchObject({ status: 422 });
  });

  it('makes the custom fields that are missing, and says when they are', async () => {
    expect(await bench.health()).toContain('all custom fields are there');
    server.failNext({ status: 200, body: { data: [] } });
    await expect(bench.health()).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('Purchase Order.tutti_number'),
    });
    expect(await bench.call('erpnext.fields.create', {})).toEqual({ created: [] });
  });
});

it('is content with the client that Frappe developers use', async () => {
  const db = client().db();
  await db.createDoc('Supplier', { supplier_name: 'From the client', tax_id: 'DE1' });
  await db.updateDoc('Supplier', 'From the client', { default_currency: 'CHF' });
  expect(await db.getDoc('Supplier', 'From the client')).toMatchObject({ default_currency: 'CHF' });
  const list = await db.getDocList('Supplier', { fields: ['name'], filters: [['tax_id', '=', 'DE1']] });
  expect(list).toEqual([{ name: 'From the client' }]);
  await expect(db.getDoc('Supplier', 'Nobody')).rejects.toMatchObject({
    httpStatus: 404,
    exc_type: 'DoesNotExistError',
  });
  await expect(client('wrong').db().getDoc('Supplier', 'x')).rejects.toMatchObject({ httpStatus: 401 });
  expect(await benchWith().call('erp.supplier.find', { vatId: 'DE1' })).toMatchObject({
    supplier: { id: 'From the client', currency: 'CHF' },
  });
});

it.each([
  [403, 'PermissionError', { fate: 'permanent', status: 403 }],
  [417, 'TimestampMismatchError', { fate: 'permanent', status: 409 }],
  [417, 'UniqueValidationError', { fate: 'permanent', status: 409 }],
  [417, 'ValidationError', { fate: 'permanent', status: 422, message: 'ERPNext: Row 1 is wrong' }],
  [417, 'MandatoryError', { fate: 'permanent', status: 422 }],
  [500, 'QueryDeadlockError', { fate: 'transient', status: 503 }],
  [500, 'TypeError', { fate: 'transient', status: 500 }],
])('says what %i %s means', async (status, exc_type, expected) => {
  const _server_messages = JSON.stringify([JSON.stringify({ message: '<b>Row 1</b> is wrong' })]);
  server.failNext({ status, body: { exc_type, exception: exc_type, _server_messages } });
  await expect(benchWith().call('erp.payment.get', { id: 'x' })).rejects.toMatchObject(expected);
});

it('refuses what it cannot book without being told how', async () => {
  const bench = benchWith({ taxAccount: undefined });
  const { supplier } = (await bench.call('erp.supplier.upsert', { name: 'Acme' })) as {
    supplier: { id: string };
  };
  const lineOf = (taxPercent: string, articleCode: string | null = 'P-1') => ({
    articleCode,
    description: 'x',
    quantity: '1',
    unitPrice: '1',
    taxPercent,
  });
  const order = (lines: object[]) =>
    bench.call('erp.purchase-order.create', {
      number: 'PO-1',
      supplierId: supplier.id,
      orderDate: '2026-10-01',
      currency: 'EUR',
      lines,
    });
  for (const [lines, message] of [
    [[lineOf('19')], 'taxAccount'],
    [[lineOf('19'), lineOf('7')], 'several tax rates'],
    [[lineOf('0', null)], 'no article'],
  ] as const)
    await expect(order([...lines])).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining(message),
    });
  expect(await order([lineOf('0')])).toMatchObject({ purchaseOrder: { netTotal: '1.00' } });
});
