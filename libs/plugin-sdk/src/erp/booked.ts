import type { Invoice } from '@tutti/contracts';
import { PermanentError } from '../errors.js';
import { Exact } from './decimal.js';

/** What the books need to know of an invoice. */
export interface Booked {
  invoiceNumber: string;
  invoiceDate: string;
  dueDate: string | null;
  currency: string;
  netTotal: string;
  taxTotal: string;
  grandTotal: string;
}

/** What the books take from an invoice, or the names of the fields that the document did not say. */
export function booked(invoice: Invoice): Booked | { missing: string[] } {
  const { invoiceNumber, invoiceDate, currency, netTotal, grandTotal } = invoice;
  const needed = { invoiceNumber, invoiceDate, currency, netTotal, grandTotal };
  const missing = Object.entries(needed)
    .filter(([, value]) => value === null || value === '')
    .map(([name]) => name);
  if (
    invoiceNumber === null ||
    invoiceDate === null ||
    currency === null ||
    netTotal === null ||
    grandTotal === null ||
    missing.length > 0
  )
    return { missing };
  const taxTotal = invoice.taxTotal ?? Exact.of(grandTotal).minus(Exact.of(netTotal)).toText(2);
  return {
    invoiceNumber: invoiceNumber.trim(),
    invoiceDate,
    dueDate: invoice.dueDate,
    currency,
    netTotal,
    taxTotal,
    grandTotal,
  };
}

/** The price of one piece: as told, else the line's total by its quantity; null when nothing says it. */
export function unitPriceOf({ unitPrice, lineTotal, quantity }: Invoice['lines'][number]): string | null {
  if (unitPrice !== null || lineTotal === null) return unitPrice;
  const price = Exact.of(lineTotal).per(Exact.of(quantity ?? '1'));
  return price?.toText() ?? null;
}

/** What is posted can hardly be changed any more: a draft whose total differs is refused (422) before. */
export function refuseOtherTotal(
  system: string,
  draft: { id: string | number; total: string },
  { invoiceNumber, grandTotal }: Booked,
): void {
  if (Exact.of(draft.total).toText() === Exact.of(grandTotal).toText()) return;
  const message =
    `${system} comes to a total of ${draft.total}, the invoice "${invoiceNumber}" says ${grandTotal}: ` +
    `it is left as a draft (${draft.id}).`;
  throw new PermanentError(message, { status: 422 });
}
