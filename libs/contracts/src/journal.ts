import type { CallOutcome, FallbackReason } from './capability.js';
import type { ReviewDecision, WorkflowIdentity } from './bus.js';
import type { Problem } from './problem.js';

/** Why a candidate of a routing policy was taken or passed over. */
export interface CandidateVerdict {
  connection: string;
  verdict: 'chosen' | 'skipped' | 'failed';
  /** One plain sentence: the condition that did not hold, the reason of the failure. */
  because?: string;
  reason?: FallbackReason;
}

/** Which event it was: `source` and `id` name it. */
export interface EventName {
  id: string;
  source: string;
  type: string;
}

interface OfTask {
  /** JSON pointer of the task. */
  task: string;
  /** Name of the task. */
  name: string;
  /** Name of this instance: the pointer plus loop turns and visits; stays the same over retries. */
  position: string;
  /** Epoch milliseconds. */
  at: number;
}

/**
 * One entry of a run's journal: what happened, in the order in which the engine decided it. A turn of the
 * orchestrator is one journal row with its entries.
 */
export type JournalEntry =
  | { kind: 'run.started'; at: number; from?: string }
  | (OfTask & { kind: 'task.started'; type: string })
  | (OfTask & { kind: 'task.completed'; type: string; output?: unknown })
  | (OfTask & { kind: 'task.skipped'; type: string })
  | (OfTask & { kind: 'task.faulted'; type: string; error: Problem })
  | (OfTask & { kind: 'task.retried'; type: string; attempt: number; delayMs: number; error: Problem })
  | (OfTask & {
      kind: 'call.attempted';
      callId: string;
      attempt: number;
      connection?: string;
      capability?: string;
      policy?: { name: string; version: string };
      candidates?: CandidateVerdict[];
    })
  | (OfTask & {
      kind: 'call.settled';
      callId: string;
      attempt: number;
      startedAt: number;
      outcome: CallOutcome;
      connection?: string;
      capability?: string;
    })
  | (OfTask & { kind: 'review.opened'; reviewId: string; because: string })
  | (OfTask & { kind: 'review.decided'; reviewId: string; decision: ReviewDecision })
  | (OfTask & { kind: 'review.expired'; reviewId: string })
  | (OfTask & { kind: 'wait.started'; until: number })
  | (OfTask & {
      kind: 'child.started';
      runId: string;
      workflow: { namespace: string; name: string; version: string };
      /** False: the task did not wait for its end. */
      awaited: boolean;
    })
  | (OfTask & { kind: 'child.ended'; runId: string; status: 'completed' | 'faulted' | 'cancelled' })
  /** `types`: of the events that can matter; absent: any. */
  | (OfTask & { kind: 'listen.started'; types?: string[] })
  /** `until`: it counts for the end of a `listen` only; `queued`: it waits for the event before it. */
  | (OfTask & { kind: 'event.received'; event: EventName; as: 'consumed' | 'queued' | 'until' })
  /** An event that was sent to this run while nothing in it listened for it: it waits for a `listen`. */
  | { kind: 'event.kept'; at: number; event: EventName }
  | { kind: 'event.refused'; at: number; event: EventName; because: string }
  | { kind: 'run.cancelled'; at: number; by: string; reason?: string }
  | { kind: 'run.suspended'; at: number; by: string }
  | { kind: 'run.resumed'; at: number; by: string }
  /** From here on the run is decided by another version of its workflow. */
  | { kind: 'run.migrated'; at: number; by: string; from: WorkflowIdentity; to: WorkflowIdentity }
  | {
      kind: 'run.migration-refused';
      at: number;
      by: string;
      to: WorkflowIdentity;
      reasons: string[];
    }
  | { kind: 'run.completed'; at: number }
  | { kind: 'run.faulted'; at: number; error: Problem };
