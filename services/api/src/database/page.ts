import { ProblemError } from '../problems/problem.error.js';

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/**
 * A page out of `limit + 1` rows: the row too many says that there is a next page, which starts after the
 * last row shown.
 */
export function pageFrom<Row, Item>(
  rows: Row[],
  limit: number,
  make: { item: (row: Row) => Item; key: (row: Row) => string },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => make.item(row)),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(make.key(last)) : null,
  };
}

/** Cursors are opaque to callers, so that what they hold may change. */
export function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/** The key inside a cursor; null for the first page. */
export function decodeCursor(cursor: string | undefined): string | null {
  if (cursor === undefined || cursor === '') return null;
  const key = Buffer.from(cursor, 'base64url').toString();
  if (encodeCursor(key) !== cursor || key.includes('\0')) throw badCursor();
  return key;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id inside a cursor of a list that is ordered by id. */
export function decodeIdCursor(cursor: string | undefined): string | null {
  const key = decodeCursor(cursor);
  if (key !== null && !UUID.test(key)) throw badCursor();
  return key;
}

/** Whether a text can be compared with a uuid column at all. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The refusal of a cursor that somebody made up. */
export function badCursor(): ProblemError {
  return new ProblemError(
    'invalid-request',
    'The cursor is not one that this list gave. Leave it out to start at the first page.',
  );
}
