import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import type { ErpInvoice, ErpPurchaseOrder, ErpReceipt, ErpSupplier } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { invoiceFor, invoiceLine } from '@tutti/plugin-sdk/testing/erp';
import plugin from './index.js';
import { Books, IBAN } from './testing/books.js';

// A real server, on a machine that may be busy with much else: a limit against hanging, not a measure.
jest.setTimeout(600_000);

const books = Books.use();
const match = (invoice: object) =>
  books.call<{ ok: boolean; discrepancies: { code: string; line?: number }[] }>('erp.invoice.match', {
    invoice,
    tolerances: {},
  });
const codes = (found: { discrepancies: { code: string; line?: number }[] }) =>
  found.discrepancies.map(({ code, line: number }) => [code, number]);

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it('tells in its health that all modules are there', async () => {
  expect(await books.bench.health()).toBe('Books in EUR; all modules are there.');
});

describe('suppliers', () => {
  it('are created, found by VAT id, account and name, and changed', async () => {
    const email = 'rechnung@mueller.example';
    const made = await books.supplier('Müller Bürobedarf GmbH', { vatId: 'DE 123 456 789', email });
    expect(made).toMatchObject({ vatId: 'DE123456789', iban: IBAN, email, currency: 'EUR' });
    for (const by of [
      { vatId: 'de123456789' },
      { name: 'MUELLER Buerobedarf' },
      { iban: IBAN, name: made.name },
    ]) {
      const found = await books.call<{ supplier: ErpSupplier | null }>('erp.supplier.find', by);
      expect(found.supplier?.id).toBe(made.id);
    }
    const changed = await books.supplier('Müller & Söhne', { id: made.id, iban: 'NL65RABO0317465820' });
    expect(changed).toMatchObject({ id: made.id, name: 'Müller & Söhne', iban: 'NL65RABO0317465820', email });
  });

  it('are refused with the VAT id of another, and changed only at the version that was seen', async () => {
    const made = await books.supplier('First GmbH', { vatId: 'DE999' });
    await expect(books.supplier('Second GmbH', { vatId: 'DE999' })).rejects.toMatchObject({ status: 409 });
    const expectedVersion = made.version - 1;
    const change = books.supplier('Renamed', { id: made.id, expectedVersion });
    await expect(change).rejects.toMatchObject({ fate: 'permanent', status: 409 });
  });

  it('are created once, also when the answer was lost', async () => {
    books.loseAnswerOf('model.party.party.create');
    const input = { name: 'Lost & Found KG' };
    await expect(books.call('erp.supplier.upsert', input, 'lost-1')).rejects.toMatchObject({
      fate: 'transient',
    });
    const again = await books.call<{ supplier: ErpSupplier }>('erp.supplier.upsert', input, 'lost-1');
    const found = await books.call<{ candidates: unknown[] }>('erp.supplier.find', input);
    expect(found.candidates).toEqual([again.supplier]);
  });
});

describe('products', () => {
  it('are created once and found by code', async () => {
    const made = await books.call('erp.product.upsert', { code: 'X-1', name: 'Stapler', unit: 'kg' });
    expect(await books.call('erp.product.find', { code: 'X-1' })).toEqual(made);
    expect(made).toMatchObject({ product: { code: 'X-1', name: 'Stapler', unit: 'kg' } });
    expect(await books.call('erp.product.find', { code: 'X-2' })).toEqual({ product: null });
  });

  it('that Tryton does not have are refused where the connection creates none', async () => {
    const supplierId = (await books.supplier('Strict AG')).id;
    const lines = [{ articleCode: 'NONE', description: 'x', quantity: '1', unitPrice: '1', taxPercent: '0' }];
    const input = { number: 'S-1', supplierId, orderDate: '2026-10-01', currency: 'EUR', lines };
    const strict = books.connected({ missingProducts: 'refuse' });
    await expect(strict.call('erp.purchase-order.create', input)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('NONE'),
    });
  });
});

describe('from the order to the payment', () => {
  it('an invoice that fits is posted on the draft that Tryton made, and paid', async () => {
    const supplier = await books.supplier('Full Way GmbH', { vatId: 'DE700000001' });
    const order = await books.order('PO-100', supplier);
    expect(order).toMatchObject({ status: 'open', netTotal: '124.80', orderDate: '2026-10-01' });
    expect(
      order.lines.map(({ articleCode, quantity, unitPrice, taxPercent }) => [
        articleCode,
        quantity,
        unitPrice,
        taxPercent,
      ]),
    ).toEqual([
      ['P-1', '10', '4.50', '19'],
      ['L-1', '2', '39.90', '19'],
    ]);
    const receipt = await books.received('PO-100', ['10', '2']);
    expect(await books.call('erp.receipt.list', { purchaseOrderNumber: 'PO-100' })).toEqual({
      receipts: [receipt],
    });
    const invoice = invoiceFor('PO-100', supplier);
    expect(codes(await match(invoice))).toEqual([]);
    const posted = await books.posted(supplier, invoice);
    expect(posted).toMatchObject({
      invoiceNumber: 'R-PO-100',
      purchaseOrderNumber: 'PO-100',
      netTotal: '124.80',
      grandTotal: '148.51',
      openAmount: '148.51',
      status: 'open',
    });
    expect(codes(await match(invoice))).toContainEqual(['duplicate', undefined]);
    const { payment, invoice: after } = await books.paid(posted.id);
    expect(payment).toMatchObject({
      amount: '148.51',
      iban: IBAN,
      reference: 'R-PO-100',
      paidOn: '2026-10-20',
    });
    expect(payment.invoiceId).toBe(posted.id);
    expect(after).toMatchObject({ status: 'paid', openAmount: '0.00' });
    expect(await books.call('erp.payment.get', { id: payment.id })).toEqual({ payment });
    const all = await books.tryton.rpc(
      'model.account.invoice.search_count',
      [['party', '=', Number(supplier.id)]],
      {},
    );
    expect(all).toBe(1);
  });

  it('price, quantity and delivery that differ are told, and what is accepted is posted', async () => {
    const supplier = await books.supplier('Three Way AG', { vatId: 'DE700000002' });
    await books.order('PO-200', supplier);
    await books.received('PO-200', ['8', '2']);
    const dear = invoiceFor('PO-200', supplier, {
      lines: [invoiceLine('P-1', ['10', '4.85', '48.50']), invoiceLine('L-1', ['2', '39.90', '79.80'])],
      netTotal: '128.30',
      taxTotal: '24.38',
      grandTotal: '152.68',
    });
    expect(codes(await match(dear))).toEqual([
      ['price', 1],
      ['not-received', 1],
    ]);
    expect(await books.posted(supplier, dear)).toMatchObject({ grandTotal: '152.68' });
    const more = await match({ ...dear, invoiceNumber: 'R-2' });
    expect(codes(more)).toContainEqual(['quantity', 1]);
  });

  it('a part that is invoiced leaves the rest to the next invoice', async () => {
    const supplier = await books.supplier('Partial AG', { vatId: 'DE700000003' });
    await books.order('PO-300', supplier);
    const part = (invoiceNumber: string, lines: ReturnType<typeof line>[], totals: object) =>
      books.posted(supplier, invoiceFor('PO-300', supplier, { invoiceNumber, lines, ...totals }));
    const first = { netTotal: '45.00', taxTotal: '8.55', grandTotal: '53.55' };
    await part('A-1', [invoiceLine('P-1', ['10', '4.50', '45.00'])], first);
    const second = { netTotal: '79.80', taxTotal: '15.16', grandTotal: '94.96' };
    expect(await part('A-2', [invoiceLine('L-1', ['2', '39.90', '79.80'])], second)).toMatchObject({
      grandTotal: '94.96',
    });
    await expect(part('A-3', [invoiceLine('L-1', ['2', '39.90', '79.80'])], second)).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('expects no more invoices'),
    });
  });

  it('an invoice whose total Tryton does not come to is left as a draft', async () => {
    const supplier = await books.supplier('Sums AG');
    await books.order('PO-400', supplier);
    const wrong = invoiceFor('PO-400', supplier, { grandTotal: '150.00' });
    await expect(books.posted(supplier, wrong)).rejects.toMatchObject({ fate: 'permanent', status: 422 });
    expect(await books.call('erp.invoice.find', { invoiceNumber: 'R-PO-400' })).toEqual({ invoices: [] });
  });

  it('an invoice without an order is booked by its lines', async () => {
    const supplier = await books.supplier('Loose AG');
    const loose = invoiceFor('LOOSE', supplier, { purchaseOrderNumber: null });
    expect(await books.posted(supplier, loose)).toMatchObject({
      grandTotal: '148.51',
      purchaseOrderNumber: null,
    });
  });

  it('what is more than open, nothing, or paid already is refused', async () => {
    const supplier = await books.supplier('Payee AG');
    const { id } = await books.posted(supplier, invoiceFor('PAY', supplier, { purchaseOrderNumber: null }));
    await expect(books.paid(id, { amount: '200' })).rejects.toMatchObject({ status: 409 });
    await expect(books.paid(id, { amount: '0' })).rejects.toMatchObject({ status: 422 });
    expect((await books.paid(id, { amount: '100' })).invoice).toMatchObject({ openAmount: '48.51' });
    expect((await books.paid(id)).invoice).toMatchObject({ status: 'paid' });
    await expect(books.paid(id)).rejects.toMatchObject({ status: 409 });
    await expect(books.paid('999999')).rejects.toMatchObject({ status: 404 });
  });
});

describe('a repeat with the same key', () => {
  it('of a whole way whose answers were lost changes nothing twice', async () => {
    const supplier = await books.supplier('Crash AG', { vatId: 'DE700000009' });
    const lost = async <T>(method: string, call: () => Promise<T>): Promise<T> => {
      books.loseAnswerOf(method);
      await expect(call()).rejects.toMatchObject({ fate: 'transient' });
      return call();
    };
    const order = await lost('model.purchase.purchase.create', () => books.order('PO-900', supplier, 'k-po'));
    expect(
      await lost('model.purchase.purchase.confirm', () => books.order('PO-901', supplier, 'k-po-1')),
    ).toMatchObject({ status: 'open' });
    expect(await books.order('PO-900', supplier, 'k-po')).toMatchObject({ number: order.number });
    await lost('model.stock.shipment.in.create', () => books.received('PO-900', ['10', '2'], 'k-in'));
    const { receipts } = await books.call<{ receipts: ErpReceipt[] }>('erp.receipt.list', {
      purchaseOrderNumber: 'PO-900',
    });
    expect(receipts).toHaveLength(1);
    const invoice = invoiceFor('PO-900', supplier);
    const posted = await lost('model.account.invoice.post', () => books.posted(supplier, invoice, 'k-inv'));
    const paid = await lost('model.account.payment.create', () => books.paid(posted.id, {}, 'k-pay'));
    expect(paid.invoice).toMatchObject({ status: 'paid', openAmount: '0.00' });
    expect((await books.paid(posted.id, {}, 'k-pay')).payment).toEqual(paid.payment);
    expect(await books.posted(supplier, invoice, 'k-inv')).toMatchObject({ id: posted.id });
  });

  it('is told from another call that uses the number', async () => {
    const supplier = await books.supplier('Number AG');
    await books.order('PO-500', supplier);
    await expect(books.order('PO-500', supplier)).rejects.toMatchObject({ fate: 'permanent', status: 409 });
    const loose = invoiceFor('DUP', supplier, { purchaseOrderNumber: null });
    await books.posted(supplier, loose);
    await expect(books.posted(supplier, loose)).rejects.toMatchObject({ status: 409 });
    const found = await books.call<{ invoices: ErpInvoice[] }>('erp.invoice.find', {
      invoiceNumber: 'R-DUP',
      supplierId: supplier.id,
    });
    expect(found.invoices).toHaveLength(1);
  });
});

it('tells of orders and invoices that were changed, once for each change', async () => {
  const supplier = await books.supplier('News AG');
  const [orders, invoices] = ['erp.purchase-order.changed', 'erp.invoice.changed'];
  const first = { orders: await books.bench.poll(orders), invoices: await books.bench.poll(invoices) };
  expect([first.orders.events, first.invoices.events]).toEqual([[], []]);
  const order = await books.order('PO-NEWS', supplier);
  const told = await books.bench.poll(orders, { cursor: first.orders.cursor });
  expect(told.events).toMatchObject([{ key: 'PO-NEWS', data: order }]);
  expect((await books.bench.poll(orders, { cursor: told.cursor })).events).toEqual([]);
  const invoice = await books.posted(supplier, invoiceFor('PO-NEWS', supplier));
  const posted = await books.bench.poll(invoices, { cursor: first.invoices.cursor });
  expect(posted.events).toMatchObject([{ key: invoice.id, data: { status: 'open' } }]);
  await books.paid(invoice.id);
  const paid = await books.bench.poll(invoices, { cursor: posted.cursor });
  expect(paid.events).toMatchObject([{ key: invoice.id, data: { status: 'paid' } }]);
});

describe('the session', () => {
  it('is opened once, and again when Tryton has ended it', async () => {
    const bench = books.connected();
    const from = books.proxy.seen.length;
    await Promise.all([1, 2, 3].map((id) => bench.call('erp.payment.get', { id: String(90_000 + id) })));
    expect(books.calls('common.db.login', from)).toBe(1);
    const sessions = (await books.tryton
      .rpc('model.ir.session.search', [], 0, null, null, {})
      .catch(() => null)) as number[] | null;
    // Tryton lets nobody list sessions; signing out ends ours all the same.
    expect(sessions).toBeNull();
    const { authorization } = books.proxy.seen.at(-1)?.headers ?? {};
    await fetch(`${books.proxy.address}/hub/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: String(authorization) },
      body: JSON.stringify({ id: 0, method: 'common.db.logout', params: [] }),
    });
    expect(await bench.call('erp.payment.get', { id: '90001' })).toEqual({ payment: null });
    expect(books.calls('common.db.login', from)).toBe(2);
  });

  it('is refused with a wrong password and with a wrong database', async () => {
    for (const [wrong, status] of [
      [{ password: 'canary-wrong-secret' }, 401],
      [{ database: 'other' }, 404],
    ] as const) {
      const failed = await books
        .connected(wrong)
        .health()
        .then(
          () => undefined,
          (error: Error) => error,
        );
      expect(failed).toMatchObject({ fate: 'permanent', status });
      expect(inspect(failed)).not.toContain('canary');
    }
  });
});

describe('what Tryton answers', () => {
  const get = () =>
    books.call<{ purchaseOrder: ErpPurchaseOrder | null }>('erp.purchase-order.get', { number: 'x' });
  const next = (status: number, body: string, more: object = {}) =>
    books.proxy.once(({ body: sent }) => sent.includes('search_read'), { status, body, ...more });

  it.each([
    [403, '<html>', { fate: 'permanent', status: 403, message: expect.stringContaining('module') }],
    [404, '', { fate: 'permanent', status: 404 }],
    [429, '', { fate: 'transient', status: 429, reason: 'throttled' }],
    [500, 'x', { fate: 'transient', status: 500 }],
    [503, '', { fate: 'transient', status: 503 }],
    [
      200,
      '{"id":0,"error":["UserError",["No.","",null]]}',
      { fate: 'permanent', status: 422, message: 'Tryton refuses: No.' },
    ],
    [200, '{"id":0,"error":["UserWarning",["key","Sure?",""]]}', { fate: 'permanent', status: 409 }],
    [
      200,
      '{"id":0,"error":["ConcurrencyException","Records were modified"]}',
      { fate: 'permanent', status: 409 },
    ],
    [200, '{"id":0,"error":["database is locked","Traceback secret"]}', { fate: 'transient', status: 503 }],
    [200, '{"id":0,"error":["KeyError","Traceback"]}', { fate: 'permanent', status: 502 }],
    [200, '{"id":0,"result":[{"id":"x"}]}', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
    [200, '{"id":0,"resu', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
    [200, '{"id":0}', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
  ])('%i %s is classified', async (status, body, expected) => {
    next(status, body, body === '<html>' ? { type: 'text/html' } : {});
    await expect(get()).rejects.toMatchObject(expected);
  });

  it('a method that is not public is answered 403', async () => {
    await expect(books.tryton.rpc('model.party.party.browse', [1])).rejects.toThrow('403');
  });

  it('a button that does not apply is answered like one that does', async () => {
    const supplier = await books.supplier('Button AG');
    await books.order('PO-600', supplier);
    const [id] = (await books.tryton.rpc(
      'model.purchase.purchase.search',
      [['number', '=', 'PO-600']],
      0,
      1,
      null,
      {},
    )) as [number];
    expect(await books.tryton.rpc('model.purchase.purchase.confirm', [id], {})).toBeNull();
    const [{ state }] = (await books.tryton.rpc('model.purchase.purchase.read', [id], ['state'], {})) as [
      { state: string },
    ];
    expect(state).toBe('processing');
  });

  it('nothing, when it is not there', async () => {
    const away = pluginBench(plugin, { ...books.tryton.settings, baseUrl: 'http://127.0.0.1:1' });
    await expect(away.health()).rejects.toMatchObject({ fate: 'transient', reason: 'unavailable' });
  });
});
