import { Logger } from '@nestjs/common';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { reasonOf } from './kafka-client.js';
import { withLimit } from './kafka-sender.js';
import { backoffMs, pause } from './pause.js';

export interface SupervisedConsumerOptions {
  client: Kafka;
  /** The topic's name on the broker. */
  topic: string;
  config: ConsumerConfig;
  /** How many partitions may be handed over at once. */
  partitions: number;
  eachBatch: (payload: EachBatchPayload) => Promise<void>;
  /** After every assignment; `continuous`: nobody else had any of it since the last one. */
  onAssigned: (partitions: readonly number[], continuous: boolean) => void;
  /** The group is about to share its partitions anew: the last chance to commit. */
  onRebalance: () => void;
  /** It has no partitions any more, until the next assignment; with what the client gave up for. */
  onDown: (reason: unknown) => void;
  /** Whether the brokers answer others of this process; while they do not, patience is all there is. */
  isUp?: () => boolean;
}

const HEARTBEAT_MS = 1_000;
/** Long enough that an idle consumer costs nothing, short enough that it ends quickly. */
const FETCH_WAIT_MS = 500;
/**
 * From one fetch to the next, at so many records a second and more; at fewer, in proportion less: a fetch
 * costs client and broker nearly the same for one record as for a hundred, and a record that comes alone
 * waits for nothing.
 */
const GATHER = { ms: 20, recordsPerSecond: 1_000 } as const;
/** The time over which the records are counted. */
const RATE_OVER_MS = 100;
/** Without any try for so long the client hangs, and without any success it is stuck: it is replaced. */
const HANGS_MS = 60_000;
const STUCK_MS = 60_000;
/** Stable for so long, the next failure counts as the first. */
const STABLE_MS = 30_000;
const SAY_AGAIN_MS = 30_000;

/**
 * A kafkajs consumer that always comes back: whenever the client gives up, or shows no sign of life, it is
 * replaced by a new one.
 */
export class SupervisedConsumer {
  private readonly logger = new Logger('KafkaConsumer');
  private readonly closing = new AbortController();
  private supervision: Promise<void> | null = null;
  private memberId: string | null = null;
  private triedAt = 0;
  private succeededAt = 0;
  private saidAt = -Infinity;
  private fetchedAt = 0;
  private arrived = 0;
  private recordsPerSecond = 0;
  private gathering: Promise<void> | null = null;
  /** The client while it runs. */
  current: Consumer | null = null;
  joined = false;

  constructor(private readonly options: SupervisedConsumerOptions) {}

  start(): void {
    this.supervision ??= this.supervise();
  }

  /** Leaves the group, so that the others take over at once. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.supervision;
  }

  private async supervise(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      const startedAt = Date.now();
      const consumer = this.create();
      const reason = await this.runUntilDown(consumer);
      this.current = null;
      this.memberId = null;
      this.joined = false;
      await withLimit(consumer.disconnect(), 5_000).catch(() => undefined);
      this.options.onDown(reason);
      if (this.closing.signal.aborted) return;
      if (Date.now() - startedAt > STABLE_MS) attempt = 0;
      this.sayDown(reason);
      await pause(backoffMs(attempt), this.closing.signal);
    }
  }

  private create(): Consumer {
    return this.options.client.consumer({
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      // No message of the hub is part of a transaction.
      readUncommitted: true,
      ...this.options.config,
      retry: {
        retries: 90,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        restartOnFailure: () => Promise.resolve(false),
      },
    });
  }

  private async runUntilDown(consumer: Consumer): Promise<unknown> {
    const { events } = consumer;
    const crashed = new Promise<unknown>((resolve) => {
      consumer.on(events.CRASH, ({ payload }) => resolve(payload.error));
    });
    const live = (): void => void (this.succeededAt = this.triedAt = Date.now());
    consumer.on(events.FETCH_START, () => void (this.triedAt = Date.now()));
    consumer.on(events.FETCH, live);
    consumer.on(events.HEARTBEAT, live);
    consumer.on(events.REBALANCING, () => this.options.onRebalance());
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      live();
      const continuous = payload.memberId === this.memberId;
      this.memberId = payload.memberId;
      this.joined = true;
      this.saidAt = -Infinity;
      this.options.onAssigned(payload.memberAssignment[this.options.topic] ?? [], continuous);
    });
    live();
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [this.options.topic], fromBeginning: true });
      this.current = consumer;
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: this.options.partitions,
        eachBatch: async (payload) => {
          this.arrived += payload.batch.messages.length;
          await this.options.eachBatch(payload);
          await this.gather();
        },
      });
      return await Promise.race([crashed, this.stalled()]);
    } catch (error) {
      return error;
    }
  }

  /** All partitions of one fetch wait together. */
  private gather(): Promise<void> {
    this.gathering ??= this.pauseIfBusy().finally(() => (this.gathering = null));
    return this.gathering;
  }

  private async pauseIfBusy(): Promise<void> {
    const passedMs = performance.now() - this.fetchedAt;
    const kept = Math.exp(-passedMs / RATE_OVER_MS);
    this.recordsPerSecond = this.recordsPerSecond * kept + (this.arrived * 1_000) / RATE_OVER_MS;
    this.arrived = 0;
    this.fetchedAt += passedMs;
    const ms = GATHER.ms * Math.min(1, this.recordsPerSecond / GATHER.recordsPerSecond);
    if (ms >= 1) await pause(ms, this.closing.signal);
  }

  /** Resolves when the client has to be replaced, or the consumer is closed. */
  private async stalled(): Promise<unknown> {
    while (!this.closing.signal.aborted) {
      await pause(1_000, this.closing.signal);
      const now = Date.now();
      if (this.options.isUp?.() === false) this.succeededAt = now;
      if (now - this.triedAt > HANGS_MS || now - this.succeededAt > STUCK_MS)
        return new Error(`The client received nothing for ${(now - this.succeededAt) / 1_000} seconds.`);
    }
    return null;
  }

  private sayDown(reason: unknown): void {
    if (Date.now() - this.saidAt < SAY_AGAIN_MS) return;
    this.saidAt = Date.now();
    this.logger.warn(`Receiving from ${this.options.topic} is begun anew: ${reasonOf(reason)}`);
  }
}
