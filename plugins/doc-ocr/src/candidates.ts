import { confidenceOf, rowsBelow, wordsIn, type Row } from './layout.js';
import type { Label } from './labels.js';

/** A value that may be the field's, with the place where it stands. */
export interface Candidate {
  value: string;
  /** Smallest confidence of the words it was read from. */
  confidence: number;
  /** How well its place fits, 0 to 1. */
  weight: number;
  row: Row;
}

/** A value inside a text. */
export interface Found {
  value: string;
  from: number;
  to: number;
}

/** Finds values of a kind in a text, left to right. */
export type Finder = (text: string) => Found[];

/** A value below its label is less certain to belong to it than one beside it. */
const BELOW_WEIGHT = 0.9;
/** Values are looked for this many line heights below their label. */
const BELOW_REACH = 2.6;

/** Every value that stands to the right of a label or below it, best place first. */
export function candidatesFor(rows: readonly Row[], labels: readonly Label[], find: Finder): Candidate[] {
  const found: Candidate[] = [];
  for (const row of rows) {
    for (const { pattern, weight } of labels) {
      for (const match of row.text.matchAll(pattern)) {
        const place = { row, from: match.index, to: match.index + match[0].length, weight };
        const candidate = beside(place, find) ?? below(rows, place, find);
        if (candidate) found.push(candidate);
      }
    }
  }
  return found.toSorted((left, right) => right.weight - left.weight);
}

interface Place {
  row: Row;
  from: number;
  to: number;
  weight: number;
}

function beside({ row, to, weight }: Place, find: Finder): Candidate | null {
  const first = find(row.text.slice(to))[0];
  if (!first) return null;
  const words = wordsIn(row, to + first.from, to + first.to);
  // What stands a whole table away belongs to something else.
  const cellsBetween = row.text
    .slice(to, to + first.from)
    .trimStart()
    .split(/\s{2,}/)
    .filter((cell) => /\w/.test(cell)).length;
  return { value: first.value, confidence: confidenceOf(words), weight: weight * 0.9 ** cellsBetween, row };
}

function below(rows: readonly Row[], { row, from, to, weight }: Place, find: Finder): Candidate | null {
  const label = wordsIn(row, from, to);
  const [left, right] = [
    Math.min(...label.map((word) => word.x0)),
    Math.max(...label.map((word) => word.x1)),
  ];
  for (const next of rowsBelow(rows, row, BELOW_REACH)) {
    for (const value of find(next.text)) {
      const words = wordsIn(next, value.from, value.to);
      const overlaps = words.some((word) => word.x0 < right + 20 && word.x1 > left - 20);
      if (overlaps)
        return {
          value: value.value,
          confidence: confidenceOf(words),
          weight: weight * BELOW_WEIGHT,
          row: next,
        };
    }
  }
  return null;
}
