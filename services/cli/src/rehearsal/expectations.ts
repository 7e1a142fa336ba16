import type { CallEffect, Rehearsal, ReviewOpenEffect } from '@tutti/engine';
import { compile, JqLimitError, JqRuntimeError, JqSyntaxError } from '@tutti/jq';
import { isFor, isTask } from './cassette-world.js';
import { differences, shown } from './compare.js';
import type { Expectation } from './test-document.js';

/** What a rehearsal came to, as the jq programs of a test see it. */
export interface Outcome {
  status: string;
  output: unknown;
  error: unknown;
  calls: { task: string; capability?: string; connection?: string; attempt: number; input: unknown }[];
  reviews: { task: string; title: string; because: string; data: unknown }[];
  events: unknown[];
  elapsedMs: number;
}

/** What is not as expected, as sentences; none: the test passes. */
export function unmet(expected: Expectation, rehearsal: Rehearsal): string[] {
  const { state, elapsedMs } = rehearsal;
  const found: string[] = [];
  if (expected.status !== undefined && expected.status !== state.status)
    found.push(`The run is ${state.status} in place of ${expected.status}${because(rehearsal)}.`);
  if ('output' in expected) found.push(...told('output', expected.output, state.output));
  if ('error' in expected) found.push(...told('error', expected.error, state.error));
  for (const call of expected.calls ?? []) found.push(...unmetCall(call, callsOf(rehearsal)));
  for (const review of expected.reviews ?? []) {
    const asked = reviewsOf(rehearsal).some(
      (one) => isTask(review.task, one.task) && one.because.includes(review.because ?? ''),
    );
    if (!asked) found.push(`No review was asked that fits ${shown(review)}.`);
  }
  for (const event of expected.events ?? []) {
    const emitted = eventsOf(rehearsal);
    if (!emitted.some((one) => differences(event, one, { partial: true }).length === 0))
      found.push(`No event was emitted that fits ${shown(event)}; emitted: ${shown(emitted)}.`);
  }
  if (expected.within !== undefined && elapsedMs > expected.within)
    found.push(`The run took ${elapsedMs} ms of its own time, more than ${expected.within} ms.`);
  for (const program of expected.jq ?? []) found.push(...unmetProgram(program, outcomeOf(rehearsal)));
  return found;
}

function because({ state: { error } }: Rehearsal): string {
  return error === undefined
    ? ''
    : ` (${error.title}: ${error.detail ?? 'no detail'}, at ${error.instance ?? '/'})`;
}

function told(what: string, given: unknown, actual: unknown): string[] {
  return differences(given, actual, { partial: true }).map((text) => `The ${what} at ${text}.`);
}

function unmetCall(
  expected: NonNullable<Expectation['calls']>[number],
  calls: readonly CallEffect[],
): string[] {
  const { times, ...which } = expected;
  const count = calls.filter((call) => isFor(which, call)).length;
  const range = typeof times === 'number' ? { min: times, max: times } : { min: 1, ...times };
  if (count >= (range.min ?? 0) && count <= (range.max ?? Infinity)) return [];
  const alike = calls.find((call) => isFor({ ...which, input: undefined }, call));
  const near =
    alike === undefined || expected.input === undefined
      ? ''
      : ` One differs at ${differences(expected.input, alike.input, { partial: true }).join('; ')}.`;
  const wanted =
    range.min === range.max ? `${range.min}` : `${range.min ?? 0} to ${range.max ?? 'any number'}`;
  return [`${shown(which)} was called ${count} times in place of ${wanted}.${near}`];
}

function unmetProgram(source: string, outcome: Outcome): string[] {
  try {
    const values = [...compile(source).run(outcome)];
    if (values.length > 0 && values.every((value) => value === true)) return [];
    return [`${source} answers ${values.map(shown).join(', ') || 'nothing'} in place of true.`];
  } catch (error) {
    if (error instanceof JqSyntaxError || error instanceof JqRuntimeError || error instanceof JqLimitError)
      return [`${source}: ${error.message}`];
    throw error;
  }
}

function callsOf({ effects }: Rehearsal): CallEffect[] {
  return effects.filter((effect) => effect.kind === 'call');
}

function reviewsOf({ effects }: Rehearsal): ReviewOpenEffect[] {
  return effects.filter((effect) => effect.kind === 'review.open');
}

function eventsOf({ effects }: Rehearsal): unknown[] {
  return effects.flatMap((effect) => (effect.kind === 'event.emit' ? [effect.event] : []));
}

/** In the form in which jq programs and `--json` have it. */
export function outcomeOf(rehearsal: Rehearsal): Outcome {
  const { state, elapsedMs } = rehearsal;
  return {
    status: state.status,
    output: state.output ?? null,
    error: state.error ?? null,
    calls: callsOf(rehearsal).map(({ task, target, attempt, input }) => {
      const { capability, connection } = target.kind === 'capability' ? target : {};
      const of = {
        ...(capability !== undefined && { capability }),
        ...(connection !== undefined && { connection }),
      };
      return { task, ...of, attempt, input: input ?? null };
    }),
    reviews: reviewsOf(rehearsal).map(({ task, title, because: why, data }) => ({
      task,
      title,
      because: why,
      data: data ?? null,
    })),
    events: eventsOf(rehearsal),
    elapsedMs,
  };
}
