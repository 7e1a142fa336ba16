import { equals } from './compare.js';
import { raise } from './errors.js';
import { dumpShort } from './json-write.js';
import {
  codePointLength,
  copyObject,
  getField,
  hasField,
  hasNoSurrogates,
  isObject,
  kindOf,
  setField,
  type JqObject,
} from './values.js';

const INT_MAX = 0x7fffffff;
/** jq refuses to write beyond this index. */
const ARRAY_INDEX_MAX = 0x1fffffff;

/** `.[key]` for any value and key. */
export function getIndex(value: unknown, key: unknown): unknown {
  if (typeof key === 'string') {
    if (isObject(value)) {
      return getField(value, key);
    }
  } else if (typeof key === 'number') {
    if (Array.isArray(value)) {
      return getElement(value, key);
    }
  } else if (Array.isArray(value) && Array.isArray(key)) {
    return indicesOfArray(value, key);
  } else if (isObject(key) && (Array.isArray(value) || typeof value === 'string')) {
    return getSlice(value, sliceBound(key, 'start'), sliceBound(key, 'end'));
  }
  if (
    (value === null || value === undefined) &&
    (typeof key === 'string' || typeof key === 'number' || isObject(key))
  ) {
    return null;
  }
  return raise(`Cannot index ${kindOf(value)} with ${kindOf(key)} (${dumpShort(key)})`);
}

/** `.name`, the commonest expression there is. */
export function getName(value: unknown, name: string): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return getField(value as Record<string, unknown>, name);
  }
  return getIndex(value, name);
}

function getElement(array: readonly unknown[], index: number): unknown {
  if (index !== index) {
    return null;
  }
  const truncated = Math.trunc(index);
  return array[truncated < 0 ? truncated + array.length : truncated] ?? null;
}

/** Where a sub-array starts inside an array, overlaps included. */
export function indicesOfArray(array: readonly unknown[], wanted: readonly unknown[]): number[] {
  const found: number[] = [];
  if (wanted.length === 0) {
    return found;
  }
  for (let at = 0; at + wanted.length <= array.length; at += 1) {
    if (wanted.every((element, offset) => equals(array[at + offset], element))) {
      found.push(at);
    }
  }
  return found;
}

interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** A bound of a slice given as an object; an absent one is an error, unlike one that is null. */
function sliceBound(key: JqObject, name: 'start' | 'end'): unknown {
  return hasField(key, name) ? getField(key, name) : raise('Array/string slice indices must be integers');
}

/** Start rounds down, end rounds up, both are clamped; negative ones count from the end. */
function sliceBounds(length: number, from: unknown, to: unknown): Bounds {
  const given = from ?? 0;
  const until = to ?? length;
  if (typeof given !== 'number' || typeof until !== 'number') {
    return raise('Array/string slice indices must be integers');
  }
  let start = given !== given ? 0 : given;
  start = Math.trunc(Math.min(Math.max(start < 0 ? start + length : start, 0), length));
  let end = until !== until ? length : until;
  end = end < 0 ? end + length : end;
  end = end < 0 ? start : Math.min(Math.ceil(end), length);
  return { start, end: Math.max(start, end) };
}

/** `.[from:to]` of an array, a string (by code points) or null. */
export function getSlice(value: unknown, from: unknown, to: unknown): unknown {
  if (Array.isArray(value)) {
    const { start, end } = sliceBounds(value.length, from, to);
    return value.slice(start, end);
  }
  if (typeof value === 'string') {
    if (hasNoSurrogates(value)) {
      const { start, end } = sliceBounds(value.length, from, to);
      return value.slice(start, end);
    }
    const points = Array.from(value);
    const { start, end } = sliceBounds(codePointLength(value), from, to);
    return points.slice(start, end).join('');
  }
  return getIndex(value, { start: from ?? null, end: to ?? null });
}

/** A copy of `value` in which `key` holds `field`; null becomes the container the key asks for. */
export function setIndex(value: unknown, key: unknown, field: unknown, arrayLengthMax: number): unknown {
  const isNull = value === null || value === undefined;
  if (typeof key === 'string' && (isNull || isObject(value))) {
    const copy = isNull ? {} : copyObject(value as Record<string, unknown>);
    setField(copy, key, field);
    return copy;
  }
  if (typeof key === 'number' && (isNull || Array.isArray(value))) {
    return setElement(isNull ? [] : (value as unknown[]), key, { field, arrayLengthMax });
  }
  if (isObject(key) && (isNull || Array.isArray(value))) {
    const array = isNull ? [] : (value as unknown[]);
    const { start, end } = sliceBounds(array.length, sliceBound(key, 'start'), sliceBound(key, 'end'));
    return Array.isArray(field)
      ? array.slice(0, start).concat(field, array.slice(end))
      : raise('A slice of an array can only be assigned another array');
  }
  return typeof value === 'string' && isObject(key)
    ? raise('Cannot update string slices')
    : raise(`Cannot update field at ${kindOf(key)} index of ${kindOf(value)}`);
}

/** Signals to the caller, which has the runtime, that the array would outgrow the limit. */
export class ArrayTooLong {
  constructor(readonly length: number) {}
}

function setElement(
  array: readonly unknown[],
  index: number,
  { field, arrayLengthMax }: { field: unknown; arrayLengthMax: number },
): unknown {
  if (index !== index) {
    return raise('Cannot set array element at NaN index');
  }
  const clamped = Math.trunc(Math.max(-INT_MAX - 1, Math.min(index, INT_MAX)));
  const at = clamped < 0 ? clamped + array.length : clamped;
  if (at < 0) {
    return raise('Out of bounds negative array index');
  }
  if (at > ARRAY_INDEX_MAX) {
    return raise('Array index too large');
  }
  if (at >= arrayLengthMax) {
    throw new ArrayTooLong(at + 1);
  }
  const copy = array.slice();
  while (copy.length < at) {
    copy.push(null);
  }
  copy[at] = field;
  return copy;
}

/** `has(key)`. */
export function hasKey(value: unknown, key: unknown): boolean {
  if (value === null || value === undefined) {
    return false;
  }
  if (isObject(value) && typeof key === 'string') {
    return Object.hasOwn(value, key);
  }
  if (Array.isArray(value) && typeof key === 'number') {
    const index = Math.trunc(key);
    return index >= 0 && index < value.length;
  }
  return raise(`Cannot check whether ${kindOf(value)} has a ${kindOf(key)} key`);
}

/** A copy without the given keys, which are sorted. */
export function deleteKeys(value: unknown, keys: readonly unknown[]): unknown {
  if (value === null || value === undefined || keys.length === 0) {
    return value;
  }
  if (Array.isArray(value)) {
    return deleteElements(value, keys);
  }
  if (!isObject(value)) {
    return raise(`Cannot delete fields from ${kindOf(value)}`);
  }
  const removed = new Set<unknown>();
  for (const key of keys) {
    removed.add(typeof key === 'string' ? key : raise(`Cannot delete ${kindOf(key)} field of object`));
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (!removed.has(key)) {
      setField(copy, key, getField(value, key));
    }
  }
  return copy;
}

function deleteElements(array: readonly unknown[], keys: readonly unknown[]): unknown[] {
  const removed = new Set<number>();
  for (const key of keys) {
    if (typeof key === 'number') {
      const index = Math.trunc(key);
      removed.add(key < 0 ? index + array.length : index);
    } else if (isObject(key)) {
      const { start, end } = sliceBounds(array.length, sliceBound(key, 'start'), sliceBound(key, 'end'));
      for (let at = start; at < end; at += 1) {
        removed.add(at);
      }
    } else {
      raise(`Cannot delete ${kindOf(key)} element of array`);
    }
  }
  return array.filter((_, at) => !removed.has(at));
}
