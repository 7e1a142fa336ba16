import { TOPIC_GROUPS, TOPICS, type Topic } from '@tutti/contracts';
import type { KafkaConfig } from './kafka-config.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The broker's own default for a batch of one partition; the hub counts on no less. */
export const BATCH_BYTES_MAX = 1_048_588;

interface TopicPlan {
  retentionMs: number;
  /** Payloads above this go to the PayloadStore. */
  inlineBytesMax: number;
  /** Beyond, more only cost: each is asked for in every fetch of every process that reads the topic. */
  partitionsMax?: number;
  /** Whether any partition will do, whatever the key: nothing is said of the order of its messages. */
  anyPartition?: boolean;
}

const PLANS: Readonly<Record<Topic, TopicPlan>> = {
  // An outage of the hub may last so long before a run has to be read from the database again.
  [TOPICS.runInbox]: { retentionMs: 7 * DAY_MS, inlineBytesMax: 64 * 1024 },
  [TOPICS.calls]: { retentionMs: 7 * DAY_MS, inlineBytesMax: 64 * 1024, anyPartition: true },
  [TOPICS.spans]: { retentionMs: DAY_MS, inlineBytesMax: 512 * 1024, anyPartition: true },
  // The API processes read all of it, each alone.
  [TOPICS.lifecycle]: { retentionMs: 7 * DAY_MS, inlineBytesMax: 64 * 1024, partitionsMax: 16 },
  [TOPICS.control]: { retentionMs: DAY_MS, inlineBytesMax: 64 * 1024, partitionsMax: 1 },
};

/** One topic as it is to be on the broker. */
export interface BrokerTopic extends Omit<TopicPlan, 'partitionsMax'> {
  topic: Topic;
  /** Its name on the broker. */
  name: string;
  /** Which consumer group works it off; null: every process reads all of it. */
  group: string | null;
  /** Grows when someone gives it more. */
  partitions: number;
  config: Readonly<Record<string, string>>;
}

/** The hub's topics on the broker, under this prefix. */
export function brokerTopics(config: KafkaConfig, brokers: number): BrokerTopic[] {
  const copies = replicationOf(config, brokers);
  return Object.values(TOPICS).map((topic) => ({
    ...PLANS[topic],
    topic,
    name: brokerTopicName(config.prefix, topic),
    group: TOPIC_GROUPS[topic] === null ? null : `${config.prefix}.${TOPIC_GROUPS[topic]}`,
    partitions: Math.min(config.partitions, PLANS[topic].partitionsMax ?? Infinity),
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': String(PLANS[topic].retentionMs),
      // Of runs nothing is dropped for its size; spans may be many, and nobody waits for them.
      ...(topic === TOPICS.spans ? { 'retention.bytes': String(config.spanBytesMax) } : {}),
      'max.message.bytes': String(BATCH_BYTES_MAX),
      'min.insync.replicas': insyncOf(copies),
    },
  }));
}

/** Of three copies, one may be away without stopping the hub, and no acknowledged message is lost with it. */
export function insyncOf(copies: number): string {
  return String(copies >= 3 ? 2 : 1);
}

export function replicationOf(config: KafkaConfig, brokers: number): number {
  return config.replication ?? Math.min(3, Math.max(1, brokers));
}

/** `tutti.run-inbox.v1` is `<prefix>.run-inbox.v1` on the broker. */
export function brokerTopicName(prefix: string, topic: Topic): string {
  return `${prefix}${topic.slice('tutti'.length)}`;
}
