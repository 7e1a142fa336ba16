import { candidatesFor, type Candidate } from './candidates.js';
import { MISSING, type Field } from './header.js';
import { AMOUNT_DUE, GRAND_TOTAL, NET_TOTAL, TAX_TOTAL } from './labels.js';
import type { Row } from './layout.js';
import { amountsIn, fromCents, toCents } from './numbers.js';

/** The totals of an invoice. */
export interface Totals {
  netTotal: Field;
  taxTotal: Field;
  grandTotal: Field;
  amountDue: Field;
  /** Whether net and tax make the grand total; null when not all three were found. */
  addUp: boolean | null;
}

/** Three numbers read independently that add up to the cent are hardly misread. */
const CONFIRMED = 0.97;
/** Numbers that contradict one another: one of them is wrong. */
const CONTRADICTED = 0.5;
/** Nothing confirms the number. */
const UNCONFIRMED = 0.95;
/** Per kind of total, only the best few candidates are combined. */
const CANDIDATES_MAX = 8;

/**
 * BT-109, BT-110, BT-112, BT-115. Of all candidates those are taken that add up; failing that, the best of
 * each.
 */
export function findTotals(rows: readonly Row[]): Totals {
  const grand = topOf(candidatesFor(rows, GRAND_TOTAL, amountsIn));
  const net = topOf(candidatesFor(rows, NET_TOTAL, amountsIn));
  const tax = topOf([...candidatesFor(rows, TAX_TOTAL, amountsIn), ...ratesTotal(rows)]);
  const due = topOf(candidatesFor(rows, AMOUNT_DUE, amountsIn))[0];
  const amountDue = due ? { value: due.value, confidence: due.confidence } : MISSING;
  const triple = bestTriple(net, tax, grand);
  if (triple) return { ...confirmed(triple), amountDue, addUp: true };
  const complete = net.length > 0 && tax.length > 0 && grand.length > 0;
  const doubt = complete ? CONTRADICTED : UNCONFIRMED;
  return {
    netTotal: doubted(net[0], doubt),
    taxTotal: doubted(tax[0], doubt),
    grandTotal: doubted(grand[0], doubt),
    amountDue,
    addUp: complete ? false : null,
  };
}

interface Triple {
  net: Candidate;
  tax: Candidate;
  grand: Candidate;
}

function bestTriple(nets: Candidate[], taxes: Candidate[], grands: Candidate[]): Triple | null {
  let best: (Triple & { weight: number }) | null = null;
  for (const grand of grands) {
    for (const net of nets) {
      for (const tax of taxes) {
        const weight = net.weight + tax.weight + 2 * grand.weight;
        if (toCents(net.value) + toCents(tax.value) !== toCents(grand.value) || !plausibleTax(net, tax))
          continue;
        if (!best || weight > best.weight) best = { net, tax, grand, weight };
      }
    }
  }
  return best;
}

/** No VAT rate in Europe is above 27 percent. */
function plausibleTax(net: Candidate, tax: Candidate): boolean {
  return Math.abs(toCents(tax.value)) <= Math.abs(toCents(net.value)) * 0.28;
}

function confirmed({ net, tax, grand }: Triple) {
  const sure = ({ value, confidence }: Candidate): Field => ({
    value,
    confidence: Math.max(confidence, CONFIRMED),
  });
  return { netTotal: sure(net), taxTotal: sure(tax), grandTotal: sure(grand) };
}

function doubted(candidate: Candidate | undefined, factor: number): Field {
  if (!candidate) return MISSING;
  return {
    value: candidate.value,
    confidence: Math.min(candidate.confidence, 1) * factor * (candidate.weight >= 0.8 ? 1 : 0.8),
  };
}

/** Several tax rates stand on a row each; together they are the tax total. */
function ratesTotal(rows: readonly Row[]): Candidate[] {
  const rates = rows.filter(
    (row) =>
      /\b(?:ust|mwst|umsatzsteuer|mehrwertsteuer|vat|tva|tax)/i.test(row.text) && /\d\s?%/.test(row.text),
  );
  const amounts = rates
    .map((row) => ({ row, amount: amountsIn(row.text).at(-1) }))
    .filter(({ amount }) => amount !== undefined);
  if (amounts.length < 2) return [];
  const value = fromCents(amounts.reduce((total, { amount }) => total + toCents(amount!.value), 0));
  return [{ value, confidence: 0.8, weight: 0.7, row: amounts[0]!.row }];
}

/** Different values only, best place first. */
function topOf(candidates: Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ value }) => !seen.has(value) && seen.add(value)).slice(0, CANDIDATES_MAX);
}
