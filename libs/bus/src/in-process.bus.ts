import { Injectable, Logger } from '@nestjs/common';
import { Bus, type BatchHandler, type BusStatus, type TopicMessages } from './bus.js';

interface Subscription {
  topic: string;
  handler: BatchHandler<unknown>;
  queue: unknown[];
  scheduled: boolean;
}

/**
 * The bus of the standalone hub. Publishing queues the messages for each subscriber and delivers them in one
 * batch in the next turn of the event loop, so that messages of one tick travel together. A slow subscriber
 * gets its next batch only when it is done with the last one.
 */
@Injectable()
export class InProcessBus extends Bus {
  private readonly logger = new Logger(InProcessBus.name);
  private readonly subscriptions = new Map<string, Subscription[]>();

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
    const subscription: Subscription = {
      topic,
      handler: handler as BatchHandler<unknown>,
      queue: [],
      scheduled: false,
    };
    this.subscriptions.set(topic, [...(this.subscriptions.get(topic) ?? []), subscription]);
    return () =>
      this.subscriptions.set(
        topic,
        (this.subscriptions.get(topic) ?? []).filter((other) => other !== subscription),
      );
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

  private async deliver(subscription: Subscription): Promise<void> {
    while (subscription.queue.length > 0) {
      const batch = subscription.queue;
      subscription.queue = [];
      try {
        const handled: unknown = await subscription.handler(batch, { repeats: batch.map(() => false) });
        if (!Array.isArray(handled)) continue;
        for (const done of handled as Promise<unknown>[])
          done.catch((error: unknown) => this.report(subscription, error));
      } catch (error) {
        this.report(subscription, error);
      }
    }
    subscription.scheduled = false;
  }

  /** A message that cannot be handled is a defect of this process's own making: it is said, and the bus goes on. */
  private report(subscription: Subscription, error: unknown): void {
    this.logger.error(`A message of ${subscription.topic} could not be handled: ${(error as Error).stack}`);
  }
}
