import { compileAdd, compileMap, compileMapValues, EACH, IDENTITY } from './builtins-collect.js';
import { Code, oneCode, type Emit, type Env, type Many, type One, type Place, type Places } from './code.js';
import { combine } from './combine.js';
import { compare } from './compare.js';
import { compileGetPath, compilePath } from './compile-assign.js';
import { raise } from './errors.js';
import type { Runtime } from './limits.js';
import { subtract } from './operators.js';
import { compileRecurse, RECURSE } from './recurse.js';
import { isTruthy } from './values.js';

type SpecialForm = (args: readonly Code[]) => Code;

const EMPTY = new Code({ many: () => () => false, places: () => () => false });

/** `select(f)`. */
function compileSelect(condition: Code): Code {
  const test = condition.one;
  const tests = condition.many;
  return new Code({
    many: () =>
      test === undefined
        ? (input, env, runtime, emit) =>
            tests(input, env, runtime, (value) => isTruthy(value) && emit(input)) === true
        : (input, env, runtime, emit) => isTruthy(test(input, env, runtime)) && emit(input),
    places: () => (place, input, env, runtime, emit) =>
      tests(input, env, runtime, (value) => isTruthy(value) && emit(place, input)) === true,
  });
}

/** `first(f)`: stops `f` after its first output. */
function compileFirst(body: Code): Code {
  return new Code({
    one: body.one,
    many: () => {
      const { many } = body;
      return (input, env, runtime, emit) => {
        let isStopped = false;
        many(input, env, runtime, (value) => {
          isStopped = emit(value);
          return true;
        });
        return isStopped;
      };
    },
    places: () => {
      const { places } = body;
      return (place, input, env, runtime, emit) => {
        let isStopped = false;
        places(place, input, env, runtime, (at, value) => {
          isStopped = emit(at, value);
          return true;
        });
        return isStopped;
      };
    },
  });
}

const NONE = Symbol('none');

/** `last(f)`: nothing when `f` gives nothing. */
function compileLast(body: Code): Code {
  return new Code({
    one: body.one,
    many: () => {
      const { many } = body;
      return (input, env, runtime, emit) => {
        let last: unknown = NONE;
        many(input, env, runtime, (value) => {
          last = value;
          return false;
        });
        return last !== NONE && emit(last);
      };
    },
  });
}

type Count = (
  items: Many,
  count: number,
  at: { input: unknown; env: Env | null; runtime: Runtime; emit: Emit },
) => boolean;

const limitMany: Count = (items, count, { input, env, runtime, emit }) => {
  let left = count;
  let isStopped = false;
  items(input, env, runtime, (value) => {
    left -= 1;
    isStopped = emit(value);
    return isStopped || left <= 0;
  });
  return isStopped;
};

const skipMany: Count = (items, count, { input, env, runtime, emit }) => {
  let left = count;
  return (
    items(input, env, runtime, (value) => {
      left -= 1;
      return left < 0 && emit(value);
    }) === true
  );
};

function checkCount(count: unknown, name: string, runtime: Runtime): number {
  const wanted =
    typeof count === 'number' ? count : compare(count, 0) > 0 ? (subtract(count, 1, runtime) as number) : -1;
  return wanted < 0 ? raise(`${name} doesn't support negative count`) : wanted;
}

/** `limit(n; f)` and `skip(n; f)`. */
function compileCounted(name: 'limit' | 'skip', [count, body]: readonly Code[]): Code {
  const counts = (count as Code).many;
  const apply = name === 'limit' ? limitMany : skipMany;
  return new Code({
    many: () => {
      const { many } = body as Code;
      return (input, env, runtime, emit) =>
        counts(input, env, runtime, (value) => {
          const wanted = checkCount(value, name, runtime);
          return (name === 'skip' || wanted > 0) && apply(many, wanted, { input, env, runtime, emit });
        });
    },
    places: () => {
      const { places } = body as Code;
      return (place, input, env, runtime, emit) =>
        counts(input, env, runtime, (value) => {
          const wanted = checkCount(value, name, runtime);
          let left = wanted;
          let isStopped = false;
          if (name === 'limit' && wanted === 0) {
            return false;
          }
          places(place, input, env, runtime, (at, item) => {
            left -= 1;
            isStopped = (name === 'limit' || left < 0) && emit(at, item);
            return isStopped || (name === 'limit' && left <= 0);
          });
          return isStopped;
        }) === true;
    },
  });
}

/** `isempty(f)`. */
function compileIsEmpty(body: Code): Code {
  const { many } = body;
  return new Code({
    one: (input, env, runtime) => {
      let isEmpty = true;
      many(input, env, runtime, () => {
        isEmpty = false;
        return true;
      });
      return isEmpty;
    },
    places: () => (place, input, env, runtime, emit) => {
      let found: Place | undefined;
      body.places(place, input, env, runtime, (at) => {
        found = at;
        return true;
      });
      return emit(found ?? place, found === undefined);
    },
  });
}

/** `any(f; condition)` and `all(f; condition)`: stop at the first condition that decides. */
function compileQuantifier(isAny: boolean, [source, condition]: readonly Code[]): Code {
  const sources = (source as Code).many;
  const test = (condition as Code).one;
  const tests = (condition as Code).many;
  const one: One = (input, env, runtime) => {
    let answer = !isAny;
    const decide = (value: unknown): boolean => {
      if (isTruthy(value) === isAny) {
        answer = isAny;
        return true;
      }
      return false;
    };
    sources(
      input,
      env,
      runtime,
      test === undefined
        ? (value) => tests(value, env, runtime, decide) === true
        : (value) => decide(test(value, env, runtime)),
    );
    return answer;
  };
  return new Code({ one, places: () => quantifierPlaces(isAny, source as Code, condition as Code) });
}

function quantifierPlaces(isAny: boolean, source: Code, condition: Code): Places {
  const sources = source.places;
  const tests = condition.places;
  return (place, input, env, runtime, emit) => {
    let found: Place | undefined;
    sources(place, input, env, runtime, (at, value) =>
      tests(at, value, env, runtime, (tested, answer) => {
        found = isTruthy(answer) === isAny ? tested : undefined;
        return found !== undefined;
      }),
    );
    return emit(found ?? place, (found !== undefined) === isAny);
  };
}

/** `range(from; upto)`. */
function compileRange([from, upto]: readonly Code[]): Code {
  return new Code({
    many: () => {
      const starts = (from as Code).many;
      const ends = (upto as Code).many;
      return (input, env, runtime, emit) =>
        starts(
          input,
          env,
          runtime,
          (start) => ends(input, env, runtime, (end) => countUp(start, end, { runtime, emit })) === true,
        );
    },
  });
}

function countUp(start: unknown, end: unknown, { runtime, emit }: { runtime: Runtime; emit: Emit }): boolean {
  if (typeof start !== 'number' || typeof end !== 'number') {
    return raise('Range bounds must be numeric');
  }
  // Written this way round so that a nan bound counts on, as in jq; the step budget ends it.
  for (let value = start; !(value >= end); value += 1) {
    runtime.step();
    if (emit(value)) {
      return true;
    }
  }
  return false;
}

function compileError(argument: Code | undefined): Code {
  return argument === undefined
    ? oneCode((input) => raise(input ?? null))
    : combine([argument], ([value]) => raise(value ?? null));
}

/**
 * Built-ins that are more than functions of values: they decide whether and how often their arguments run.
 */
export const SPECIAL_FORMS: ReadonlyMap<string, SpecialForm> = new Map<string, SpecialForm>([
  ['empty/0', () => EMPTY],
  ['error/0', () => compileError(undefined)],
  ['error/1', ([message]) => compileError(message)],
  ['path/1', ([body]) => compilePath(body as Code)],
  ['getpath/1', ([path]) => compileGetPath(path as Code)],
  ['select/1', ([condition]) => compileSelect(condition as Code)],
  ['recurse/0', () => RECURSE],
  ['recurse/1', ([body]) => compileRecurse(body as Code)],
  ['first/1', ([body]) => compileFirst(body as Code)],
  ['last/1', ([body]) => compileLast(body as Code)],
  ['limit/2', (args) => compileCounted('limit', args)],
  ['skip/2', (args) => compileCounted('skip', args)],
  ['isempty/1', ([body]) => compileIsEmpty(body as Code)],
  ['any/2', (args) => compileQuantifier(true, args)],
  ['all/2', (args) => compileQuantifier(false, args)],
  ['map/1', ([body]) => compileMap(body as Code)],
  ['map_values/1', ([body]) => compileMapValues(body as Code)],
  ['add/0', () => compileAdd(EACH)],
  ['add/1', ([source]) => compileAdd(source as Code)],
  ['range/2', compileRange],
  ['debug/0', () => IDENTITY],
  ['stderr/0', () => IDENTITY],
]);
