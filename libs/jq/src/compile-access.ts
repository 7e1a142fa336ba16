import { getIndex, getName, getSlice } from './access.js';
import type { Ast } from './ast.js';
import { Code, oneCode, type EmitPlace, type Many, type One, type Place, type Places } from './code.js';
import type { Compiler } from './compiler.js';
import { constantOf } from './constants.js';
import { raise, Raise } from './errors.js';
import { dumpShort, nameValue } from './json-write.js';
import type { Scope } from './scope.js';
import { getField, isObject } from './values.js';

/** Whether a value is still the one at its place, so that a path through it means something. */
export function isIntact(place: Place, value: unknown): boolean {
  return Object.is(place.value, value) || (place.value ?? null) === (value ?? null);
}

/** `target[key]`, `target.name`, with or without `?`. */
export function compileIndex(compiler: Compiler, ast: Ast & { type: 'index' }, scope: Scope | null): Code {
  const target = compiler.compile(ast.target, scope);
  const constant = constantOf(ast.key);
  if (
    constant !== undefined &&
    target.one !== undefined &&
    !ast.optional &&
    typeof constant.value === 'string'
  ) {
    return compileName(target, ast.target, constant.value);
  }
  const key = constant === undefined ? compiler.compile(ast.key, scope) : oneCode(() => constant.value);
  return compileKeyed(target, key, ast.optional);
}

function compileName(target: Code, targetAst: Ast, name: string): Code {
  const source = target.one as One;
  return new Code({
    one:
      targetAst.type === 'identity'
        ? (input) => getName(input, name)
        : (input, env, runtime) => getName(source(input, env, runtime), name),
    places: () => indexPlaces(target.places, oneCode(() => name).many, false),
  });
}

function compileKeyed(target: Code, key: Code, isOptional: boolean): Code {
  const one = target.one;
  const oneKey = key.one;
  return new Code({
    one:
      one === undefined || oneKey === undefined || isOptional
        ? undefined
        : (input, env, runtime) => {
            const at = oneKey(input, env, runtime);
            return getIndex(one(input, env, runtime), at);
          },
    many: () => indexMany(target.many, key.many, isOptional),
    places: () => indexPlaces(target.places, key.many, isOptional),
  });
}

const SKIPPED = Symbol('skipped');

function indexOrSkip(value: unknown, key: unknown, isOptional: boolean): unknown {
  if (!isOptional) {
    return getIndex(value, key);
  }
  try {
    return getIndex(value, key);
  } catch (failure) {
    if (failure instanceof Raise) {
      return SKIPPED;
    }
    throw failure;
  }
}

function indexMany(target: Many, key: Many, isOptional: boolean): Many {
  return (input, env, runtime, emit) =>
    key(
      input,
      env,
      runtime,
      (at) =>
        target(input, env, runtime, (value) => {
          const found = indexOrSkip(value, at, isOptional);
          return found !== SKIPPED && emit(found);
        }) === true,
    );
}

function indexPlaces(target: Places, key: Many, isOptional: boolean): Places {
  return (place, input, env, runtime, emit) =>
    key(input, env, runtime, (at) =>
      target(place, input, env, runtime, (parent, value) => {
        if (!isIntact(parent, value)) {
          const element = `access element ${dumpShort(at)} of ${dumpShort(value)}`;
          raise(`Invalid path expression near attempt to ${element}`);
        }
        const found = indexOrSkip(value, at, isOptional);
        return found !== SKIPPED && emit({ parent, key: at, value: found }, found);
      }),
    ) === true;
}

/** `target[from:to]`: start varies slowest, then end. */
export function compileSlice(compiler: Compiler, ast: Ast & { type: 'slice' }, scope: Scope | null): Code {
  const target = compiler.compile(ast.target, scope);
  const nothing: Code = oneCode(() => null);
  const from = ast.from === undefined ? nothing : compiler.compile(ast.from, scope);
  const to = ast.to === undefined ? nothing : compiler.compile(ast.to, scope);
  const one = target.one;
  const oneFrom = from.one;
  const oneTo = to.one;
  if (one !== undefined && oneFrom !== undefined && oneTo !== undefined && !ast.optional) {
    return new Code({
      one: (input, env, runtime) => {
        const start = oneFrom(input, env, runtime);
        const end = oneTo(input, env, runtime);
        return getSlice(one(input, env, runtime), start, end);
      },
      places: () => indexPlaces(target.places, sliceKeys(from, to), false),
    });
  }
  const keys = new Code({ many: () => sliceKeys(from, to) });
  return compileKeyed(target, keys, ast.optional);
}

function sliceKeys(from: Code, to: Code): Many {
  const starts = from.many;
  const ends = to.many;
  return (input, env, runtime, emit) =>
    starts(input, env, runtime, (start) => ends(input, env, runtime, (end) => emit({ start, end })) === true);
}

function refuseIteration(value: unknown): never {
  return raise(`Cannot iterate over ${nameValue(value)}`);
}

/** `target[]`: the elements of an array or the values of an object. */
export function compileIterate(target: Code, isOptional: boolean): Code {
  return new Code({
    many: () => {
      const each = iterateMany(isOptional);
      const one = target.one;
      if (one !== undefined) {
        return (input, env, runtime, emit) => each(one(input, env, runtime), env, runtime, emit);
      }
      const many = target.many;
      return (input, env, runtime, emit) =>
        many(input, env, runtime, (value) => each(value, env, runtime, emit) === true);
    },
    places: () => {
      const many = target.places;
      return (place, input, env, runtime, emit) =>
        many(place, input, env, runtime, (parent, value) => {
          if (!isIntact(parent, value)) {
            raise(`Invalid path expression near attempt to iterate through ${dumpShort(value)}`);
          }
          return iteratePlaces(parent, value, { isOptional, emit, step: () => runtime.step() });
        });
    },
  });
}

function iterateMany(isOptional: boolean): Many {
  return (value, _env, runtime, emit) => {
    if (Array.isArray(value)) {
      for (const element of value as unknown[]) {
        runtime.step();
        if (emit(element ?? null)) {
          return true;
        }
      }
      return false;
    }
    if (isObject(value)) {
      for (const key of Object.keys(value)) {
        runtime.step();
        if (emit(getField(value, key))) {
          return true;
        }
      }
      return false;
    }
    return isOptional ? false : refuseIteration(value);
  };
}

interface PlaceLoop {
  readonly isOptional: boolean;
  readonly emit: EmitPlace;
  readonly step: () => void;
}

function iteratePlaces(parent: Place, value: unknown, { isOptional, emit, step }: PlaceLoop): boolean {
  if (Array.isArray(value)) {
    for (let key = 0; key < value.length; key += 1) {
      step();
      const element: unknown = value[key] ?? null;
      if (emit({ parent, key, value: element }, element)) {
        return true;
      }
    }
    return false;
  }
  if (isObject(value)) {
    for (const key of Object.keys(value)) {
      step();
      const field = getField(value, key);
      if (emit({ parent, key, value: field }, field)) {
        return true;
      }
    }
    return false;
  }
  return isOptional ? false : refuseIteration(value);
}
