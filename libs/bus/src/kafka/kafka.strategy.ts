import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { BROADCAST_TOPICS } from '@tutti/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BatchHandler, Handled, TopicMessages } from '../bus.js';
import type { KafkaBus } from './kafka.bus.js';

/**
 * Nest's transport over Kafka, with the contract of the in-process one: every
 * `@EventPattern<string>(TOPICS.x)` handler gets arrays of messages and says when they are done.
 */
export class KafkaStrategy extends Server implements CustomTransportStrategy {
  private ends: (() => void)[] = [];

  constructor(private readonly bus: KafkaBus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    for (const [pattern, first] of this.messageHandlers) {
      const topic = pattern as keyof TopicMessages;
      const handlers: BatchHandler<unknown>[] = [];
      // Nest chains further handlers of one event behind the first.
      for (
        let handler: typeof first | undefined = first;
        handler;
        handler = handler.next as typeof first | undefined
      ) {
        const handle = handler;
        handlers.push(async (messages, context) => {
          const result: unknown = await handle(messages, context);
          return (
            isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result
          ) as Handled;
        });
      }
      if (BROADCAST_TOPICS.has(topic))
        this.ends.push(...handlers.map((handler) => this.bus.subscribe(topic, handler)));
      else this.bus.consume(topic, handlers);
    }
    callback();
  }

  async close(): Promise<void> {
    for (const end of this.ends) end();
    this.ends = [];
    await this.bus.stopReceiving();
  }

  on(): never {
    throw new Error('The transport over Kafka has no events of its own.');
  }

  unwrap<T>(): T {
    return this.bus as T;
  }
}
