import { Code, type Place } from './code.js';
import { isIntact } from './compile-access.js';
import { raise } from './errors.js';
import { dumpShort } from './json-write.js';
import { getField, isObject } from './values.js';

function pushChildren(stack: unknown[], value: unknown): void {
  if (Array.isArray(value)) {
    for (let at = value.length - 1; at >= 0; at -= 1) {
      stack.push(value[at] ?? null);
    }
  } else if (isObject(value)) {
    const keys = Object.keys(value);
    for (let at = keys.length - 1; at >= 0; at -= 1) {
      stack.push(getField(value, keys[at] as string));
    }
  }
}

function pushPlaces(stack: Place[], parent: Place): void {
  const { value } = parent;
  if (Array.isArray(value)) {
    for (let key = value.length - 1; key >= 0; key -= 1) {
      stack.push({ parent, key, value: value[key] ?? null });
    }
  } else if (isObject(value)) {
    const keys = Object.keys(value);
    for (let at = keys.length - 1; at >= 0; at -= 1) {
      const key = keys[at] as string;
      stack.push({ parent, key, value: getField(value, key) });
    }
  }
}

/** `..`: a value, then all it holds, depth first. A stack of its own lets it go deeper than the host's. */
export const RECURSE = new Code({
  many: () => (input, _env, runtime, emit) => {
    const stack: unknown[] = [input];
    while (stack.length > 0) {
      const value = stack.pop();
      runtime.step();
      if (emit(value)) {
        return true;
      }
      pushChildren(stack, value);
    }
    return false;
  },
  places: () => (place, input, _env, runtime, emit) => {
    if (emit(place, input)) {
      return true;
    }
    if (!isIntact(place, input)) {
      raise(`Invalid path expression near attempt to iterate through ${dumpShort(input)}`);
    }
    const stack: Place[] = [];
    pushPlaces(stack, place);
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      runtime.step();
      if (emit(next, next.value)) {
        return true;
      }
      pushPlaces(stack, next);
    }
    return false;
  },
});
