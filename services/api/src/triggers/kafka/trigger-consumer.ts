import { createKafkaClient, type KafkaConfig, pause, reasonOf, SupervisedConsumer } from '@tutti/bus';
import { Logger } from '@nestjs/common';
import type { Admin, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { SourceRecord } from '../intake/trigger-record.js';
import type { Activity } from '../trigger.activity.js';
import { recordOf } from './kafka-record.js';
import { whileBeating } from './while-beating.js';

export interface TriggerConsumerOptions {
  name: string;
  config: KafkaConfig;
  topic: string;
  groupId: string;
  from: 'latest' | 'earliest';
  activity: Activity;
  /** Resolves when the records are safe; rejects when they are to be given again. */
  take: (records: readonly SourceRecord[]) => Promise<void>;
  /** Whether more runs may wait; while not, nothing is taken. */
  hasRoom: () => Promise<boolean>;
  /** Keeps where the first consumer of this trigger began, for all; answers what is kept. */
  keepPositions: (positions: string) => Promise<string | null>;
  positions: string | null;
}

/** Records of one statement; a heartbeat and a commit come between. */
const CHUNK = 200;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5_000;
const PARTITIONS_AT_ONCE = 4;

/**
 * Reads the topic of one trigger in this process. An offset is committed after its record became a run, a
 * dead letter or was filtered, never before. Whatever is away is waited for, as a member of the group.
 */
export class TriggerConsumer {
  private readonly logger: Logger;
  private readonly closing = new AbortController();
  private readonly client: Kafka;
  private readonly next = new Map<number, bigint>();
  private admin: Admin | null = null;
  private consumer: SupervisedConsumer | null = null;
  private starting: Promise<void> | null = null;
  private positions: Record<string, string> = {};

  constructor(private readonly options: TriggerConsumerOptions) {
    this.logger = new Logger(`Trigger ${options.name}`);
    this.client = createKafkaClient(options.config, `trigger-${options.name}`);
  }

  start(): void {
    this.starting ??= this.begin();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.starting;
    await this.consumer?.close();
    await this.admin?.disconnect().catch(() => undefined);
    this.options.activity.lag.clear();
  }

  /** Looks how many records wait in the partitions that this process reads. */
  async measureLag(): Promise<void> {
    const { topic, groupId, activity } = this.options;
    if (this.consumer?.joined !== true || activity.lag.size === 0) return;
    try {
      const admin = await this.connectedAdmin();
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      for (const { partition, offset } of committed?.partitions ?? []) {
        if (!this.next.has(partition) && Number(offset) >= 0) this.next.set(partition, BigInt(offset));
      }
      for (const { partition, high, low } of ends) {
        if (!activity.lag.has(partition)) continue;
        const next = this.next.get(partition) ?? BigInt(this.positions[partition] ?? low);
        activity.lag.set(partition, Math.max(0, Number(BigInt(high) - next)));
      }
    } catch (error) {
      await this.dropAdmin();
      this.logger.debug(`The lag is not known now: ${reasonOf(error)}`);
    }
  }

  private async begin(): Promise<void> {
    for (
      let waitMs = RETRY_MS_MIN;
      !this.closing.signal.aborted;
      waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)
    ) {
      try {
        this.positions = await this.findPositions();
        break;
      } catch (error) {
        await this.dropAdmin();
        this.failed(error);
        await pause(waitMs, this.closing.signal);
      }
    }
    if (this.closing.signal.aborted) return;
    this.consumer = this.supervised();
    this.consumer.start();
  }

  private supervised(): SupervisedConsumer {
    const { topic, groupId, activity } = this.options;
    return new SupervisedConsumer({
      client: this.client,
      topic,
      // A foreign producer may use transactions: what it took back is not read.
      config: { groupId, readUncommitted: false },
      partitions: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => this.batch(payload),
      onAssigned: (partitions) => {
        this.next.clear();
        activity.lag = new Map(partitions.map((partition) => [partition, null]));
        this.works();
      },
      onRebalance: () => undefined,
      onDown: (reason) => {
        activity.lag.clear();
        if (!this.closing.signal.aborted && reason) this.failed(reason);
      },
    });
  }

  /**
   * Where reading begins, by partition. `latest` means the moment at which the trigger began to work, not the
   * moment at which some process first committed: what came between must not be passed over.
   */
  private async findPositions(): Promise<Record<string, string>> {
    const { topic, from, positions, keepPositions } = this.options;
    const admin = await this.connectedAdmin();
    const ends = await endsOf(admin, topic);
    if (positions !== null) return JSON.parse(positions) as Record<string, string>;
    const found =
      from === 'earliest' ? {} : Object.fromEntries(ends.map(({ partition, high }) => [partition, high]));
    const kept = await keepPositions(JSON.stringify(found));
    return kept === null ? found : (JSON.parse(kept) as Record<string, string>);
  }

  private async batch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const start = this.positions[batch.partition];
    const first = batch.messages[0]?.offset;
    if (start !== undefined && first !== undefined && BigInt(first) < BigInt(start)) {
      // Only a topic that was made anew is shorter than it was; its records are all new then.
      if (BigInt(start) <= BigInt(batch.highWatermark)) {
        this.consumer?.current?.seek({ topic: batch.topic, partition: batch.partition, offset: start });
        return;
      }
    }
    for (let at = 0; at < batch.messages.length; at += CHUNK) {
      if (!(await this.chunk(payload, batch.messages.slice(at, at + CHUNK)))) return;
    }
  }

  /** False when the partition is not this process's any more, or it ends. */
  private async chunk(payload: EachBatchPayload, messages: KafkaMessage[]): Promise<boolean> {
    const { batch } = payload;
    const records = messages.map((message) => recordOf(message, batch));
    if (!(await this.untilTaken(payload, records))) return false;
    const last = (messages.at(-1) as KafkaMessage).offset;
    payload.resolveOffset(last);
    await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    this.next.set(batch.partition, BigInt(last) + 1n);
    this.options.activity.lag.set(batch.partition, Number(BigInt(batch.highWatermark) - BigInt(last) - 1n));
    await payload.heartbeat();
    return true;
  }

  private async untilTaken(payload: EachBatchPayload, records: readonly SourceRecord[]): Promise<boolean> {
    const heartbeat = () => payload.heartbeat();
    const may = () => payload.isRunning() && !payload.isStale() && !this.closing.signal.aborted;
    for (let waitMs = RETRY_MS_MIN; may();) {
      try {
        if (await whileBeating(this.options.hasRoom(), heartbeat)) {
          await whileBeating(this.options.take(records), heartbeat);
          this.works();
          return true;
        }
        waitMs = RETRY_MS_MIN;
      } catch (error) {
        // What Kafka says (the partitions are shared anew) is for the client to handle.
        if (isKafkaError(error)) throw error;
        this.failed(error);
        waitMs = Math.min(waitMs * 2, RETRY_MS_MAX);
      }
      await whileBeating(pause(waitMs, this.closing.signal), heartbeat);
    }
    return false;
  }

  private works(): void {
    const { activity } = this.options;
    if (activity.state === 'failing') this.logger.log('It works again.');
    activity.state = 'running';
    activity.error = null;
  }

  private failed(error: unknown): void {
    const { activity } = this.options;
    const reason = reasonOf(error);
    if (activity.error !== reason) this.logger.warn(`It cannot go on now and tries again: ${reason}`);
    activity.state = 'failing';
    activity.error = reason;
  }

  private async connectedAdmin(): Promise<Admin> {
    if (this.admin === null) {
      const admin = this.client.admin();
      await admin.connect();
      this.admin = admin;
    }
    return this.admin;
  }

  private async dropAdmin(): Promise<void> {
    const admin = this.admin;
    this.admin = null;
    await admin?.disconnect().catch(() => undefined);
  }
}

async function endsOf(admin: Admin, topic: string) {
  try {
    return await admin.fetchTopicOffsets(topic);
  } catch (error) {
    if (!isUnknownTopic(error)) throw error;
    throw new Error(`There is no topic "${topic}" on that Kafka, or this user may not read it.`);
  }
}

/** The client wraps what the broker said. */
function isUnknownTopic(error: unknown): boolean {
  const { type, cause } = (error ?? {}) as { type?: unknown; cause?: unknown };
  return (
    type === 'UNKNOWN_TOPIC_OR_PARTITION' || (cause !== undefined && cause !== error && isUnknownTopic(cause))
  );
}

function isKafkaError(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}
