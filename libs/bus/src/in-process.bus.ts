import { Injectable, Logger } from '@nestjs/common';
import type { DeadLetter } from '@tutti/contracts';
import { Bus, type BatchHandler, type BusStatus, type TopicMessages } from './bus.js';
import { KIND_HEADER } from './kafka/message.codec.js';
import { untilDone } from './kafka/pause.js';
import type { DeadLetterSink } from './ports.js';

interface Subscription {
  topic: keyof TopicMessages;
  handler: BatchHandler<unknown>;
  queue: unknown[];
  scheduled: boolean;
  /** Whether what it refuses is kept; a feed's handlers only look. */
  keepRefused: boolean;
}

/** What the bus counts since the process began. */
export interface InProcessCounters {
  /** Messages that could not be handled. */
  deadLetters: number;
}

/**
 * The bus of the standalone hub. Publishing queues the messages for each subscriber and delivers them in one
 * batch in the next turn of the event loop, so that messages of one tick travel together. A slow subscriber
 * gets its next batch only when it is done with the last one. What its handlers refuse becomes a dead letter
 * where there is a sink, and is only said otherwise.
 */
@Injectable()
export class InProcessBus extends Bus {
  readonly counters: InProcessCounters = { deadLetters: 0 };
  private readonly logger = new Logger(InProcessBus.name);
  private readonly subscriptions = new Map<string, Subscription[]>();
  private readonly closing = new AbortController();
  private readonly writing = new Set<Promise<unknown>>();
  /**
   * Messages have no offsets here: microseconds since 1970, so that no later process begins with the same
   * ones.
   */
  private nextOffset = BigInt(Date.now()) * 1_000n;

  constructor(private readonly deadLetters: DeadLetterSink | null = null) {
    super();
  }

  publish<T extends keyof TopicMessages>(topic: T, messages: readonly TopicMessages[T][]): Promise<void> {
    for (const subscription of this.subscriptions.get(topic) ?? []) {
      for (const message of messages) subscription.queue.push(message);
      if (!subscription.scheduled && subscription.queue.length > 0) {
        subscription.scheduled = true;
        setImmediate(() => void this.deliver(subscription));
      }
    }
    return Promise.resolve();
  }

  subscribe<T extends keyof TopicMessages>(topic: T, handler: BatchHandler<TopicMessages[T]>): () => void {
    return this.add(topic, handler as BatchHandler<unknown>, false);
  }

  /** Works the topic off: what the handler refuses is kept. For the Nest transport. */
  consume(topic: keyof TopicMessages, handler: BatchHandler<unknown>): () => void {
    return this.add(topic, handler, true);
  }

  status(): BusStatus {
    const all = [...this.subscriptions.values()].flat();
    return {
      transport: 'in-process',
      connected: true,
      sending: 0,
      handling: all.reduce((sum, { queue }) => sum + queue.length, 0),
      lag: {},
      shards: { owned: [0], count: 1 },
    };
  }

  /** Ends what is being written to the sink; a database that is away is not waited for. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.writing);
  }

  private add(topic: keyof TopicMessages, handler: BatchHandler<unknown>, keepRefused: boolean): () => void {
    const subscription: Subscription = { topic, handler, queue: [], scheduled: false, keepRefused };
    this.subscriptions.set(topic, [...(this.subscriptions.get(topic) ?? []), subscription]);
    return () =>
      this.subscriptions.set(
        topic,
        (this.subscriptions.get(topic) ?? []).filter((other) => other !== subscription),
      );
  }

  private async deliver(subscription: Subscription): Promise<void> {
    while (subscription.queue.length > 0) {
      const batch = subscription.queue;
      subscription.queue = [];
      await this.hand(subscription, batch, false);
    }
    subscription.scheduled = false;
  }

  private async hand(subscription: Subscription, batch: unknown[], repeat: boolean): Promise<void> {
    try {
      const handled: unknown = await subscription.handler(batch, { repeats: batch.map(() => repeat) });
      if (!Array.isArray(handled)) return;
      (handled as Promise<unknown>[]).forEach((done, i) => {
        done.catch((error: unknown) => this.refused(subscription, [batch[i]], error));
      });
    } catch (error) {
      if (batch.length === 1 || !subscription.keepRefused) return this.refused(subscription, batch, error);
      // One message may have spoiled the batch: the others must not suffer for it.
      for (const message of batch) await this.hand(subscription, [message], true);
    }
  }

  /**
   * A message that cannot be handled is a defect of this process's own making: it is kept, and the bus goes
   * on.
   */
  private refused({ topic, keepRefused }: Subscription, messages: unknown[], error: unknown): void {
    if (this.closing.signal.aborted) return;
    const { deadLetters } = this;
    this.logger.error(
      `A message of ${topic} could not be handled: ${error instanceof Error ? error.stack : String(error)}`,
    );
    if (deadLetters === null || !keepRefused) return;
    this.counters.deadLetters += messages.length;
    const detail = error instanceof Error ? error.message : String(error);
    const letters = messages.map((message) => this.letterOf(topic, message, detail));
    const written = untilDone(() => deadLetters.write(letters), {
      stop: this.closing.signal,
      say: (text) => this.logger.warn(text),
      failure: 'A dead letter cannot be kept',
    }).finally(() => this.writing.delete(written));
    this.writing.add(written);
  }

  /** As Kafka would have them, so that the same page shows, edits and sends them again. */
  private letterOf(topic: keyof TopicMessages, message: unknown, detail: string): DeadLetter {
    return {
      ...recordOf(message),
      topic,
      partition: 0,
      offset: String(this.nextOffset++),
      reason: 'refused',
      detail,
    };
  }
}

/** The spool's messages are bytes; all others are objects. */
function recordOf(message: unknown): Pick<DeadLetter, 'key' | 'headers' | 'payload'> {
  if (message instanceof Uint8Array)
    return { key: null, headers: { 'content-type': 'application/octet-stream' }, payload: message };
  const { kind, runId } = message as { kind?: unknown; runId?: unknown };
  return {
    key: typeof runId === 'string' ? runId : null,
    headers: { [KIND_HEADER]: String(kind), 'content-type': 'application/json' },
    payload: Buffer.from(JSON.stringify(message)),
  };
}
