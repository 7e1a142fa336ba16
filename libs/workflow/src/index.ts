export type * from './compiled.types.js';
export type * from './document.types.js';
export { REVIEW_CAPABILITY } from './compile-call.js';
export {
  compileWorkflow,
  inputSchema,
  lintWorkflow,
  outputSchema,
  WorkflowRefused,
  type LintOptions,
} from './compile.js';
export {
  compareWorkflows,
  type SectionChange,
  type TaskChange,
  type WorkflowComparison,
} from './compare/compare-workflows.js';
export { narrowings, type SchemaNarrowing } from './compare/compare-schemas.js';
export { capabilitiesOf } from './compare/placed-tasks.js';
export { COMPILE_LIMITS } from './compilation.js';
export { canonicalJson, contentHash } from './content-hash.js';
export { durationMs } from './duration.js';
export { FUNCTION_LIMITS } from './functions/function-address.js';
export {
  functionReferences,
  withFunctions,
  type FunctionReference,
} from './functions/function-references.js';
export { parseFunction } from './functions/parse-function.js';
export { sameErrorType, standardErrorType } from './error-types.js';
export { CLOCK_VARIABLE } from './expression.js';
export { eventData, meetEvent, type EventMet, type StrategyProgress } from './events/meet-event.js';
export { EvaluationError } from './evaluation-error.js';
export { workflowHints } from './hints.js';
export { mcpHints, type McpHints, type TaskSupport } from './mcp-hints.js';
export type { CapabilityFacts, CapabilityKnowledge, StoppedPlugin } from './lint/calls.js';
export { subWorkflows, type SubWorkflow, type WorkflowKnowledge } from './lint/sub-workflows.js';
export { OPERATOR_SWITCHES, type OperatorSwitch } from './lint/switches.js';
export { DOCUMENT_LIMITS, parseWorkflow, type Locate, type ParsedWorkflow } from './parse.js';
export { pointerToken, pointerTokens, unescapeToken } from './pointer.js';
export {
  eventStart,
  type EventSetMet,
  type EventSetProgress,
  type EventStart,
} from './schedule/event-start.js';
export { nextTimes, plannedTimes } from './schedule/planned-times.js';
export { SCHEDULE_HINTS, SCHEDULE_LIMITS, workflowSchedule } from './schedule/schedule-hints.js';
export { compileScheduleInput } from './schedule/schedule-input.js';
export type * from './schedule/schedule.types.js';
export { compileSchema } from './schema-check.js';
export { workflowSchema } from './workflow-schema.js';
