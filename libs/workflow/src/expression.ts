import { compile, JqSyntaxError } from '@tutti/jq';
import type { Finding } from '@tutti/contracts';
import type { CompiledExpression, VariableSource } from './compiled.types.js';

/** Variables that every expression may read; loops and `catch` add theirs. */
export const STANDARD_VARIABLES: readonly string[] = [
  'context',
  'input',
  'output',
  'secrets',
  'authorization',
  'task',
  'workflow',
  'runtime',
];

/** Name of the variable with the present time in seconds since 1970, which `now` reads. */
export const CLOCK_VARIABLE = '__now';

const WRAPPED = /^\s*\$\{([\s\S]*)\}\s*$/;
const MENTIONED = /\$([A-Za-z_]\w*)/g;

/** The jq program inside `${ ... }`, undefined when the text is not exactly one such expression. */
export function unwrapExpression(text: string): string | undefined {
  return WRAPPED.exec(text)?.[1];
}

/** An expression that could not be parsed; `message` has the place in it. */
export class ExpressionSyntaxError extends Error {
  override readonly name = 'ExpressionSyntaxError';
}

/**
 * What to tell of an expression that could not be parsed: a variable that does not exist where it stands, or
 * no jq.
 */
export function expressionFinding(
  { message }: ExpressionSyntaxError,
  { source, pointer, scope }: { source: string; pointer: string; scope: readonly string[] },
): Finding {
  const variable = /(\$[A-Za-z_]\w*) is not defined/.exec(message)?.[1];
  if (variable !== undefined) {
    const fix = `Variables here: ${scope.map((name) => `$${name}`).join(', ')}.`;
    const text = `The variable ${variable} does not exist in the expression ${shorten(source)}`;
    return { severity: 'error', code: 'unknown-variable', pointer, message: text, fix };
  }
  return {
    severity: 'error',
    code: 'expression-syntax',
    pointer,
    message: `The expression ${shorten(source)} is not jq: ${message}`,
    fix: 'Try it with: npx tutti jq PROGRAM FILE.',
  };
}

function shorten(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

/**
 * Parses an expression once. `scope` names the variables that exist where it stands; of these only the ones
 * that its text mentions are handed over when it runs, because building `$workflow` for an expression that
 * never reads it costs more than the expression.
 */
export function compileExpression(source: string, scope: readonly string[]): CompiledExpression {
  const mentioned = new Set([...source.matchAll(MENTIONED)].map(([, name]) => name));
  const known = scope.filter((name) => mentioned.has(name));
  const { program, variables } = withClock(source, known);
  const evaluate = (input: unknown, values: VariableSource): unknown =>
    program.first(input, variables.length === 0 ? undefined : pick(variables, values)) ?? null;
  return {
    source,
    variables,
    evaluate,
    test(input, values) {
      const value = evaluate(input, values);
      return value !== null && value !== false;
    },
  };
}

/**
 * `now` of jq reads the machine's clock; here it is the time of the event that is decided on, so that a
 * replay of the events computes the same values.
 */
function withClock(source: string, variables: string[]) {
  const program = parse(source, variables);
  if (!/\bnow\b/.test(source)) return { program, variables };
  const all = [...variables, CLOCK_VARIABLE];
  return { program: parse(`def now: $${CLOCK_VARIABLE}; ${source}`, all), variables: all };
}

function parse(source: string, variables: readonly string[]) {
  try {
    return compile(source, { variables: [...variables] });
  } catch (error) {
    if (error instanceof JqSyntaxError) throw new ExpressionSyntaxError(error.message, { cause: error });
    throw error;
  }
}

function pick(names: readonly string[], values: VariableSource): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) picked[name] = values.variable(name) ?? null;
  return picked;
}
