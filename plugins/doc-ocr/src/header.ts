import { candidatesFor, type Candidate, type Found } from './candidates.js';
import { datesIn, type DateOrder } from './dates.js';
import {
  CREDIT_NOTE,
  DUE_DATE,
  FOREIGN_NUMBER,
  INVOICE_DATE,
  INVOICE_NUMBER,
  INVOICE_TITLE,
  PURCHASE_ORDER,
} from './labels.js';
import { confidenceOf, wordsIn, type Row } from './layout.js';

/** A value with how sure it is. */
export interface Field {
  value: string | null;
  confidence: number;
}

/** Nothing was found. */
export const MISSING: Field = { value: null, confidence: 0 };

/** A document's number: letters, digits and the usual signs, at least one digit, no date and no amount. */
function numbersIn(text: string): Found[] {
  const match = /^\s*[:#.]?\s*([A-Za-z0-9][A-Za-z0-9./_-]*(?:\s?[-/]\s?[A-Za-z0-9._-]+)*)/.exec(text);
  const value = match?.[1]?.replace(/\s/g, '').replace(/[.\-/_]+$/, '') ?? '';
  const usable =
    /\d/.test(value) &&
    value.length >= 2 &&
    value.length <= 35 &&
    !isDate(value) &&
    !/^\d{1,3}(?:[.,]\d{3})*,\d{2}$/.test(value);
  return match && usable ? [{ value, from: match[0].length - match[1]!.length, to: match[0].length }] : [];
}

function isDate(text: string): boolean {
  return /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|^\d{4}-\d{2}-\d{2}$/.test(text);
}

/** BT-1. */
export function findInvoiceNumber(rows: readonly Row[]): Field {
  const own = INVOICE_NUMBER.map(({ pattern, weight }) => ({ pattern, weight }));
  const candidates = candidatesFor(rows, own, numbersIn).filter(({ row, value }) => !isForeign(row, value));
  return fieldOf(candidates);
}

/** "Rechnung gemäß Bestellung Nr. 17" carries the number of an order. */
function isForeign(row: Row, value: string): boolean {
  const before = row.text.slice(
    0,
    Math.max(0, row.text.replace(/\s(?=[-/])|(?<=[-/])\s/g, '').indexOf(value)),
  );
  const cell =
    before
      .split(/\s{2,}/)
      .filter(Boolean)
      .at(-1) ?? '';
  return FOREIGN_NUMBER.test(cell);
}

/** BT-13. */
export function findPurchaseOrder(rows: readonly Row[]): Field {
  return fieldOf(candidatesFor(rows, PURCHASE_ORDER, numbersIn).filter(({ value }) => value.length >= 3));
}

/** BT-2 and BT-9. A document that labels no date has its own near the top. */
export function findDates(rows: readonly Row[], order: DateOrder): { invoiceDate: Field; dueDate: Field } {
  const find = (text: string) => datesIn(text, order);
  const dueDates = candidatesFor(rows, DUE_DATE, find);
  const labelled = candidatesFor(rows, INVOICE_DATE, find);
  return {
    invoiceDate: fieldOf(
      labelled.length > 0
        ? labelled
        : unlabelledDates(rows, order, new Set(dueDates.map(({ value }) => value))),
    ),
    dueDate: fieldOf(dueDates),
  };
}

function unlabelledDates(rows: readonly Row[], order: DateOrder, taken: Set<string>): Candidate[] {
  return rows
    .filter((row) => row.page === 0)
    .flatMap((row) =>
      datesIn(row.text, order)
        .filter(({ value }) => !taken.has(value))
        .map(({ value, from, to }) => ({
          value,
          confidence: confidenceOf(wordsIn(row, from, to)),
          weight: 0.7,
          row,
        })),
    );
}

/** BT-3 by the document's own title; a code of UNTDID 1001 in brackets beside it counts more. */
export function findTypeCode(rows: readonly Row[]): Field {
  const coded = rows
    .map((row) => /(?:rechnung|gutschrift|invoice|facture).{0,60}\((3\d\d|575)\)/i.exec(row.text)?.[1])
    .find(Boolean);
  if (coded) return { value: coded, confidence: 0.95 };
  const top = rows
    .filter((row) => row.page === 0)
    .map((row) => row.text)
    .join('\n');
  if (CREDIT_NOTE.test(top)) return { value: '381', confidence: 0.9 };
  return INVOICE_TITLE.test(top) ? { value: '380', confidence: 0.9 } : MISSING;
}

/** BT-5: the currency that is named most often. */
export function findCurrency(rows: readonly Row[]): Field {
  const text = rows.map((row) => row.text).join('\n');
  const counts = CURRENCIES.map(({ code, pattern }) => ({ code, count: text.match(pattern)?.length ?? 0 }));
  const most = counts.reduce((left, right) => (right.count > left.count ? right : left));
  return most.count > 0 ? { value: most.code, confidence: 0.97 } : MISSING;
}

const CURRENCIES = [
  { code: 'EUR', pattern: /€|\bEUR(?:O)?\b/g },
  { code: 'USD', pattern: /\$|\bUSD\b/g },
  { code: 'GBP', pattern: /£|\bGBP\b/g },
  { code: 'CHF', pattern: /\bCHF\b|\bSFr\.?/g },
];

/** The best candidate; of equally good places the first on the page. What stands elsewhere too is surer. */
export function fieldOf(candidates: readonly Candidate[]): Field {
  const best = candidates[0];
  if (!best) return MISSING;
  const repeats = candidates.filter(({ value }) => value === best.value);
  const confidence = Math.max(...repeats.map((candidate) => candidate.confidence));
  // A fair place costs little; only a guess costs much.
  return { value: best.value, confidence: confidence * (best.weight >= 0.8 ? 1 : best.weight) };
}
