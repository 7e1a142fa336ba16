import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { BROADCAST_TOPICS } from '@tutti/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BatchHandler, TopicMessages } from './bus.js';
import type { InProcessBus } from './in-process.bus.js';

/**
 * Nest's transport over the in-process bus: every `@EventPattern<string>(TOPICS.x)` handler gets
 * arrays of messages.
 */
export class InProcessStrategy extends Server implements CustomTransportStrategy {
  private ends: (() => void)[] = [];

  constructor(private readonly bus: InProcessBus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    for (const [topic, first] of this.messageHandlers) {
      // Nest chains further handlers of one event behind the first.
      for (
        let handler: typeof first | undefined = first;
        handler;
        handler = handler.next as typeof first | undefined
      ) {
        const handle = handler;
        this.ends.push(
          this.take(topic as keyof TopicMessages, async (messages, context) => {
            const result: unknown = await handle(messages, context);
            return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
          }),
        );
      }
    }
    callback();
  }

  /** As over Kafka: of the lifecycle every process sees all, and nobody works it off. */
  private take(topic: keyof TopicMessages, handler: BatchHandler<unknown>): () => void {
    return BROADCAST_TOPICS.has(topic)
      ? this.bus.subscribe(topic, handler)
      : this.bus.consume(topic, handler);
  }

  close(): void {
    for (const end of this.ends) end();
    this.ends = [];
  }

  on(): never {
    throw new Error('The in-process transport has no events of its own.');
  }

  unwrap<T>(): T {
    return this.bus as T;
  }
}
