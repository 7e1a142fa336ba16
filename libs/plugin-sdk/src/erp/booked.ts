import type { Invoice } from '@tutti/contracts';
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
