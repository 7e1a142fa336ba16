import type { CloudEvent } from '@tutti/contracts';
import { Compilation, inside, START } from '../compilation.js';
import type { WorkflowDocument } from '../document.types.js';
import { compileStrategy, eventTypesOf } from '../events/compile-strategy.js';
import type { EventStrategy } from '../compiled.types.js';
import { meetEvent } from '../events/meet-event.js';

/** Which events start a run of a workflow: its `schedule.on`. */
export interface EventStart {
  /** Types of all events that can; undefined: any. */
  readonly types: readonly string[] | undefined;
  /** Whether an event starts a run. Throws what the expression of an `expect` throws. */
  wants(event: CloudEvent): boolean;
}

/** There is no run yet that an expression could read. */
const NOTHING = { input: null, variables: { variable: () => null } };

/** Compiles `schedule.on`; the compilation gets what is wrong with it. */
export function compileEventStart(compilation: Compilation): EventStrategy | null {
  const { schedule } = compilation.document;
  if (schedule?.on === undefined) return null;
  return compileStrategy(compilation, schedule.on, { ...inside(START, 'schedule/on'), scope: [] });
}

/** The events that start a workflow; null when none do. Each of them starts one run. */
export function eventStart(document: WorkflowDocument): EventStart | null {
  const strategy = compileEventStart(new Compilation(document));
  if (strategy === null) return null;
  return {
    types: eventTypesOf(strategy),
    wants: (event) => meetEvent(strategy, event, { progress: {}, values: NOTHING }) !== undefined,
  };
}
