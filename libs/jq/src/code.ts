import type { Runtime } from './limits.js';

/** Variables and closures in scope, innermost first. Immutable, so that a closure may keep it. */
export interface Env {
  readonly value: unknown;
  readonly up: Env | null;
}

/** Evaluates an expression that gives exactly one value, or raises. */
export type One = (input: unknown, env: Env | null, runtime: Runtime) => unknown;

/**
 * What an emitter or evaluation answers: go on, stop everything, or (only in tail position) make the pending
 * call.
 */
export type Signal = false | true | 'tail';

/** Takes one output; true means that no more are wanted. */
export type Emit = (output: unknown) => boolean;

/** Evaluates an expression of any number of values by giving each to `emit`; returns true if told to stop. */
export type Many = (input: unknown, env: Env | null, runtime: Runtime, emit: Emit) => Signal;

/**
 * Where a value was found. `value` is what stands there: an expression that computes keeps the place but
 * changes
 * the value, and that difference is how an invalid path expression is noticed.
 */
export interface Place {
  readonly parent: Place | null;
  readonly key: unknown;
  readonly value: unknown;
}

export type EmitPlace = (place: Place, output: unknown) => boolean;

/** Like Many, but knows the place of its input and tells the place of its outputs. */
export type Places = (
  place: Place,
  input: unknown,
  env: Env | null,
  runtime: Runtime,
  emit: EmitPlace,
) => boolean;

/** Returned by a One in tail position in place of a value, when the runtime holds the call to make. */
export const TAIL_CALL = Symbol('tail call');

/** A compiled expression in its up to three forms; those not needed are never built. */
export class Code {
  /** Present when the expression provably gives exactly one value. */
  readonly one: One | undefined;
  private readonly buildMany: () => Many;
  private readonly buildPlaces: (() => Places) | undefined;
  private builtMany: Many | undefined;
  private builtPlaces: Places | undefined;

  constructor(forms: { one?: One | undefined; many?: () => Many; places?: () => Places }) {
    const { one, many, places } = forms;
    this.one = one;
    this.buildMany = many ?? (() => manyFromOne(one as One));
    this.buildPlaces = places;
  }

  get many(): Many {
    return (this.builtMany ??= this.buildMany());
  }

  get places(): Places {
    return (this.builtPlaces ??= this.buildPlaces?.() ?? placesFromMany(this.many));
  }
}

function manyFromOne(one: One): Many {
  return (input, env, runtime, emit) => {
    const value = one(input, env, runtime);
    return value === TAIL_CALL ? 'tail' : emit(value);
  };
}

function placesFromMany(many: Many): Places {
  return (place, input, env, runtime, emit) =>
    many(input, env, runtime, (output) => emit(place, output)) === true;
}

/** An argument passed to a function: a filter with the variables of the place it was written in. */
export interface Closure {
  readonly code: Code;
  readonly env: Env | null;
}

/** Code for a single-valued expression. */
export function oneCode(one: One): Code {
  return new Code({ one });
}

/** The variables `count` bindings further out. */
export function envAt(env: Env | null, count: number): Env | null {
  let current = env;
  for (let left = count; left > 0; left -= 1) {
    current = (current as Env).up;
  }
  return current;
}

/** A fresh place for the value a path expression starts from. */
export function rootPlace(value: unknown): Place {
  return { parent: null, key: undefined, value };
}

/** The keys that lead from the root to a place. */
export function pathOf(place: Place): unknown[] {
  const path: unknown[] = [];
  for (let current = place; current.parent !== null; current = current.parent) {
    path.push(current.key);
  }
  return path.reverse();
}
