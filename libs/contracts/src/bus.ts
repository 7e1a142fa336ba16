import type { CallAuthentication, CallSecrets } from './call-authentication.js';
import type { CallOutcome, Effect, LaterCall } from './capability.js';
import type { Problem } from './problem.js';
import type { DocumentSource } from './protocol-calls.js';
import type { CloudEvent } from './cloud-event.js';

/** The topics of the bus; key is always the run id but for spans. */
export const TOPICS = {
  runInbox: 'tutti.run-inbox.v1',
  calls: 'tutti.calls.v1',
  spans: 'tutti.spans.v1',
  lifecycle: 'tutti.lifecycle.v1',
  /**
   * What the hub's processes tell each other, seldom: apart from the lifecycle, so that nobody reads that for
   * it.
   */
  control: 'tutti.control.v1',
} as const;
export type Topic = (typeof TOPICS)[keyof typeof TOPICS];
/**
 * The role whose processes work a topic off together, as one group; null: every process sees all of it.
 */
export const TOPIC_GROUPS: Readonly<Record<Topic, string | null>> = {
  [TOPICS.runInbox]: 'orchestrator',
  [TOPICS.calls]: 'connector-host',
  [TOPICS.spans]: 'collector',
  [TOPICS.lifecycle]: null,
  [TOPICS.control]: null,
};
export const BROADCAST_TOPICS: ReadonlySet<Topic> = new Set(
  Object.values(TOPICS).filter((topic) => TOPIC_GROUPS[topic] === null),
);

/** W3C trace position under which work is to be recorded. */
export interface TraceParent {
  traceId: string;
  spanId: string;
}

/** Which workflow version a run is on. */
export interface WorkflowIdentity {
  namespace: string;
  name: string;
  version: string;
  versionId: string;
}

/** The run that started another one by `run: workflow`. */
export interface RunParent {
  runId: string;
  /** Position of the task that started it. */
  position: string;
  /** Whether the parent is told how this run ends. */
  isTold: boolean;
  /** How many runs are above this one: 1 for the child of a run that nobody's task started. */
  depth: number;
}

/** A run that was accepted: its row is committed. */
export interface RunAccepted {
  kind: 'run.accepted';
  runId: string;
  workspaceId: string;
  workflowId: string;
  workflow: WorkflowIdentity;
  /** What started it: api, webhook, schedule, retry, example. */
  trigger: string;
  input: unknown;
  /** Epoch milliseconds. */
  acceptedAt: number;
  traceId: string;
  rootSpanId: string;
  /** The span of the foreign producer whose trace this run goes on, if there is one. */
  parentSpanId?: string;
  /**
   * For a retry: the run it repeats and the task (pointer or position) from which; null: the task that
   * faulted.
   */
  retry?: { of: string; fromTask: string | null };
  /** For a sub-workflow: the run that started it. */
  parent?: RunParent;
}

/** The result of one attempt of a call. */
export interface CallSettled {
  kind: 'call.settled';
  runId: string;
  callId: string;
  attempt: number;
  outcome: CallOutcome;
  /** Epoch milliseconds. */
  startedAt: number;
  endedAt: number;
}

/** The earliest deadline of the run has come. */
export interface RunDue {
  kind: 'run.due';
  runId: string;
  /**
   * The alarm for which it was sent, in epoch milliseconds: a message that comes twice or late does not do
   * what became due after it, for which another one is sent.
   */
  dueAt?: number;
}

/** A durable command (cancel, retry, a decided review) waits in `run_commands`. */
export interface RunCommanded {
  kind: 'run.commanded';
  runId: string;
  commandId: string;
  /** Only rings: the row has the whole command, and alone has the event of one of kind `event`. */
  command: Exclude<RunCommand, { kind: 'event' }> | { kind: 'event'; by: string; signal?: true };
}

/** What a person or the API may ask of a run. */
export type RunCommand =
  | { kind: 'cancel'; by: string; reason?: string }
  | { kind: 'suspend'; by: string }
  | { kind: 'resume'; by: string }
  | ChildEnded
  | { kind: 'review.decided'; by: string; reviewId: string; decision: ReviewDecision }
  | CallAnswered
  /** An event that the run may listen for; `signal`: it was sent to this run alone. */
  | { kind: 'event'; by: string; event: CloudEvent; signal?: true }
  /** Go on with another version of the workflow; `from` is the one that the run is to be on. */
  | { kind: 'migrate'; by: string; from: WorkflowIdentity; to: WorkflowIdentity };

/**
 * A run that this one started has ended. The durable row says only which and how: `output` and `error` are
 * read from the child's own row when the command is applied, so that nothing large is stored twice.
 */
export interface ChildEnded {
  kind: 'child.ended';
  runId: string;
  /** Of the task that started it. */
  position: string;
  status: 'completed' | 'faulted' | 'cancelled';
  output?: unknown;
  error?: Problem;
}

/** The callback of a call that is answered later. */
export interface CallAnswered {
  kind: 'call.answered';
  by: string;
  /** Of the task. */
  position: string;
  /** Of the call: another turn of a loop has another one. */
  idempotencyKey: string;
  connection: string;
  /** JSON. */
  answer: unknown;
}

/** What a person decided, with the value before and after an edit. */
export interface ReviewDecision {
  approved: boolean;
  /** The data after edits; the same as before when nothing was edited. */
  data: unknown;
  edits: ReviewEdit[];
  comment?: string;
  by: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** One edited field: JSON pointer into the data, both values kept. */
export interface ReviewEdit {
  path: string;
  before: unknown;
  after: unknown;
}

/** Everything that goes into the run inbox. */
export type RunInboxMessage = RunAccepted | CallSettled | RunDue | RunCommanded;

/** `call: http` after its expressions were evaluated. */
export interface HttpCall {
  method: string;
  uri: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  /** In the place of an `authorization` header. */
  authentication?: CallAuthentication;
  /** Serverless Workflow `output` of an http call. */
  output: 'content' | 'response' | 'raw';
  redirect: boolean;
}

/**
 * `call: openapi` after its expressions were evaluated. Which request it is, the document says when the
 * attempt begins.
 */
export interface OpenApiCall {
  document: DocumentSource;
  operationId: string;
  /** By the names of the operation's parameters; `body` is the body where no parameter is called so. */
  parameters: Record<string, unknown>;
  /** Value of the `authorization` header of the operation's request, or what it is made from. */
  authorization?: string | CallAuthentication;
  /** True: the workflow names the effect itself, so the operation's method does not decide it. */
  effectGiven?: boolean;
  output: HttpCall['output'];
  redirect: boolean;
}

/**
 * What is called: a capability over a connection, a plain HTTP endpoint, an operation of an OpenAPI document,
 * a server of another protocol, or something that is started.
 */
export type CallTarget =
  | {
      kind: 'capability';
      capability: string;
      version: string;
      connection: string;
      plugin: string;
      pluginVersion: string;
    }
  | { kind: 'http' }
  | { kind: 'openapi' }
  | { kind: ProtocolKind }
  | { kind: ProcessKind };

/** Protocols that `call` speaks beside HTTP. */
export const PROTOCOL_KINDS = ['mcp', 'grpc', 'a2a', 'asyncapi'] as const;
export type ProtocolKind = (typeof PROTOCOL_KINDS)[number];

/** What `run` starts beside workflows; what each is given stands in `process.ts`. */
export const PROCESS_KINDS = ['script', 'shell', 'container'] as const;
export type ProcessKind = (typeof PROCESS_KINDS)[number];

/** One attempt of one call, sent after the commit that made it outstanding. */
export interface CallRequest {
  kind: 'call.request';
  runId: string;
  workspaceId: string;
  workflow: WorkflowIdentity;
  /** The run's own name for the call instance; with `attempt` it names the attempt. */
  callId: string;
  attempt: number;
  /** JSON pointer of the task in the document. */
  task: string;
  taskName: string;
  target: CallTarget;
  /** Capability input, or the call of the target: HttpCall, OpenApiCall, McpCall and so on. */
  input: unknown;
  effect: Effect;
  /** Stays the same over all attempts of one call instance. */
  idempotencyKey: string;
  timeoutMs: number;
  /**
   * True when the attempt may have been sent before (after a crash): a `write` is then reconciled, not
   * repeated.
   */
  redelivered: boolean;
  /**
   * How many calls of its workflow go in one round where calls of several workflows wait for a connection; 1
   * when absent.
   */
  weight?: number;
  /** The call was begun by an earlier attempt: the plugin goes on with it. */
  later?: LaterCall;
  trace: TraceParent;
  policy?: { name: string; version: string };
  /** Absent: the workflow declares none. */
  secrets?: CallSecrets;
}

/** A run's life as others see it; published after the commit. */
export interface RunChanged {
  kind: 'run.changed';
  runId: string;
  workspaceId: string;
  workflow: WorkflowIdentity;
  status: RunStatus;
  revision: number;
  /**
   * The committed journal entries of this turn. Over Kafka only the settled calls of connections come along,
   * with what is counted of them: when they began and ended, and how.
   */
  entries: readonly unknown[];
  /** Only when the run ended. */
  output?: unknown;
  error?: unknown;
  /** True: output or error was too large for the bus and has to be read from the run. */
  elsewhere?: boolean;
  /** The run's root span, under which others may record what they do about the run. */
  trace?: TraceParent;
  /** Tasks that were under way when the run was suspended, resumed or cancelled in this turn. */
  openTasks?: readonly { task: string; position: string }[];
}

/** A review was opened or closed. */
export interface ReviewChanged {
  kind: 'review.changed';
  reviewId: string;
  runId: string;
  workspaceId: string;
  status: ReviewStatus;
}

/**
 * Definitions were applied; caches are to be read anew. Workflow versions are immutable, so only names and
 * policies matter.
 */
export interface DefinitionsChanged {
  kind: 'definitions.changed';
  workspaceId: string;
  what:
    | 'workflow'
    | 'policy'
    | 'connection'
    | 'plugin'
    | 'trigger'
    /** Events of a plugin's trigger wait to become runs. */
    | 'trigger-events'
    /** A request to a hook waits for a connector host. */
    | 'hook';
}

export type LifecycleMessage = RunChanged | ReviewChanged;

export type ControlMessage = DefinitionsChanged;

/** Statuses of a run, as Serverless Workflow names them. */
export const RUN_STATUSES = [
  'pending',
  'running',
  'waiting',
  'suspended',
  'completed',
  'faulted',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
/** A run in one of these has ended. */
export const RUN_ENDED: ReadonlySet<RunStatus> = new Set<RunStatus>(['completed', 'faulted', 'cancelled']);

export const REVIEW_STATUSES = ['open', 'approved', 'rejected', 'expired', 'withdrawn'] as const;
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

/** A message that could not be handled, as it came. */
export interface DeadLetter {
  topic: string;
  partition: number;
  /** Decimal text: Kafka's offsets do not fit a number. */
  offset: string;
  key: string | null;
  headers: Record<string, string>;
  /** The bytes of the message, after decompression. */
  payload: Uint8Array;
  /** One word: `malformed`, `unknown-kind`, `refused`, `too-large`. */
  reason: string;
  /** One sentence for a person. */
  detail: string;
}
