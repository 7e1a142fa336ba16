import * as erp from '@tutti/contracts';
import { discrepanciesOf } from '@tutti/plugin-sdk/erp';
import { definePlugin } from '@tutti/plugin-sdk';
import { findInvoices, invoicedQuantities, postInvoice } from './invoices.js';
import { health } from './health.js';
import { createPayment, paymentById } from './payments.js';
import { productByCode, upsertProduct } from './products.js';
import { createOrder, orderByNumber } from './purchase-orders.js';
import { createReceipt, receiptsOf } from './receipts.js';
import { openSession, Tryton, type Call } from './rpc.js';
import { Settings } from './settings.js';
import { findSuppliers, identifySupplier, upsertSupplier } from './suppliers.js';
import type { z } from 'zod';

const tryton = (call: Call) => new Tryton(call);

/** What the three-way match compares, as Tryton has it. */
async function match(
  books: Tryton,
  { invoice, tolerances }: z.output<typeof erp.ErpInvoiceMatchInput>,
): Promise<z.input<typeof erp.ErpInvoiceMatchOutput>> {
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
    'erp.supplier.find': {
      summary: 'Find a supplier by VAT id, IBAN or name.',
      effect: 'read',
      input: erp.ErpSupplierFindInput,
      output: erp.ErpSupplierFindOutput,
      async run(call) {
        const candidates = await findSuppliers(tryton(call), call.input);
        return { supplier: candidates.length === 1 ? (candidates[0] ?? null) : null, candidates };
      },
    },
    'erp.supplier.upsert': {
      summary: 'Create a supplier or change one.',
      effect: 'idempotent-write',
      input: erp.ErpSupplierUpsertInput,
      output: erp.ErpSupplierUpsertOutput,
      run: async (call) => ({ supplier: await upsertSupplier(tryton(call), call.input) }),
    },
    'erp.product.find': {
      summary: 'Find a product by its article code.',
      effect: 'read',
      input: erp.ErpProductFindInput,
      output: erp.ErpProductFindOutput,
      run: async (call) => ({
        product: (await productByCode(tryton(call), call.input.code))?.product ?? null,
      }),
    },
    'erp.product.upsert': {
      summary: 'Create a product or rename one.',
      effect: 'idempotent-write',
      input: erp.ErpProductUpsertInput,
      output: erp.ErpProductUpsertOutput,
      run: async (call) => ({ product: await upsertProduct(tryton(call), call.input) }),
    },
    'erp.purchase-order.get': {
      summary: 'Get a purchase order by its number.',
      effect: 'read',
      input: erp.ErpPurchaseOrderGetInput,
      output: erp.ErpPurchaseOrderGetOutput,
      run: async (call) => ({
        purchaseOrder: (await orderByNumber(tryton(call), call.input.number))?.order ?? null,
      }),
    },
    'erp.purchase-order.create': {
      summary: 'Place a purchase order: created, quoted, confirmed and processed.',
      effect: 'idempotent-write',
      input: erp.ErpPurchaseOrderCreateInput,
      output: erp.ErpPurchaseOrderCreateOutput,
      run: async (call) => ({ purchaseOrder: await createOrder(tryton(call), call.input) }),
    },
    'erp.receipt.list': {
      summary: 'List what was received for a purchase order.',
      effect: 'read',
      input: erp.ErpReceiptListInput,
      output: erp.ErpReceiptListOutput,
      async run(call) {
        const order = await orderByNumber(tryton(call), call.input.purchaseOrderNumber);
        return { receipts: order === null ? [] : await receiptsOf(tryton(call), order) };
      },
    },
    'erp.receipt.create': {
      summary: 'Receive goods of a purchase order into stock.',
      effect: 'idempotent-write',
      input: erp.ErpReceiptCreateInput,
      output: erp.ErpReceiptCreateOutput,
      run: async (call) => ({ receipt: await createReceipt(tryton(call), call.input) }),
    },
    'erp.invoice.find': {
      summary: 'Find invoices in the books by their number.',
      effect: 'read',
      input: erp.ErpInvoiceFindInput,
      output: erp.ErpInvoiceFindOutput,
      run: async (call) => ({ invoices: await findInvoices(tryton(call), call.input) }),
    },
    'erp.invoice.match': {
      summary: 'Compare an invoice with its purchase order, the receipts and the books (three-way match).',
      effect: 'read',
      input: erp.ErpInvoiceMatchInput,
      output: erp.ErpInvoiceMatchOutput,
      run: (call) => match(tryton(call), call.input),
    },
    'erp.invoice.post': {
      summary:
        'Post a supplier’s invoice: the draft of its purchase order, brought to what the invoice says.',
      effect: 'idempotent-write',
      input: erp.ErpInvoicePostInput,
      output: erp.ErpInvoicePostOutput,
      run: async (call) => ({ invoice: await postInvoice(tryton(call), call.input) }),
    },
    'erp.payment.create': {
      summary: 'Pay an invoice, in whole or in part.',
      effect: 'idempotent-write',
      input: erp.ErpPaymentCreateInput,
      output: erp.ErpPaymentCreateOutput,
      run: (call) => createPayment(tryton(call), call.input),
    },
    'erp.payment.get': {
      summary: 'Get a payment.',
      effect: 'read',
      input: erp.ErpPaymentGetInput,
      output: erp.ErpPaymentGetOutput,
      run: async (call) => ({ payment: await paymentById(tryton(call), call.input.id) }),
    },
  },
});
