import type {
  CallRequest,
  ControlMessage,
  LifecycleMessage,
  RunInboxMessage,
  TOPICS,
} from '@tutti/contracts';

/** What travels on which topic. The spool of spans carries encoded OTLP requests. */
export interface TopicMessages {
  [TOPICS.runInbox]: RunInboxMessage;
  [TOPICS.calls]: CallRequest;
  [TOPICS.spans]: Uint8Array;
  [TOPICS.lifecycle]: LifecycleMessage;
  [TOPICS.control]: ControlMessage;
}

/**
 * When a batch's messages are done, so that the transport may forget them. Nothing or one promise: all of
 * them, once it resolves. An array (or a promise of one): one promise for each message, in their order; the
 * next batch may come meanwhile.
 * A rejection means that the message cannot be handled at all (never: that a database is away): it becomes a
 * dead letter with the error as its reason, and the others go on.
 */
export type Handled = void | Promise<unknown> | readonly Promise<unknown>[];

/** What the transport knows of a batch beside its messages. */
export interface BatchContext {
  /** For each message: whether it may have been delivered before, to this process or another. */
  readonly repeats: readonly boolean[];
}

/** Receives whatever arrived since it was called last. */
export type BatchHandler<M> = (messages: M[], context: BatchContext) => Handled;

/** How the transport is doing, for readiness, back-pressure at the door and the dashboard. */
export interface BusStatus {
  transport: 'in-process' | 'kafka';
  /** False while nothing can be sent or received. */
  connected: boolean;
  /** Messages that wait in this process to be sent. */
  sending: number;
  /** Messages delivered to this process's handlers and not done yet. */
  handling: number;
  /** Messages by topic that this process's consumer groups have not taken yet, where known. */
  lag: Readonly<Record<string, number>>;
  /** Shards (partitions of the run inbox) that this process owns, and how many there are. */
  shards: { owned: readonly number[]; count: number };
}

/**
 * Carries messages in batches, at least once. The key of every message is its run id, and messages of one run
 * arrive in the order in which they were published.
 */
export abstract class Bus {
  /**
   * Resolves when the transport keeps the messages durably (in-process: at once). It waits while the
   * transport is away, and rejects only when the bus is closed: what was not sent is then read from the
   * database again.
   */
  abstract publish<T extends keyof TopicMessages>(
    topic: T,
    messages: readonly TopicMessages[T][],
  ): Promise<void>;
  /**
   * For feeds outside of Nest's handlers (waiting requests, SSE): this process sees every message from now
   * on, whatever other processes see. Returns how to end it.
   */
  abstract subscribe<T extends keyof TopicMessages>(
    topic: T,
    handler: BatchHandler<TopicMessages[T]>,
  ): () => void;
  abstract status(): BusStatus;
  /**
   * Takes no more of a topic that a group works off. What is under way is waited for until `enough` resolves,
   * and left to the other processes then. Within one process there are none.
   */
  stopTaking(_topic: keyof TopicMessages, _enough: Promise<unknown>): Promise<void> {
    return Promise.resolve();
  }
  /**
   * Called when messages may have been lost (topics were made anew, another cluster, offsets out of range):
   * the orchestrator then sends again what the database says is outstanding. When it rejects, or the process
   * ends before it resolves, the loss is told again, to this process or another.
   */
  onLoss(listener: (reason: string) => void | Promise<void>): void {
    this.lossListeners.push(listener);
  }
  /** Called with the shards that this process owns after each change of them. */
  onShards(listener: (owned: readonly number[]) => void): void {
    this.shardListeners.push(listener);
  }
  /** Called after each change of this process's share of `calls`: others may get what is under way here. */
  onCallsReassigned(listener: () => void): void {
    this.callsListeners.push(listener);
  }

  protected readonly lossListeners: ((reason: string) => void | Promise<void>)[] = [];
  protected readonly callsListeners: (() => void)[] = [];
  protected readonly shardListeners: ((owned: readonly number[]) => void)[] = [];
}
