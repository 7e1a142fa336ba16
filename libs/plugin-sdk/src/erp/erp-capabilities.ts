import * as erp from '@tutti/contracts';
import type { Capability, DatabaseFor, RunContext } from '../plugin.js';
import type { ErpBooks, ErpPaymentBooks, ErpProductBooks } from './erp-system.js';

/** What an ERP works with, whichever capability was called. */
export type ErpCallContext<Settings> = Omit<RunContext<unknown, Settings, DatabaseFor<never>>, 'input'>;

/** How a connector opens the books for one call. */
export interface ErpConnector<Settings, Books> {
  open: (this: void, context: ErpCallContext<Settings>) => Books;
}

type ErpCapability<
  Input extends Capability['input'],
  Output extends Capability['output'],
  Settings,
> = Capability<Input, Output, Settings, DatabaseFor<never>>;

/** The canonical capabilities of an ERP that is reached over HTTP: suppliers, orders, receipts, invoices. */
export function erpCapabilities<Settings>(
  connector: ErpConnector<Settings, ErpBooks>,
): ReturnType<typeof purchaseCapabilities<Settings>> &
  ReturnType<typeof receiptCapabilities<Settings>> &
  ReturnType<typeof invoiceCapabilities<Settings>> {
  return {
    ...purchaseCapabilities(connector),
    ...receiptCapabilities(connector),
    ...invoiceCapabilities(connector),
  };
}

function purchaseCapabilities<Settings>({ open }: ErpConnector<Settings, ErpBooks>): {
  'erp.supplier.find': ErpCapability<
    typeof erp.ErpSupplierFindInput,
    typeof erp.ErpSupplierFindOutput,
    Settings
  >;
  'erp.supplier.upsert': ErpCapability<
    typeof erp.ErpSupplierUpsertInput,
    typeof erp.ErpSupplierUpsertOutput,
    Settings
  >;
  'erp.purchase-order.get': ErpCapability<
    typeof erp.ErpPurchaseOrderGetInput,
    typeof erp.ErpPurchaseOrderGetOutput,
    Settings
  >;
  'erp.purchase-order.create': ErpCapability<
    typeof erp.ErpPurchaseOrderCreateInput,
    typeof erp.ErpPurchaseOrderCreateOutput,
    Settings
  >;
} {
  return {
    'erp.supplier.find': {
      summary: 'Find a supplier by VAT id, IBAN or name.',
      effect: 'read',
      input: erp.ErpSupplierFindInput,
      output: erp.ErpSupplierFindOutput,
      async run({ input, ...context }) {
        const candidates = await open(context).findSuppliers(input);
        return { supplier: candidates.length === 1 ? (candidates[0] ?? null) : null, candidates };
      },
    },
    'erp.supplier.upsert': {
      summary: 'Create a supplier or change one.',
      effect: 'idempotent-write',
      input: erp.ErpSupplierUpsertInput,
      output: erp.ErpSupplierUpsertOutput,
      run: async ({ input, ...context }) => ({ supplier: await open(context).upsertSupplier(input) }),
    },
    'erp.purchase-order.get': {
      summary: 'Get a purchase order by its number.',
      effect: 'read',
      input: erp.ErpPurchaseOrderGetInput,
      output: erp.ErpPurchaseOrderGetOutput,
      run: async ({ input, ...context }) => ({ purchaseOrder: await open(context).order(input.number) }),
    },
    'erp.purchase-order.create': {
      summary: 'Place a purchase order.',
      effect: 'idempotent-write',
      input: erp.ErpPurchaseOrderCreateInput,
      output: erp.ErpPurchaseOrderCreateOutput,
      run: async ({ input, ...context }) => ({ purchaseOrder: await open(context).createOrder(input) }),
    },
  };
}

function receiptCapabilities<Settings>({ open }: ErpConnector<Settings, ErpBooks>): {
  'erp.receipt.list': ErpCapability<
    typeof erp.ErpReceiptListInput,
    typeof erp.ErpReceiptListOutput,
    Settings
  >;
  'erp.receipt.create': ErpCapability<
    typeof erp.ErpReceiptCreateInput,
    typeof erp.ErpReceiptCreateOutput,
    Settings
  >;
} {
  return {
    'erp.receipt.list': {
      summary: 'List what was received for a purchase order.',
      effect: 'read',
      input: erp.ErpReceiptListInput,
      output: erp.ErpReceiptListOutput,
      run: async ({ input, ...context }) => ({
        receipts: await open(context).receipts(input.purchaseOrderNumber),
      }),
    },
    'erp.receipt.create': {
      summary: 'Receive goods of a purchase order.',
      effect: 'idempotent-write',
      input: erp.ErpReceiptCreateInput,
      output: erp.ErpReceiptCreateOutput,
      run: async ({ input, ...context }) => ({ receipt: await open(context).createReceipt(input) }),
    },
  };
}

function invoiceCapabilities<Settings>({ open }: ErpConnector<Settings, ErpBooks>): {
  'erp.invoice.find': ErpCapability<
    typeof erp.ErpInvoiceFindInput,
    typeof erp.ErpInvoiceFindOutput,
    Settings
  >;
  'erp.invoice.match': ErpCapability<
    typeof erp.ErpInvoiceMatchInput,
    typeof erp.ErpInvoiceMatchOutput,
    Settings
  >;
  'erp.invoice.post': ErpCapability<
    typeof erp.ErpInvoicePostInput,
    typeof erp.ErpInvoicePostOutput,
    Settings
  >;
} {
  return {
    'erp.invoice.find': {
      summary: 'Find invoices in the books by their number.',
      effect: 'read',
      input: erp.ErpInvoiceFindInput,
      output: erp.ErpInvoiceFindOutput,
      run: async ({ input, ...context }) => ({ invoices: await open(context).findInvoices(input) }),
    },
    'erp.invoice.match': {
      summary: 'Compare an invoice with its purchase order, the receipts and the books (three-way match).',
      effect: 'read',
      input: erp.ErpInvoiceMatchInput,
      output: erp.ErpInvoiceMatchOutput,
      run: ({ input, ...context }) => open(context).match(input),
    },
    'erp.invoice.post': {
      summary: 'Post a supplier’s invoice.',
      effect: 'idempotent-write',
      input: erp.ErpInvoicePostInput,
      output: erp.ErpInvoicePostOutput,
      run: async ({ input, ...context }) => ({ invoice: await open(context).postInvoice(input) }),
    },
  };
}

/** Those of an ERP that keeps products. */
export function erpProductCapabilities<Settings>({ open }: ErpConnector<Settings, ErpProductBooks>): {
  'erp.product.find': ErpCapability<
    typeof erp.ErpProductFindInput,
    typeof erp.ErpProductFindOutput,
    Settings
  >;
  'erp.product.upsert': ErpCapability<
    typeof erp.ErpProductUpsertInput,
    typeof erp.ErpProductUpsertOutput,
    Settings
  >;
} {
  return {
    'erp.product.find': {
      summary: 'Find a product by its article code.',
      effect: 'read',
      input: erp.ErpProductFindInput,
      output: erp.ErpProductFindOutput,
      run: async ({ input, ...context }) => ({ product: await open(context).product(input.code) }),
    },
    'erp.product.upsert': {
      summary: 'Create a product or rename one.',
      effect: 'idempotent-write',
      input: erp.ErpProductUpsertInput,
      output: erp.ErpProductUpsertOutput,
      run: async ({ input, ...context }) => ({ product: await open(context).upsertProduct(input) }),
    },
  };
}

/** Those of an ERP from which is paid. */
export function erpPaymentCapabilities<Settings>({ open }: ErpConnector<Settings, ErpPaymentBooks>): {
  'erp.payment.create': ErpCapability<
    typeof erp.ErpPaymentCreateInput,
    typeof erp.ErpPaymentCreateOutput,
    Settings
  >;
  'erp.payment.get': ErpCapability<typeof erp.ErpPaymentGetInput, typeof erp.ErpPaymentGetOutput, Settings>;
} {
  return {
    'erp.payment.create': {
      summary: 'Pay an invoice, in whole or in part.',
      effect: 'idempotent-write',
      input: erp.ErpPaymentCreateInput,
      output: erp.ErpPaymentCreateOutput,
      run: ({ input, ...context }) => open(context).createPayment(input),
    },
    'erp.payment.get': {
      summary: 'Get a payment.',
      effect: 'read',
      input: erp.ErpPaymentGetInput,
      output: erp.ErpPaymentGetOutput,
      run: async ({ input, ...context }) => ({ payment: await open(context).payment(input.id) }),
    },
  };
}
