import type { ErpInvoice, ErpPurchaseOrder, ErpSupplier, Invoice } from '@tutti/contracts';
import { attemptCapability } from '@tutti/plugin-sdk';
import { createPluginDatabase, type PluginTestDatabase } from '@tutti/testing';
import plugin from '../index.js';

let database: PluginTestDatabase;
let keys = 0;

/** Registers the hooks that give every test of a file an empty ERP; the function gives its database. */
export function useErp(): () => PluginTestDatabase {
  beforeAll(async () => {
    database = await createPluginDatabase(plugin);
  });
  beforeEach(() => database.reset());
  afterAll(() => database.drop());
  return () => database;
}

export async function call<T>(
  capability: string,
  input: unknown,
  idempotencyKey = `key-${(keys += 1)}`,
): Promise<T> {
  return (await attemptCapability(plugin, capability, { input, database, idempotencyKey })) as T;
}

export const IBAN = 'DE89370400440532013000';

export async function supplier(about: Record<string, unknown> = {}): Promise<ErpSupplier> {
  const input = {
    name: 'Müller Bürobedarf GmbH',
    vatId: 'DE 123 456 789',
    iban: IBAN,
    currency: 'EUR',
    ...about,
  };
  return (await call<{ supplier: ErpSupplier }>('erp.supplier.upsert', input)).supplier;
}

export const LINES = [
  { articleCode: 'P-1', description: 'Copy paper A4', quantity: '10', unitPrice: '4.50', taxPercent: '19' },
  { articleCode: null, description: 'Desk lamp, black', quantity: '2', unitPrice: '39.90', taxPercent: '19' },
];

/** A supplier with one order, of which everything came. */
export async function ordered(received: [string, string] | null = ['10', '2']): Promise<ErpPurchaseOrder> {
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
export function invoice(about: Partial<Invoice> = {}): Invoice {
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

export async function posted(about: Partial<Invoice> = {}, key?: string): Promise<ErpInvoice> {
  const found = await call<{ supplier: ErpSupplier | null }>('erp.supplier.find', { vatId: 'DE123456789' });
  const input = { supplierId: found.supplier?.id, purchaseOrderNumber: 'PO-1', invoice: invoice(about) };
  return (await call<{ invoice: ErpInvoice }>('erp.invoice.post', input, key)).invoice;
}
