import type { PageText, Word } from './word.js';

/** Words that stand on one line, left to right. */
export interface Row {
  page: number;
  words: Word[];
  /** The words joined: one space inside a cell, two between cells. */
  text: string;
  /** Where each word starts in `text`. */
  starts: number[];
  y0: number;
  y1: number;
}

/** A part of a row that wide gaps set apart. */
export interface Cell {
  row: Row;
  words: Word[];
  text: string;
  x0: number;
  x1: number;
}

/**
 * A gap wider than this many line heights separates cells; a space between words has about a third of one.
 */
const CELL_GAP = 1.1;

/** All rows of a document, top to bottom, page by page. */
export function rowsOf(pages: readonly PageText[]): Row[] {
  return pages.flatMap((page, index) =>
    groupRows(
      page.words.map(cleaned).filter((word) => word !== null),
      index,
    ),
  );
}

/** The cells of a row, left to right. */
export function cellsOf(row: Row): Cell[] {
  const cells: Cell[] = [];
  for (const [index, word] of row.words.entries()) {
    const previous = row.words[index - 1];
    const cell = cells.at(-1);
    if (cell && previous && !isCellGap(previous, word, row)) extend(cell, word);
    else cells.push({ row, words: [word], text: word.text, x0: word.x0, x1: word.x1 });
  }
  return cells;
}

/** The words that a range of the row's text touches. */
export function wordsIn(row: Row, from: number, to: number): Word[] {
  return row.words.filter((word, index) => {
    const start = row.starts[index]!;
    return start < to && start + word.text.length > from;
  });
}

/** The smallest confidence of words; nothing is certain about no words. */
export function confidenceOf(words: readonly Word[]): number {
  return words.length === 0 ? 0 : Math.min(...words.map((word) => word.confidence));
}

/** Rows of the same page that stand below, nearest first, no further than `reach` line heights. */
export function rowsBelow(rows: readonly Row[], row: Row, reach: number): Row[] {
  const limit = row.y1 + (row.y1 - row.y0) * reach;
  return rows.filter((other) => other.page === row.page && other.y0 >= row.y1 - 4 && other.y0 < limit);
}

/** Frames that the engine takes for letters stick to the words beside them. */
function cleaned(word: Word): Word | null {
  const text = word.text.replace(/^[|[\]{}_~'"`]+|[|[\]{}_~"`]+$/g, '').trim();
  return text === '' ? null : { ...word, text };
}

function groupRows(words: Word[], page: number): Row[] {
  const groups: { words: Word[]; center: number; height: number }[] = [];
  for (const word of words.toSorted((left, right) => centerOf(left) - centerOf(right))) {
    const group = groups.at(-1);
    const height = word.y1 - word.y0;
    if (
      group &&
      centerOf(word) - group.center < 0.5 * Math.min(group.height, Math.max(height, group.height / 2))
    ) {
      group.words.push(word);
      group.center += (centerOf(word) - group.center) / group.words.length;
      group.height = Math.max(group.height, height);
    } else groups.push({ words: [word], center: centerOf(word), height });
  }
  return groups.map((group) => toRow(group.words, page));
}

function toRow(unsorted: Word[], page: number): Row {
  const words = unsorted.toSorted((left, right) => left.x0 - right.x0);
  const row: Row = {
    page,
    words,
    text: '',
    starts: [],
    y0: Math.min(...words.map((word) => word.y0)),
    y1: Math.max(...words.map((word) => word.y1)),
  };
  for (const [index, word] of words.entries()) {
    const previous = words[index - 1];
    if (previous) row.text += isCellGap(previous, word, row) ? '  ' : ' ';
    row.starts.push(row.text.length);
    row.text += word.text;
  }
  return row;
}

function isCellGap(left: Word, right: Word, row: Row): boolean {
  return right.x0 - left.x1 > CELL_GAP * (row.y1 - row.y0);
}

function extend(cell: Cell, word: Word): void {
  cell.words.push(word);
  cell.text += ` ${word.text}`;
  cell.x1 = Math.max(cell.x1, word.x1);
}

function centerOf(word: Word): number {
  return (word.y0 + word.y1) / 2;
}
