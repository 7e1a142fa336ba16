import * as erp from '@tutti/contracts';
import { definePlugin, once } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { createPayment, findInvoices, invoicedQuantities, paymentById, postInvoice } from './invoices.js';
import { discrepanciesOf } from '@tutti/plugin-sdk/erp';
import { MIGRATIONS } from './migrations.js';
import { createPurchaseOrder, createReceipt, purchaseOrder, receiptsOf } from './purchase-orders.js';
import { findSuppliers, identifySupplier, upsertSupplier } from './suppliers.js';

/**
 * A small but true ERP in the hub's own database: purchasing, receipts, payables. It holds nothing until it
 * is given something.
 */
export default definePlugin({
  contract: 1,
  name: 'erp-sandbox',
  kind: 'erp',
  summary: 'A small ERP in the hub’s own database: suppliers, purchase orders, receipts, invoices, payments.',
  settings: z.object({}),
  database: { schema: 'erp_sandbox', migrations: MIGRATIONS },
  async health({ database }) {
    const [row] = await database.query<{ suppliers: string; open: string }>(
      `SELECT (SELECT count(*) FROM suppliers) AS suppliers, (SELECT count(*) FROM invoices
         WHERE open_amount > 0) AS open`,
    );
    return `${row?.suppliers ?? 0} suppliers, ${row?.open ?? 0} open invoices`;
  },
  capabilities: {
    'erp.supplier.find': {
      summary: 'Find a supplier by VAT id, IBAN or name.',
      effect: 'read',
      input: erp.ErpSupplierFindInput,
      output: erp.ErpSupplierFindOutput,
      async run({ input, database }) {
        const candidates = await findSuppliers(database, input);
        return { supplier: candidates.length === 1 ? (candidates[0] ?? null) : null, candidates };
      },
    },
    'erp.supplier.upsert': {
      summary: 'Create a supplier or change one.',
      effect: 'idempotent-write',
      input: erp.ErpSupplierUpsertInput,
      output: erp.ErpSupplierUpsertOutput,
      run: (call) =>
        once({ ...call, capability: 'erp.supplier.upsert' }, async (session) => ({
          supplier: await upsertSupplier(session, call.input),
        })),
    },
    'erp.purchase-order.get': {
      summary: 'Get a purchase order by its number.',
      effect: 'read',
      input: erp.ErpPurchaseOrderGetInput,
      output: erp.ErpPurchaseOrderGetOutput,
      run: async ({ input, database }) => ({ purchaseOrder: await purchaseOrder(database, input.number) }),
    },
    'erp.purchase-order.create': {
      summary: 'Place a purchase order.',
      effect: 'idempotent-write',
      input: erp.ErpPurchaseOrderCreateInput,
      output: erp.ErpPurchaseOrderCreateOutput,
      run: (call) =>
        once({ ...call, capability: 'erp.purchase-order.create' }, async (session) => ({
          purchaseOrder: await createPurchaseOrder(session, call.input),
        })),
    },
    'erp.receipt.list': {
      summary: 'List what was received for a purchase order.',
      effect: 'read',
      input: erp.ErpReceiptListInput,
      output: erp.ErpReceiptListOutput,
      run: async ({ input, database }) => ({
        receipts: await receiptsOf(database, input.purchaseOrderNumber),
      }),
    },
    'erp.receipt.create': {
      summary: 'Record that goods of a purchase order were received.',
      effect: 'idempotent-write',
      input: erp.ErpReceiptCreateInput,
      output: erp.ErpReceiptCreateOutput,
      run: (call) =>
        once({ ...call, capability: 'erp.receipt.create' }, async (session) => ({
          receipt: await createReceipt(session, call.input),
        })),
    },
    'erp.invoice.find': {
      summary: 'Find invoices in the books by their number.',
      effect: 'read',
      input: erp.ErpInvoiceFindInput,
      output: erp.ErpInvoiceFindOutput,
      run: async ({ input, database }) => ({ invoices: await findInvoices(database, input) }),
    },
    'erp.invoice.match': {
      summary: 'Compare an invoice with its purchase order, the receipts and the books (three-way match).',
      effect: 'read',
      input: erp.ErpInvoiceMatchInput,
      output: erp.ErpInvoiceMatchOutput,
      async run({ input: { invoice, tolerances }, database }) {
        const supplier = await identifySupplier(database, invoice.supplier);
        const number = invoice.purchaseOrderNumber;
        const order = number === null ? null : await purchaseOrder(database, number);
        const discrepancies = discrepanciesOf({
          invoice,
          supplier,
          purchaseOrder: order,
          receipts: order === null ? [] : await receiptsOf(database, order.number),
          invoiced: order === null ? new Map() : await invoicedQuantities(database, order.number),
          sameNumber:
            supplier === null || invoice.invoiceNumber === null
              ? []
              : await findInvoices(database, {
                  invoiceNumber: invoice.invoiceNumber,
                  supplierId: supplier.id,
                }),
          tolerances,
        });
        return { ok: discrepancies.length === 0, supplier, purchaseOrder: order, discrepancies };
      },
    },
    'erp.invoice.post': {
      summary: 'Post an invoice to the books.',
      effect: 'idempotent-write',
      input: erp.ErpInvoicePostInput,
      output: erp.ErpInvoicePostOutput,
      run: (call) =>
        once({ ...call, capability: 'erp.invoice.post' }, async (session) => ({
          invoice: await postInvoice(session, call.input),
        })),
    },
    'erp.payment.create': {
      summary: 'Pay an invoice, in whole or in part.',
      effect: 'idempotent-write',
      input: erp.ErpPaymentCreateInput,
      output: erp.ErpPaymentCreateOutput,
      run: (call) =>
        once({ ...call, capability: 'erp.payment.create' }, (session) => createPayment(session, call.input)),
    },
    'erp.payment.get': {
      summary: 'Get a payment.',
      effect: 'read',
      input: erp.ErpPaymentGetInput,
      output: erp.ErpPaymentGetOutput,
      run: async ({ input, database }) => ({ payment: await paymentById(database, input.id) }),
    },
  },
});
