import type { AssignOperator, BinaryOperator } from './ast.js';
import { Code, oneCode, pathOf, rootPlace, type Emit, type Env, type Place, type Places } from './code.js';
import { isIntact } from './compile-access.js';
import { raise } from './errors.js';
import { dumpShort } from './json-write.js';
import type { Runtime } from './limits.js';
import { BINARY } from './operators.js';
import { deletePaths, getPath, PathWriter } from './paths.js';
import { isTruthy } from './values.js';

interface At {
  readonly env: Env | null;
  readonly runtime: Runtime;
}

/** Visits every path of a path expression; refuses outputs that are no longer at their place. */
export function eachPath(
  places: Places,
  input: unknown,
  { env, runtime, visit }: At & { visit: (path: unknown[]) => boolean },
): boolean {
  return places(rootPlace(input), input, env, runtime, (place, value) => {
    checkIntact(place, value);
    return visit(pathOf(place));
  });
}

function checkIntact(place: Place, value: unknown): void {
  if (!isIntact(place, value)) {
    raise(`Invalid path expression with result ${dumpShort(value)}`);
  }
}

/** Replaces what the paths lead to; `update` answers undefined for what is to be deleted. */
function modify(
  places: Places,
  input: unknown,
  { env, runtime, update }: At & { update: (value: unknown) => unknown },
): unknown {
  const writer = new PathWriter(input, runtime);
  const deleted: unknown[][] = [];
  eachPath(places, input, {
    env,
    runtime,
    visit: (path) => {
      runtime.step();
      const value = update(writer.take(path));
      if (value === undefined) {
        deleted.push(path);
      } else {
        writer.set(path, value);
      }
      return false;
    },
  });
  return deleted.length === 0 ? writer.root : deletePaths(writer.root, deleted, runtime);
}

/** Every assignment operator. The right side sees the same input as the left; `|=` gives it the old value. */
export function compileAssign(operator: AssignOperator, left: Code, right: Code): Code {
  if (operator === '|=') {
    return compileUpdate(left, right);
  }
  const assign = assigner(operator, left);
  const value = right.one;
  if (value !== undefined) {
    return oneCode((input, env, runtime) => assign(input, value(input, env, runtime), { env, runtime }));
  }
  return new Code({
    many: () => {
      const values = right.many;
      return (input, env, runtime, emit) =>
        values(input, env, runtime, (given) => emit(assign(input, given, { env, runtime })));
    },
  });
}

type Assigner = (input: unknown, value: unknown, at: At) => unknown;

function assigner(operator: AssignOperator, left: Code): Assigner {
  if (operator === '=') {
    return (input, value, { env, runtime }) => {
      const writer = new PathWriter(input, runtime);
      eachPath(left.places, input, {
        env,
        runtime,
        visit: (path) => {
          runtime.step();
          writer.set(path, value);
          return false;
        },
      });
      return writer.root;
    };
  }
  if (operator === '//=') {
    return (input, value, at) =>
      modify(left.places, input, {
        ...at,
        update: (old) => (isTruthy(old) ? old : (value ?? null)),
      });
  }
  const apply = BINARY[operator.slice(0, -1) as BinaryOperator];
  return (input, value, at) =>
    modify(left.places, input, { ...at, update: (old) => apply(old, value, at.runtime) ?? null });
}

/** `left |= right`: the first output replaces the value, none deletes it. */
export function compileUpdate(left: Code, right: Code): Code {
  const single = right.one;
  return oneCode((input, env, runtime) =>
    modify(left.places, input, {
      env,
      runtime,
      update: (old) => {
        if (single !== undefined) {
          return single(old, env, runtime) ?? null;
        }
        let first: unknown;
        const take: Emit = (value) => {
          first = value ?? null;
          return true;
        };
        right.many(old, env, runtime, take);
        return first;
      },
    }),
  );
}

/** `path(f)`. */
export function compilePath(body: Code): Code {
  return new Code({
    many: () => {
      const { places } = body;
      return (input, env, runtime, emit) => eachPath(places, input, { env, runtime, visit: emit });
    },
  });
}

/** `getpath(p)` as a path expression adds the path it is given. */
export function compileGetPath(argument: Code): Code {
  const one = argument.one;
  return new Code({
    one: one === undefined ? undefined : (input, env, runtime) => getPath(input, one(input, env, runtime)),
    many: () => {
      const many = argument.many;
      return (input, env, runtime, emit) => many(input, env, runtime, (path) => emit(getPath(input, path)));
    },
    places: () => {
      const many = argument.many;
      return (place, input, env, runtime, emit) =>
        many(input, env, runtime, (path) => {
          const value = getPath(input, path);
          return emit(isIntact(place, input) ? descend(place, path as unknown[], input) : place, value);
        }) === true;
    },
  });
}

function descend(place: Place, path: readonly unknown[], input: unknown): Place {
  let current = place;
  let value = input;
  for (const key of path) {
    value = getPath(value, [key]);
    current = { parent: current, key, value };
  }
  return current;
}
