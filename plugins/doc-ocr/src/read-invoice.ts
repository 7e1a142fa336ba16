import type { DocumentExtractOutput, Invoice } from '@tutti/contracts';
import { isVatId } from './account-numbers.js';
import { dateOrderOf } from './dates.js';
import {
  findCurrency,
  findDates,
  findInvoiceNumber,
  findPurchaseOrder,
  findTypeCode,
  type Field,
} from './header.js';
import { rowsOf } from './layout.js';
import { findLines, type ReadLine } from './line-table.js';
import { decimalSignOf, toCents } from './numbers.js';
import { findCustomerName, findIban, findSupplierName, findVatId } from './parties.js';
import { findTotals } from './totals.js';
import type { PageText } from './word.js';

type Check = DocumentExtractOutput['checks'][number];

/** Invoices from before this year are misread dates. */
const YEAR_MIN = 2000;
/** An invoice date further ahead than this is misread, in days. */
const DAYS_AHEAD_MAX = 60;
const MS_PER_DAY = 86_400_000;
/** What a failed check leaves of a field's confidence. */
const CHECK_FAILED = 0.4;

/** What was read, before it is put together with warnings. */
export type InvoiceReading = Pick<
  DocumentExtractOutput,
  'invoice' | 'confidence' | 'fieldConfidence' | 'checks'
>;

/** Finds the fields of an invoice in the words of its pages. Pure but for the day, which is given. */
export function readInvoice(pages: readonly PageText[], nowMs: number): InvoiceReading {
  const rows = rowsOf(pages);
  const text = rows.map((row) => row.text).join('\n');
  const sign = decimalSignOf(text);
  const dates = findDates(rows, dateOrderOf(text));
  const totals = findTotals(rows);
  const iban = findIban(rows);
  const supplierName = findSupplierName(rows);
  const lines = findLines(rows, sign);
  const fields: Record<string, Field> = {
    invoiceNumber: findInvoiceNumber(rows),
    invoiceDate: dates.invoiceDate,
    dueDate: dates.dueDate,
    typeCode: findTypeCode(rows),
    currency: findCurrency(rows),
    purchaseOrderNumber: findPurchaseOrder(rows),
    'supplier.name': supplierName,
    'supplier.vatId': findVatId(rows),
    'supplier.iban': iban,
    'customer.name': findCustomerName(rows, supplierName.value),
    netTotal: totals.netTotal,
    taxTotal: totals.taxTotal,
    grandTotal: totals.grandTotal,
    amountDue: totals.amountDue,
  };
  const checks = [
    iban.value === null
      ? null
      : check('IBAN checksum', iban.valid, `${iban.value} fails mod 97 or has the wrong length`),
    totals.addUp === null
      ? null
      : check('net and tax make the grand total', totals.addUp, 'the three totals contradict one another'),
    ...dateChecks(fields, nowMs),
    vatIdCheck(fields),
    ...lineChecks(lines, totals.netTotal.value),
  ].filter((one) => one !== null);
  const fieldConfidence = confidences(fields, lines);
  return {
    invoice: toInvoice(fields, lines),
    confidence: paymentConfidence(fieldConfidence),
    fieldConfidence,
    checks,
  };
}

/** Whoever pays needs the number, the date, the amount and whom to pay; the weakest of them counts. */
function paymentConfidence(confidence: Record<string, number>): number {
  const payee = Math.max(confidence['supplier.iban'] ?? 0, confidence['supplier.name'] ?? 0);
  // An account number that was read but fails its checksum must not hide behind a well read name.
  const account = confidence['supplier.iban'];
  const known = ['invoiceNumber', 'invoiceDate', 'grandTotal'].map((field) => confidence[field] ?? 0);
  return round(Math.min(...known, payee, account !== undefined && account <= CHECK_FAILED ? account : 1));
}

function confidences(fields: Record<string, Field>, lines: ReadLine[]): Record<string, number> {
  const confidence: Record<string, number> = {};
  for (const [name, field] of Object.entries(fields))
    if (field.value !== null) confidence[name] = round(field.confidence);
  for (const name of ['invoiceNumber', 'invoiceDate', 'grandTotal']) confidence[name] ??= 0;
  for (const [index, line] of lines.entries()) confidence[`lines[${index}]`] = round(line.confidence);
  return confidence;
}

function dateChecks(fields: Record<string, Field>, nowMs: number): (Check | null)[] {
  const [invoiced, due] = [fields['invoiceDate']!, fields['dueDate']!];
  if (invoiced.value === null) return [];
  const time = Date.parse(invoiced.value);
  const plausible =
    new Date(time).getUTCFullYear() >= YEAR_MIN && time <= nowMs + DAYS_AHEAD_MAX * MS_PER_DAY;
  const inOrder = due.value === null || due.value >= invoiced.value;
  if (!plausible || !inOrder) invoiced.confidence *= CHECK_FAILED;
  if (!inOrder) due.confidence *= CHECK_FAILED;
  return [
    check('invoice date is plausible', plausible, `${invoiced.value} is before ${YEAR_MIN} or too far ahead`),
    due.value === null
      ? null
      : check('due date not before invoice date', inOrder, `due ${due.value}, invoiced ${invoiced.value}`),
  ];
}

function vatIdCheck(fields: Record<string, Field>): Check | null {
  const vatId = fields['supplier.vatId']!.value;
  return vatId === null
    ? null
    : check('VAT id has the form of its country', isVatId(vatId), `${vatId} has not`);
}

function lineChecks(lines: ReadLine[], netTotal: string | null): (Check | null)[] {
  const totals = lines.map(({ line }) => line.lineTotal);
  if (netTotal === null || totals.length === 0 || totals.some((total) => total === null)) return [];
  const sum = totals.reduce((cents, total) => cents + toCents(total!), 0);
  const passed = sum === toCents(netTotal);
  if (!passed) for (const line of lines) line.confidence = Math.min(line.confidence, 0.6);
  return [
    check(
      'lines make the net total',
      passed,
      `the lines make ${(sum / 100).toFixed(2)}, the net total is ${netTotal}`,
    ),
  ];
}

function check(name: string, passed: boolean, problem: string): Check {
  return passed ? { name, passed } : { name, passed, detail: problem };
}

function toInvoice(fields: Record<string, Field>, lines: ReadLine[]): Invoice {
  const value = (name: string) => fields[name]!.value;
  return {
    invoiceNumber: value('invoiceNumber'),
    invoiceDate: value('invoiceDate'),
    dueDate: value('dueDate'),
    typeCode: value('typeCode'),
    currency: value('currency'),
    purchaseOrderNumber: value('purchaseOrderNumber'),
    supplier: { name: value('supplier.name'), vatId: value('supplier.vatId'), iban: value('supplier.iban') },
    customer: { name: value('customer.name') },
    netTotal: value('netTotal'),
    taxTotal: value('taxTotal'),
    grandTotal: value('grandTotal'),
    amountDue: value('amountDue'),
    lines: lines.map(({ line }) => line),
  };
}

function round(confidence: number): number {
  return Math.round(Math.min(1, Math.max(0, confidence)) * 1000) / 1000;
}
