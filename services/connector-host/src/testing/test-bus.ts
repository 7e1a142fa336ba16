import { Bus, type BusStatus, type TopicMessages } from '@tutti/bus';
import { TOPICS, type CallSettled } from '@tutti/contracts';

/** A bus as Kafka is one: it may be away or closed, and may give a call to several hosts. */
export class TestBus extends Bus {
  /** Results that the bus keeps durably. */
  readonly settled: CallSettled[] = [];
  /** Everything else that was published. */
  readonly others: unknown[] = [];
  state: 'here' | 'away' | 'closed' = 'here';
  readonly #subscribers: { topic: string; handler: (messages: never[], context: never) => unknown }[] = [];

  async publish<T extends keyof TopicMessages>(
    topic: T,
    messages: readonly TopicMessages[T][],
  ): Promise<void> {
    if (this.state === 'away') await new Promise(() => undefined);
    if (this.state === 'closed') throw new Error('The bus is closed.');
    if (topic === TOPICS.runInbox) this.settled.push(...(messages as readonly CallSettled[]));
    else this.others.push(...messages);
    const context = { repeats: messages.map(() => false) } as never;
    for (const { topic: wanted, handler } of this.#subscribers)
      if (wanted === topic) handler([...messages] as never[], context);
  }

  subscribe(topic: keyof TopicMessages, handler: (messages: never[], context: never) => unknown): () => void {
    const subscriber = { topic, handler };
    this.#subscribers.push(subscriber);
    return () => this.#subscribers.splice(this.#subscribers.indexOf(subscriber), 1);
  }

  status(): BusStatus {
    const nothing = { sending: 0, handling: 0, lag: {}, shards: { owned: [], count: 1 } };
    return { transport: 'kafka', connected: this.state === 'here', ...nothing };
  }

  /** This process's share of the calls changes. */
  rebalance(): void {
    for (const listener of this.callsListeners) listener();
  }
}
