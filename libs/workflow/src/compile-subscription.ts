import { objectOf } from './call-template.js';
import { inside, type Compilation, type Place } from './compilation.js';
import type { CompiledDuration, CompiledTemplate, VariableSource } from './compiled.types.js';
import { durationMs } from './duration.js';
import type { IteratorDefinition } from './events/compile-listen.js';
import { EvaluationError } from './evaluation-error.js';
import { CLOCK_VARIABLE, unwrapExpression } from './expression.js';
import { constantTemplate } from './template.js';

export interface SubscriptionDefinition {
  filter?: string;
  consume: { amount?: number; while?: string; until?: string; for?: unknown };
  foreach?: IteratorDefinition;
}

/** An attempt lasts an hour at most, and needs a little of it to begin. */
const FOR_MS_MAX = 59 * 60_000;
const BEGIN_MS = 30_000;

interface CompiledSubscription {
  template: CompiledTemplate;
  /** How long one attempt may take. */
  timeout: CompiledDuration;
}

/** The subscription of `call: asyncapi`. Its expressions are evaluated where the messages come. */
export function compileSubscription(
  compilation: Compilation,
  { filter, consume }: SubscriptionDefinition,
  place: Place,
): CompiledSubscription {
  const refuse = (path: string, message: string) =>
    compilation.error('unsupported', inside(place, path).pointer, message);
  const at = inside(place, 'consume');
  const names = new Set<string>();
  const expression = (written: string | undefined, where: Place) =>
    written === undefined ? undefined : sourceOf(compilation, { written, where, names });
  const parts = {
    filter: expression(filter, inside(place, 'filter')),
    while: expression(consume.while, inside(at, 'while')),
    until: expression(consume.until, inside(at, 'until')),
  };
  if (names.has('secrets'))
    refuse('consume', 'Secrets in the expressions of a subscription are not supported');
  if ((durationMs(consume.for) ?? 0) > FOR_MS_MAX)
    refuse('consume/for', 'A subscription of more than 59 minutes is not supported');
  const lasts = consume.for === undefined ? undefined : compilation.duration(consume.for, inside(at, 'for'));
  const template = objectOf({
    ...parts,
    amount: consume.amount === undefined ? undefined : constantTemplate(consume.amount),
    forMs: lasts && { constant: false, evaluate: (input, variables) => forMs(lasts, { input, variables }) },
    variables: variablesOf(names),
  });
  const evaluateMs = (input: unknown, variables: VariableSource) =>
    (lasts?.evaluateMs(input, variables) ?? FOR_MS_MAX) + BEGIN_MS;
  return { template, timeout: { evaluateMs } };
}

function forMs(lasts: CompiledDuration, of: { input: unknown; variables: VariableSource }): number {
  const ms = lasts.evaluateMs(of.input, of.variables);
  if (ms <= FOR_MS_MAX) return ms;
  throw new EvaluationError('expression', 'A subscription lasts 59 minutes at most');
}

/** The jq program, after it was checked; `names` gets the variables that it reads. */
function sourceOf(
  compilation: Compilation,
  { written, where, names }: { written: string; where: Place; names: Set<string> },
): CompiledTemplate {
  const source = unwrapExpression(written) ?? written;
  const { variables } = compilation.bare(source, where.pointer, where.scope);
  for (const name of variables) names.add(name);
  const clock = variables.includes(CLOCK_VARIABLE) ? `def now: $${CLOCK_VARIABLE}; ` : '';
  return constantTemplate(clock + source);
}

function variablesOf(names: ReadonlySet<string>): CompiledTemplate {
  return {
    constant: false,
    evaluate: (_input, variables) =>
      Object.fromEntries([...names].map((name) => [name, variables.variable(name) ?? null])),
  };
}
