import { ibanIn, isIban, vatIdsIn } from './account-numbers.js';
import { MISSING, type Field } from './header.js';
import { CUSTOMER_BLOCK, LEGAL_FORM, SUPPLIER_BLOCK } from './labels.js';
import { cellsOf, confidenceOf, rowsBelow, wordsIn, type Cell, type Row } from './layout.js';

/** A number with a checksum that holds is hardly misread; one that fails is. */
const CHECKSUM_HELD = 0.98;
const CHECKSUM_FAILED = 0.3;

/** BT-84. Prefers a number whose checksum holds. */
export function findIban(rows: readonly Row[]): Field & { valid: boolean } {
  const found = rows.flatMap((row) => {
    const start = /\bIBAN\b\W*/i.exec(row.text);
    const iban = ibanIn(start ? row.text.slice(start.index + start[0].length) : row.text);
    if (!iban) return [];
    const offset = start ? start.index + start[0].length : 0;
    const read = confidenceOf(wordsIn(row, offset + iban.from, offset + iban.to));
    return [{ value: iban.value, read, valid: isIban(iban.value) }];
  });
  const best = found.find(({ valid }) => valid) ?? found[0];
  if (!best) return { ...MISSING, valid: false };
  const confidence = best.valid ? Math.max(best.read, CHECKSUM_HELD) : Math.min(best.read, CHECKSUM_FAILED);
  return { value: best.value, confidence, valid: best.valid };
}

/** BT-31: the first VAT id that is not the customer's. */
export function findVatId(rows: readonly Row[]): Field {
  const customerRows = blockRows(rows, CUSTOMER_BLOCK);
  for (const row of rows) {
    for (const { value, from, to } of vatIdsIn(row.text)) {
      const labelledForeign = /customer|client|kunde|ihre|votre|your/i.test(
        row.text
          .slice(0, from)
          .split(/\s{2,}(?=\S+\s\S+\s)/)
          .at(-1) ?? '',
      );
      if (labelledForeign || customerRows.has(row)) continue;
      return { value, confidence: confidenceOf(wordsIn(row, from, to)) };
    }
  }
  return MISSING;
}

/**
 * BT-27: the name in a block that is labelled as the supplier's, else the company that the letterhead names.
 */
export function findSupplierName(rows: readonly Row[]): Field {
  return nameInBlock(rows, SUPPLIER_BLOCK) ?? senderLine(rows) ?? letterhead(rows) ?? MISSING;
}

/**
 * BT-44: the name in a block that is labelled as the customer's, else the first line of the address window.
 */
export function findCustomerName(rows: readonly Row[], supplier: string | null): Field {
  return nameInBlock(rows, CUSTOMER_BLOCK) ?? addressWindow(rows, supplier) ?? MISSING;
}

function nameInBlock(rows: readonly Row[], block: RegExp): Field | null {
  for (const row of rows) {
    const heading = cellsOf(row).find((cell) => block.test(cell.text) && cell.text.length < 40);
    if (!heading) continue;
    const own = /:\s*(\S.{2,60})$/.exec(heading.text)?.[1];
    if (own && LEGAL_FORM.test(own)) return { value: own.trim(), confidence: confidenceOf(heading.words) };
    const name = nameBelow(rows, row, heading);
    if (name) return name;
  }
  return null;
}

/** Either a row "Name: ..." or, in a plain address block, the line right under the heading. */
function nameBelow(rows: readonly Row[], row: Row, heading: Cell): Field | null {
  const below = rowsBelow(rows, row, 9);
  for (const next of below.slice(0, 6)) {
    const cells = cellsOf(next);
    const index = cells.findIndex((cell) => /^name\s*:?$/i.test(cell.text));
    const value = cells[index + 1];
    if (index !== -1 && value) return { value: value.text, confidence: confidenceOf(value.words) };
  }
  for (const next of below.slice(0, 2)) {
    const cell = cellsOf(next).find(({ x0, x1 }) => x0 < heading.x1 && x1 > heading.x0 - 10);
    if (cell && /^[^:\d]{3,60}$/.test(cell.text))
      return { value: cell.text, confidence: confidenceOf(cell.words) };
  }
  return null;
}

/** The small line over the address: company, street and town between dots or dashes. */
function senderLine(rows: readonly Row[]): Field | null {
  for (const row of rows.filter(({ page }) => page === 0)) {
    for (const cell of cellsOf(row)) {
      const parts = cell.text.split(/\s*[●•·|*]\s*|\s+[-–—]\s+|,\s+/);
      if (
        parts.length < 3 ||
        !/\b\d{4,5}\b/.test(parts.slice(1).join(' ')) ||
        !/[A-Za-zÀ-ÿ]{3}/.test(parts[0]!)
      )
        continue;
      const words = cell.words.slice(0, parts[0]!.split(/\s+/).length);
      return { value: parts[0]!.replace(/^\W*(?:\w\s)?(?=[A-ZÄÖÜ])/, ''), confidence: confidenceOf(words) };
    }
  }
  return null;
}

/** The first line of the first page that carries a legal form, the larger the letters the better. */
function letterhead(rows: readonly Row[]): Field | null {
  const customerRows = blockRows(rows, CUSTOMER_BLOCK);
  const named = rows
    .filter((row) => row.page === 0 && !customerRows.has(row))
    .flatMap((row) => cellsOf(row))
    .filter((cell) => LEGAL_FORM.test(cell.text) && cell.text.length <= 60 && !/:/.test(cell.text));
  const height = (cell: Cell) => Math.max(...cell.words.map((word) => word.y1 - word.y0));
  const best = named.toSorted((left, right) => height(right) - height(left) || left.row.y0 - right.row.y0)[0];
  if (!best) return null;
  const end = LEGAL_FORM.exec(best.text)!;
  return {
    value: best.text.slice(0, end.index + end[0].length).trim(),
    confidence: confidenceOf(best.words),
  };
}

/**
 * Without any label, the address stands on the left of the upper third: a name, a street, a town with its
 * code.
 */
function addressWindow(rows: readonly Row[], supplier: string | null): Field | null {
  for (const row of rows.filter(({ page }) => page === 0)) {
    const town = cellsOf(row).find((cell) =>
      /^(?:[A-Z]{1,2}[- ])?\d{4,5}\s+[A-ZÄÖÜ][a-zäöüß]+/.test(cell.text),
    );
    if (!town) continue;
    const above = rows.filter(
      (other) => other.page === 0 && other.y1 <= row.y0 + 4 && other.y1 > row.y0 - 10 * (row.y1 - row.y0),
    );
    const lines = above.flatMap(cellsOf).filter((cell) => Math.abs(cell.x0 - town.x0) < 15);
    const name = lines.find((cell) => /^[^\d:]{3,60}$/.test(cell.text) && cell.text !== supplier);
    if (name) return { value: name.text, confidence: confidenceOf(name.words) };
  }
  return null;
}

/** The rows of the address under each heading of a kind. */
function blockRows(rows: readonly Row[], heading: RegExp): Set<Row> {
  return new Set(rows.filter((row) => heading.test(row.text)).flatMap((row) => rowsBelow(rows, row, 8)));
}
