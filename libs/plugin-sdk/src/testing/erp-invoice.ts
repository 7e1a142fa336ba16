import type { ErpSupplier, Invoice } from '@tutti/contracts';

/** A line of an invoice: quantity, price of one, total. */
export function invoiceLine(
  articleCode: string,
  [quantity, unitPrice, lineTotal]: readonly [string, string, string],
): Invoice['lines'][number] {
  return { description: articleCode, articleCode, quantity, unitPrice, lineTotal, taxPercent: '19' };
}

/** An invoice that fits an order of ten P-1 and two L-1, number `R-<order>`. */
export function invoiceFor(order: string, supplier: ErpSupplier, about: Partial<Invoice> = {}): Invoice {
  return {
    invoiceNumber: `R-${order}`,
    invoiceDate: '2026-10-10',
    dueDate: '2026-11-09',
    typeCode: '380',
    currency: 'EUR',
    purchaseOrderNumber: order,
    supplier: { name: supplier.name, vatId: supplier.vatId, iban: supplier.iban },
    customer: { name: 'Tutti Test AG' },
    netTotal: '124.80',
    taxTotal: '23.71',
    grandTotal: '148.51',
    amountDue: '148.51',
    lines: [invoiceLine('P-1', ['10', '4.50', '45.00']), invoiceLine('L-1', ['2', '39.90', '79.80'])],
    ...about,
  };
}
