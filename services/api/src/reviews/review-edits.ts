import type { ReviewEdit } from '@tutti/contracts';

const EDITS_MAX = 1_000;

/**
 * What was edited, one entry a changed value: JSON pointer and both values. A value that was not there, or
 * is gone, reads null.
 */
export function editsBetween(before: unknown, after: unknown): ReviewEdit[] {
  const edits: ReviewEdit[] = [];
  compare({ before, after, path: '' }, edits);
  return edits;
}

function compare(at: { before: unknown; after: unknown; path: string }, edits: ReviewEdit[]): void {
  const { before, after, path } = at;
  if (Object.is(before, after) || edits.length >= EDITS_MAX) return;
  if (!sameKind(before, after)) {
    edits.push({ path, before: before ?? null, after: after ?? null });
    return;
  }
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    compare(
      {
        before: own(old, key),
        after: own(now, key),
        path: `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      },
      edits,
    );
  }
}

/** Two objects, or two arrays, are compared inside; anything else as a whole. */
function sameKind(before: unknown, after: unknown): boolean {
  return (
    typeof before === 'object' &&
    typeof after === 'object' &&
    before !== null &&
    after !== null &&
    Array.isArray(before) === Array.isArray(after)
  );
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
