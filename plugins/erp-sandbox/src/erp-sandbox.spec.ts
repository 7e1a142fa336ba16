import type { ErpInvoice, ErpPayment } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import plugin from './index.js';
import { IBAN, LINES, call, invoice, ordered, posted, supplier, useErp } from './testing/books.js';

const database = useErp();

it('keeps the rules for plugins', () => {
  expect(verifyPlugin(plugin)).toEqual([]);
});

it('tells its state when asked for its health', async () => {
  await ordered();
  await posted();
  await expect(plugin.health?.({ database: database() } as never)).resolves.toBe(
    '1 suppliers, 1 open invoices',
  );
});

describe('suppliers', () => {
  it('are found by VAT id, IBAN and name in any spelling', async () => {
    const { id } = await supplier();
    await supplier({ name: 'Other Ltd', vatId: null, iban: null });
    for (const by of [
      { vatId: 'de123456789' },
      { iban: 'DE89 3704 0044 0532 0130 00' },
      { name: 'MUELLER BÜROBEDARF' },
    ]) {
      expect(await call('erp.supplier.find', by)).toMatchObject({ supplier: { id, version: 1 } });
    }
    expect(await call('erp.supplier.find', { vatId: 'DE123456789', name: 'Other' })).toEqual({
      supplier: null,
      candidates: [],
    });
    expect(await call('erp.supplier.find', { vatId: null })).toEqual({ supplier: null, candidates: [] });
  });

  it('with the same name are candidates, none of them the one', async () => {
    await supplier();
    await supplier({ vatId: null, iban: null });
    const found = await call<{ supplier: unknown; candidates: unknown[] }>('erp.supplier.find', {
      name: 'Müller Bürobedarf',
    });
    expect([found.supplier, found.candidates.length]).toEqual([null, 2]);
  });

  it('are changed only at the version that is expected', async () => {
    const { id } = await supplier();
    const changed = await supplier({ id, name: 'Müller AG', expectedVersion: 1 });
    expect(changed).toMatchObject({ id, name: 'Müller AG', iban: IBAN, version: 2 });
    await expect(supplier({ id, name: 'Late', expectedVersion: 1 })).rejects.toMatchObject({
      fate: 'permanent',
      status: 409,
      reply: { supplier: { name: 'Müller AG', version: 2 } },
    });
    await expect(supplier({ id: 'SUP-1' })).rejects.toMatchObject({ status: 404 });
  });

  it('of two racing changes one wins and one is refused', async () => {
    const { id } = await supplier();
    const races = await Promise.allSettled(
      ['a', 'b'].map((name) => supplier({ id, name, expectedVersion: 1 })),
    );
    expect(races.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(races.find((race) => race.status === 'rejected')?.reason).toMatchObject({ status: 409 });
  });

  it('have a VAT id of their own and an IBAN that is one', async () => {
    await supplier();
    await expect(supplier({ name: 'Twin' })).rejects.toMatchObject({ status: 409 });
    await expect(supplier({ vatId: null, iban: 'nonsense' })).rejects.toMatchObject({ status: 422 });
    await expect(call('erp.supplier.upsert', { vatId: 'DE1234567' })).rejects.toMatchObject({ status: 422 });
  });
});

describe('idempotency keys', () => {
  it('give the stored answer to a repeat and refuse another request', async () => {
    const input = { name: 'A GmbH' };
    const first = await call('erp.supplier.upsert', input, 'same');
    expect(await call('erp.supplier.upsert', input, 'same')).toEqual(first);
    await expect(call('erp.supplier.upsert', { name: 'B GmbH' }, 'same')).rejects.toMatchObject({
      fate: 'permanent',
      status: 422,
    });
    await expect(call('erp.payment.create', { invoiceId: 'INV-1' }, 'same')).rejects.toMatchObject({
      status: 422,
    });
    expect(await database().query('SELECT id FROM suppliers')).toHaveLength(1);
  });

  it('let ten repeats at once happen once, all with the same answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call('erp.supplier.upsert', { name: 'A GmbH' }, 'race')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await database().query('SELECT id FROM suppliers')).toHaveLength(1);
  });

  it('are free again after the request failed', async () => {
    const input = { invoiceId: 'INV-10001' };
    await expect(call('erp.payment.create', input, 'retry')).rejects.toMatchObject({ status: 404 });
    await ordered();
    await posted();
    await expect(call('erp.payment.create', input, 'retry')).resolves.toMatchObject({
      payment: { amount: '148.51' },
    });
  });
});

describe('purchase orders and receipts', () => {
  it('are kept exactly', async () => {
    const order = await ordered();
    expect(order).toMatchObject({
      number: 'PO-1',
      status: 'open',
      orderDate: '2026-10-01',
      netTotal: '124.80',
      version: 1,
      lines: [
        { number: 1, articleCode: 'P-1', quantity: '10', unitPrice: '4.5', taxPercent: '19' },
        { number: 2, unitPrice: '39.9' },
      ],
    });
    expect(await call('erp.purchase-order.get', { number: 'PO-1' })).toEqual({ purchaseOrder: order });
    expect(await call('erp.purchase-order.get', { number: 'PO-2' })).toEqual({ purchaseOrder: null });
    expect(await call('erp.receipt.list', { purchaseOrderNumber: 'PO-1' })).toMatchObject({
      receipts: [
        {
          receivedOn: '2026-10-05',
          lines: [
            { purchaseOrderLine: 1, quantity: '10' },
            { purchaseOrderLine: 2, quantity: '2' },
          ],
        },
      ],
    });
  });

  it('are refused when they break the books', async () => {
    const { supplierId } = await ordered();
    const order = { number: 'PO-1', supplierId, orderDate: '2026-10-01', currency: 'EUR', lines: LINES };
    await expect(call('erp.purchase-order.create', order)).rejects.toMatchObject({ status: 409 });
    await expect(
      call('erp.purchase-order.create', { ...order, number: 'PO-2', supplierId: 'SUP-1' }),
    ).rejects.toMatchObject({ status: 404 });
    const none = [{ ...LINES[0], quantity: '0' }];
    await expect(
      call('erp.purchase-order.create', { ...order, number: 'PO-2', lines: none }),
    ).rejects.toMatchObject({ status: 422 });
    const receipt = { purchaseOrderNumber: 'PO-1', receivedOn: '2026-10-05' };
    const unknownLine = { ...receipt, lines: [{ purchaseOrderLine: 9, quantity: '1' }] };
    await expect(call('erp.receipt.create', unknownLine)).rejects.toMatchObject({ status: 404 });
    const twice = {
      ...receipt,
      lines: [1, 1].map((purchaseOrderLine) => ({ purchaseOrderLine, quantity: '1' })),
    };
    await expect(call('erp.receipt.create', twice)).rejects.toMatchObject({ status: 422 });
    expect(await database().query('SELECT id FROM receipts')).toHaveLength(1);
  });
});

describe('invoices', () => {
  it('are posted once per supplier and number', async () => {
    await ordered();
    const first = await posted();
    expect(first).toMatchObject({
      status: 'open',
      openAmount: '148.51',
      version: 1,
      lines: [{ quantity: '10' }, { unitPrice: '39.9' }],
    });
    await expect(posted()).rejects.toMatchObject({ fate: 'permanent', status: 409 });
    expect(await call('erp.invoice.find', { invoiceNumber: 'R-100' })).toEqual({ invoices: [first] });
    const races = await Promise.allSettled([
      posted({ invoiceNumber: 'R-2' }),
      posted({ invoiceNumber: 'R-2' }),
    ]);
    expect(races.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('are refused when fields are missing, totals are wrong, or supplier or order is unknown', async () => {
    await ordered();
    await expect(posted({ invoiceNumber: null, grandTotal: null })).rejects.toThrow(
      'without invoiceNumber, grandTotal',
    );
    await expect(posted({ grandTotal: '999.00' })).rejects.toMatchObject({ status: 422 });
    await expect(posted({ netTotal: '-5.00', taxTotal: '0', grandTotal: '-5.00' })).rejects.toMatchObject({
      status: 422,
    });
    await expect(call('erp.invoice.post', { supplierId: 'SUP-1', invoice: invoice() })).rejects.toMatchObject(
      { status: 404 },
    );
  });
});

describe('payments', () => {
  interface Paid {
    payment: ErpPayment;
    invoice: ErpInvoice;
  }

  it('pay what is open to the account in the books', async () => {
    await ordered();
    const { id } = await posted();
    const part = await call<Paid>('erp.payment.create', {
      invoiceId: id,
      amount: '100.00',
      paidOn: '2026-11-01',
    });
    expect(part).toMatchObject({
      payment: { amount: '100.00', iban: IBAN, paidOn: '2026-11-01', reference: 'R-100' },
      invoice: { openAmount: '48.51', status: 'open' },
    });
    const rest = await call<Paid>('erp.payment.create', { invoiceId: id });
    expect(rest).toMatchObject({
      payment: { amount: '48.51' },
      invoice: { openAmount: '0.00', status: 'paid' },
    });
    expect(await call('erp.payment.get', { id: rest.payment.id })).toEqual({ payment: rest.payment });
    expect(await call('erp.payment.get', { id: 'PAY-1' })).toEqual({ payment: null });
  });

  it('never exceed what is open', async () => {
    await ordered();
    const { id } = await posted();
    await expect(call('erp.payment.create', { invoiceId: id, amount: '148.52' })).rejects.toMatchObject({
      status: 409,
    });
    await expect(call('erp.payment.create', { invoiceId: id, amount: '0' })).rejects.toMatchObject({
      status: 422,
    });
    const races = await Promise.allSettled(
      Array.from({ length: 8 }, () => call('erp.payment.create', { invoiceId: id, amount: '100.00' })),
    );
    expect(races.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await call('erp.payment.create', { invoiceId: id });
    await expect(call('erp.payment.create', { invoiceId: id })).rejects.toThrow('paid already');
    expect(await database().query('SELECT sum(amount) AS paid FROM payments')).toEqual([{ paid: '148.51' }]);
  });

  it('need an account to pay to', async () => {
    const { id } = await supplier({ iban: null });
    const { invoice: open } = await call<{ invoice: ErpInvoice }>('erp.invoice.post', {
      supplierId: id,
      invoice: invoice(),
    });
    await expect(call('erp.payment.create', { invoiceId: open.id })).rejects.toThrow('no IBAN');
  });
});
