import type {
  ArtifactRef,
  CallOutcome,
  CallSecrets,
  CallTarget,
  CandidateVerdict,
  CloudEvent,
  Effect,
  JournalEntry,
  LaterCall,
  Problem,
  RunCommand,
  RunStatus,
  WorkflowIdentity,
} from '@tutti/contracts';
import type { CompiledPolicy, ConnectionInfo } from '@tutti/routing';
import type { CompiledWorkflow } from '@tutti/workflow';
import type { RunState } from './state.types.js';

export type { ConnectionInfo } from '@tutti/routing';

/** Everything that `decide` needs beside the state: immutable, shared by all runs of a workflow version. */
export interface RunDefinition {
  workflow: CompiledWorkflow;
  identity: WorkflowIdentity;
  /** Routing policies by the capability that they are for. */
  policies: ReadonlyMap<string, CompiledPolicy>;
  /** The enabled connections. */
  connections: readonly ConnectionInfo[];
  /**
   * The MAC (32 hex digits) of the mark that stands for a secret in the data of a run: nobody outside of the
   * hub can make it. Absent: marks that are worth nothing, for replays that call nobody.
   */
  markSecret?: (of: { workspaceId: string; runId: string; reference: string }) => string;
}

/** Who a run is. `startedAt` in epoch milliseconds. */
export interface RunIdentity {
  id: string;
  workspaceId: string;
  startedAt: number;
  trigger: string;
}

/** What can happen to a run. Goes into `journal.event` as it is. */
export type RunEvent =
  | { kind: 'start'; run: RunIdentity; input: unknown }
  /** A retry run begins from a state that `restore` made out of another run. */
  | { kind: 'restored'; run: RunIdentity; state: RunState }
  | {
      kind: 'settled';
      callId: string;
      attempt: number;
      outcome: CallOutcome;
      startedAt: number;
      endedAt: number;
    }
  /** The hub's answers to `run.start`, in the turn that asked. `workflow` says which version was taken. */
  | {
      kind: 'child.started';
      runId: string;
      position: string;
      workflow: { namespace: string; name: string; version: string };
    }
  | { kind: 'child.refused'; runId: string; position: string; error: Problem }
  | { kind: 'due' }
  | { kind: 'command'; command: RunCommand };

/** One attempt of a call that is to be made. */
export interface CallEffect {
  kind: 'call';
  /** The same as `position`. */
  callId: string;
  attempt: number;
  position: string;
  /** JSON pointer. */
  task: string;
  taskName: string;
  target: CallTarget;
  /** Capability input, or an HttpCall. */
  input: unknown;
  effect: Effect;
  idempotencyKey: string;
  timeoutMs: number;
  policy?: { name: string; version: string };
  /** The call was begun by an earlier attempt. */
  later?: LaterCall;
  /** What the call may use of the workflow's secrets. */
  secrets?: CallSecrets;
}

/** A run of another workflow that is to be stored in the transaction of the turn that asks for it. */
export interface RunStartEffect {
  kind: 'run.start';
  runId: string;
  /** Position of the task. */
  position: string;
  workflow: { namespace: string; name: string; version: string };
  input: unknown;
  /** Whether this run is to be told of its end. */
  isTold: boolean;
}

/** A review that is to be shown to a person. */
export interface ReviewOpenEffect {
  kind: 'review.open';
  reviewId: string;
  position: string;
  task: string;
  title: string;
  because: string;
  /** JSON Schema of `data`; or `formCapability`: that capability's output schema. */
  form?: Record<string, unknown>;
  formCapability?: string;
  data: unknown;
  context: unknown;
  document?: ArtifactRef;
  /** Epoch milliseconds. */
  dueAt?: number;
}

/** What must happen after the commit (calls) or in it (reviews, receipts). */
export type RunEffect =
  | CallEffect
  | { kind: 'call.cancel'; callId: string; attempt: number }
  | RunStartEffect
  /** A run that this one started is to be cancelled, or not to be started if it was not yet. */
  | { kind: 'run.cancel'; runId: string }
  | ReviewOpenEffect
  | { kind: 'review.close'; reviewId: string; status: 'expired' | 'withdrawn' }
  | {
      kind: 'receipt';
      position: string;
      attempt: number;
      connection?: string;
      idempotencyKey: string;
      status: 'succeeded' | 'failed' | 'unknown';
      answer?: unknown;
    }
  /** An event that the run emits, complete; sent at least once, always with the same id. */
  | { kind: 'event.emit'; event: CloudEvent; topic?: string };

/** What follows from an event. When `ignored` is set nothing changed and nothing is to be stored. */
export type Decision =
  | { ignored?: undefined; state: RunState; effects: RunEffect[]; entries: JournalEntry[] }
  | { ignored: string; state: RunState | null; effects: RunEffect[]; entries: JournalEntry[] };

/** A task instance that is active now, as the run page shows it. `since` in epoch milliseconds. */
export interface ActiveTask {
  position: string;
  task: string;
  name: string;
  type: string;
  since: number;
}

export type { CandidateVerdict, Problem, RunStatus };
