import type { CloudEvent } from '@tutti/contracts';
import { JqLimitError, JqRuntimeError } from '@tutti/jq';
import type { EventCondition, EventFilter, EventStrategy, VariableSource } from '../compiled.types.js';

/** How far a strategy has come, in plain JSON. */
export interface StrategyProgress {
  /** Of `all`: the filters that were met, by their place. */
  met?: number[];
  /** What correlations expect since the first event, by their names. */
  expected?: Record<string, unknown>;
}

/** What an event comes to for a strategy that it meets. */
export interface EventMet {
  progress: StrategyProgress;
  /** Nothing more is wanted (of an `any` without regard to its `until`). */
  complete: boolean;
}

/** Values for the expressions of filters. */
export interface EventValues {
  input: unknown;
  variables: VariableSource;
}

/**
 * Whether an event is wanted by a strategy, and what follows; undefined when it is not. An event meets the
 * first filter that wants it and was not met yet. Throws what the expression of an `expect` throws; an
 * expression on the event itself that fails only says that the event is another one.
 */
export function meetEvent(
  strategy: EventStrategy,
  event: CloudEvent,
  { progress, values }: { progress: StrategyProgress; values: EventValues },
): EventMet | undefined {
  const { mode, filters } = strategy;
  const { met = [], expected = {} } = progress;
  // "If empty, listens to all incoming events" (DSL reference, Event consumption strategy).
  if (mode === 'any' && filters.length === 0) return { progress, complete: true };
  for (const [index, filter] of filters.entries()) {
    if (mode === 'all' && met.includes(index)) continue;
    const found = meetFilter(filter, event, { expected, values });
    if (found === undefined) continue;
    const next = progressOf(mode === 'all' ? [...met, index] : met, found);
    return { progress: next, complete: mode !== 'all' || next.met?.length === filters.length };
  }
  return undefined;
}

function progressOf(met: number[], expected: Record<string, unknown>): StrategyProgress {
  return {
    ...(met.length > 0 && { met }),
    ...(Object.keys(expected).length > 0 && { expected }),
  };
}

/** What the correlations expect after the event; undefined when the filter does not want it. */
function meetFilter(
  filter: EventFilter,
  event: CloudEvent,
  { expected, values }: { expected: Record<string, unknown>; values: EventValues },
): Record<string, unknown> | undefined {
  if (filter.eventType !== undefined && filter.eventType !== event.type) return undefined;
  if (!filter.conditions.every((condition) => holds(condition, event, values))) return undefined;
  let next = expected;
  for (const { key, from, expect } of filter.correlations) {
    const found = attempt(() => from.evaluate(event, values.variables)) ?? null;
    // An event without the value belongs to nothing.
    if (found === null) return undefined;
    if (expect !== undefined) {
      if (!agrees(expect.evaluate(values.input, values.variables), found)) return undefined;
    } else if (Object.hasOwn(next, key)) {
      if (!same(next[key], found)) return undefined;
    } else {
      next = { ...next, [key]: found };
    }
  }
  return next;
}

function holds(
  { name, wanted, pattern }: EventCondition,
  event: CloudEvent,
  { variables }: EventValues,
): boolean {
  const value = name === 'data' ? eventData(event) : attributeOf(event, name);
  const found = attempt(() => wanted.evaluate(value, variables));
  if (found === undefined) return false;
  if (!wanted.constant && typeof found === 'boolean') return found;
  if (covers(found, value)) return true;
  if (pattern === undefined || typeof value !== 'string') return false;
  return attempt(() => pattern.test(value, variables)) === true;
}

/** The data of an event as a workflow reads it; what is no text is in base64. */
export function eventData({ data, data_base64: base64 }: CloudEvent): unknown {
  return data ?? base64 ?? null;
}

function attributeOf(event: CloudEvent, name: string): unknown {
  if (Object.hasOwn(event, name)) return event[name] ?? null;
  return name === 'datacontenttype' ? 'application/json' : null;
}

/** Undefined when the expression does not fit the event. */
function attempt<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof JqRuntimeError || error instanceof JqLimitError) return undefined;
    throw error;
  }
}

/** A constant is written as text, whatever the value in the event is. */
function agrees(wanted: unknown, found: unknown): boolean {
  if (typeof wanted === 'string' && (typeof found === 'number' || typeof found === 'boolean'))
    return wanted === String(found);
  return same(wanted, found);
}

/** Whether a value has all that is wanted; of an object the other members do not matter. */
function covers(wanted: unknown, value: unknown): boolean {
  if (!isObject(wanted) || !isObject(value)) return same(wanted, value);
  return Object.entries(wanted).every(
    ([name, one]) => Object.hasOwn(value, name) && covers(one, value[name]),
  );
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => same(one, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
