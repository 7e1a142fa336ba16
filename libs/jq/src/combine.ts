import { Code, type Emit, type Env, type Many, type One } from './code.js';
import type { Runtime } from './limits.js';

/**
 * Code for a function of the values of some operands. jq's evaluation order is part of its meaning: the
 * first operand given here varies slowest, and is the first whose error is seen.
 */
export function combine(
  operands: readonly Code[],
  apply: (values: readonly unknown[], input: unknown, runtime: Runtime) => unknown,
): Code {
  const ones = operands.map((operand) => operand.one);
  if (ones.every((one) => one !== undefined)) {
    return new Code({ one: combineOnes(ones, apply) });
  }
  return new Code({
    many: () =>
      combineManys(
        operands.map((operand) => operand.many),
        apply,
      ),
  });
}

type Apply = (values: readonly unknown[], input: unknown, runtime: Runtime) => unknown;

function combineOnes(ones: readonly One[], apply: Apply): One {
  return (input, env, runtime) => {
    const values: unknown[] = [];
    for (const one of ones) {
      values.push(one(input, env, runtime));
    }
    return apply(values, input, runtime);
  };
}

function combineManys(manys: readonly Many[], apply: Apply): Many {
  const visit = (
    values: readonly unknown[],
    state: { input: unknown; env: Env | null; runtime: Runtime; emit: Emit },
  ): boolean => {
    const { input, env, runtime, emit } = state;
    const many = manys[values.length];
    if (many === undefined) {
      return emit(apply(values, input, runtime));
    }
    runtime.step();
    return many(input, env, runtime, (value) => visit([...values, value], state)) === true;
  };
  return (input, env, runtime, emit) => visit([], { input, env, runtime, emit });
}

/** A function of the input alone. */
export function unary(apply: (input: unknown, runtime: Runtime) => unknown): Code {
  return new Code({ one: (input, _env, runtime) => apply(input, runtime) });
}
