import type {
  Discrepancy,
  ErpInvoice,
  ErpPurchaseOrder,
  ErpReceipt,
  ErpSupplier,
  Invoice,
} from '@tutti/contracts';
import { Exact } from './decimal.js';
import { pairLines } from './pair-lines.js';
import { codeKey } from './spelling.js';

/** How much may differ. */
export interface Tolerances {
  pricePercent: number;
  quantityPercent: number;
  amount: string;
}

/** Everything the three-way match compares: the invoice with the order, the receipts and the books. */
export interface MatchFacts {
  invoice: Invoice;
  supplier: ErpSupplier | null;
  purchaseOrder: ErpPurchaseOrder | null;
  receipts: readonly ErpReceipt[];
  /** Quantities by order line that earlier invoices have taken. */
  invoiced: ReadonlyMap<number, Exact>;
  /** Invoices in the books with the same supplier and number. */
  sameNumber: readonly ErpInvoice[];
  tolerances: Tolerances;
}

/** What does not fit, the gravest first. A pure function. */
export function discrepanciesOf(facts: MatchFacts): Discrepancy[] {
  return [
    ...partyDiscrepancies(facts),
    ...orderDiscrepancies(facts),
    ...lineDiscrepancies(facts),
    ...totalDiscrepancies(facts),
  ];
}

function partyDiscrepancies({ invoice, supplier, sameNumber }: MatchFacts): Discrepancy[] {
  const { vatId, iban, name } = invoice.supplier;
  if (supplier === null) {
    const actual = [name, vatId, iban].filter(Boolean).join(', ') || null;
    return [
      {
        code: 'unknown-supplier',
        message: 'The supplier of the invoice is not in the books.',
        expected: null,
        actual,
      },
    ];
  }
  const found: Discrepancy[] = [];
  if (iban !== null && supplier.iban !== null && codeKey(iban) !== supplier.iban) {
    const message = `The invoice asks for payment to another account than the one known of ${supplier.name}.`;
    found.push({ code: 'iban-changed', message, expected: supplier.iban, actual: codeKey(iban) });
  }
  const [duplicate] = sameNumber;
  if (duplicate !== undefined) {
    const message =
      `${supplier.name} has sent the invoice "${duplicate.invoiceNumber}" before ` +
      `(${duplicate.id}, ${duplicate.status}).`;
    found.push({ code: 'duplicate', message, expected: null, actual: duplicate.id });
  }
  return found;
}

function orderDiscrepancies({ invoice, supplier, purchaseOrder }: MatchFacts): Discrepancy[] {
  const number = invoice.purchaseOrderNumber;
  if (purchaseOrder === null) {
    const message =
      number === null ? 'The invoice names no purchase order.' : `There is no purchase order "${number}".`;
    return [{ code: 'unknown-purchase-order', message, expected: null, actual: number }];
  }
  const found: Discrepancy[] = [];
  if (supplier !== null && purchaseOrder.supplierId !== supplier.id) {
    const message = `The purchase order "${purchaseOrder.number}" was placed with another supplier.`;
    found.push({
      code: 'supplier-mismatch',
      message,
      expected: purchaseOrder.supplierId,
      actual: supplier.id,
    });
  }
  if (invoice.currency !== null && invoice.currency !== purchaseOrder.currency) {
    const message = `The invoice is in ${invoice.currency}, the purchase order in ${purchaseOrder.currency}.`;
    found.push({ code: 'currency', message, expected: purchaseOrder.currency, actual: invoice.currency });
  }
  return found;
}

type OrderLine = ErpPurchaseOrder['lines'][number];
interface Pair {
  line: Invoice['lines'][number];
  number: number;
  ordered: OrderLine | null;
  received: Exact;
  invoiced: Exact;
}

function lineDiscrepancies(facts: MatchFacts): Discrepancy[] {
  const { invoice, purchaseOrder, tolerances } = facts;
  if (purchaseOrder === null) return [];
  const pairs = pairLines(invoice.lines, purchaseOrder.lines);
  return invoice.lines.flatMap((line, index) => {
    const ordered = pairs[index] ?? null;
    const invoiced = ordered === null ? Exact.zero : (facts.invoiced.get(ordered.number) ?? Exact.zero);
    const pair = {
      line,
      number: index + 1,
      ordered,
      received: receivedOf(facts.receipts, ordered),
      invoiced,
    };
    return [...priceDiscrepancy(pair, tolerances), ...quantityDiscrepancy(pair, tolerances)];
  });
}

function receivedOf(receipts: readonly ErpReceipt[], ordered: OrderLine | null): Exact {
  const lines = receipts
    .flatMap((receipt) => receipt.lines)
    .filter((line) => line.purchaseOrderLine === ordered?.number);
  return Exact.sum(lines.map((line) => Exact.of(line.quantity)));
}

function priceDiscrepancy({ line, number, ordered }: Pair, tolerances: Tolerances): Discrepancy[] {
  const price = unitPriceOf(line);
  if (ordered === null || price === undefined) return [];
  const expected = Exact.of(ordered.unitPrice);
  const bound = larger(percentOf(expected, tolerances.pricePercent), Exact.of(tolerances.amount));
  if (!price.minus(expected).absolute.isMoreThan(bound)) return [];
  const message =
    `Line ${number} (${line.description ?? ordered.description}) costs ${price.toText(2)} ` +
    `each, ordered at ${expected.toText(2)}.`;
  return [{ code: 'price', message, expected: expected.toText(2), actual: price.toText(2), line: number }];
}

/** The price of one piece: as told, else the line's total by its quantity. */
function unitPriceOf(line: Invoice['lines'][number]): Exact | undefined {
  if (line.unitPrice !== null) return Exact.of(line.unitPrice);
  if (line.lineTotal === null || line.quantity === null) return undefined;
  return Exact.of(line.lineTotal).per(Exact.of(line.quantity));
}

function quantityDiscrepancy(
  { line, number, ordered, received, invoiced }: Pair,
  tolerances: Tolerances,
): Discrepancy[] {
  const what = line.description ?? ordered?.description ?? 'no description';
  if (ordered === null) {
    const message = `Line ${number} (${what}) was not ordered.`;
    return [{ code: 'quantity', message, expected: '0', actual: line.quantity, line: number }];
  }
  if (line.quantity === null) return [];
  const [quantity, full] = [Exact.of(line.quantity), Exact.of(ordered.quantity)];
  const tolerance = percentOf(full, tolerances.quantityPercent);
  const total = invoiced.plus(quantity);
  const before = invoiced.isMoreThan(Exact.zero) ? ` (${invoiced.toText()} invoiced before)` : '';
  if (total.minus(full).isMoreThan(tolerance)) {
    const message =
      `Line ${number} (${what}) is for ${quantity.toText()}${before}, ordered were ` + `${full.toText()}.`;
    return [
      {
        code: 'quantity',
        message,
        expected: full.minus(invoiced).toText(),
        actual: quantity.toText(),
        line: number,
      },
    ];
  }
  if (!total.minus(received).isMoreThan(tolerance)) return [];
  const message =
    `Line ${number} (${what}) is for ${quantity.toText()}${before}, received were ` + `${received.toText()}.`;
  return [
    {
      code: 'not-received',
      message,
      expected: received.minus(invoiced).toText(),
      actual: quantity.toText(),
      line: number,
    },
  ];
}

function totalDiscrepancies({ invoice, purchaseOrder, tolerances }: MatchFacts): Discrepancy[] {
  const { netTotal, taxTotal, grandTotal, lines } = invoice;
  const found: Discrepancy[] = [];
  const lineTotals = lines.map((line) => line.lineTotal).filter((total) => total !== null);
  const bound = Exact.of(tolerances.amount);
  const compare = (name: string, expected: Exact, actual: string) => {
    if (!expected.minus(Exact.of(actual)).absolute.isMoreThan(bound)) return;
    found.push({
      code: 'total',
      message: `${name} ${actual}, not ${expected.toText(2)}.`,
      expected: expected.toText(2),
      actual,
    });
  };
  if (netTotal !== null && lines.length > 0 && lineTotals.length === lines.length) {
    compare(
      'The lines do not add up: the net total is',
      Exact.sum(lineTotals.map((total) => Exact.of(total))),
      netTotal,
    );
  }
  if (netTotal !== null && lines.length === 0 && purchaseOrder !== null) {
    compare('No lines could be read, and the net total is', Exact.of(purchaseOrder.netTotal), netTotal);
  }
  if (netTotal !== null && taxTotal !== null && grandTotal !== null) {
    compare(
      'Net and tax do not add up: the grand total is',
      Exact.of(netTotal).plus(Exact.of(taxTotal)),
      grandTotal,
    );
  }
  return found;
}

function percentOf(value: Exact, percent: number): Exact {
  return value.times(Exact.of((percent / 100).toFixed(8)));
}

function larger(one: Exact, other: Exact): Exact {
  return one.isMoreThan(other) ? one : other;
}
