import type {
  CallSecrets,
  CallTarget,
  CloudEvent,
  Effect,
  FallbackReason,
  LaterCall,
  Problem,
  RunStatus,
} from '@tutti/contracts';
import type { StrategyProgress } from '@tutti/workflow';

/**
 * The whole state of a run in plain JSON. Values in it are shared with earlier states: never change one.
 * A run that has ended keeps who it is, its status, cost, and output or error.
 */
export interface RunState {
  /** Layout of this state. */
  v: 1;
  run: { id: string; workspaceId: string; startedAt: number; trigger: string };
  status: RunStatus;
  /** Micro-units by currency, over all calls so far. */
  cost?: Record<string, number>;
  output?: unknown;
  error?: Problem;
  /** Raw input of the workflow; gone when the run has ended, as everything below. */
  input?: unknown;
  context?: unknown;
  /** Tasks started so far, against the limit. */
  activations?: number;
  /** Workflow timeout, epoch milliseconds. */
  deadline?: number;
  suspended?: boolean;
  /** The top list with what is active in it. */
  root?: TaskNode;
  /** Runs that it started without waiting for their end and that are cancelled with it. */
  followers?: string[];
  /** Events that were sent to this run and that no `listen` has taken yet, the oldest first. */
  signals?: CloudEvent[];
  /** The run whose marks stand for secrets in the data, when it is another one: it was restored from that. */
  secretsOf?: string;
  /** Set by `restore`: the time of the state that it took, from which deadlines are counted on. */
  restoredAt?: number;
}

interface NodeBase {
  /** JSON pointer of the task. */
  task: string;
  /** Name of the instance; absent when it is the pointer. */
  position?: string;
  /** Epoch milliseconds. */
  since: number;
  /** Raw input; absent when it is the transformed input of the parent. */
  input?: unknown;
  /** Transformed input; absent when the task has no `input.from`. */
  filtered?: unknown;
  /** Task timeout, epoch milliseconds. */
  deadline?: number;
}
/** Jumps back within the list so far; part of the position of the tasks that follow. */
interface Sequence {
  round?: number;
  child?: TaskNode;
}

export interface DoNode extends NodeBase, Sequence {
  type: 'do';
}
export interface ForNode extends NodeBase, Sequence {
  type: 'for';
  turn: number;
  /** Only when the collection cannot be derived from the input again. */
  items?: unknown[];
}
export interface TryNode extends NodeBase, Sequence {
  type: 'try';
  phase: 'try' | 'delay' | 'catch';
  retries: number;
  /**
   * Attempt numbers inside start after `base`; `top` is the highest used, so that a retry never repeats one.
   */
  base: number;
  top: number;
  failedAt?: number;
  until?: number;
  error?: Problem;
  /**
   * Of the outermost one that may retry: writes inside it that were given up while nobody knew whether they
   * happened.
   */
  open?: OpenWrite[];
  /** Such writes were given up and are not kept, because no retry comes to them again. */
  gaveUp?: true;
}
/** A write that was given up, as far as it takes to ask whether it happened, and to make it if not. */
export interface OpenWrite extends Pick<
  CallNode,
  'target' | 'call' | 'timeoutMs' | 'policy' | 'key' | 'secrets'
> {
  position: string;
}
export interface ForkNode extends NodeBase {
  type: 'fork';
  branches: ForkBranch[];
  /** Branches that have not ended. */
  left: number;
}
/**
 * A branch: running (`node`), ended (`output`), lost (`error`, in a fork that competes), or none of them: not
 * started.
 */
export interface ForkBranch {
  node?: TaskNode;
  output?: unknown;
  error?: Problem;
}
export interface FunctionNode extends NodeBase {
  type: 'function';
  child?: TaskNode;
}
/** An extension that applies to a task. */
export interface ExtensionNode extends NodeBase, Sequence {
  type: 'extension';
  phase: 'before' | 'task' | 'after';
  /** In `after`: what the task came to, and where the flow goes then. */
  output?: unknown;
  next?: 'continue' | 'exit' | 'end' | number;
}
export interface WaitNode extends NodeBase {
  type: 'wait';
  until: number;
}
export interface ReviewNode extends NodeBase {
  type: 'review';
  reviewId: string;
}
export interface ListenNode extends NodeBase, Sequence {
  type: 'listen';
  /** Names this listening within the run: a `try` may begin the same task again. */
  serial: number;
  /** Types of events that can matter, as they were when it began; absent: any. */
  types?: string[];
  /** How far the strategy has come, and the strategy of its `until`. */
  progress: StrategyProgress;
  untilMet?: number[];
  /** What it has consumed, as it hands it on. */
  events: unknown[];
  /** Events consumed so far. */
  turn: number;
  /** The event that `foreach` works on, and those that wait for it, as they are read. */
  item?: unknown;
  queue?: unknown[];
  /** Nothing more is wanted: it ends with the last event in the queue. */
  over?: true;
}
/**
 * A task that has not started yet: the run is suspended, or the turn was full (then `until` says when it goes
 * on).
 */
export interface ParkedNode extends NodeBase {
  type: 'parked';
  of: string;
  until?: number;
}
/** `run: workflow`: `starting` until the hub has answered, then `running` until the end of the run. */
export interface WorkflowNode extends NodeBase {
  type: 'workflow';
  phase: 'starting' | 'running';
  runId: string;
  /** What becomes of the run when the task is given up. */
  cascade: 'cancel' | 'leave';
  /** Its input; absent when it is that of the task. */
  given?: unknown;
  /** `starting`: when it is asked for again. */
  until?: number;
}
/** Of a call that is answered later. */
export interface PendingState extends LaterCall {
  /** Until when the answer is waited for; absent: the attempt that began it has not said so yet. */
  dueAt?: number;
  /** An attempt was sent that has the answer. */
  told?: true;
}
export interface CallNode extends NodeBase {
  type: 'call';
  /**
   * `out`: an attempt is outstanding; `delay`: the next one waits for `until`; `review`: a person decides.
   */
  phase: 'out' | 'delay' | 'review';
  attempt: number;
  /** Attempts on the present candidate. */
  count: number;
  target: CallTarget;
  call: unknown;
  effect: Effect;
  timeoutMs: number;
  /**
   * `out`: when the attempt counts as timed out; `delay`: when the next one starts; `review`: when it
   * expires.
   */
  until?: number;
  policy?: { name: string; version: string };
  /** What it may use of the workflow's secrets. */
  secrets?: CallSecrets;
  tried?: { connection: string; reason: FallbackReason; because?: string }[];
  /** The result with the highest confidence under the floor. */
  best?: { connection: string; confidence: number; output: unknown };
  error?: Problem;
  /** It was begun, and is answered later. In phase `delay` it waits until then, or until the next look. */
  pending?: PendingState;
  /**
   * Idempotency key, when it is not that of this run: the call was under way when the run was restored from
   * another.
   */
  key?: string;
  review?: { id: string; why: 'unknown' | 'confidence' | 'exhausted' };
}
export type TaskNode =
  | DoNode
  | ForNode
  | TryNode
  | ForkNode
  | FunctionNode
  | ExtensionNode
  | ListenNode
  | WaitNode
  | ReviewNode
  | ParkedNode
  | WorkflowNode
  | CallNode;
