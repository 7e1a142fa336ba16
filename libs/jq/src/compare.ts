import { raise } from './errors.js';
import { compareStrings, getField, kindOf, sortedKeys, type JqObject } from './values.js';

/** Deeper nesting than this is an error in jq too. */
export const DEPTH_MAX = 10_000;

const RANK = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 } as const;

function rankOf(value: unknown): number {
  return value === true ? 2 : RANK[kindOf(value)];
}

/** jq's total order: null, false, true, numbers, strings, arrays, objects; nan is below every number. */
export function compare(left: unknown, right: unknown): number {
  return compareAt(left, right, 0);
}

/** Recursion is several times faster than a stack of one's own, and safe to this depth. */
const RECURSION_MAX = 100;

function compareAt(left: unknown, right: unknown, depth: number): number {
  if (typeof left === 'number' && typeof right === 'number') {
    return compareNumbers(left, right);
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return compareStrings(left, right);
  }
  const rank = rankOf(left);
  const difference = rank - rankOf(right);
  if (difference !== 0 || rank < 5) {
    return difference;
  }
  return rank === 5 && depth < RECURSION_MAX
    ? compareArrays(left as readonly unknown[], right as readonly unknown[], depth)
    : compareDeep({ left, right, depth });
}

function compareArrays(left: readonly unknown[], right: readonly unknown[], depth: number): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareAt(left[at], right[at], depth + 1);
    if (order !== 0) {
      return order;
    }
  }
  return left.length - right.length;
}

function compareNumbers(left: number, right: number): number {
  return left < right ? -1 : left === right ? 0 : left !== left ? -1 : 1;
}

/**
 * One pair still to be compared; the explicit stack bounds deep values by a jq error instead of the host's
 * stack.
 */
interface Pair {
  readonly left: unknown;
  readonly right: unknown;
  readonly depth: number;
}

function compareDeep(start: Pair): number {
  const stack: Pair[] = [start];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    if (pair.depth > DEPTH_MAX) {
      raise('Comparison too deep');
    }
    const rank = rankOf(pair.left);
    const difference = rank - rankOf(pair.right);
    if (difference !== 0) {
      return difference;
    }
    const order =
      rank < 5
        ? compare(pair.left, pair.right)
        : rank === 5
          ? pushElements(stack, pair)
          : pushFields(stack, pair);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

/** Pushes in reverse, so that the first elements are compared first and the lengths last. */
function pushElements(stack: Pair[], pair: Pair): number {
  const left = pair.left as readonly unknown[];
  const right = pair.right as readonly unknown[];
  const depth = pair.depth + 1;
  if (left.length !== right.length) {
    stack.push({ left: left.length, right: right.length, depth: 0 });
  }
  for (let at = Math.min(left.length, right.length) - 1; at >= 0; at -= 1) {
    stack.push({ left: left[at], right: right[at], depth });
  }
  return 0;
}

function pushFields(stack: Pair[], pair: Pair): number {
  const left = pair.left as JqObject;
  const right = pair.right as JqObject;
  const keys = sortedKeys(left);
  const order = compareKeys(keys, sortedKeys(right));
  const depth = pair.depth + 1;
  for (let at = keys.length - 1; order === 0 && at >= 0; at -= 1) {
    const key = keys[at] as string;
    stack.push({ left: getField(left, key), right: getField(right, key), depth });
  }
  return order;
}

function compareKeys(left: readonly string[], right: readonly string[]): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareStrings(left[at] as string, right[at] as string);
    if (order !== 0) {
      return order;
    }
  }
  return left.length - right.length;
}

/** Equality as `==` sees it: nan differs from itself, key order does not matter. */
export function equals(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return left === right || (left ?? null) === (right ?? null);
  }
  const stack: Pair[] = [{ left, right, depth: 0 }];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    if (pair.depth > DEPTH_MAX) {
      raise('Equality check too deep');
    }
    if (!pushUnequalParts(stack, pair)) {
      return false;
    }
  }
  return true;
}

/** False when the pair cannot be equal; else the parts on which it hangs are on the stack. */
function pushUnequalParts(stack: Pair[], pair: Pair): boolean {
  const { left, right } = pair;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return left === right || (left ?? null) === (right ?? null);
  }
  const depth = pair.depth + 1;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) {
      return false;
    }
    for (let at = left.length - 1; at >= 0; at -= 1) {
      stack.push({ left: left[at] as unknown, right: right[at] as unknown, depth });
    }
    return true;
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) {
    return false;
  }
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) {
      return false;
    }
    stack.push({ left: getField(left as JqObject, key), right: getField(right as JqObject, key), depth });
  }
  return true;
}
