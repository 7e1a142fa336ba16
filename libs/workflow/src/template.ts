import type { CompiledExpression, CompiledTemplate, VariableSource } from './compiled.types.js';
import { unwrapExpression } from './expression.js';

/**
 * Parses an expression, or records why it cannot be parsed and returns undefined. `pointer` is where it
 * stands.
 */
export type ExpressionParser = (source: string, pointer: string) => CompiledExpression | undefined;

/** A template that is always the same value. */
export function constantTemplate(value: unknown): CompiledTemplate {
  return { constant: true, evaluate: () => value };
}

/** A template out of one expression. */
export function expressionTemplate(expression: CompiledExpression): CompiledTemplate {
  return { constant: false, evaluate: (input, variables) => expression.evaluate(input, variables) };
}

/**
 * A JSON value in which a string that is exactly `${ ... }` is an expression. What has no expression inside
 * is handed out as it is, without a copy.
 */
export function compileTemplate(value: unknown, pointer: string, parse: ExpressionParser): CompiledTemplate {
  if (typeof value === 'string') return compileText(value, pointer, parse);
  if (Array.isArray(value)) return compileArray(value, pointer, parse);
  if (typeof value === 'object' && value !== null) {
    return compileObject(value as Record<string, unknown>, pointer, parse);
  }
  return constantTemplate(value);
}

function compileText(text: string, pointer: string, parse: ExpressionParser): CompiledTemplate {
  const source = unwrapExpression(text);
  if (source === undefined) return constantTemplate(text);
  const expression = parse(source, pointer);
  return expression === undefined ? constantTemplate(null) : expressionTemplate(expression);
}

function compileArray(items: unknown[], pointer: string, parse: ExpressionParser): CompiledTemplate {
  const parts = items.map((item, index) => compileTemplate(item, `${pointer}/${index}`, parse));
  if (parts.every(({ constant }) => constant)) return constantTemplate(items);
  return {
    constant: false,
    evaluate: (input, variables) => parts.map((part) => part.evaluate(input, variables)),
  };
}

function compileObject(
  value: Record<string, unknown>,
  pointer: string,
  parse: ExpressionParser,
): CompiledTemplate {
  const keys = Object.keys(value);
  const parts = keys.map((key) => compileTemplate(value[key], `${pointer}/${key}`, parse));
  if (parts.every(({ constant }) => constant)) return constantTemplate(value);
  return {
    constant: false,
    evaluate(input: unknown, variables: VariableSource) {
      const result: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i += 1) {
        put(result, keys[i] as string, (parts[i] as CompiledTemplate).evaluate(input, variables));
      }
      return result;
    },
  };
}

/** Assigning to `__proto__` would change the object's prototype in place of its data. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
