import type {
  JournalEntry,
  RunCommand,
  RunParent,
  RunCommanded,
  RunStatus,
  TraceParent,
  WorkflowIdentity,
} from '@tutti/contracts';
import type { OutboxEvent } from '../events/event-outbox.js';
import type { Subscription } from '../events/event-store.js';
import type { OpenTask } from './open-tasks.js';

/** A run to be accepted. `input` is JSON text; it was checked before. */
export interface RunToAccept {
  id: string;
  workspaceId: string;
  workflowId: string;
  workflowVersionId: string;
  trigger: string;
  traceId: string;
  rootSpanId: string;
  /** The span of the foreign producer whose trace the run goes on. */
  parentSpanId?: string | undefined;
  /** The run that this one repeats, and the task from which; null: the task that faulted. */
  retry?: { of: string; fromTask: string | null };
  input: string;
  /** With a key a repeat answers the first run. `requestHash` is a SHA-256 over what must be the same. */
  idempotency?: { scope: string; key: string; requestHash: Buffer };
}

/**
 * What became of a run that was to be accepted: it is there, its key was used before, or its workflow is
 * disabled.
 */
export type AcceptedRun =
  | { accepted: true; id: string }
  | { accepted: false; id: string; disabled: true }
  | {
      accepted: false;
      disabled?: false;
      id: string;
      sameRequest: boolean;
      status: RunStatus;
      output: string | null;
      error: string | null;
    };

/** A review as the engine opens it. */
export interface ReviewRow {
  id: string;
  workspaceId: string;
  runId: string;
  workflowId: string;
  task: string;
  position: string;
  title: string;
  because: string;
  token: string;
  form: string | null;
  data: string | null;
  context: string | null;
  document: string | null;
  dueAtMs: number | null;
  openedAtMs: number;
}

/** A review that nobody is asked any more. */
export interface ReviewClosedRow {
  id: string;
  runId: string;
  status: 'expired' | 'withdrawn';
}

/** Proof that a side effect happened, or that it is not known whether it did. */
export interface ReceiptRow {
  runId: string;
  position: string;
  attempt: number;
  workspaceId: string;
  connection: string | null;
  idempotencyKey: string;
  status: 'succeeded' | 'failed' | 'unknown';
  answer: string | null;
}

/** One turn of one run: everything that one commit changes of it. */
export interface RunTurn {
  runId: string;
  workspaceId: string;
  workflowId: string;
  /**
   * Revision after the turn, 1 for the first. It is the journal row's sequence and the guard against a second
   * writer.
   */
  revision: number;
  status: RunStatus;
  /** True when `runs.status` differs from `status`. */
  statusChanged: boolean;
  /** JSON text of the engine's state; null when the run ended. */
  state: string | null;
  /** New alarm in epoch ms; null: none; 'keep': the stored one is early enough. */
  wakeAtMs: number | null | 'keep';
  /** JSON text: array of `{at, event}` and array of journal entries. */
  event: string;
  entries: string;
  atMs: number;
  ended: { output: string | null; error: string | null; durationMs: number } | null;
  costMicros: number;
  currency: string | null;
}

/** A run that a turn starts, stored with the turn. */
export interface ChildToAccept {
  /** The run whose turn it is. */
  runId: string;
  child: RunToAccept & { parent: RunParent };
  /** Whether it waits for a place of its workflow. */
  waits: boolean;
}

/** A command that a turn gives to another run, stored with the turn. */
export interface CommandGiven {
  id: string;
  /** The run whose turn it is. */
  runId: string;
  workspaceId: string;
  to: string;
  command: RunCommand;
  /** Whose output the command is about. */
  childRunId: string | null;
}

/** Rows that few turns have; they go into the same transaction. */
export interface TurnExtras {
  reviewsOpened: ReviewRow[];
  reviewsClosed: ReviewClosedRow[];
  receipts: ReceiptRow[];
  commandsApplied: { id: string; runId: string }[];
  eventsEmitted: OutboxEvent[];
  childrenStarted?: ChildToAccept[];
  commandsGiven?: CommandGiven[];
  /** Of the runs whose turn changed what they listen for. */
  subscriptions: Subscription[];
  /** Runs that go on with another version of their workflow. */
  migrated: { runId: string; versionId: string }[];
}

/** A run as the orchestrator loads it. */
export interface LoadedRun {
  id: string;
  workspaceId: string;
  workflowId: string;
  workflow: WorkflowIdentity;
  status: RunStatus;
  revision: number;
  trigger: string;
  traceId: string;
  rootSpanId: string;
  parentSpanId: string | null;
  startedAtMs: number;
  input: string;
  state: string | null;
  wakeAtMs: number | null;
  retry: { of: string; fromTask: string | null } | null;
  parent: RunParent | null;
}

/** One of the last turns of a run; `output` and `error` are there when it ended. */
export interface LastTurn {
  runId: string;
  workspaceId: string;
  workflow: WorkflowIdentity;
  status: RunStatus;
  revision: number;
  entries: JournalEntry[];
  trace: TraceParent;
  /** When the turn suspended, resumed or cancelled the run. */
  openTasks?: OpenTask[];
  output?: unknown;
  error?: unknown;
}

/** One page of the unfinished runs, searched for those that nobody began to decide. */
export interface OrphanPage {
  ids: string[];
  /** The last id of the page; null: there are no more. */
  last: string | null;
}

/** What a message says of a command that waits. */
export interface CommandNotice {
  id: string;
  runId: string;
  command: RunCommanded['command'];
}

/** A command that waits for its run's owner. */
export interface WaitingCommand {
  id: string;
  runId: string;
  /** `unreadable`: its row was spoiled; `why` is the end of a sentence. */
  command: RunCommand | { kind: 'unreadable'; why: string };
}
