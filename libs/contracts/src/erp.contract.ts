import { z } from 'zod';
import { CalendarDate, Currency, Decimal, Invoice } from './document.contract.js';

const Id = z.string().min(1).max(200);
const Text = z.string().min(1).max(500);
/**
 * A version of a record: it grows with every change, and a change that expects another version is refused
 * (409).
 */
const Version = z.int().positive();

/** A party that is paid. */
export const ErpSupplier = z
  .object({
    id: Id,
    name: Text,
    vatId: z.string().nullable().describe('VAT id without spaces'),
    iban: z.string().nullable().describe('Account that invoices are paid to, without spaces'),
    email: z.email().nullable(),
    currency: Currency,
    version: Version,
  })
  .meta({ id: 'ErpSupplier' });
export type ErpSupplier = z.infer<typeof ErpSupplier>;

/** Input of `erp.supplier.find`: at least one of them. A supplier matches when all that are given match. */
export const ErpSupplierFindInput = z
  .object({
    vatId: z.string().nullable().optional(),
    iban: z.string().nullable().optional(),
    name: z
      .string()
      .nullable()
      .optional()
      .describe('The whole name; case, spaces and legal form do not count'),
  })
  .meta({ id: 'ErpSupplierFindInput' });
/** Output of `erp.supplier.find`: the only match, else null and the candidates. */
export const ErpSupplierFindOutput = z.object({
  supplier: ErpSupplier.nullable(),
  candidates: z.array(ErpSupplier),
});

/**
 * Input of `erp.supplier.upsert`. Without `id` a supplier is created; with it the fields that are given are
 * changed.
 */
export const ErpSupplierUpsertInput = z.object({
  id: Id.optional(),
  name: Text.optional(),
  vatId: z.string().nullable().optional(),
  iban: z.string().nullable().optional(),
  email: z.email().nullable().optional(),
  currency: Currency.optional(),
  expectedVersion: Version.optional(),
});
export const ErpSupplierUpsertOutput = z.object({ supplier: ErpSupplier });

/** Something that is bought or sold. */
export const ErpProduct = z
  .object({
    id: Id,
    code: z.string().min(1).max(200).describe('Article code'),
    name: Text,
    unit: z.string().describe('Unit of measure as the system writes it, such as `u` or `kg`'),
    version: Version,
  })
  .meta({ id: 'ErpProduct' });
export type ErpProduct = z.infer<typeof ErpProduct>;
export const ErpProductFindInput = z.object({ code: z.string().min(1).max(200) });
export const ErpProductFindOutput = z.object({ product: ErpProduct.nullable() });
/** Input of `erp.product.upsert`: the product with this code is created, or gets the name that is given. */
export const ErpProductUpsertInput = z.object({
  code: z.string().min(1).max(200),
  name: Text.optional().describe('A new product needs one'),
  unit: z.string().min(1).optional().describe('Of a new product; absent: pieces'),
});
export const ErpProductUpsertOutput = z.object({ product: ErpProduct });

export const ErpPurchaseOrderLine = z
  .object({
    number: z.int().positive(),
    articleCode: z.string().nullable(),
    description: Text,
    quantity: Decimal,
    unitPrice: Decimal,
    taxPercent: Decimal,
  })
  .meta({ id: 'ErpPurchaseOrderLine' });

/** What was ordered. */
export const ErpPurchaseOrder = z
  .object({
    number: Id,
    supplierId: Id,
    orderDate: CalendarDate,
    currency: Currency,
    status: z.enum(['open', 'closed', 'cancelled']),
    netTotal: Decimal,
    lines: z.array(ErpPurchaseOrderLine),
    version: Version,
  })
  .meta({ id: 'ErpPurchaseOrder' });
export type ErpPurchaseOrder = z.infer<typeof ErpPurchaseOrder>;

export const ErpPurchaseOrderGetInput = z.object({ number: Id });
export const ErpPurchaseOrderGetOutput = z.object({ purchaseOrder: ErpPurchaseOrder.nullable() });
export const ErpPurchaseOrderCreateInput = z.object({
  number: Id,
  supplierId: Id,
  orderDate: CalendarDate,
  currency: Currency,
  lines: z
    .array(ErpPurchaseOrderLine.omit({ number: true }))
    .min(1)
    .max(500),
});
export const ErpPurchaseOrderCreateOutput = z.object({ purchaseOrder: ErpPurchaseOrder });

/** What came. */
export const ErpReceipt = z
  .object({
    id: Id,
    purchaseOrderNumber: Id,
    receivedOn: CalendarDate,
    lines: z.array(z.object({ purchaseOrderLine: z.int().positive(), quantity: Decimal })),
  })
  .meta({ id: 'ErpReceipt' });
export type ErpReceipt = z.infer<typeof ErpReceipt>;

export const ErpReceiptListInput = z.object({ purchaseOrderNumber: Id });
export const ErpReceiptListOutput = z.object({ receipts: z.array(ErpReceipt) });
export const ErpReceiptCreateInput = z.object({
  purchaseOrderNumber: Id,
  receivedOn: CalendarDate,
  lines: z
    .array(z.object({ purchaseOrderLine: z.int().positive(), quantity: Decimal }))
    .min(1)
    .max(500),
});
export const ErpReceiptCreateOutput = z.object({ receipt: ErpReceipt });

/** An invoice in the books. */
export const ErpInvoice = z
  .object({
    id: Id,
    supplierId: Id,
    invoiceNumber: Text,
    invoiceDate: CalendarDate,
    dueDate: CalendarDate.nullable(),
    currency: Currency,
    purchaseOrderNumber: Id.nullable(),
    netTotal: Decimal,
    taxTotal: Decimal,
    grandTotal: Decimal,
    openAmount: Decimal.describe('What is still to be paid'),
    status: z.enum(['open', 'paid']),
    lines: z.array(
      z.object({
        description: z.string(),
        articleCode: z.string().nullable(),
        quantity: Decimal,
        unitPrice: Decimal,
        lineTotal: Decimal,
      }),
    ),
    version: Version,
  })
  .meta({ id: 'ErpInvoice' });
export type ErpInvoice = z.infer<typeof ErpInvoice>;

export const ErpInvoiceFindInput = z.object({ invoiceNumber: Text, supplierId: Id.optional() });
export const ErpInvoiceFindOutput = z.object({ invoices: z.array(ErpInvoice) });

/**
 * How much may differ before it is a discrepancy. Percentages of the ordered price and quantity; the larger
 * bound of a pair wins.
 */
export const MatchTolerances = z
  .object({
    pricePercent: z.number().min(0).max(100).default(0),
    quantityPercent: z.number().min(0).max(100).default(0),
    /** In the invoice's currency, on line totals, prices and totals. */
    amount: Decimal.default('0.01'),
  })
  .meta({ id: 'MatchTolerances' });

/** Input of `erp.invoice.match`. */
export const ErpInvoiceMatchInput = z
  .object({ invoice: Invoice, tolerances: MatchTolerances.prefault({}) })
  .meta({ id: 'ErpInvoiceMatchInput' });

export const DiscrepancyCode = z.enum([
  'unknown-supplier',
  'unknown-purchase-order',
  'supplier-mismatch',
  'iban-changed',
  'duplicate',
  'currency',
  'price',
  'quantity',
  'not-received',
  'total',
]);

/** Something that does not fit between invoice, purchase order, receipts and the books. */
export const Discrepancy = z
  .object({
    code: DiscrepancyCode,
    message: z.string(),
    expected: z.string().nullable(),
    actual: z.string().nullable(),
    line: z.int().positive().optional().describe('Line of the invoice, from 1'),
  })
  .meta({ id: 'Discrepancy' });
export type Discrepancy = z.infer<typeof Discrepancy>;

/** Output of `erp.invoice.match`. */
export const ErpInvoiceMatchOutput = z
  .object({
    ok: z.boolean().describe('True when there is no discrepancy'),
    supplier: ErpSupplier.nullable(),
    purchaseOrder: ErpPurchaseOrder.nullable(),
    discrepancies: z.array(Discrepancy),
  })
  .meta({ id: 'ErpInvoiceMatchOutput' });

/** Input of `erp.invoice.post`: a number that the supplier has used already is refused (409). */
export const ErpInvoicePostInput = z.object({
  supplierId: Id,
  purchaseOrderNumber: Id.nullable().default(null),
  invoice: Invoice,
});
export const ErpInvoicePostOutput = z.object({ invoice: ErpInvoice });

/** A payment of an invoice. */
export const ErpPayment = z
  .object({
    id: Id,
    invoiceId: Id,
    amount: Decimal,
    currency: Currency,
    iban: z.string(),
    paidOn: CalendarDate,
    reference: z.string(),
  })
  .meta({ id: 'ErpPayment' });
export type ErpPayment = z.infer<typeof ErpPayment>;

/**
 * Input of `erp.payment.create`: without `amount` all that is open is paid; more than is open is refused
 * (409).
 */
export const ErpPaymentCreateInput = z.object({
  invoiceId: Id,
  amount: Decimal.optional(),
  paidOn: CalendarDate.optional(),
});
export const ErpPaymentCreateOutput = z.object({ payment: ErpPayment, invoice: ErpInvoice });
export const ErpPaymentGetInput = z.object({ id: Id });
export const ErpPaymentGetOutput = z.object({ payment: ErpPayment.nullable() });
