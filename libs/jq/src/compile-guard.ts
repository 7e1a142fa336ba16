import type { Ast } from './ast.js';
import { Code, type One } from './code.js';
import type { Compiler } from './compiler.js';
import { Raise } from './errors.js';
import type { Runtime } from './limits.js';
import type { Scope } from './scope.js';

/**
 * Runs `body`, and `handler` on an error raised inside it; errors from whoever takes the outputs pass
 * through.
 */
export function guard(
  runtime: Runtime,
  body: (leave: <T extends unknown[]>(emit: (...args: T) => boolean) => (...args: T) => boolean) => boolean,
  handler: (value: unknown) => boolean,
): boolean {
  const { depth } = runtime;
  let isOutside = false;
  try {
    return body((emit) => (...args) => {
      isOutside = true;
      const isStopped = emit(...args);
      isOutside = false;
      return isStopped;
    });
  } catch (failure) {
    if (isOutside || !(failure instanceof Raise)) {
      throw failure;
    }
    runtime.depth = depth;
    return handler(failure.value);
  }
}

/** `try body catch handler`; without a handler (and for `body?`) errors end the body silently. */
export function compileTry(body: Code, handler: Code | undefined): Code {
  const single = body.one;
  const rescue = handler?.one;
  const one: One | undefined =
    single === undefined || rescue === undefined
      ? undefined
      : (input, env, runtime) => {
          const { depth } = runtime;
          try {
            return single(input, env, runtime);
          } catch (failure) {
            if (!(failure instanceof Raise)) {
              throw failure;
            }
            runtime.depth = depth;
            return rescue(failure.value, env, runtime);
          }
        };
  return new Code({
    one,
    many: () => {
      const many = body.many;
      const other = handler?.many;
      return (input, env, runtime, emit) =>
        guard(
          runtime,
          (leave) => many(input, env, runtime, leave(emit)) === true,
          (error) => other !== undefined && other(error, env, runtime, emit) === true,
        );
    },
    places: () => {
      const places = body.places;
      const other = handler?.places;
      return (place, input, env, runtime, emit) =>
        guard(
          runtime,
          (leave) => places(place, input, env, runtime, leave(emit)),
          (error) => other !== undefined && other(place, error, env, runtime, emit),
        );
    },
  });
}

/** `label $name | body`: `break` raises the label's own error value, which this catches. */
export function compileLabel(compiler: Compiler, ast: Ast & { type: 'label' }, scope: Scope | null): Code {
  const outer = scope;
  const inner: Scope = { outer, depth: (outer?.depth ?? 0) + 1, kind: 'label', name: ast.name };
  const body = compiler.compile(ast.body, inner);
  return new Code({
    many: () => {
      const many = body.many;
      return (input, env, runtime, emit) => {
        const label = runtime.newLabel();
        return guard(
          runtime,
          (leave) => many(input, { value: label, up: env }, runtime, leave(emit)) === true,
          endOf(label),
        );
      };
    },
    places: () => {
      const places = body.places;
      return (place, input, env, runtime, emit) => {
        const label = runtime.newLabel();
        return guard(
          runtime,
          (leave) => places(place, input, { value: label, up: env }, runtime, leave(emit)),
          endOf(label),
        );
      };
    },
  });
}

function endOf(label: unknown): (error: unknown) => boolean {
  return (error) => {
    if (error !== label) {
      throw new Raise(error);
    }
    return false;
  };
}
