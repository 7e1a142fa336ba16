import assert from 'node:assert/strict';
import type {
  ErpInvoice,
  ErpPayment,
  ErpPurchaseOrder,
  ErpReceipt,
  ErpSupplier,
  Invoice,
} from '@tutti/contracts';
import { invoiceFor, invoiceLine } from './erp-invoice.js';
import { fails, includes } from './failures.js';
import type { PluginBench } from './plugin-bench.js';
import type { VendorServer } from './vendor-server.js';

export { invoiceFor, invoiceLine };

/**
 * An ERP connector with a simulated ERP behind it: books in EUR without suppliers, with a purchase tax of
 * 19 % and the products `P-1` and `L-1`.
 */
export interface ErpSubject {
  server: VendorServer;
  bench: PluginBench;
}

/** Something that holds for every ERP connector. */
export interface ErpBehaviour {
  name: string;
  holds(subject: ErpSubject): Promise<void>;
}

const IBAN = 'DE89370400440532013000';
const LINES = [
  { articleCode: 'P-1', description: 'Copy paper A4', quantity: '10', unitPrice: '4.50', taxPercent: '19' },
  {
    articleCode: 'L-1',
    description: 'Desk lamp, black',
    quantity: '2',
    unitPrice: '39.90',
    taxPercent: '19',
  },
];

/** The capabilities as a test says them; each call has a key of its own unless one is given. */
class Books {
  #keys = 0;

  constructor(readonly subject: ErpSubject) {}

  async call<T>(capability: string, input: object, key = `key-${(this.#keys += 1)}`): Promise<T> {
    return (await this.subject.bench.call(capability, input, { idempotencyKey: key })) as T;
  }

  async supplier(input: object = {}, key?: string): Promise<ErpSupplier> {
    const full = { name: 'Müller Bürobedarf GmbH', vatId: 'DE 123 456 789', iban: IBAN, ...input };
    return (await this.call<{ supplier: ErpSupplier }>('erp.supplier.upsert', full, key)).supplier;
  }

  find(by: object) {
    return this.call<{ supplier: ErpSupplier | null; candidates: ErpSupplier[] }>('erp.supplier.find', by);
  }

  async order(supplierId: string, number = 'PO-100', key?: string): Promise<ErpPurchaseOrder> {
    const input = { number, supplierId, orderDate: '2026-10-01', currency: 'EUR', lines: LINES };
    const told = await this.call<{ purchaseOrder: ErpPurchaseOrder }>(
      'erp.purchase-order.create',
      input,
      key,
    );
    return told.purchaseOrder;
  }

  async received(quantities: readonly string[], key?: string): Promise<ErpReceipt> {
    const lines = quantities.map((quantity, index) => ({ purchaseOrderLine: index + 1, quantity }));
    const input = { purchaseOrderNumber: 'PO-100', receivedOn: '2026-10-05', lines };
    return (await this.call<{ receipt: ErpReceipt }>('erp.receipt.create', input, key)).receipt;
  }

  async codes(invoice: Invoice): Promise<string[]> {
    const input = { invoice, tolerances: {} };
    const told = await this.call<{ discrepancies: { code: string }[] }>('erp.invoice.match', input);
    return told.discrepancies.map(({ code }) => code);
  }

  async posted(supplierId: string, invoice: Invoice, key?: string): Promise<ErpInvoice> {
    const input = { supplierId, purchaseOrderNumber: invoice.purchaseOrderNumber, invoice };
    return (await this.call<{ invoice: ErpInvoice }>('erp.invoice.post', input, key)).invoice;
  }

  invoices(invoiceNumber: string): Promise<{ invoices: ErpInvoice[] }> {
    return this.call('erp.invoice.find', { invoiceNumber });
  }

  paid(invoiceId: string, more: object = {}, key?: string) {
    const input = { invoiceId, paidOn: '2026-10-20', ...more };
    return this.call<{ payment: ErpPayment; invoice: ErpInvoice }>('erp.payment.create', input, key);
  }

  /** Performs a write, loses the answer of its first change, and repeats it with its key. */
  async afterLostAnswer<T>(write: () => Promise<T>): Promise<T> {
    this.subject.server.loseNextWrite();
    await fails(write(), { fate: 'transient' });
    return write();
  }
}

function invoiceOf(supplier: ErpSupplier, about: Partial<Invoice> = {}): Invoice {
  return invoiceFor('PO-100', supplier, { invoiceNumber: 'R-100', ...about });
}

function behaviour(name: string, holds: (books: Books) => Promise<void>): ErpBehaviour {
  return { name, holds: (subject) => holds(new Books(subject)) };
}

const SUPPLIERS: readonly ErpBehaviour[] = [
  behaviour('creates a supplier, finds it by VAT id, account and name, and changes it', async (books) => {
    const made = await books.supplier({ email: 'rechnung@mueller.example' });
    includes(made, { vatId: 'DE123456789', iban: IBAN, currency: 'EUR', email: 'rechnung@mueller.example' });
    for (const by of [
      { vatId: 'de123456789' },
      { name: 'MUELLER Buerobedarf' },
      { iban: IBAN, name: made.name },
    ])
      assert.deepEqual((await books.find(by)).supplier, made, JSON.stringify(by));
    for (const by of [{}, { name: 'Nobody' }, { vatId: 'DE1' }, { iban: IBAN, name: 'Nobody' }])
      assert.deepEqual(await books.find(by), { supplier: null, candidates: [] }, JSON.stringify(by));
    const change = { id: made.id, name: "O'Müller & Söhne", iban: 'NL65RABO0317465820' };
    const changed = await books.call<{ supplier: ErpSupplier }>('erp.supplier.upsert', change);
    includes(changed.supplier, { ...change, vatId: made.vatId, email: made.email });
    includes(await books.find({ name: "O'Müller & Söhne" }), { supplier: changed.supplier });
  }),
  behaviour('refuses a VAT id that another supplier has, and a change at another version', async (books) => {
    const made = await books.supplier();
    await fails(books.supplier({ name: 'Second GmbH' }), { fate: 'permanent', status: 409 });
    const late = { id: made.id, name: 'Renamed', expectedVersion: made.version + 1 };
    await fails(books.call('erp.supplier.upsert', late), { fate: 'permanent', status: 409 });
    const same = { id: made.id, name: made.name, expectedVersion: made.version + 1 };
    assert.deepEqual(await books.call('erp.supplier.upsert', same), { supplier: made });
    await fails(books.call('erp.supplier.upsert', { id: '999999', name: 'x' }), { status: 404 });
    await fails(books.call('erp.supplier.upsert', { vatId: 'DE1' }), { status: 422 });
  }),
  behaviour('creates one supplier when an answer is lost', async (books) => {
    const made = await books.afterLostAnswer(() => books.supplier({}, 'lost'));
    includes(made, { iban: IBAN });
    assert.deepEqual((await books.find({ name: made.name })).candidates, [made]);
  }),
];

const PURCHASES: readonly ErpBehaviour[] = [
  behaviour('places an order, receives its goods, and posts the invoice that fits', async (books) => {
    const supplier = await books.supplier();
    const order = await books.order(supplier.id);
    includes(order, { number: 'PO-100', status: 'open', netTotal: '124.80', orderDate: '2026-10-01' });
    assert.deepEqual(
      order.lines.map(({ articleCode, quantity, taxPercent }) => [articleCode, quantity, taxPercent]),
      [
        ['P-1', '10', '19'],
        ['L-1', '2', '19'],
      ],
    );
    const receipt = await books.received(['10', '2']);
    includes(receipt, { receivedOn: '2026-10-05', purchaseOrderNumber: 'PO-100' });
    const receipts = await books.call('erp.receipt.list', { purchaseOrderNumber: 'PO-100' });
    assert.deepEqual(receipts, { receipts: [receipt] });
    const invoice = invoiceOf(supplier);
    assert.deepEqual(await books.codes(invoice), []);
    const posted = await books.posted(supplier.id, invoice);
    const totals = { netTotal: '124.80', taxTotal: '23.71', grandTotal: '148.51', openAmount: '148.51' };
    includes(posted, { invoiceNumber: 'R-100', purchaseOrderNumber: 'PO-100', status: 'open', ...totals });
    assert.deepEqual(await books.invoices(' R-100 '), { invoices: [posted] });
    assert.ok((await books.codes(invoice)).includes('duplicate'));
  }),
  behaviour('tells a price, a quantity and a delivery that differ', async (books) => {
    const supplier = await books.supplier();
    await books.order(supplier.id);
    await books.received(['8', '2']);
    const dear = invoiceOf(supplier, {
      lines: [invoiceLine('P-1', ['10', '4.85', '48.50']), invoiceLine('L-1', ['2', '39.90', '79.80'])],
      netTotal: '128.30',
      taxTotal: '24.38',
      grandTotal: '152.68',
    });
    assert.deepEqual(await books.codes(dear), ['price', 'not-received']);
    includes(await books.posted(supplier.id, dear), { grandTotal: '152.68' });
    assert.ok((await books.codes({ ...dear, invoiceNumber: 'R-101' })).includes('quantity'));
    await books.received(['2']);
    await fails(books.received(['10', '2']), { fate: 'permanent', status: 409 });
  }),
  behaviour('refuses what is there already, and what it does not know', async (books) => {
    const supplier = await books.supplier();
    await books.order(supplier.id);
    await fails(books.order(supplier.id), { fate: 'permanent', status: 409 });
    await fails(books.order('999999', 'PO-200'), { fate: 'permanent', status: 404 });
    const none = { purchaseOrder: null };
    assert.deepEqual(await books.call('erp.purchase-order.get', { number: 'PO-9' }), none);
    assert.deepEqual(await books.call('erp.receipt.list', { purchaseOrderNumber: 'PO-9' }), { receipts: [] });
    await fails(books.received(['1', '1', '1']), { fate: 'permanent', status: 422 });
    const invoice = invoiceOf(supplier);
    await books.posted(supplier.id, invoice);
    await fails(books.posted(supplier.id, invoice), { fate: 'permanent', status: 409 });
    await fails(books.posted('999999', invoice), { status: 404 });
    const other = { ...invoice, invoiceNumber: 'R-200' };
    await fails(books.posted(supplier.id, { ...other, purchaseOrderNumber: 'PO-9' }), { status: 404 });
    await fails(books.posted(supplier.id, { ...other, invoiceDate: null }), { status: 422 });
  }),
  behaviour('posts nothing whose total it does not come to', async (books) => {
    const supplier = await books.supplier();
    await books.order(supplier.id);
    const wrong = invoiceOf(supplier, { grandTotal: '150.00' });
    await fails(books.posted(supplier.id, wrong), { fate: 'permanent', status: 422 });
    assert.deepEqual(await books.invoices('R-100'), { invoices: [] });
  }),
  behaviour('does each step once when its answer is lost', async (books) => {
    const supplier = await books.supplier();
    await books.afterLostAnswer(() => books.order(supplier.id, 'PO-100', 'k-order'));
    includes(await books.order(supplier.id, 'PO-100', 'k-order'), { status: 'open', netTotal: '124.80' });
    const receipt = await books.afterLostAnswer(() => books.received(['10', '2'], 'k-receipt'));
    assert.deepEqual(await books.received(['10', '2'], 'k-receipt'), receipt);
    const listed = await books.call('erp.receipt.list', { purchaseOrderNumber: 'PO-100' });
    assert.deepEqual(listed, { receipts: [receipt] });
    const invoice = invoiceOf(supplier);
    const posted = await books.afterLostAnswer(() => books.posted(supplier.id, invoice, 'k-invoice'));
    assert.deepEqual(await books.posted(supplier.id, invoice, 'k-invoice'), posted);
    assert.equal((await books.invoices('R-100')).invoices.length, 1);
  }),
];

/** Behaviours that an ERP connector shares with all others: run each as a test of its own. */
export const ERP_BEHAVIOURS: readonly ErpBehaviour[] = [...SUPPLIERS, ...PURCHASES];

/** Those of connectors that pay. */
export const ERP_PAYMENT_BEHAVIOURS: readonly ErpBehaviour[] = [
  behaviour('pays an invoice in parts, and never more than is open', async (books) => {
    const supplier = await books.supplier();
    const loose = invoiceOf(supplier, { purchaseOrderNumber: null });
    await books.order(supplier.id);
    const { id } = await books.posted(supplier.id, { ...loose, purchaseOrderNumber: 'PO-100' });
    await fails(books.paid(id, { amount: '200' }), { fate: 'permanent', status: 409 });
    await fails(books.paid(id, { amount: '0' }), { fate: 'permanent', status: 422 });
    includes(await books.paid(id, { amount: '100' }), { invoice: { openAmount: '48.51', status: 'open' } });
    const { payment, invoice } = await books.paid(id);
    includes(payment, {
      invoiceId: id,
      amount: '48.51',
      iban: IBAN,
      paidOn: '2026-10-20',
      reference: 'R-100',
    });
    includes(invoice, { status: 'paid', openAmount: '0.00' });
    assert.deepEqual(await books.call('erp.payment.get', { id: payment.id }), { payment });
    assert.deepEqual(await books.call('erp.payment.get', { id: '999999' }), { payment: null });
    await fails(books.paid(id), { fate: 'permanent', status: 409 });
    await fails(books.paid('999999'), { fate: 'permanent', status: 404 });
  }),
  behaviour('pays once when the answer is lost, and only to a known account', async (books) => {
    const supplier = await books.supplier();
    await books.order(supplier.id);
    const { id } = await books.posted(supplier.id, invoiceOf(supplier));
    const paid = await books.afterLostAnswer(() => books.paid(id, {}, 'k-pay'));
    includes(paid.invoice, { status: 'paid' });
    assert.deepEqual(await books.paid(id, {}, 'k-pay'), paid);
    const poor = await books.supplier({ name: 'No Account Ltd', vatId: null, iban: null });
    await books.order(poor.id, 'PO-200');
    const owed = await books.posted(poor.id, invoiceOf(poor, { purchaseOrderNumber: 'PO-200' }));
    await fails(books.paid(owed.id), { fate: 'permanent', status: 409 });
  }),
];
