import { escapeToken, unescapeToken } from '@/format/pointer';

type Json = Record<string, unknown>;

export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${escapeToken(String(key))}`;
}

function parts(pointer: string): string[] {
  return pointer.split('/').slice(1).map(unescapeToken);
}

/** The value at a JSON pointer; undefined when there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  return parts(pointer).reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Json)[part] : undefined),
    value,
  );
}

/**
 * A copy with another value at the pointer; undefined removes an object's member. Missing objects on the way
 * are made.
 */
export function withValueAt(value: unknown, pointer: string, next: unknown): unknown {
  const [first, ...rest] = parts(pointer);
  if (first === undefined) return next;
  const below = rest.map((part) => pointerTo('', part)).join('');
  if (Array.isArray(value)) {
    const copy = [...value];
    copy[Number(first)] = withValueAt(copy[Number(first)], below, next);
    return copy;
  }
  const copy: Json = { ...(typeof value === 'object' && value !== null ? (value as Json) : {}) };
  const inner = withValueAt(copy[first], below, next);
  if (inner === undefined) delete copy[first];
  else copy[first] = inner;
  return copy;
}

export interface Edit {
  path: string;
  before: unknown;
  after: unknown;
}

/**
 * The fields that differ, as deep as both sides have the same shape; a list of another length is one edit.
 */
export function editsOf(before: unknown, after: unknown, path = ''): Edit[] {
  if (Object.is(before, after)) return [];
  const bothLists = Array.isArray(before) && Array.isArray(after);
  if (bothLists && before.length === after.length)
    return before.flatMap((each, index) => editsOf(each, after[index], pointerTo(path, index)));
  if (isPlain(before) && isPlain(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      editsOf(before[key], after[key], pointerTo(path, key)),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

function isPlain(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
