import { Code, type Many, type Place, type Places } from './code.js';
import { isIntact } from './compile-access.js';
import { raise, Raise } from './errors.js';
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

/** What one value leads to, and the error that ended the search for more, to be raised after them. */
interface Found<Item> {
  readonly items: Item[];
  readonly failure: Raise | undefined;
}

function gather<Item>(search: (add: (item: Item) => false) => void): Found<Item> {
  const items: Item[] = [];
  try {
    search((item) => {
      items.push(item);
      return false;
    });
  } catch (failure) {
    if (failure instanceof Raise) {
      return { items, failure };
    }
    throw failure;
  }
  return { items, failure: undefined };
}

/** Visits depth first with a stack of its own, so that chains may be longer than the host's stack is deep. */
function walk<Item>(
  start: Item,
  visit: (item: Item) => boolean,
  expand: (item: Item) => Found<Item>,
): boolean {
  const stack: (Item | Raise)[] = [start];
  while (stack.length > 0) {
    const item = stack.pop() as Item | Raise;
    if (item instanceof Raise) {
      throw item;
    }
    if (visit(item)) {
      return true;
    }
    const { items, failure } = expand(item);
    if (failure !== undefined) {
      stack.push(failure);
    }
    for (let at = items.length - 1; at >= 0; at -= 1) {
      stack.push(items[at] as Item);
    }
  }
  return false;
}

/** `recurse(f)`. */
export function compileRecurse(body: Code): Code {
  return new Code({ many: () => recurseMany(body.many), places: () => recursePlaces(body.places) });
}

function recurseMany(many: Many): Many {
  return (input, env, runtime, emit) =>
    walk<unknown>(input, emit, (value) =>
      gather((add) => {
        runtime.step();
        many(value, env, runtime, (next) => {
          runtime.step();
          return add(next);
        });
      }),
    );
}

function recursePlaces(places: Places): Places {
  interface At {
    readonly place: Place;
    readonly value: unknown;
  }
  return (place, input, env, runtime, emit) =>
    walk<At>(
      { place, value: input },
      (at) => emit(at.place, at.value),
      (at) =>
        gather((add) => {
          runtime.step();
          places(at.place, at.value, env, runtime, (found, value) => {
            runtime.step();
            return add({ place: found, value });
          });
        }),
    );
}
