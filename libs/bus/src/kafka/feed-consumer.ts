import type { EachBatchPayload, Kafka } from 'kafkajs';
import { isForHub } from '../cloud-events/lifecycle.codec.js';
import { DecodedRecord } from '../kafka-records/record-decoder.js';
import type { BrokerTopic } from './kafka-topics.js';
import type { MessageDispatcher } from './message-dispatcher.js';
import { pause } from './pause.js';
import { SupervisedConsumer } from './supervised-consumer.js';

/** Messages that may wait for this process's handlers; beyond, no further ones are fetched. */
export const BACKLOG_MAX = 4_000;
export const HOLD_MS = 100;

export interface FeedConsumerOptions {
  client: Kafka;
  topic: BrokerTopic;
  groupId: string;
  dispatcher: MessageDispatcher;
  isUp: () => boolean;
  /** Where the partitions ended when the first one subscribed: the feed begins there. */
  from: ReadonlyMap<number, number>;
}

/**
 * Reads a whole topic for this process alone. The client reads only in groups, so this is a group of one
 * member that never commits: where it stands is kept here.
 */
export class FeedConsumer {
  private readonly consumer: SupervisedConsumer;
  private readonly next: Map<number, number>;

  constructor(private readonly options: FeedConsumerOptions) {
    const { client, topic, groupId, from } = options;
    this.next = new Map(from);
    this.consumer = new SupervisedConsumer({
      client,
      topic: topic.name,
      isUp: options.isUp,
      partitions: topic.partitions,
      config: { groupId },
      eachBatch: (payload) => this.take(payload),
      onAssigned: (partitions) => this.seek(partitions),
      onRebalance: () => undefined,
      onDown: () => undefined,
    });
  }

  get joined(): boolean {
    return this.consumer.joined;
  }

  start(): void {
    this.consumer.start();
  }

  async close(): Promise<void> {
    this.options.dispatcher.stop();
    await this.consumer.close();
  }

  /** The topic is another one than before. */
  forget(partition: number, begin: number): void {
    this.next.set(partition, begin);
    this.seek([partition]);
  }

  private seek(partitions: readonly number[]): void {
    for (const partition of partitions) {
      // A partition that was added later is read from its beginning.
      const offset = String(this.next.get(partition) ?? 0);
      this.consumer.current?.seek({ topic: this.options.topic.name, partition, offset });
    }
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset < (this.next.get(batch.partition) ?? 0)) continue;
      this.next.set(batch.partition, offset + 1);
      if (message instanceof DecodedRecord && !isForHub(message.rawHeaders)) continue;
      this.options.dispatcher.push({
        partition: batch.partition,
        offset,
        key: message.key,
        headers: message.headers ?? {},
        value: message.value ?? Buffer.alloc(0),
        repeat: false,
        done: () => undefined,
      });
    }
    // What follows waits at the broker: a process that is behind must not fill its memory with it.
    while (this.options.dispatcher.backlog > BACKLOG_MAX) {
      await pause(HOLD_MS);
      await payload.heartbeat();
    }
  }
}
