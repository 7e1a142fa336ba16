export type * from './engine.types.js';
export type * from './state.types.js';
export type { Fresh } from './turn.types.js';
export { decide } from './decide.js';
export { readState, UnreadableState } from './read-state.js';
export { RUN_LIMITS, TURN_ACTIVATIONS } from './limits.js';
export {
  activeTasks,
  awaitedRuns,
  innermostTasks,
  listenedTypes,
  openReviews,
  outstandingCalls,
  runsToCancel,
  wakeAt,
} from './queries.js';
export { decideOver, versionsOf, type Versions } from './migrate.js';
export { migrationBlocks, type Block } from './migration-blocks.js';
export { replay, restore, RestoreError, type RecordedEvent } from './restore.js';
export { taskData } from './task-data.js';
export { previewRetry, type PreviewedCall, type RetryPreview } from './retry-preview.js';
export { recordRun, type Recording } from './recording.js';
export {
  rehearse,
  REHEARSAL_EVENTS_MAX,
  type After,
  type ChildEnd,
  type Rehearsal,
  type RehearsalWorld,
} from './rehearse.js';
