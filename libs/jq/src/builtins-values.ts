import { getIndex, hasKey, indicesOfArray } from './access.js';
import { compare } from './compare.js';
import { Halt, JqRuntimeError, raise } from './errors.js';
import { formatValue } from './formats.js';
import { fromJson, parseNumber } from './json-read.js';
import { nameValue, toJson, toText } from './json-write.js';
import type { Runtime } from './limits.js';
import { add, contains, subtract } from './operators.js';
import { deletePaths, setPath } from './paths.js';
import {
  codePointLength,
  getField,
  isObject,
  isTruthy,
  kindOf,
  setField,
  sortedKeys,
  type JqObject,
} from './values.js';
import { strindices } from './builtins-strings.js';
import type { ValueFunction } from './value-function.js';

function length(input: unknown): number {
  switch (kindOf(input)) {
    case 'null':
      return 0;
    case 'number':
      return Math.abs(input as number);
    case 'string':
      return codePointLength(input as string);
    case 'array':
      return (input as unknown[]).length;
    case 'object':
      return Object.keys(input as JqObject).length;
    default:
      return raise(`${nameValue(input)} has no length`);
  }
}

function keys(input: unknown, isSorted: boolean): unknown[] {
  if (isObject(input)) {
    return isSorted ? sortedKeys(input) : Object.keys(input);
  }
  return Array.isArray(input) ? input.map((_, at) => at) : raise(`${nameValue(input)} has no keys`);
}

function not(input: unknown): boolean {
  return !isTruthy(input);
}

function toNumber(input: unknown): number {
  if (typeof input === 'number') {
    return input;
  }
  const number = typeof input === 'string' ? parseNumber(input) : undefined;
  return number ?? raise(`${nameValue(input)} cannot be parsed as a number`);
}

function toBoolean(input: unknown): boolean {
  if (input === true || input === 'true') {
    return true;
  }
  return input === false || input === 'false'
    ? false
    : raise(`${nameValue(input)} cannot be parsed as a boolean`);
}

interface Keyed {
  readonly key: unknown;
  readonly value: unknown;
}

/** Sorting is charged as n steps per doubling, its real cost. */
function chargeSort(count: number, runtime: Runtime): void {
  runtime.spend(count * Math.max(1, 32 - Math.clz32(count)));
}

function sort(input: unknown, runtime: Runtime): unknown[] {
  if (!Array.isArray(input)) {
    return raise(`${nameValue(input)} cannot be sorted, as it is not an array`);
  }
  chargeSort(input.length, runtime);
  return input.toSorted(compare) as unknown[];
}

function sortKeyed(input: unknown, keysOf: unknown, runtime: Runtime): Keyed[] {
  if (!Array.isArray(input) || !Array.isArray(keysOf) || input.length !== keysOf.length) {
    return raise(
      `${nameValue(input)} and ${nameValue(keysOf)} cannot be sorted, as they are not both arrays`,
    );
  }
  chargeSort(input.length, runtime);
  const keyed: Keyed[] = input.map((value: unknown, at) => ({ value, key: keysOf[at] as unknown }));
  return keyed.sort((left, right) => compare(left.key, right.key));
}

function groups(sorted: readonly Keyed[]): unknown[][] {
  const grouped: unknown[][] = [];
  let previous: Keyed | undefined;
  for (const entry of sorted) {
    if (previous !== undefined && compare(previous.key, entry.key) === 0) {
      grouped.at(-1)?.push(entry.value);
    } else {
      grouped.push([entry.value]);
    }
    previous = entry;
  }
  return grouped;
}

function extreme(input: unknown, keysOf: unknown, isMin: boolean): unknown {
  if (!Array.isArray(input) || !Array.isArray(keysOf)) {
    return raise(`${nameValue(input)} and ${nameValue(keysOf)} cannot be iterated over`);
  }
  let best = 0;
  for (let at = 1; at < input.length; at += 1) {
    if (compare(keysOf[at], keysOf[best]) < 0 === isMin) {
      best = at;
    }
  }
  return input[best] ?? null;
}

function binarySearch(input: unknown, target: unknown): number {
  if (!Array.isArray(input)) {
    return raise(`${nameValue(input)} cannot be searched from`);
  }
  let start = 0;
  let end = input.length;
  while (start < end) {
    const middle = (start + end) >> 1;
    const order = compare(target, input[middle]);
    if (order === 0) {
      return middle;
    }
    if (order < 0) {
      end = middle;
    } else {
      start = middle + 1;
    }
  }
  return -1 - start;
}

function toEntries(input: unknown): unknown[] {
  if (Array.isArray(input)) {
    return input.map((value: unknown, key) => ({ key, value }));
  }
  return isObject(input)
    ? Object.keys(input).map((key) => ({ key, value: getField(input, key) }))
    : raise(`${nameValue(input)} has no keys`);
}

const ENTRY_KEYS = ['key', 'Key', 'name', 'Name'];

function fromEntries(input: unknown): JqObject {
  const entries: readonly unknown[] = Array.isArray(input)
    ? input
    : isObject(input)
      ? Object.keys(input).map((key) => getField(input, key))
      : raise(`Cannot iterate over ${nameValue(input)}`);
  const object: JqObject = {};
  for (const entry of entries) {
    let key: unknown = null;
    for (const name of ENTRY_KEYS) {
      key = getIndex(entry, name);
      if (isTruthy(key)) {
        break;
      }
    }
    if (typeof key !== 'string') {
      raise(`Cannot use ${nameValue(key)} as object key`);
    }
    setField(object, key as string, getIndex(entry, hasKey(entry, 'value') ? 'value' : 'Value'));
  }
  return object;
}

function reverse(input: unknown): unknown[] {
  if (Array.isArray(input)) {
    return input.toReversed();
  }
  const size = length(input);
  return size <= 0 ? [] : [getIndex(input, size - 1)];
}

function indices(input: unknown, wanted: unknown): unknown {
  if (Array.isArray(input)) {
    return indicesOfArray(input, Array.isArray(wanted) ? wanted : [wanted]);
  }
  return typeof input === 'string' && typeof wanted === 'string'
    ? strindices(input, wanted)
    : getIndex(input, wanted);
}

function join(input: unknown, separator: unknown, runtime: Runtime): unknown {
  const elements: readonly unknown[] = Array.isArray(input)
    ? input
    : isObject(input)
      ? Object.keys(input).map((key) => getField(input, key))
      : raise(`Cannot iterate over ${nameValue(input)}`);
  runtime.spend(elements.length);
  let text: unknown = null;
  for (const element of elements) {
    const part =
      typeof element === 'boolean' || typeof element === 'number'
        ? toJson(element, runtime)
        : (element ?? '');
    text = add(text === null ? '' : add(text, separator, runtime), part, runtime);
  }
  return isTruthy(text) ? text : '';
}

function flatten(input: unknown, levels: unknown, runtime: Runtime): unknown[] {
  const elements: readonly unknown[] = Array.isArray(input)
    ? input
    : isObject(input)
      ? Object.keys(input).map((key) => getField(input, key))
      : raise(`Cannot iterate over ${nameValue(input)}`);
  const flat: unknown[] = [];
  const stack = [{ elements, at: 0, left: levels }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.at >= top.elements.length) {
      stack.pop();
      continue;
    }
    runtime.step();
    const element = top.elements[top.at] ?? null;
    top.at += 1;
    if (Array.isArray(element) && top.left !== 0) {
      stack.push({ elements: element, at: 0, left: subtract(top.left, 1, runtime) });
    } else {
      runtime.checkArrayLength(flat.push(element));
    }
  }
  return flat;
}

function checkLevels(levels: unknown): unknown {
  return compare(levels, 0) < 0 ? raise('flatten depth must not be negative') : levels;
}

function halt(): never {
  throw new Halt();
}

function haltError(input: unknown, code: unknown): never {
  if (typeof code !== 'number') {
    return raise('halt_error/1: number required');
  }
  throw new JqRuntimeError(input, typeof input === 'string' ? input : `halt_error: ${nameValue(input)}`);
}

/** Functions of whole values. */
export const VALUE_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  ['not/0', not],
  ['length/0', length],
  [
    'utf8bytelength/0',
    (input) =>
      typeof input === 'string'
        ? new TextEncoder().encode(input).length
        : raise(`${nameValue(input)} only strings have UTF-8 byte length`),
  ],
  ['keys/0', (input) => keys(input, true)],
  ['keys_unsorted/0', (input) => keys(input, false)],
  ['type/0', kindOf],
  ['tostring/0', (input, _args, runtime) => toText(input, runtime)],
  ['tojson/0', (input, _args, runtime) => toJson(input, runtime)],
  [
    'fromjson/0',
    (input) =>
      typeof input === 'string' ? fromJson(input) : raise(`${nameValue(input)} only strings can be parsed`),
  ],
  ['tonumber/0', toNumber],
  ['toboolean/0', toBoolean],
  [
    'format/1',
    (input, [name], runtime) =>
      typeof name === 'string'
        ? formatValue(name, input, runtime)
        : raise(`${nameValue(name)} is not a valid format`),
  ],
  ['has/1', (input, [key]) => hasKey(input, key)],
  [
    'contains/1',
    (input, [part], runtime) =>
      kindOf(input) === kindOf(part) && !(typeof input === 'boolean' && input !== part)
        ? contains(input, part, runtime)
        : raise(`${nameValue(input)} and ${nameValue(part)} cannot have their containment checked`),
  ],
  ['sort/0', (input, _args, runtime) => sort(input, runtime)],
  ['_sort_by_impl/1', (input, [by], runtime) => sortKeyed(input, by, runtime).map(({ value }) => value)],
  ['_group_by_impl/1', (input, [by], runtime) => groups(sortKeyed(input, by, runtime))],
  [
    '_unique_by_impl/1',
    (input, [by], runtime) => groups(sortKeyed(input, by, runtime)).map(([first]) => first),
  ],
  [
    'unique/0',
    (input, _args, runtime) =>
      Array.isArray(input)
        ? groups(sortKeyed(input, input, runtime)).map(([first]) => first)
        : sort(input, runtime),
  ],
  ['min/0', (input) => extreme(input, input, true)],
  ['max/0', (input) => extreme(input, input, false)],
  ['_min_by_impl/1', (input, [by]) => extreme(input, by, true)],
  ['_max_by_impl/1', (input, [by]) => extreme(input, by, false)],
  ['bsearch/1', (input, [target]) => binarySearch(input, target)],
  ['to_entries/0', toEntries],
  ['from_entries/0', fromEntries],
  ['reverse/0', reverse],
  ['indices/1', (input, [wanted]) => indices(input, wanted)],
  ['join/1', (input, [separator], runtime) => join(input, separator, runtime)],
  ['flatten/0', (input, _args, runtime) => flatten(input, -1, runtime)],
  ['flatten/1', (input, [levels], runtime) => flatten(input, checkLevels(levels), runtime)],
  ['setpath/2', (input, [path, value], runtime) => setPath(input, path, { value, runtime })],
  ['delpaths/1', (input, [paths], runtime) => deletePaths(input, paths, runtime)],
  ['env/0', () => ({})],
  ['input/0', () => raise('break')],
  ['input_filename/0', () => null],
  ['input_line_number/0', () => 0],
  ['have_decnum/0', () => false],
  ['have_literal_numbers/0', () => false],
  ['get_search_list/0', () => []],
  ['modulemeta/0', () => raise('modules are not supported')],
  ['halt/0', halt],
  ['halt_error/0', (input) => haltError(input, 5)],
  ['halt_error/1', (input, [code]) => haltError(input, code)],
];
