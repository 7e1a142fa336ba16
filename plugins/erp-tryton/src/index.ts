import type { ErpInvoiceMatchInput, ErpInvoiceMatchOutput } from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import {
  discrepanciesOf,
  erpCapabilities,
  erpPaymentCapabilities,
  erpProductCapabilities,
  type ErpBooks,
  type ErpPaymentBooks,
  type ErpProductBooks,
} from '@tutti/plugin-sdk/erp';
import { findInvoices, invoicedQuantities, postInvoice } from './invoices.js';
import { health } from './health.js';
import { createPayment, paymentById } from './payments.js';
import { productByCode, upsertProduct } from './products.js';
import { createOrder, orderByNumber } from './purchase-orders.js';
import { createReceipt, receiptsOf } from './receipts.js';
import { invoiceChanged, orderChanged } from './record-changes.js';
import { openSession, Tryton } from './rpc.js';
import { Settings } from './settings.js';
import { findSuppliers, identifySupplier, upsertSupplier } from './suppliers.js';
import type { z } from 'zod';

/** What the three-way match compares, as Tryton has it. */
async function match(
  books: Tryton,
  { invoice, tolerances }: z.output<typeof ErpInvoiceMatchInput>,
): Promise<z.input<typeof ErpInvoiceMatchOutput>> {
  const supplier = await identifySupplier(books, invoice.supplier);
  const number = invoice.purchaseOrderNumber;
  const order = number === null ? null : await orderByNumber(books, number);
  const isKnown = supplier !== null && invoice.invoiceNumber !== null;
  const discrepancies = discrepanciesOf({
    invoice,
    supplier,
    purchaseOrder: order?.order ?? null,
    receipts: order === null ? [] : await receiptsOf(books, order),
    invoiced: order === null ? new Map() : await invoicedQuantities(books, order),
    sameNumber: isKnown
      ? await findInvoices(books, {
          invoiceNumber: invoice.invoiceNumber as string,
          supplierId: supplier.id,
        })
      : [],
    tolerances,
  });
  return { ok: discrepancies.length === 0, supplier, purchaseOrder: order?.order ?? null, discrepancies };
}

function books(tryton: Tryton): ErpBooks {
  return {
    findSuppliers: (by) => findSuppliers(tryton, by),
    upsertSupplier: (input) => upsertSupplier(tryton, input),
    order: async (number) => (await orderByNumber(tryton, number))?.order ?? null,
    createOrder: (input) => createOrder(tryton, input),
    async receipts(number) {
      const order = await orderByNumber(tryton, number);
      return order === null ? [] : receiptsOf(tryton, order);
    },
    createReceipt: (input) => createReceipt(tryton, input),
    findInvoices: (by) => findInvoices(tryton, by),
    match: (input) => match(tryton, input),
    postInvoice: (input) => postInvoice(tryton, input),
  };
}

function products(tryton: Tryton): ErpProductBooks {
  return {
    product: async (code) => (await productByCode(tryton, code))?.product ?? null,
    upsertProduct: (input) => upsertProduct(tryton, input),
  };
}

function payments(tryton: Tryton): ErpPaymentBooks {
  return {
    createPayment: (input) => createPayment(tryton, input),
    payment: (id) => paymentById(tryton, id),
  };
}

/** Tryton 6: suppliers, products, purchase orders, receipts, supplier invoices, payments. */
export default definePlugin({
  contract: 1,
  name: 'erp-tryton',
  kind: 'erp',
  summary: 'Tryton: suppliers, products, purchase orders, receipts, invoices, payments.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl }) => ({ baseUrl }),
  session: { open: openSession },
  health: ({ http, settings }) => health(new Tryton({ http, settings, idempotencyKey: 'health' })),
  capabilities: {
    ...erpCapabilities<Settings>({ open: (call) => books(new Tryton(call)) }),
    ...erpProductCapabilities<Settings>({ open: (call) => products(new Tryton(call)) }),
    ...erpPaymentCapabilities<Settings>({ open: (call) => payments(new Tryton(call)) }),
  },
  triggers: {
    'erp.invoice.changed': invoiceChanged,
    'erp.purchase-order.changed': orderChanged,
  },
});
