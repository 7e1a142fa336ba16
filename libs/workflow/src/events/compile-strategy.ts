import { COMPILE_LIMITS, inside, type Compilation, type Place } from '../compilation.js';
import { compileExpression, unwrapExpression } from '../expression.js';
import { pointerToken } from '../pointer.js';
import { constantTemplate, expressionTemplate } from '../template.js';
import type {
  CompiledExpression,
  CompiledTemplate,
  EventCondition,
  EventCorrelation,
  EventFilter,
  EventStrategy,
} from '../compiled.types.js';

/** An event consumption strategy as written. */
interface StrategyDefinition {
  all?: FilterDefinition[];
  any?: FilterDefinition[];
  one?: FilterDefinition;
  until?: string | StrategyDefinition;
}
interface FilterDefinition {
  with: Record<string, unknown>;
  correlate?: Record<string, { from: string; expect?: string }>;
}

/** Compiles `listen.to` or `schedule.on`. */
export function compileStrategy(compilation: Compilation, written: unknown, place: Place): EventStrategy {
  const { all, any, one, until } = written as StrategyDefinition;
  const mode = all !== undefined ? 'all' : any !== undefined ? 'any' : 'one';
  const definitions = all ?? any ?? (one === undefined ? [] : [one]);
  if (definitions.length > COMPILE_LIMITS.eventFilters) {
    compilation.error(
      'too-many-filters',
      `${place.pointer}/${mode}`,
      `A strategy has at most ${COMPILE_LIMITS.eventFilters} filters; this one has ${definitions.length}`,
    );
  }
  const filters = definitions.map((filter, index) =>
    compileFilter(compilation, filter, inside(place, mode === 'one' ? 'one' : `${mode}/${index}`)),
  );
  if (until === undefined || mode !== 'any') return { mode, filters };
  const at = inside(place, 'until');
  if (typeof until === 'string')
    return { mode, filters, untilCondition: compilation.bare(until, at.pointer, at.scope) };
  return { mode, filters, untilEvents: compileStrategy(compilation, until, at) };
}

function compileFilter(compilation: Compilation, filter: FilterDefinition, place: Place): EventFilter {
  const conditions = Object.entries(filter.with).map(([name, value]) =>
    compileCondition(compilation, { name, value }, inside(place, `with/${pointerToken(name)}`)),
  );
  const type = conditions.find(({ name }) => name === 'type');
  const correlations = Object.entries(filter.correlate ?? {}).map(([key, correlation]) =>
    compileCorrelation(compilation, { key, ...correlation }, inside(place, `correlate/${pointerToken(key)}`)),
  );
  const literal =
    type?.wanted.constant === true &&
    type.pattern === undefined &&
    String(filter.with.type).length <= TYPE_LENGTH_MAX;
  return { conditions, correlations, ...(literal && { eventType: String(filter.with.type) }) };
}

function compileCondition(
  compilation: Compilation,
  { name, value }: { name: string; value: unknown },
  place: Place,
): EventCondition {
  const wanted = compilation.template(value, place);
  const pattern = typeof value === 'string' && wanted.constant ? patternOf(value) : undefined;
  return { name, wanted, ...(pattern && { pattern }) };
}

/** A longer type is not looked for by itself: an index takes no text of any length. */
const TYPE_LENGTH_MAX = 256;

/** What a plain name, a path or a URL does not have. */
const SIGNS = /[\\^$*+?()[\]{}|]/;

/**
 * The test of a text that has signs of a regular expression; undefined where it has none, or is none. A
 * program, because jq's regular expressions are bounded and the language's own are not.
 */
function patternOf(text: string): CompiledExpression | undefined {
  if (!SIGNS.test(text)) return undefined;
  try {
    const test = compileExpression(`test(${JSON.stringify(`^(?:${text})$`)})`, []);
    test.evaluate('', { variable: () => null });
    return test;
  } catch {
    return undefined;
  }
}

function compileCorrelation(
  compilation: Compilation,
  { key, from, expect }: { key: string; from: string; expect?: string },
  place: Place,
): EventCorrelation {
  const compiled = compilation.bare(from, `${place.pointer}/from`, place.scope);
  if (expect === undefined) return { key, from: compiled };
  return { key, from: compiled, expect: compileExpect(compilation, expect, inside(place, 'expect')) };
}

/** "A constant or a runtime expression": without `${ }`, what begins like jq on data is an expression too. */
function compileExpect(compilation: Compilation, expect: string, place: Place): CompiledTemplate {
  const isExpression = unwrapExpression(expect) !== undefined || /^[.$(]/.test(expect.trim());
  if (!isExpression) return constantTemplate(expect);
  return expressionTemplate(compilation.bare(expect, place.pointer, place.scope));
}

/** The types of all events that can meet the strategy, sorted; undefined: any type can. */
export function eventTypesOf(strategy: EventStrategy): string[] | undefined {
  const strategies = [strategy, ...(strategy.untilEvents ? [strategy.untilEvents] : [])];
  const types = new Set<string>();
  for (const { mode, filters } of strategies) {
    if (filters.length === 0 && mode === 'any') return undefined;
    for (const { eventType } of filters) {
      if (eventType === undefined) return undefined;
      types.add(eventType);
    }
  }
  return [...types].sort();
}
