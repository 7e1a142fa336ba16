import { z } from 'zod';
import { ArtifactRef } from './artifact.js';

/** A decimal number as text, `-?digits[.digits]`: amounts of money are never binary floating point. */
export const Decimal = z.string().regex(/^-?\d+(\.\d+)?$/, 'a decimal number such as "12.50"');
/** A calendar date, ISO 8601. */
export const CalendarDate = z.iso.date();
/** ISO 4217, three letters. */
export const Currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as "EUR"');

/** Input of `document.extract`. */
export const DocumentExtractInput = z
  .object({
    document: ArtifactRef,
    /** What is expected; more kinds come with later plugins. */
    kind: z.enum(['invoice']).default('invoice'),
  })
  .meta({ id: 'DocumentExtractInput' });
export type DocumentExtractInput = z.infer<typeof DocumentExtractInput>;

/** One line of an invoice. */
export const InvoiceLine = z
  .object({
    description: z.string().nullable(),
    articleCode: z.string().nullable(),
    quantity: Decimal.nullable(),
    unitPrice: Decimal.nullable(),
    lineTotal: Decimal.nullable(),
    taxPercent: Decimal.nullable(),
  })
  .meta({ id: 'InvoiceLine' });
export type InvoiceLine = z.infer<typeof InvoiceLine>;

/**
 * The fields of an invoice; null where the document does not say. Totals as in EN 16931 (BT-109, BT-110,
 * BT-112, BT-115).
 */
export const Invoice = z
  .object({
    invoiceNumber: z.string().nullable().describe('BT-1'),
    invoiceDate: CalendarDate.nullable().describe('BT-2'),
    dueDate: CalendarDate.nullable().describe('BT-9'),
    typeCode: z.string().nullable().describe('BT-3, UNTDID 1001: 380 invoice, 381 credit note'),
    currency: Currency.nullable().describe('BT-5'),
    purchaseOrderNumber: z.string().nullable().describe('BT-13'),
    supplier: z.object({
      name: z.string().nullable().describe('BT-27'),
      vatId: z.string().nullable().describe('BT-31'),
      iban: z.string().nullable().describe('BT-84, without spaces'),
    }),
    customer: z.object({ name: z.string().nullable().describe('BT-44') }),
    netTotal: Decimal.nullable().describe('BT-109'),
    taxTotal: Decimal.nullable().describe('BT-110'),
    grandTotal: Decimal.nullable().describe('BT-112'),
    amountDue: Decimal.nullable().describe('BT-115'),
    lines: z.array(InvoiceLine),
  })
  .meta({ id: 'Invoice' });
export type Invoice = z.infer<typeof Invoice>;

/** Output of `document.extract`. */
export const DocumentExtractOutput = z
  .object({
    invoice: Invoice,
    /** Over all fields that matter for payment, 0 to 1: the smallest of them, lowered by failed checks. */
    confidence: z.number().min(0).max(1),
    /** Confidence of single fields by name (`grandTotal`, `supplier.iban`), 0 to 1. */
    fieldConfidence: z.record(z.string(), z.number().min(0).max(1)),
    /** Checks that were made: IBAN mod 97, sums, dates. */
    checks: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string().optional() })),
    /** How it was read: `facturx`, `cii`, `ubl`, `ocr`. */
    source: z.string(),
    pages: z.int().nonnegative(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'DocumentExtractOutput' });
export type DocumentExtractOutput = z.infer<typeof DocumentExtractOutput>;
