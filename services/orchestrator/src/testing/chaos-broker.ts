import { type BatchHandler, Bus, type BusStatus, type TopicMessages } from '@tutti/bus';
import { shardOf, TOPICS } from '@tutti/contracts';

type Topic = keyof TopicMessages;
type Message = TopicMessages[Topic];

/** Random numbers from a seed (mulberry32), so that a failure can be had again. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Partition {
  log: Message[];
  committed: number;
  owner: ChaosBus | null;
  /** Counts the changes of owner. */
  generation: number;
}

const tick = () => new Promise<void>((next) => setImmediate(next));

/**
 * A broker as bad as the contract of the bus allows: it keeps messages twice, delivers again from the last
 * commit to whoever owns a partition next, lets those who owned it work on, mixes the messages of different
 * runs, and is away now and then. Messages of one run stay in order, and what it acknowledged it keeps.
 */
export class ChaosBroker {
  readonly partitions = new Map<Topic, Partition[]>();
  readonly members: ChaosBus[] = [];
  /** Resolves while the broker is there. */
  private there: Promise<void> = Promise.resolve();
  private comeBack: () => void = () => undefined;

  constructor(
    readonly random: () => number,
    readonly count = 4,
  ) {}

  topic(topic: Topic): Partition[] {
    let partitions = this.partitions.get(topic);
    if (!partitions) {
      partitions = Array.from({ length: this.count }, () => ({
        log: [],
        committed: 0,
        owner: null,
        generation: 0,
      }));
      this.partitions.set(topic, partitions);
    }
    return partitions;
  }

  /** How often each message is kept: most of them once. */
  async append(topic: Topic, messages: readonly Message[], alive: () => boolean): Promise<boolean> {
    await this.there;
    if (!alive()) return false;
    const copies = this.random() < 0.05 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      for (const message of messages) {
        const { runId } = message as { runId: string };
        (this.topic(topic)[shardOf(runId, this.count)] as Partition).log.push(message);
      }
    }
    for (const member of this.members) member.hear(topic, messages);
    return true;
  }

  away(): void {
    this.there = new Promise((resolve) => {
      this.comeBack = resolve;
    });
  }

  back(): void {
    this.comeBack();
  }

  /** Gives every partition of the topic to some member that consumes it. */
  rebalance(topic: Topic): void {
    const members = this.members.filter((member) => member.alive && member.consumes(topic));
    for (const partition of this.topic(topic)) {
      partition.owner = members[Math.floor(this.random() * members.length)] ?? null;
      partition.generation += 1;
    }
    for (const member of members) member.assigned(topic);
  }

  /** Forgets everything, as a cluster that was made anew. */
  lose(): void {
    for (const [topic, partitions] of this.partitions) {
      for (const partition of partitions) {
        partition.log = [];
        partition.committed = 0;
        partition.generation += 1;
      }
      this.rebalance(topic);
    }
    for (const member of this.members) if (member.alive) member.lost();
  }
}

/** One process's connection to the broker. */
export class ChaosBus extends Bus {
  alive = true;
  private readonly handlers = new Map<Topic, BatchHandler<never>>();
  private readonly feeds = new Map<Topic, Set<BatchHandler<never>>>();
  private sending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly broker: ChaosBroker,
    private readonly onPublish: (topic: Topic, messages: readonly Message[]) => void = () => undefined,
  ) {
    super();
    broker.members.push(this);
  }

  publish<T extends Topic>(topic: T, messages: readonly TopicMessages[T][]): Promise<void> {
    this.onPublish(topic, messages);
    const sent = this.sending.then(async () => {
      while (this.broker.random() < 0.5) await tick();
      const kept = await this.broker.append(topic, messages, () => this.alive);
      // Between keeping and answering there is time to die.
      while (this.broker.random() < 0.5) await tick();
      if (!kept || !this.alive) throw new Error('The bus is closed.');
    });
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  subscribe<T extends Topic>(topic: T, handler: BatchHandler<TopicMessages[T]>): () => void {
    const feeds = this.feeds.get(topic) ?? new Set();
    this.feeds.set(topic, feeds.add(handler));
    return () => feeds.delete(handler);
  }

  /** Joins the group of the topic: its share of the partitions is handed over from the last commit on. */
  consume<T extends Topic>(topic: T, handler: BatchHandler<TopicMessages[T]>): void {
    this.handlers.set(topic, handler);
    this.broker.rebalance(topic);
  }

  consumes(topic: Topic): boolean {
    return this.handlers.has(topic);
  }

  status(): BusStatus {
    const inbox = this.broker.topic(TOPICS.runInbox);
    const owned = inbox.flatMap(({ owner }, i) => (owner === this ? [i] : []));
    const lag = inbox.reduce((sum, { log, committed }) => sum + log.length - committed, 0);
    return {
      transport: 'kafka',
      connected: this.alive,
      sending: 0,
      handling: 0,
      lag: { [TOPICS.runInbox]: lag },
      shards: { owned, count: this.broker.count },
    };
  }

  /** Ends the process's connection: nothing leaves and nothing comes in any more. */
  kill(): void {
    this.alive = false;
    for (const topic of this.handlers.keys()) this.broker.rebalance(topic);
  }

  hear(topic: Topic, messages: readonly Message[]): void {
    if (!this.alive) return;
    for (const feed of this.feeds.get(topic) ?? [])
      void feed(messages as never, { repeats: messages.map(() => true) });
  }

  lost(): void {
    for (const listener of this.lossListeners) void listener('the test lost it');
  }

  assigned(topic: Topic): void {
    if (topic === TOPICS.runInbox) {
      const { owned } = this.status().shards;
      for (const listener of this.shardListeners) listener(owned);
    }
    for (const partition of this.broker.topic(topic))
      if (partition.owner === this) void this.deliver(topic, partition);
  }

  /**
   * Hands a partition over until it has another owner. Whatever is in it now may have been delivered before.
   */
  private async deliver(topic: Topic, partition: Partition): Promise<void> {
    const { generation, log } = partition;
    const mine = () => this.alive && partition.generation === generation;
    const repeatsBelow = log.length;
    const handler = this.handlers.get(topic) as BatchHandler<Message>;
    const done = new Set<number>();
    let open = 0;
    let next = partition.committed;
    while (mine()) {
      await tick();
      if (open > 100 || next >= log.length || !mine()) {
        await new Promise((again) => setTimeout(again, 1));
        continue;
      }
      const size = 1 + Math.floor(this.broker.random() * 20);
      const messages = log.slice(next, next + size);
      const offsets = messages.map((_, i) => next + i);
      next += messages.length;
      open += messages.length;
      const handled = handler(messages, { repeats: offsets.map((offset) => offset < repeatsBelow) });
      const promises = Array.isArray(handled) ? handled : messages.map(() => Promise.resolve(handled));
      promises.forEach((promise: Promise<unknown>, i) => {
        void promise.then(() => {
          open -= 1;
          done.add(offsets[i] as number);
          // Commits are lost now and then, too.
          while (mine() && done.has(partition.committed) && this.broker.random() < 0.95)
            partition.committed += 1;
        });
      });
    }
  }
}
