import type { Ast, BinaryOperator, ObjectEntry } from './ast.js';
import { Code, oneCode, type Many, type One, type Places } from './code.js';
import { combine } from './combine.js';
import { compare, equals } from './compare.js';
import type { Compiler } from './compiler.js';
import { constantOf } from './constants.js';
import { raise } from './errors.js';
import { formatValue } from './formats.js';
import { dumpShort } from './json-write.js';
import type { Runtime } from './limits.js';
import { add, BINARY, multiply, negate, subtract } from './operators.js';
import type { Scope } from './scope.js';
import { isTruthy, kindOf, setField, type JqObject } from './values.js';

export function compileConstant(value: unknown): Code {
  return oneCode(() => value);
}

/** A string with interpolations: the last varies slowest, as in the chain of additions jq makes of it. */
export function compileString(compiler: Compiler, ast: Ast & { type: 'string' }, scope: Scope | null): Code {
  const constant = constantOf(ast);
  if (constant !== undefined) {
    return compileConstant(constant.value);
  }
  const holes = ast.parts.filter((part) => typeof part !== 'string');
  const operands = holes.map((hole) => compiler.compile(hole, scope)).reverse();
  const { parts, format } = ast;
  return combine(operands, (values, _input, runtime) => {
    let text = '';
    let hole = values.length;
    for (const part of parts) {
      text += typeof part === 'string' ? part : formatValue(format, values[--hole], runtime);
      runtime.checkStringLength(text.length);
    }
    return text;
  });
}

/** `[body]`. */
export function compileArray(body: Code | undefined): Code {
  if (body === undefined) {
    return oneCode(() => []);
  }
  const single = body.one;
  return new Code({
    one:
      single !== undefined ? (input, env, runtime) => [single(input, env, runtime)] : collectorOf(body.many),
    places: () => collectPlaces(body.places),
  });
}

/** In a path expression the elements are evaluated as paths too, if only to find that they are none. */
export function collectPlaces(places: Places): Places {
  return (place, input, env, runtime, emit) => {
    const values: unknown[] = [];
    places(place, input, env, runtime, (_, value) => {
      runtime.step();
      runtime.checkArrayLength(values.push(value));
      return false;
    });
    return emit(place, values);
  };
}

/** Evaluates to an array of all outputs, within the limit on arrays. */
export function collectorOf(many: Many): (...args: Parameters<One>) => unknown[] {
  return (input, env, runtime) => {
    const values: unknown[] = [];
    const { arrayLength } = runtime.limits;
    many(input, env, runtime, (value) => {
      runtime.step();
      if (values.push(value) > arrayLength) {
        runtime.over('arrayLength');
      }
      return false;
    });
    return values;
  };
}

/** `{...}`: keys and values in order, the first varying slowest. */
export function compileObject(
  compiler: Compiler,
  entries: readonly ObjectEntry[],
  scope: Scope | null,
): Code {
  const keys = entries.map(({ key }) => constantOf(key)?.value);
  const values = entries.map(({ value }) => compiler.compile(value, scope));
  const ones = values.map((value) => value.one);
  if (keys.every((key) => typeof key === 'string') && ones.every((one) => one !== undefined)) {
    return oneCode(buildPlainObject(keys, ones));
  }
  const operands = entries.flatMap(({ key }, at) => [compiler.compile(key, scope), values[at] as Code]);
  return combine(operands, (parts) => {
    const object: JqObject = {};
    for (let at = 0; at < parts.length; at += 2) {
      setField(object, checkKey(parts[at]), parts[at + 1]);
    }
    return object;
  });
}

function buildPlainObject(keys: readonly string[], ones: readonly One[]): One {
  return (input, env, runtime) => {
    const object: JqObject = {};
    for (let at = 0; at < keys.length; at += 1) {
      setField(object, keys[at] as string, (ones[at] as One)(input, env, runtime));
    }
    return object;
  };
}

function checkKey(key: unknown): string {
  return typeof key === 'string' ? key : raise(`Cannot use ${kindOf(key)} (${dumpShort(key)}) as object key`);
}

/** Arithmetic and comparison; the right operand is evaluated first and varies slowest. */
export function compileBinary(operator: BinaryOperator, left: Code, right: Code): Code {
  const apply = BINARY[operator];
  const a = left.one;
  const b = right.one;
  if (a !== undefined && b !== undefined) {
    return oneCode(
      fastBinary(operator, a, b) ??
        ((input, env, runtime) => {
          const second = b(input, env, runtime);
          return apply(a(input, env, runtime), second, runtime);
        }),
    );
  }
  return new Code({
    many: () => {
      const manyLeft = left.many;
      const manyRight = right.many;
      return (input, env, runtime, emit) =>
        manyRight(
          input,
          env,
          runtime,
          (second) =>
            manyLeft(input, env, runtime, (first) => {
              runtime.step();
              return emit(apply(first, second, runtime));
            }) === true,
        );
    },
  });
}

/** The operators that matter to speed, with numbers decided before any call. */
function fastBinary(operator: BinaryOperator, a: One, b: One): One | undefined {
  switch (operator) {
    case '+':
      return (input, env, runtime) => {
        const second = b(input, env, runtime);
        const first = a(input, env, runtime);
        return typeof first === 'number' && typeof second === 'number'
          ? first + second
          : add(first, second, runtime);
      };
    case '-':
      return (input, env, runtime) => {
        const second = b(input, env, runtime);
        return subtract(a(input, env, runtime), second, runtime);
      };
    case '*':
      return (input, env, runtime) => {
        const second = b(input, env, runtime);
        return multiply(a(input, env, runtime), second, runtime);
      };
    case '==':
      return (input, env, runtime) => {
        const second = b(input, env, runtime);
        return equals(a(input, env, runtime), second);
      };
    case '<':
      return (input, env, runtime) => {
        const second = b(input, env, runtime);
        return compare(a(input, env, runtime), second) < 0;
      };
    default:
      return undefined;
  }
}

export function compileNegation(body: Code): Code {
  return combine([body], ([value]) => negate(value));
}

/** `and`, `or`: the left decides whether the right is evaluated at all. */
export function compileLogic(isAnd: boolean, left: Code, right: Code): Code {
  const a = left.one;
  const b = right.one;
  if (a !== undefined && b !== undefined) {
    return new Code({
      one: isAnd
        ? (input, env, runtime) => isTruthy(a(input, env, runtime)) && isTruthy(b(input, env, runtime))
        : (input, env, runtime) => isTruthy(a(input, env, runtime)) || isTruthy(b(input, env, runtime)),
      places: () => logicPlaces(isAnd, left, right),
    });
  }
  return new Code({
    places: () => logicPlaces(isAnd, left, right),
    many: () => {
      const first = left.many;
      const second = right.many;
      return (input, env, runtime, emit) =>
        first(input, env, runtime, (value) =>
          isTruthy(value) === isAnd
            ? second(input, env, runtime, (other) => emit(isTruthy(other))) === true
            : emit(!isAnd),
        );
    },
  });
}

function logicPlaces(isAnd: boolean, left: Code, right: Code): Places {
  const first = left.places;
  const second = right.places;
  return (place, input, env, runtime, emit) =>
    first(place, input, env, runtime, (found, value) =>
      isTruthy(value) === isAnd
        ? second(found, input, env, runtime, (at, other) => emit(at, isTruthy(other)))
        : emit(found, !isAnd),
    );
}

/** `left // right`: the true outputs of the left, or else the right. Errors of the left are not hidden. */
export function compileAlternative(left: Code, right: Code): Code {
  const a = left.one;
  const b = right.one;
  const one: One | undefined =
    a === undefined || b === undefined
      ? undefined
      : (input, env, runtime) => {
          const value = a(input, env, runtime);
          return isTruthy(value) ? value : b(input, env, runtime);
        };
  return new Code({
    one,
    many: () => alternativeMany(left, right),
    places: () => alternativePlaces(left, right),
  });
}

function alternativeMany(left: Code, right: Code): Many {
  const first = left.many;
  const second = right.many;
  return (input, env, runtime, emit) => {
    let isFound = false;
    const isStopped = first(input, env, runtime, (value) => {
      if (!isTruthy(value)) {
        return false;
      }
      isFound = true;
      return emit(value);
    });
    return isFound ? isStopped : second(input, env, runtime, emit);
  };
}

function alternativePlaces(left: Code, right: Code): Places {
  const first = left.places;
  const second = right.places;
  return (place, input, env, runtime, emit) => {
    let isFound = false;
    const isStopped = first(place, input, env, runtime, (found, value) => {
      if (!isTruthy(value)) {
        return false;
      }
      isFound = true;
      return emit(found, value);
    });
    return isFound ? isStopped : second(place, input, env, runtime, emit);
  };
}

/** `@name` applied to the input. */
export function compileFormat(name: string): Code {
  return oneCode((input, _env, runtime: Runtime) => formatValue(name, input, runtime));
}
