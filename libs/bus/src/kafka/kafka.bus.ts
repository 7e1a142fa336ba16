import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { TOPICS, type Topic } from '@tutti/contracts';
import type { Kafka } from 'kafkajs';
import { Bus, type BatchHandler, type BusStatus, type TopicMessages } from '../bus.js';
import { InProcessBus } from '../in-process.bus.js';
import type { BusStateStore, DeadLetterSink, PayloadStore } from '../ports.js';
import { BusClosedError } from './bus-closed.error.js';
import { newCounters } from './counters.js';
import { BACKLOG_MAX, FeedConsumer, HOLD_MS } from './feed-consumer.js';
import { GroupConsumer } from './group-consumer.js';
import { createKafkaClient, isMissingTopic, reasonOf } from './kafka-client.js';
import { KafkaConfigError, type KafkaConfig } from './kafka-config.js';
import { KafkaSender } from './kafka-sender.js';
import type { BrokerTopic } from './kafka-topics.js';
import { LossWatch } from './loss-watch.js';
import { MessageDispatcher } from './message-dispatcher.js';
import { backoffMs, pause, untilDone } from './pause.js';
import { keepTopics, TopicsNotKnownYet } from './topic-keeper.js';
import { type TopicStatus, TopicWatch } from './topic-watch.js';

export interface KafkaBusOptions {
  config: KafkaConfig;
  /** Names this process among all; no two live ones may share it. */
  instanceId: string;
  deadLetters: DeadLetterSink;
  payloads: PayloadStore;
  state: BusStateStore;
  /** How long `close` waits for what is under way. */
  closeLimitMs?: number;
}

const CLOSE_LIMIT_MS = 10_000;
const SAY_AGAIN_MS = 30_000;

/** The bus of the distributed hub: Kafka's topics, at least once. */
export class KafkaBus extends Bus {
  readonly counters = newCounters();
  /** Resolves when the topics are there; rejects with KafkaConfigError when they are not as they must be. */
  readonly ready: Promise<void>;

  private readonly logger = new Logger(KafkaBus.name);
  private readonly sockets = new Set<Socket>();
  private readonly client: Kafka;
  private readonly consumerClient: Kafka;
  private readonly closing = new AbortController();
  private readonly topicsKnown: Promise<ReadonlyMap<Topic, BrokerTopic>>;
  private readonly sender: KafkaSender;
  private readonly groups = new Map<Topic, GroupConsumer>();
  private readonly feeds = new Map<Topic, { begun: Promise<FeedConsumer | null>; consumer?: FeedConsumer }>();
  /** Hands what a feed read to each of its subscribers. */
  private readonly local = new InProcessBus();
  private readonly losses: LossWatch;
  private topicsByName: ReadonlyMap<Topic, BrokerTopic> = new Map();
  private watch: TopicWatch | null = null;
  private stopped: Promise<void> | null = null;
  private closed: Promise<void> | null = null;
  private shards: readonly number[] = [];

  /** Returns at once, also when no broker is there: what is published waits. See `ready`. */
  static open(options: KafkaBusOptions): KafkaBus {
    return new KafkaBus(options);
  }

  /** Waits for a broker and for the topics; rejects with KafkaConfigError only. */
  static async connect(options: KafkaBusOptions): Promise<KafkaBus> {
    const bus = new KafkaBus(options);
    await bus.ready;
    return bus;
  }

  private constructor(private readonly options: KafkaBusOptions) {
    super();
    const { config, instanceId, payloads, state } = options;
    this.client = createKafkaClient(config, instanceId, { sockets: this.sockets });
    this.consumerClient = createKafkaClient(config, instanceId, {
      patience: 'long',
      sockets: this.sockets,
    });
    this.losses = new LossWatch(state, `kafka.${config.prefix}`);
    this.topicsKnown = this.findTopics();
    this.ready = this.topicsKnown.then((topics) => this.begin(topics));
    // Whoever waits for it is told; nobody has to.
    this.ready.catch(() => undefined);
    this.sender = new KafkaSender({
      client: this.client,
      payloads,
      counters: this.counters,
      lifecycle: config.lifecycle,
      topics: this.topicsKnown,
    });
  }

  override async publish<T extends keyof TopicMessages>(
    topic: T,
    messages: readonly TopicMessages[T][],
  ): Promise<void> {
    // Whoever subscribed a moment ago is to see it.
    const feed = this.feeds.get(topic);
    if (feed && !feed.consumer) await feed.begun;
    return this.sender.publish(topic, messages);
  }

  override subscribe<T extends keyof TopicMessages>(
    topic: T,
    handler: BatchHandler<TopicMessages[T]>,
  ): () => void {
    if (!this.feeds.has(topic)) {
      const feed: { begun: Promise<FeedConsumer | null>; consumer?: FeedConsumer } = {
        begun: this.beginFeed(topic),
      };
      feed.begun.then(
        (consumer) => (feed.consumer = consumer ?? undefined),
        () => undefined,
      );
      this.feeds.set(topic, feed);
    }
    return this.local.subscribe(topic, handler);
  }

  /** Works the topic off together with the other processes of its group; for the Nest transport. */
  consume<T extends keyof TopicMessages>(topic: T, handlers: readonly BatchHandler<unknown>[]): void {
    void this.topicsKnown.then(
      (topics) => {
        const broker = topics.get(topic);
        if (!broker?.group) throw new Error(`${topic} is read by every process, not by a group.`);
        if (this.closing.signal.aborted) return;
        const group = new GroupConsumer({
          client: this.consumerClient,
          isUp: () => this.watch?.healthy !== false,
          topic: broker,
          groupId: broker.group,
          dispatcher: this.dispatcher(broker, handlers, true),
          ends: () => this.endsOf(broker),
          onShards: (owned) => this.changeShards(topic, owned),
        });
        this.groups.set(topic, group);
        group.start();
      },
      () => undefined,
    );
  }

  override status(): BusStatus {
    const groups = [...this.groups.values()];
    const feeds = [...this.feeds.values()];
    return {
      transport: 'kafka',
      connected:
        !this.closing.signal.aborted &&
        this.watch?.healthy === true &&
        this.sender.healthy &&
        groups.every(({ joined }) => joined) &&
        feeds.every(({ consumer }) => consumer?.joined === true),
      sending: this.sender.waiting,
      handling: groups.reduce((sum, { inFlight }) => sum + inFlight, this.local.status().handling),
      lag: Object.fromEntries(
        (this.watch?.statuses ?? []).flatMap(({ topic, lag }) => (lag === null ? [] : [[topic, lag]])),
      ),
      shards: { owned: this.shards, count: this.topicsByName.get(TOPICS.runInbox)?.partitions ?? 0 },
    };
  }

  /** The topics as they are now; asks the broker. */
  async topics(): Promise<TopicStatus[]> {
    await this.ready;
    return this.watch?.look() ?? [];
  }

  override async stopTaking(topic: Topic, enough: Promise<unknown>): Promise<void> {
    await this.groups.get(topic)?.close(this.options.closeLimitMs ?? CLOSE_LIMIT_MS, enough);
  }

  /**
   * Takes nothing more, waits for what is under way, commits and leaves the groups, so that other processes
   * go on with it at once. Publishing still works.
   */
  stopReceiving(): Promise<void> {
    this.stopped ??= this.stopConsumers();
    return this.stopped;
  }

  /** Also sends what waits; afterwards publishing rejects with BusClosedError. */
  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async findTopics(): Promise<ReadonlyMap<Topic, BrokerTopic>> {
    const { config } = this.options;
    let saidAt = -Infinity;
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      try {
        const topics = await keepTopics(this.client, config);
        this.logger.log(`Connected to Kafka at ${config.brokers.join(', ')}.`);
        this.topicsByName = new Map(topics.map((topic) => [topic.topic, topic]));
        return this.topicsByName;
      } catch (error) {
        if (error instanceof KafkaConfigError) throw error;
        // Topics that were made a moment ago are not known to every broker at once.
        const early = error instanceof TopicsNotKnownYet || isMissingTopic(error);
        if (!early && Date.now() - saidAt >= SAY_AGAIN_MS) {
          saidAt = Date.now();
          this.logger.warn(`Waiting for Kafka at ${config.brokers.join(', ')}: ${reasonOf(error)}`);
        }
      }
      await pause(backoffMs(attempt), this.closing.signal);
    }
    throw new BusClosedError();
  }

  private begin(topics: ReadonlyMap<Topic, BrokerTopic>): void {
    if (this.closing.signal.aborted) return;
    this.watch = new TopicWatch({
      client: this.client,
      topics: [...topics.values()],
      onLook: (statuses, clusterId) => this.looked(statuses, clusterId),
      onMissing: () => this.makeAgain(),
    });
    this.watch.start();
  }

  /** Only who can send again what was lost looks for losses; the others would forget them. */
  private async looked(statuses: readonly TopicStatus[], clusterId: string): Promise<void> {
    for (const { topic, partitions } of statuses) {
      const known = this.topicsByName.get(topic as Topic);
      if (known) known.partitions = partitions.length;
    }
    if (this.lossListeners.length === 0) return;
    const loss = await this.losses.look(statuses, clusterId);
    if (loss) {
      this.counters.loss++;
      this.logger.warn(`Messages may have been lost. ${loss.reason}`);
      for (const { topic, partition, begin } of loss.partitions) {
        this.groups.get(topic as Topic)?.forget(partition, begin);
        this.feeds.get(topic as Topic)?.consumer?.forget(partition, begin);
      }
      for (const listener of this.lossListeners) await listener(loss.reason);
    }
    if (loss || !this.losses.suspects) await this.losses.remember(statuses, clusterId);
  }

  /** Someone deleted a topic; what was in it is sent again when the loss is noticed. */
  private async makeAgain(): Promise<void> {
    try {
      await keepTopics(this.client, this.options.config);
    } catch (error) {
      this.logger.error(error instanceof KafkaConfigError ? error.message : reasonOf(error));
    }
  }

  private async endsOf(topic: BrokerTopic): Promise<ReadonlyMap<number, number>> {
    await this.ready;
    return this.watch?.ends(topic) ?? new Map();
  }

  private changeShards(topic: Topic, owned: readonly number[]): void {
    if (topic === TOPICS.calls) for (const listener of this.callsListeners) listener();
    if (topic !== TOPICS.runInbox) return;
    this.shards = owned;
    for (const listener of this.shardListeners) listener(owned);
  }

  private async beginFeed(topic: Topic): Promise<FeedConsumer | null> {
    const broker = (await this.topicsKnown).get(topic) as BrokerTopic;
    const from = await untilDone(() => this.endsOf(broker), {
      stop: this.closing.signal,
      say: (text) => this.logger.warn(text),
      failure: `The end of ${broker.name} is not known`,
    });
    if (from === undefined || this.closing.signal.aborted) return null;
    const consumer = new FeedConsumer({
      client: this.consumerClient,
      isUp: () => this.watch?.healthy !== false,
      topic: broker,
      groupId: this.feedGroup(topic),
      from,
      dispatcher: this.dispatcher(broker, [(messages) => this.handOn(topic, messages)], false),
    });
    consumer.start();
    return consumer;
  }

  /** Ends when the subscribers are not far behind: meanwhile the feed reads no further. */
  private async handOn(topic: Topic, messages: unknown[]): Promise<void> {
    await this.local.publish(topic, messages as never);
    while (this.local.status().handling > BACKLOG_MAX && !this.closing.signal.aborted)
      await pause(HOLD_MS, this.closing.signal);
  }

  private feedGroup(topic: Topic): string {
    const { config, instanceId } = this.options;
    return `${config.prefix}.feed.${instanceId}${topic === TOPICS.lifecycle ? '' : `.${topic}`}`;
  }

  private dispatcher(
    broker: BrokerTopic,
    handlers: readonly BatchHandler<unknown>[],
    keepRefused: boolean,
  ): MessageDispatcher {
    const { payloads, deadLetters } = this.options;
    const { topic, name } = broker;
    return new MessageDispatcher({
      topic,
      name,
      handlers,
      payloads,
      deadLetters,
      counters: this.counters,
      keepRefused,
    });
  }

  private async stopConsumers(): Promise<void> {
    const limitMs = this.options.closeLimitMs ?? CLOSE_LIMIT_MS;
    await Promise.all([...this.groups.values()].map((group) => group.close(limitMs)));
  }

  private async closeAll(): Promise<void> {
    await this.stopReceiving();
    const groupIds = [...this.feeds.keys()].map((topic) => this.feedGroup(topic));
    await this.sender.close(this.options.closeLimitMs ?? CLOSE_LIMIT_MS);
    this.closing.abort();
    await Promise.all(
      [...this.feeds.values()].map(async ({ begun }) => (await begun.catch(() => null))?.close()),
    );
    await this.watch?.deleteGroups(groupIds);
    await this.watch?.close();
    // With an error, because that is what makes the client stop its timers too.
    for (const socket of this.sockets) socket.destroy(new BusClosedError());
  }
}
