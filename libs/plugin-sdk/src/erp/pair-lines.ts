import type { ErpPurchaseOrder, Invoice } from '@tutti/contracts';
import { Exact } from './decimal.js';
import { wordsKey } from './spelling.js';

type InvoiceLine = Invoice['lines'][number];
type OrderLine = ErpPurchaseOrder['lines'][number];
type SameLine = (invoiced: InvoiceLine, ordered: OrderLine) => boolean;

/** Signs that two lines are the same thing, the surest first. */
const SIGNS: readonly SameLine[] = [
  (invoiced, ordered) =>
    invoiced.articleCode !== null && wordsKey(invoiced.articleCode) === wordsKey(ordered.articleCode),
  (invoiced, ordered) =>
    wordsKey(invoiced.description) !== '' && wordsKey(invoiced.description) === wordsKey(ordered.description),
  (invoiced, ordered) => sharedWords(invoiced.description, ordered.description) >= 0.6,
  (invoiced, ordered) =>
    sameNumber(invoiced.unitPrice, ordered.unitPrice) && sameNumber(invoiced.quantity, ordered.quantity),
  (invoiced, ordered) => sameNumber(invoiced.unitPrice, ordered.unitPrice),
];

/**
 * For each invoice line the line of the purchase order that it is for, or null. No order line is used twice.
 */
export function pairLines(
  invoiced: readonly InvoiceLine[],
  ordered: readonly OrderLine[],
): (OrderLine | null)[] {
  const pairs: (OrderLine | null)[] = invoiced.map(() => null);
  const free = new Set(ordered);
  for (const same of SIGNS) {
    for (const [index, line] of invoiced.entries()) {
      if (pairs[index] !== null) continue;
      const found = [...free].find((candidate) => same(line, candidate));
      if (found === undefined) continue;
      pairs[index] = found;
      free.delete(found);
    }
  }
  // One line is left on either side: they can only be each other, with a different price or text.
  const alone = pairs.indexOf(null);
  const [rest] = free;
  if (
    rest !== undefined &&
    free.size === 1 &&
    alone >= 0 &&
    alone === pairs.lastIndexOf(null) &&
    !bothCoded(invoiced[alone], rest)
  ) {
    pairs[alone] = rest;
  }
  return pairs;
}

/** Two article codes that differ are two articles. */
function bothCoded(invoiced: InvoiceLine | undefined, ordered: OrderLine): boolean {
  return Boolean(invoiced?.articleCode) && Boolean(ordered.articleCode);
}

function sameNumber(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && Exact.of(one).toText() === Exact.of(other).toText();
}

/** Share of words that both texts have, of the words of the longer one. */
function sharedWords(one: string | null, other: string | null): number {
  const [first, second] = [wordSet(one), wordSet(other)];
  const shared = [...first].filter((word) => second.has(word)).length;
  return shared / Math.max(first.size, second.size, 1);
}

function wordSet(text: string | null): Set<string> {
  return new Set(
    wordsKey(text)
      .split(' ')
      .filter((word) => word !== ''),
  );
}
