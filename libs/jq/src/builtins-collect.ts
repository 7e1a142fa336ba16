import { Code, oneCode, type One } from './code.js';
import { compileIterate } from './compile-access.js';
import { collectorOf, collectPlaces } from './compile-values.js';
import { raise } from './errors.js';
import { nameValue } from './json-write.js';
import type { Runtime } from './limits.js';
import { add } from './operators.js';
import { getField, isObject, setField, type JqObject } from './values.js';

/** `.` */
export const IDENTITY = new Code({
  one: (input) => input,
  places: () => (place, input, _env, _runtime, emit) => emit(place, input),
});

/** `.[]` */
export const EACH = compileIterate(IDENTITY, false);

const NONE = Symbol('none');

/** `map(f)`, with a loop of its own for the common case. */
export function compileMap(body: Code): Code {
  return new Code({
    one: mapperOf(body),
    places: () =>
      collectPlaces((place, input, env, runtime, emit) =>
        EACH.places(place, input, env, runtime, (at, value) => body.places(at, value, env, runtime, emit)),
      ),
  });
}

function mapperOf(body: Code): One {
  const single = body.one;
  if (single === undefined) {
    const { many } = body;
    return collectorOf((input, env, runtime, emit) =>
      EACH.many(input, env, runtime, (value) => many(value, env, runtime, emit) === true),
    );
  }
  return (input, env, runtime) => {
    const elements = Array.isArray(input) ? (input as unknown[]) : valuesOf(input);
    runtime.spend(elements.length);
    const mapped: unknown[] = [];
    for (const element of elements) {
      mapped.push(single(element ?? null, env, runtime));
    }
    return mapped;
  };
}

function valuesOf(input: unknown): unknown[] {
  return isObject(input)
    ? Object.keys(input).map((key) => getField(input, key))
    : raise(`Cannot iterate over ${nameValue(input)}`);
}

/** `map_values(f)`: like `.[] |= f`, without a path per element. */
export function compileMapValues(body: Code): Code {
  const first = firstOf(body);
  return oneCode((input, env, runtime) => {
    if (Array.isArray(input)) {
      runtime.spend(input.length);
      const mapped: unknown[] = [];
      for (const element of input as unknown[]) {
        const value = first(element ?? null, env, runtime);
        if (value !== NONE) {
          mapped.push(value);
        }
      }
      return mapped;
    }
    if (!isObject(input)) {
      return raise(`Cannot iterate over ${nameValue(input)}`);
    }
    const mapped: JqObject = {};
    for (const key of Object.keys(input)) {
      runtime.step();
      const value = first(getField(input, key), env, runtime);
      if (value !== NONE) {
        setField(mapped, key, value);
      }
    }
    return mapped;
  });
}

function firstOf(body: Code): One {
  if (body.one !== undefined) {
    return body.one;
  }
  const { many } = body;
  return (input, env, runtime) => {
    let first: unknown = NONE;
    many(input, env, runtime, (value) => {
      first = value;
      return true;
    });
    return first;
  };
}

/** `add(f)`: arrays and strings are gathered in place, so that a sum of n parts takes n steps. */
export function compileAdd(source: Code): Code {
  const { many } = source;
  const one: One = (input, env, runtime) => {
    let sum: unknown = null;
    let own: unknown[] | JqObject | undefined;
    many(input, env, runtime, (value) => {
      runtime.step();
      if (own !== undefined && sum === own && gather(own, value, runtime)) {
        return false;
      }
      const isContainer =
        typeof sum === 'object' && sum !== null && typeof value === 'object' && value !== null;
      sum = add(sum, value, runtime);
      own = isContainer ? (sum as JqObject) : undefined;
      return false;
    });
    return sum ?? null;
  };
  return new Code({
    one,
    places: () => (place, input, env, runtime, emit) => {
      let sum: unknown = null;
      source.places(place, input, env, runtime, (_, value) => {
        sum = add(sum, value, runtime);
        return false;
      });
      return emit(place, sum ?? null);
    },
  });
}

function gather(own: unknown[] | JqObject, value: unknown, runtime: Runtime): boolean {
  if (Array.isArray(own)) {
    if (!Array.isArray(value)) {
      return false;
    }
    runtime.checkArrayLength(own.length + value.length);
    runtime.spend(value.length);
    for (const element of value as unknown[]) {
      own.push(element);
    }
    return true;
  }
  if (!isObject(value)) {
    return false;
  }
  for (const key of Object.keys(value)) {
    runtime.step();
    setField(own, key, getField(value, key));
  }
  return true;
}
