import type { BinaryOperator } from './ast.js';
import { compare, DEPTH_MAX, equals } from './compare.js';
import { raise } from './errors.js';
import { nameValue } from './json-write.js';
import type { Runtime } from './limits.js';
import { copyObject, getField, hasField, isObject, setField, type JqObject } from './values.js';

function refuse(left: unknown, right: unknown, what: string): never {
  return raise(`${nameValue(left)} and ${nameValue(right)} ${what}`);
}

/** `a + b`: sum, concatenation, or the union of two objects; null adds nothing. */
export function add(left: unknown, right: unknown, runtime: Runtime): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    return left + right;
  }
  if (typeof left === 'string' && typeof right === 'string') {
    runtime.checkStringLength(left.length + right.length);
    return left + right;
  }
  if (left === null || left === undefined) {
    return right;
  }
  if (right === null || right === undefined) {
    return left;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    runtime.checkArrayLength(left.length + right.length);
    runtime.spend((left.length + right.length) >> 3);
    return left.concat(right);
  }
  if (isObject(left) && isObject(right)) {
    return mergeObjects(left, right, runtime);
  }
  return refuse(left, right, 'cannot be added');
}

function mergeObjects(left: JqObject, right: JqObject, runtime: Runtime): JqObject {
  const merged = copyObject(left);
  const keys = Object.keys(right);
  runtime.spend(keys.length);
  for (const key of keys) {
    setField(merged, key, getField(right, key));
  }
  return merged;
}

/** `a - b`: difference, or the elements of one array that are not in the other. */
export function subtract(left: unknown, right: unknown, runtime: Runtime): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    return left - right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    runtime.spend(left.length * right.length);
    return left.filter((element) => !right.some((other) => equals(element, other)));
  }
  return refuse(left, right, 'cannot be subtracted');
}

/** The largest string jq itself would build by repetition. */
const REPEAT_BYTES_MAX = 0x7fffffff;

function repeat(text: string, count: number, runtime: Runtime): string | null {
  if (!(count >= 0)) {
    return null;
  }
  const times = Math.min(Math.trunc(count), 0x7fffffff);
  if (text.length * times >= REPEAT_BYTES_MAX) {
    raise('Repeat string result too long');
  }
  runtime.checkStringLength(text.length * times);
  return text.repeat(text === '' ? 0 : times);
}

/** `a * b`: product, repetition of a string, or the deep union of two objects. */
export function multiply(left: unknown, right: unknown, runtime: Runtime): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    return left * right;
  }
  if (typeof left === 'string' && typeof right === 'number') {
    return repeat(left, right, runtime);
  }
  if (typeof left === 'number' && typeof right === 'string') {
    return repeat(right, left, runtime);
  }
  if (isObject(left) && isObject(right)) {
    return mergeDeep(left, right, runtime);
  }
  return refuse(left, right, 'cannot be multiplied');
}

/** Iterative, so that deep objects end in jq's own error rather than at the host's stack. */
function mergeDeep(left: JqObject, right: JqObject, runtime: Runtime): JqObject {
  const root = copyObject(left);
  const stack = [{ into: root, from: right, depth: 0 }];
  for (let job = stack.pop(); job !== undefined; job = stack.pop()) {
    if (job.depth > DEPTH_MAX) {
      raise('Object merge too deep');
    }
    for (const key of Object.keys(job.from)) {
      runtime.step();
      const value = getField(job.from, key);
      const old = getField(job.into, key);
      if (isObject(old) && isObject(value)) {
        const into = copyObject(old);
        setField(job.into, key, into);
        stack.push({ into, from: value, depth: job.depth + 1 });
      } else {
        setField(job.into, key, value);
      }
    }
  }
  return root;
}

/** `a / b`: quotient, or a string split at a separator. */
export function divide(left: unknown, right: unknown, runtime: Runtime): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    return right === 0 ? refuse(left, right, 'cannot be divided because the divisor is zero') : left / right;
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return splitText(left, right, runtime);
  }
  return refuse(left, right, 'cannot be divided');
}

/**
 * A string cut at a separator; the empty string has no parts, the empty separator cuts between code points.
 */
export function splitText(text: string, separator: string, runtime: Runtime): string[] {
  if (text === '') {
    return [];
  }
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  runtime.checkArrayLength(parts.length);
  runtime.spend(parts.length >> 2);
  return parts;
}

const INTEGER_MAX = 2 ** 63;

/** jq takes remainders of 64 bit integers, which only big integers hold exactly beyond 2^53. */
function toInteger(value: number): bigint {
  if (value >= INTEGER_MAX) {
    return 2n ** 63n - 1n;
  }
  return value < -INTEGER_MAX ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

/** `a % b` on the integer parts, with the sign of `a`. */
export function modulo(left: unknown, right: unknown): unknown {
  if (typeof left !== 'number' || typeof right !== 'number') {
    return refuse(left, right, 'cannot be divided (remainder)');
  }
  if (left !== left || right !== right) {
    return NaN;
  }
  const divisor = Math.trunc(right);
  if (divisor === 0) {
    return refuse(left, right, 'cannot be divided (remainder) because the divisor is zero');
  }
  if (Math.abs(left) <= Number.MAX_SAFE_INTEGER && Math.abs(divisor) <= Number.MAX_SAFE_INTEGER) {
    return (Math.trunc(left) % divisor) + 0;
  }
  return Number(toInteger(left) % toInteger(right));
}

/** `-a`; zero stays plain zero, as it does for the numbers of a program or a document in jq. */
export function negate(value: unknown): number {
  return typeof value === 'number' ? 0 - value : raise(`${nameValue(value)} cannot be negated`);
}

export type BinaryFunction = (left: unknown, right: unknown, runtime: Runtime) => unknown;

/** What each binary operator computes. */
export const BINARY: Readonly<Record<BinaryOperator, BinaryFunction>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': modulo,
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => compare(left, right) < 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>': (left, right) => compare(left, right) > 0,
  '>=': (left, right) => compare(left, right) >= 0,
};

/** `contains`: parts of strings, subsets of arrays and objects. */
export function contains(left: unknown, right: unknown, runtime: Runtime): boolean {
  // Deep values of one part each are the only ones that could exhaust the host's stack, and those need no
  // recursion.
  let a = left;
  let b = right;
  for (let depth = 0; ; depth += 1) {
    if (depth > DEPTH_MAX) {
      raise('Containment check too deep');
    }
    runtime.step();
    const pair = onlyParts(a, b);
    if (pair === undefined) {
      return containsParts(a, b, runtime);
    }
    [a, b] = pair;
  }
}

/** The one element of each of two arrays, or the one field both objects share. */
function onlyParts(left: unknown, right: unknown): readonly [unknown, unknown] | undefined {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === 1 && right.length === 1 ? [left[0], right[0]] : undefined;
  }
  if (!isObject(left) || !isObject(right)) {
    return undefined;
  }
  const keys = Object.keys(right);
  const key = keys[0];
  return keys.length === 1 && key !== undefined && hasField(left, key)
    ? [getField(left, key), getField(right, key)]
    : undefined;
}

function containsParts(left: unknown, right: unknown, runtime: Runtime): boolean {
  if (isObject(left) && isObject(right)) {
    return Object.keys(right).every(
      (key) => hasField(left, key) && contains(getField(left, key), getField(right, key), runtime),
    );
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return right.every((wanted) => left.some((element) => contains(element, wanted, runtime)));
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return left.includes(right);
  }
  return equals(left, right);
}
