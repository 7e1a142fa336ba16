import {
  Invoice,
  type ErpInvoice,
  type ErpPayment,
  type ErpPurchaseOrder,
  type ErpSupplier,
} from '@tutti/contracts';
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

const IBAN = 'DE89370400440532013000';

async function supplier(about: Record<string, unknown> = {}): Promise<ErpSupplier> {
  const input = {
    name: 'Müller Bürobedarf GmbH',
    vatId: 'DE 123 456 789',
    iban: IBAN,
    currency: 'EUR',
    ...about,
  };
  return (await call<{ supplier: ErpSupplier }>('erp.supplier.upsert', input)).supplier;
}

const LINES = [
  { articleCode: 'P-1', description: 'Copy paper A4', quantity: '10', unitPrice: '4.50', taxPercent: '19' },
  { articleCode: null, description: 'Desk lamp, black', quantity: '2', unitPrice: '39.90', taxPercent: '19' },
];

/** A supplier with one order, of which everything came. */
async function ordered(received: [string, string] | null = ['10', '2']): Promise<ErpPurchaseOrder> {
  const { id } = await supplier();
  const order = { number: 'PO-1', supplierId: id, orderDate: '2026-10-01', currency: 'EUR', lines: LINES };
  const { purchaseOrder } = await call<{ purchaseOrder: ErpPurchaseOrder }>(
    'erp.purchase-order.create',
    order,
  );
  if (received !== null) {
    const lines = received.map((quantity, index) => ({ purchaseOrderLine: index + 1, quantity }));
    await call('erp.receipt.create', { purchaseOrderNumber: 'PO-1', receivedOn: '2026-10-05', lines });
  }
  return purchaseOrder;
}

/** An invoice that fits the order. */
function invoice(about: Partial<Invoice> = {}): Invoice {
  return {
    invoiceNumber: 'R-100',
    invoiceDate: '2026-10-10',
    dueDate: '2026-11-09',
    typeCode: '380',
    currency: 'EUR',
    purchaseOrderNumber: 'PO-1',
    supplier: { name: 'Mueller Buerobedarf', vatId: 'DE123456789', iban: 'DE89 3704 0044 0532 0130 00' },
    customer: { name: 'Example AG' },
    netTotal: '124.80',
    taxTotal: '23.71',
    grandTotal: '148.51',
    amountDue: '148.51',
    lines: [
      {
        description: 'Copy paper A4',
        articleCode: 'P-1',
        quantity: '10',
        unitPrice: '4.5',
        lineTotal: '45.00',
        taxPercent: '19',
      },
      {
        description: 'desk lamp (black)',
        articleCode: null,
        quantity: '2.0',
        unitPrice: '39.90',
        lineTotal: '79.80',
        taxPercent: '19',
      },
    ],
    ...about,
  };
}

interface Match {
  ok: boolean;
  supplier: ErpSupplier | null;
  purchaseOrder: ErpPurchaseOrder | null;
  discrepancies: { code: string; line?: number; expected: string | null; actual: string | null }[];
}
const match = (about: Partial<Invoice> = {}, tolerances: Record<string, unknown> = {}) =>
  call<Match>('erp.invoice.match', { invoice: invoice(about), tolerances });
const told = (found: Match) =>
  found.discrepancies.map(({ code, line, expected, actual }) => [code, line, expected, actual]);

async function posted(about: Partial<Invoice> = {}, key?: string): Promise<ErpInvoice> {
  const found = await call<{ supplier: ErpSupplier | null }>('erp.supplier.find', { vatId: 'DE123456789' });
  const input = { supplierId: found.supplier?.id, purchaseOrderNumber: 'PO-1', invoice: invoice(about) };
  return (await call<{ invoice: ErpInvoice }>('erp.invoice.post', input, key)).invoice;
}

it('keeps the rules for plugins', () => {
  expect(verifyPlugin(plugin)).toEqual([]);
});

it('tells its state when asked for its health', async () => {
  await ordered();
  await posted();
  await expect(plugin.health?.({ database } as never)).resolves.toBe('1 suppliers, 1 open invoices');
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
    expect(await database.query('SELECT id FROM suppliers')).toHaveLength(1);
  });

  it('let ten repeats at once happen once, all with the same answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => call('erp.supplier.upsert', { name: 'A GmbH' }, 'race')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await database.query('SELECT id FROM suppliers')).toHaveLength(1);
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
    expect(await database.query('SELECT id FROM receipts')).toHaveLength(1);
  });
});

describe('the three-way match', () => {
  it('finds nothing wrong with an invoice for what was ordered and came', async () => {
    const order = await ordered();
    const found = await match();
    expect(found).toMatchObject({
      ok: true,
      purchaseOrder: order,
      supplier: { name: 'Müller Bürobedarf GmbH' },
      discrepancies: [],
    });
  });

  const [paper, lamp] = invoice().lines as [Invoice['lines'][number], Invoice['lines'][number]];
  it.each<[string, Partial<Invoice>, unknown[][]]>([
    [
      'a price',
      {
        lines: [{ ...paper, unitPrice: '4.95', lineTotal: '49.50' }, lamp],
        netTotal: '129.30',
        taxTotal: '24.57',
        grandTotal: '153.87',
      },
      [['price', 1, '4.50', '4.95']],
    ],
    [
      'a price that only follows from the line total',
      {
        lines: [{ ...paper, unitPrice: null, lineTotal: '50.00' }, lamp],
        netTotal: '129.80',
        taxTotal: '24.66',
        grandTotal: '154.46',
      },
      [['price', 1, '4.50', '5.00']],
    ],
    [
      'a quantity',
      {
        lines: [{ ...paper, quantity: '12', lineTotal: '54.00' }, lamp],
        netTotal: '133.80',
        taxTotal: '25.42',
        grandTotal: '159.22',
      },
      [['quantity', 1, '10', '12']],
    ],
    [
      'a line that was not ordered',
      {
        lines: [
          paper,
          lamp,
          {
            ...paper,
            description: 'Coffee',
            articleCode: 'C-9',
            lineTotal: '0.00',
            quantity: '1',
            unitPrice: '0',
          },
        ],
      },
      [['quantity', 3, '0', '1']],
    ],
    [
      'lines that do not add up',
      { netTotal: '124.00', taxTotal: '24.51' },
      [['total', undefined, '124.80', '124.00']],
    ],
    ['net and tax that do not add up', { grandTotal: '150.00' }, [['total', undefined, '148.51', '150.00']]],
    [
      'a total without readable lines',
      { lines: [], netTotal: '124.00', taxTotal: '24.51' },
      [['total', undefined, '124.80', '124.00']],
    ],
    ['another currency', { currency: 'USD' }, [['currency', undefined, 'EUR', 'USD']]],
    [
      'another account',
      { supplier: { name: null, vatId: 'DE123456789', iban: 'GB29NWBK60161331926819' } },
      [['iban-changed', undefined, IBAN, 'GB29NWBK60161331926819']],
    ],
    [
      'an unknown order',
      { purchaseOrderNumber: 'PO-9' },
      [['unknown-purchase-order', undefined, null, 'PO-9']],
    ],
    ['no order', { purchaseOrderNumber: null }, [['unknown-purchase-order', undefined, null, null]]],
    [
      'an unknown supplier',
      { supplier: { name: 'Nobody Inc', vatId: null, iban: null } },
      [['unknown-supplier', undefined, null, 'Nobody Inc']],
    ],
  ])('tells %s', async (_title, about, expected) => {
    await ordered();
    const found = await match(about);
    expect([found.ok, ...told(found)]).toEqual([false, ...expected]);
  });

  it('holds to the tolerances to the cent', async () => {
    await ordered();
    const dearer = {
      lines: [{ ...paper, unitPrice: '4.59', lineTotal: '45.90' }, lamp],
      netTotal: '125.70',
      taxTotal: '23.88',
      grandTotal: '149.58',
    };
    expect(told(await match(dearer, { pricePercent: 1.99 }))).toEqual([['price', 1, '4.50', '4.59']]);
    expect(told(await match(dearer, { pricePercent: 2 }))).toEqual([]);
    expect(told(await match(dearer, { amount: '0.08' }))).toEqual([['price', 1, '4.50', '4.59']]);
    expect(told(await match(dearer, { amount: '0.09' }))).toEqual([]);
    const more = {
      lines: [{ ...paper, quantity: '10.5', lineTotal: '47.25' }, lamp],
      netTotal: '127.05',
      taxTotal: '24.14',
      grandTotal: '151.19',
    };
    expect(told(await match(more, { quantityPercent: 4.9 }))).toEqual([['quantity', 1, '10', '10.5']]);
    expect(told(await match(more, { quantityPercent: 5 }))).toEqual([]);
  });

  it('tells what did not come', async () => {
    await ordered(['10', '1']);
    expect(told(await match())).toEqual([['not-received', 2, '1', '2']]);
  });

  it('counts what earlier invoices took', async () => {
    await ordered();
    const half = {
      lines: [{ ...paper, quantity: '6', lineTotal: '27.00' }],
      netTotal: '27.00',
      taxTotal: '5.13',
      grandTotal: '32.13',
    };
    expect(told(await match(half))).toEqual([]);
    await posted(half);
    expect(told(await match({ ...half, invoiceNumber: 'R-101' }))).toEqual([['quantity', 1, '4', '6']]);
  });

  it('tells a duplicate and an order of another supplier', async () => {
    await ordered();
    const { id } = await posted();
    expect(told(await match())).toEqual(expect.arrayContaining([['duplicate', undefined, null, id]]));
    const other = await supplier({ name: 'Other KG', vatId: 'ATU12345678', iban: null });
    const found = await match({
      supplier: { name: 'Other KG', vatId: 'ATU12345678', iban: null },
      invoiceNumber: 'X',
    });
    expect(told(found)[0]).toEqual([
      'supplier-mismatch',
      undefined,
      found.purchaseOrder?.supplierId,
      other.id,
    ]);
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

  it('are refused when fields are missing, totals do not add up, or supplier or order is unknown', async () => {
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
    expect(await database.query('SELECT sum(amount) AS paid FROM payments')).toEqual([{ paid: '148.51' }]);
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
