import { unwrapExpression } from '../expression.js';

const CONSTANT = /^(?:true|false|null|-?\d+(?:\.\d+)?|"[^"\\]*")$/;

/**
 * The value of an expression that is nothing but a literal, in an object; undefined when it has to be
 * computed.
 */
export function constantOf(source: unknown): { value: unknown } | undefined {
  if (typeof source !== 'string') return undefined;
  const inner = (unwrapExpression(source) ?? source).trim();
  return CONSTANT.test(inner) ? { value: JSON.parse(inner) as unknown } : undefined;
}

/** Whether a condition can never hold: it is the literal `false` or `null`. */
export function neverHolds(source: unknown): boolean {
  const constant = constantOf(source);
  return constant !== undefined && (constant.value === false || constant.value === null);
}

/** Whether a condition always holds: it is a literal other than `false` and `null`. */
export function alwaysHolds(source: unknown): boolean {
  return constantOf(source) !== undefined && !neverHolds(source);
}
