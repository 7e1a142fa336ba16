import type { CloudEvent } from '@tutti/contracts';
import { Compilation, inside, START } from '../compilation.js';
import type { WorkflowDocument } from '../document.types.js';
import { compileStrategy, eventTypesOf } from '../events/compile-strategy.js';
import type { EventStrategy } from '../compiled.types.js';
import { meetEvent, type StrategyProgress } from '../events/meet-event.js';

/** Which events start a run of a workflow: its `schedule.on`. */
export interface EventStart {
  /** Types of all events that can; undefined: any. */
  readonly types: readonly string[] | undefined;
  /** The strategy as text: sets of events that were begun under another one are not gone on with. */
  readonly text: string;
  /** Whether several events together start a run (`all`, `until`), and not each by itself. */
  readonly collects: boolean;
  /**
   * What a set of events comes to with one more; undefined when the event is none of it. An event that starts
   * a run by itself is a whole set. Throws what the expression of an `expect` throws.
   */
  meet(set: EventSetProgress | null, event: CloudEvent): EventSetMet | undefined;
  /** Whether the events of an incomplete set are enough (`until` an expression). Throws what that throws. */
  isEnough(events: readonly CloudEvent[]): boolean;
  /** The input of the run: of `all` in the order of the filters, else as the events came. */
  inputOf(set: EventSetProgress, events: readonly CloudEvent[]): CloudEvent[];
}

/** How far a set of events has come, in plain JSON. */
export interface EventSetProgress extends StrategyProgress {
  /** Of the events of `until`: the filters that were met, by their place. */
  untilMet?: number[];
}

/** A set with one more event. */
export interface EventSetMet {
  progress: EventSetProgress;
  /** False: the event is one of `until` and so none of the input. */
  keeps: boolean;
  /** Nothing more is wanted. */
  complete: boolean;
}

/** There is no run yet that an expression could read. */
const NOTHING = { input: null, variables: { variable: () => null } };

/** Compiles `schedule.on`; the compilation gets what is wrong with it. */
export function compileEventStart(compilation: Compilation): EventStrategy | null {
  const { schedule } = compilation.document;
  if (schedule?.on === undefined) return null;
  return compileStrategy(compilation, schedule.on, { ...inside(START, 'schedule/on'), scope: [] });
}

/** The events that start a workflow; null when none do. */
export function eventStart(document: WorkflowDocument): EventStart | null {
  const strategy = compileEventStart(new Compilation(document));
  if (strategy === null) return null;
  const { mode, untilCondition, untilEvents } = strategy;
  return {
    types: eventTypesOf(strategy),
    text: JSON.stringify(document.schedule?.on),
    collects: mode === 'all' || untilCondition !== undefined || untilEvents !== undefined,
    meet: (set, event) => meetSet(strategy, set, event),
    isEnough: (events) => untilCondition?.test(events, NOTHING.variables) ?? false,
    inputOf: (set, events) => (mode === 'all' ? inFilterOrder(set.met ?? [], events) : [...events]),
  };
}

/** An event of `until` ends a set that has begun, and begins none. */
function meetSet(
  strategy: EventStrategy,
  set: EventSetProgress | null,
  event: CloudEvent,
): EventSetMet | undefined {
  const ending = meetUntil(strategy, set, event);
  if (ending !== undefined) return set === null ? undefined : ending;
  const { untilMet, ...progress } = set ?? {};
  const found = meetEvent(strategy, event, { progress, values: NOTHING });
  if (found === undefined) return undefined;
  const hasUntil = strategy.untilCondition !== undefined || strategy.untilEvents !== undefined;
  const next = { ...found.progress, ...(untilMet && { untilMet }) };
  return { progress: next, keeps: true, complete: found.complete && !hasUntil };
}

function meetUntil(
  { untilEvents }: EventStrategy,
  set: EventSetProgress | null,
  event: CloudEvent,
): EventSetMet | undefined {
  if (untilEvents === undefined) return undefined;
  const { untilMet, met, expected } = set ?? {};
  const progress = { ...(untilMet && { met: untilMet }), ...(expected && { expected }) };
  const found = meetEvent(untilEvents, event, { progress, values: NOTHING });
  if (found === undefined) return undefined;
  const { met: nextUntil, expected: nextExpected } = found.progress;
  const next = {
    ...(met && { met }),
    ...(nextExpected && { expected: nextExpected }),
    ...(nextUntil && { untilMet: nextUntil }),
  };
  return { progress: next, keeps: false, complete: found.complete };
}

/** Each filter of `all` was met by one event, in the order in which they came. */
function inFilterOrder(met: readonly number[], events: readonly CloudEvent[]): CloudEvent[] {
  return met
    .map((filter, place) => ({ filter, event: events[place] as CloudEvent }))
    .sort((a, b) => a.filter - b.filter)
    .map(({ event }) => event);
}
