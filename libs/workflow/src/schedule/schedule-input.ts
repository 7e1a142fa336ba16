import type { CompiledTemplate } from '../compiled.types.js';
import type { WorkflowDocument } from '../document.types.js';
import { CLOCK_VARIABLE, compileExpression } from '../expression.js';
import { compileTemplate, type ExpressionParser } from '../template.js';
import { SCHEDULE_HINTS, scheduleInput } from './schedule-hints.js';

/** Compiles the input of scheduled runs; expressions in it see only the planned time. */
export function scheduleTemplate(document: WorkflowDocument, parse: ExpressionParser): CompiledTemplate {
  return compileTemplate(scheduleInput(document), `${SCHEDULE_HINTS}/input`, parse);
}

/**
 * The input of the run of one planned time (epoch milliseconds). Expressions have `{ plannedAt }` as their
 * input, ISO 8601 in UTC, and `now` is the planned time: the same time gives the same input. Throws
 * JqRuntimeError and JqLimitError.
 */
export function compileScheduleInput(document: WorkflowDocument): (plannedAtMs: number) => unknown {
  const template = scheduleTemplate(document, (source) => compileExpression(source, []));
  return (plannedAtMs) =>
    template.evaluate(
      { plannedAt: new Date(plannedAtMs).toISOString() },
      { variable: (name) => (name === CLOCK_VARIABLE ? plannedAtMs / 1000 : null) },
    );
}
