import type { CallRequest, LifecycleMessage, RunInboxMessage, TOPICS } from '@tutti/contracts';

/** What travels on which topic. The spool of spans carries encoded requests. */
export interface TopicMessages {
  [TOPICS.runInbox]: RunInboxMessage;
  [TOPICS.calls]: CallRequest;
  [TOPICS.spans]: Uint8Array;
  [TOPICS.lifecycle]: LifecycleMessage;
}

/**
 * Receives whatever arrived since it was called last. An error it throws is reported; the messages are not
 * sent again.
 */
export type BatchHandler<M> = (messages: M[]) => void | Promise<void>;

/**
 * Carries messages in batches. It promises nothing about durability: what was lost is read from the database
 * and sent again. The key of every message is its run id, and messages of one run arrive in the order in
 * which they were published.
 */
export abstract class Bus {
  abstract publish<T extends keyof TopicMessages>(
    topic: T,
    messages: readonly TopicMessages[T][],
  ): Promise<void>;
  /** For feeds outside of Nest's handlers (waiting requests, SSE). Returns how to end it. */
  abstract subscribe<T extends keyof TopicMessages>(
    topic: T,
    handler: BatchHandler<TopicMessages[T]>,
  ): () => void;
}
