import type { InvoiceLine } from '@tutti/contracts';
import { cellsOf, confidenceOf, type Cell, type Row } from './layout.js';
import { parseNumber, toCents, type DecimalSign } from './numbers.js';

/** One line of the table with how sure it is. */
export interface ReadLine {
  line: InvoiceLine;
  confidence: number;
}

type ColumnName = keyof InvoiceLine | 'position' | 'discount';

interface Column {
  name: ColumnName;
  x0: number;
  x1: number;
}

const heading = (...phrases: string[]) =>
  new RegExp(`(?<![\\p{L}\\d])(?:${phrases.join('|')})(?![\\p{L}\\d])`.replace(/ /g, '\\s*'), 'iu');

/** Headings in German, English and French. The order matters: the first that fits names the column. */
const HEADINGS: [ColumnName, RegExp][] = [
  ['position', /^(?:pos(?:ition)?\.?|#|nr\.?|no\.?)$/i],
  [
    'articleCode',
    heading('art(?:ikel)?[.\\s-]*(?:nr|nummer|code)', 'item (?:no|code|number)', 'sku', 'code', 'r[ée]f'),
  ],
  ['taxPercent', /\b(?:ust|mwst|steuersatz|vat|tva|tax)\b\.?\s*%?$/i],
  ['discount', heading('rabatt', 'disc(?:ount)?', 'rem(?:ise)?')],
  ['quantity', heading('menge', 'anzahl', 'qty', 'quantity', 'quantit[ée]', 'qt[ée]')],
  [
    'lineTotal',
    heading(
      'gesamt(?:preis|betrag)?',
      '(?:netto)?betrag',
      'summe',
      'amount',
      '(?:line )?total',
      'montant',
      'prix ht',
    ),
  ],
  [
    'unitPrice',
    heading(
      '(?:einzel|netto|st[üu]ck)?-?preis',
      'e-?preis',
      'unit(?: price)?',
      'price',
      'prix(?: unitaire)?',
      'p\\.?u',
    ),
  ],
  [
    'description',
    heading(
      'beschreibung',
      'bezeichnung',
      'artikel',
      'produkt',
      'leistung',
      'description',
      'item',
      'd[ée]signation',
    ),
  ],
];

/** What ends the table of lines. */
const TABLE_END = new RegExp(
  [
    String.raw`^[^\p{L}\d]*(?:zwischensumme|summe|netto(?:betrag|summe)?\b|gesamt|rechnungsbetrag|belegsummen`,
    String.raw`|übertrag|sub\s*-?total|net\s*total|total|sous-total|taxe?\s{2}|umsatzsteuer|zzgl|mwst`,
    String.raw`|vat\b|tva\b)`,
  ].join(''),
  'iu',
);
/** More lines than this are not read from pictures. */
export const LINES_MAX = 200;

/** The lines of the invoice's table; empty when no heading was recognised. */
export function findLines(rows: readonly Row[], sign: DecimalSign): ReadLine[] {
  const start = rows.findIndex((row) => columnsOf(row).length >= 3);
  const heading = rows[start];
  if (!heading) return [];
  const columns = columnsOf(heading);
  const lines: ReadLine[] = [];
  for (const row of rows.slice(start + 1)) {
    if (row.page !== heading.page || TABLE_END.test(row.text) || lines.length === LINES_MAX) break;
    addRow(lines, cellsByColumn(row, columns), sign);
  }
  return lines;
}

function columnsOf(row: Row): Column[] {
  const columns: Column[] = [];
  for (const cell of cellsOf(row)) {
    const name = HEADINGS.find(([, pattern]) => pattern.test(cell.text))?.[0];
    if (name && !columns.some((column) => column.name === name))
      columns.push({ name, x0: cell.x0, x1: cell.x1 });
  }
  const names = new Set(columns.map((column) => column.name));
  return names.has('description') && (names.has('lineTotal') || names.has('unitPrice')) ? columns : [];
}

/**
 * Each word goes to the column whose heading is nearest: numbers stand right-aligned, texts left-aligned
 * under theirs.
 */
function cellsByColumn(row: Row, columns: readonly Column[]): Map<ColumnName, Cell[]> {
  const byColumn = new Map<ColumnName, Cell[]>();
  for (const cell of cellsOf(row)) {
    const nearest = columns.toSorted((left, right) => distance(cell, left) - distance(cell, right))[0]!;
    byColumn.set(nearest.name, [...(byColumn.get(nearest.name) ?? []), cell]);
  }
  return byColumn;
}

function distance(cell: Cell, column: Column): number {
  const overlap = Math.min(cell.x1, column.x1) - Math.max(cell.x0, column.x0);
  if (overlap > 0) return -overlap;
  return Math.min(Math.abs(cell.x0 - column.x0), Math.abs(cell.x1 - column.x1), -overlap);
}

function addRow(lines: ReadLine[], cells: Map<ColumnName, Cell[]>, sign: DecimalSign): void {
  const text = (name: ColumnName) =>
    cells
      .get(name)
      ?.map((cell) => cell.text)
      .join(' ')
      .trim() || null;
  const number = (name: ColumnName) => numberIn(text(name), sign);
  const [quantity, unitPrice, lineTotal] = [number('quantity'), number('unitPrice'), number('lineTotal')];
  const last = lines.at(-1);
  const numbers = [quantity, unitPrice, lineTotal].filter((value) => value !== null).length;
  if (numbers >= 2 || (unitPrice !== null && text('description'))) {
    const line = {
      description: text('description'),
      articleCode: text('articleCode'),
      quantity,
      unitPrice,
      lineTotal,
      taxPercent: number('taxPercent'),
    };
    const confidence = lineConfidence(line, cells);
    lines.push({ line: withQuantity(line), confidence });
  } else if (last && lineTotal && last.line.lineTotal === null) {
    // Some layouts put the line's total on a row of its own.
    last.line = withQuantity({ ...last.line, lineTotal });
  } else if (last && text('description') && cells.size === 1) {
    last.line.description = [last.line.description, text('description')]
      .filter(Boolean)
      .join(' ')
      .slice(0, 300);
  }
}

/** The engine overlooks digits that stand alone; a whole quantity follows from the price and the total. */
function withQuantity(line: InvoiceLine): InvoiceLine {
  if (line.quantity !== null || line.unitPrice === null || line.lineTotal === null) return line;
  const quantity = Number(line.lineTotal) / Number(line.unitPrice);
  const whole = Math.round(quantity);
  return whole >= 1 && Math.abs(quantity - whole) < 0.0005 ? { ...line, quantity: String(whole) } : line;
}

/** The number at the start of a cell: a unit may follow ("20 Stk"), a currency too. */
function numberIn(text: string | null, sign: DecimalSign): string | null {
  const match = /^[-–−]?\s?\d[\d.,'’]*(?: \d{3}(?=[.,]))*[\d.,]*/.exec(text?.replace(/^[€$£]\s*/, '') ?? '');
  return match ? parseNumber(match[0].trim(), sign) : null;
}

/** Quantity times price that makes the total confirms all three. */
function lineConfidence(line: InvoiceLine, cells: Map<ColumnName, Cell[]>): number {
  const read = confidenceOf([...cells.values()].flat().flatMap((cell) => cell.words));
  const { quantity, unitPrice, lineTotal } = line;
  if (quantity === null || unitPrice === null || lineTotal === null) return read * 0.8;
  const exact = Math.abs(Number(quantity) * Number(unitPrice) * 100 - toCents(lineTotal)) <= 1;
  return exact ? Math.max(read, 0.95) : Math.min(read, 0.5);
}
