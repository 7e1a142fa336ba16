import { getIndex } from './access.js';
import { patternVariables, type Ast, type Pattern } from './ast.js';
import { Code, type Emit, type Env, type Many, type Places } from './code.js';
import type { Compiler } from './compiler.js';
import { Raise } from './errors.js';
import type { Runtime } from './limits.js';
import { bindVariables, type Scope } from './scope.js';

/** Matches a value, then continues with the environment that has the pattern's variables. */
export type Binder = (
  value: unknown,
  env: Env | null,
  runtime: Runtime,
  body: (inner: Env | null) => boolean,
) => boolean;

interface Binding {
  readonly scope: Scope | null;
  readonly bind: Binder;
  /** Set when the pattern is one variable, for which code can be much simpler. */
  readonly isPlain: boolean;
}

/** Compiles what stands between `as` and the body; alternatives (`?//`) share one set of variables. */
export function compilePatterns(
  compiler: Compiler,
  patterns: readonly Pattern[],
  scope: Scope | null,
): Binding {
  const first = patterns[0] as Pattern;
  if (patterns.length === 1 && first.type === 'variable') {
    const bind: Binder = (value, env, _runtime, body) => body({ value, up: env });
    return { scope: bindVariables(scope, [first.name]), bind, isPlain: true };
  }
  const names = patternVariables(patterns);
  const matchers = patterns.map((pattern) => compilePattern(compiler, pattern, { names, scope }));
  const binders = matchers.map((matcher) => binderOf(matcher, names.length));
  const bind = binders.length === 1 ? (binders[0] as Binder) : alternatives(binders);
  return { scope: bindVariables(scope, names), bind, isPlain: false };
}

interface MatchState {
  readonly env: Env | null;
  readonly runtime: Runtime;
  readonly slots: unknown[];
}

type Matcher = (value: unknown, state: MatchState, next: () => boolean) => boolean;

function binderOf(matcher: Matcher, variableCount: number): Binder {
  return (value, env, runtime, body) => {
    const slots = Array.from<unknown>({ length: variableCount }).fill(null);
    return matcher(value, { env, runtime, slots }, () => {
      let inner = env;
      for (const slot of slots) {
        inner = { value: slot, up: inner };
      }
      return body(inner);
    });
  };
}

/**
 * `?//`: an error in a pattern or in what follows it falls to the next pattern; the last one's errors count.
 */
function alternatives(binders: readonly Binder[]): Binder {
  const last = binders.length - 1;
  return (value, env, runtime, body) => {
    for (let at = 0; at < last; at += 1) {
      const { depth } = runtime;
      try {
        return (binders[at] as Binder)(value, env, runtime, body);
      } catch (failure) {
        if (!(failure instanceof Raise)) {
          throw failure;
        }
        runtime.depth = depth;
      }
    }
    return (binders[last] as Binder)(value, env, runtime, body);
  };
}

interface PatternContext {
  readonly names: readonly string[];
  readonly scope: Scope | null;
}

function compilePattern(compiler: Compiler, pattern: Pattern, context: PatternContext): Matcher {
  switch (pattern.type) {
    case 'variable':
      return storeIn(context.names.indexOf(pattern.name));
    case 'array': {
      // The last element is matched first, as jq's bytecode does; it shows when two elements raise.
      const elements = pattern.elements.map((element, at) => {
        const matcher = compilePattern(compiler, element, context);
        return ((value, state, next) => matcher(getIndex(value, at), state, next)) satisfies Matcher;
      });
      return sequence(elements.reverse());
    }
    case 'object':
      return sequence(
        pattern.entries.map((entry) => {
          const key = compiler.compile(entry.key, context.scope);
          const parts: Matcher[] = [];
          if (entry.variable !== undefined) {
            parts.push(storeIn(context.names.indexOf(entry.variable)));
          }
          if (entry.pattern !== undefined) {
            parts.push(compilePattern(compiler, entry.pattern, context));
          }
          return matchField(key.many, sequence(parts));
        }),
      );
  }
}

function storeIn(slot: number): Matcher {
  return (value, state, next) => {
    state.slots[slot] = value ?? null;
    return next();
  };
}

function matchField(key: Many, inner: Matcher): Matcher {
  return (value, state, next) =>
    key(value, state.env, state.runtime, (name) => inner(getIndex(value, name), state, next)) === true;
}

function sequence(matchers: readonly Matcher[]): Matcher {
  return (value, state, next) => {
    const run = (at: number): boolean => {
      const matcher = matchers[at];
      return matcher === undefined ? next() : matcher(value, state, () => run(at + 1));
    };
    return run(0);
  };
}

/** `source as pattern | body`. */
export function compileAs(
  compiler: Compiler,
  ast: Ast & { type: 'as' },
  scope: Scope | null,
  isTail: boolean,
): Code {
  const source = compiler.compile(ast.source, scope);
  const { scope: inner, bind, isPlain } = compilePatterns(compiler, ast.patterns, scope);
  const from = source.one;
  const isSimple = isPlain && from !== undefined;
  const body = compiler.compile(ast.body, inner, isTail && isSimple);
  const bodyOne = body.one;
  return new Code({
    one:
      !isSimple || bodyOne === undefined
        ? undefined
        : (input, env, runtime) => bodyOne(input, { value: from(input, env, runtime), up: env }, runtime),
    many: () => {
      const many = body.many;
      if (isSimple) {
        return (input, env, runtime, emit) =>
          many(input, { value: from(input, env, runtime), up: env }, runtime, emit);
      }
      const sources = source.many;
      return (input, env, runtime, emit) =>
        sources(input, env, runtime, (value) =>
          bind(value, env, runtime, (bound) => many(input, bound, runtime, emit) === true),
        );
    },
    places: () => {
      const places = body.places;
      const sources = source.many;
      return (place, input, env, runtime, emit) =>
        sources(input, env, runtime, (value) =>
          bind(value, env, runtime, (bound) => places(place, input, bound, runtime, emit)),
        ) === true;
    },
  });
}

/** `reduce source as pattern (init; update)`: an update without output leaves null, as in jq 1.7. */
export function compileReduce(compiler: Compiler, ast: Ast & { type: 'reduce' }, scope: Scope | null): Code {
  const source = compiler.compile(ast.source, scope);
  const init = compiler.compile(ast.init, scope);
  const binding = compilePatterns(compiler, ast.patterns, scope);
  const update = compiler.compile(ast.update, binding.scope);
  const fold = foldOf(source.many, binding, update);
  const start = init.one;
  return new Code({
    one:
      start === undefined
        ? undefined
        : (input, env, runtime) => fold(start(input, env, runtime), input, { env, runtime }),
    many: () => {
      const starts = init.many;
      return (input, env, runtime, emit) =>
        starts(input, env, runtime, (state) => emit(fold(state, input, { env, runtime })));
    },
    places: () =>
      reducePlaces({
        source: source.places,
        init: init.places,
        bind: binding.bind,
        update: update.places,
        extract: undefined,
      }),
  });
}

/** The result stands where the initial state stood; the parts are evaluated as paths, as jq does. */
function reducePlaces({ source, init, bind, update }: ForeachParts<Places>): Places {
  return (place, input, env, runtime, emit) =>
    init(place, input, env, runtime, (started, initial) => {
      let state: unknown = initial;
      source(started, input, env, runtime, (found, value) => {
        runtime.step();
        return bind(value, env, runtime, (bound) => {
          const before = state;
          state = null;
          update(found, before, bound, runtime, (_, next) => {
            state = next;
            return false;
          });
          return false;
        });
      });
      return emit(started, state);
    });
}

type Fold = (state: unknown, input: unknown, at: { env: Env | null; runtime: Runtime }) => unknown;

function foldOf(source: Many, { bind, isPlain }: Binding, update: Code): Fold {
  const step = update.one;
  if (isPlain && step !== undefined) {
    return (initial, input, { env, runtime }) => {
      let state = initial;
      source(input, env, runtime, (value) => {
        runtime.step();
        state = step(state, { value, up: env }, runtime);
        return false;
      });
      return state;
    };
  }
  const steps = update.many;
  return (initial, input, { env, runtime }) => {
    let state = initial;
    source(input, env, runtime, (value) => {
      runtime.step();
      return bind(value, env, runtime, (inner) => {
        const before = state;
        state = null;
        steps(before, inner, runtime, (next) => {
          state = next;
          return false;
        });
        return false;
      });
    });
    return state;
  };
}

/** `foreach source as pattern (init; update; extract)`. */
export function compileForeach(
  compiler: Compiler,
  ast: Ast & { type: 'foreach' },
  scope: Scope | null,
): Code {
  const source = compiler.compile(ast.source, scope);
  const init = compiler.compile(ast.init, scope);
  const { scope: inner, bind } = compilePatterns(compiler, ast.patterns, scope);
  const update = compiler.compile(ast.update, inner);
  const extract = ast.extract === undefined ? undefined : compiler.compile(ast.extract, inner);
  return new Code({
    many: () =>
      foreachMany({
        source: source.many,
        init: init.many,
        bind,
        update: update.many,
        extract: extract?.many,
      }),
    places: () =>
      foreachPlaces({
        source: source.places,
        init: init.places,
        bind,
        update: update.places,
        extract: extract?.places,
      }),
  });
}

interface ForeachParts<Form> {
  readonly source: Form;
  readonly init: Form;
  readonly bind: Binder;
  readonly update: Form;
  readonly extract: Form | undefined;
}

function foreachMany({ source, init, bind, update, extract }: ForeachParts<Many>): Many {
  return (input, env, runtime, emit) =>
    init(input, env, runtime, (initial) => {
      let state: unknown = initial;
      return (
        source(input, env, runtime, (value) => {
          runtime.step();
          return bind(value, env, runtime, (bound) => {
            const before = state;
            state = null;
            const give: Emit = (next) => {
              state = next;
              return extract === undefined ? emit(next) : extract(next, bound, runtime, emit) === true;
            };
            return update(before, bound, runtime, give) === true;
          });
        }) === true
      );
    });
}

/**
 * The place runs through source, update and extract in turn: that is how `limit` keeps the paths of its
 * items.
 */
function foreachPlaces({ source, init, bind, update, extract }: ForeachParts<Places>): Places {
  return (place, input, env, runtime, emit) =>
    init(place, input, env, runtime, (started, initial) => {
      let state: unknown = initial;
      return source(started, input, env, runtime, (found, value) => {
        runtime.step();
        return bind(value, env, runtime, (bound) => {
          const before = state;
          state = null;
          return update(found, before, bound, runtime, (updated, next) => {
            state = next;
            return extract === undefined ? emit(updated, next) : extract(updated, next, bound, runtime, emit);
          });
        });
      });
    });
}
