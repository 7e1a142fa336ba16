import { EVENTS_TOPIC } from '@tutti/contracts';
import type { Kafka, Producer } from 'kafkajs';
import { createKafkaClient } from '../kafka/kafka-client.js';
import type { KafkaConfig } from '../kafka/kafka-config.js';
import { replicationOf } from '../kafka/kafka-topics.js';
import { type EventSink, type OutgoingEvent, SinkAway } from './event-sink.js';
import { toKafka } from './kafka-binding.js';

const WEEK_MS = 7 * 24 * 3_600_000;

/**
 * Sends events to the hub's Kafka, in binary mode: to the topic of all events, or the one that the task
 * named.
 */
export class KafkaEventSink implements EventSink {
  readonly name = 'kafka';
  private readonly client: Kafka;
  private readonly topic: string;
  private producer: Promise<Producer> | undefined;

  constructor(private readonly config: KafkaConfig) {
    this.client = createKafkaClient(config, 'events');
    this.topic = eventsTopicName(config.prefix);
  }

  async send(events: readonly OutgoingEvent[]): Promise<(Error | null)[]> {
    const results: (Error | null)[] = events.map(() => null);
    const byTopic = new Map<string, number[]>();
    events.forEach((event, i) => {
      const topic = this.topicOf(event);
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), i]);
    });
    for (const [topic, places] of byTopic) {
      const failure = await this.sendTo(
        topic,
        places.map((i) => events[i] as OutgoingEvent),
      );
      if (failure) for (const i of places) results[i] = failure;
    }
    return results;
  }

  async close(): Promise<void> {
    const producer = await this.producer?.catch(() => undefined);
    await producer?.disconnect();
  }

  /** A workflow cannot write to the hub's own topics: what names one of them goes where all events go. */
  private topicOf({ topic }: OutgoingEvent): string {
    return topic === null || topic.startsWith(`${this.config.prefix}.`) ? this.topic : topic;
  }

  private async sendTo(topic: string, events: readonly OutgoingEvent[]): Promise<Error | null> {
    let connected = false;
    try {
      this.producer ??= this.connect();
      const producer = await this.producer;
      connected = true;
      await producer.send({ topic, acks: -1, messages: events.map(({ event }) => toKafka(event)) });
      return null;
    } catch (error) {
      const broken = this.producer;
      this.producer = undefined;
      void broken?.then((producer) => producer.disconnect()).catch(() => undefined);
      // One topic that does not exist is no reason to leave the others alone.
      const Failure = connected ? Error : SinkAway;
      return new Failure(`Kafka did not take events for ${topic}: ${(error as Error).message}`);
    }
  }

  private async connect(): Promise<Producer> {
    if (this.config.manageTopics === 'create') await this.createTopic();
    const producer = this.client.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
    await producer.connect();
    return producer;
  }

  private async createTopic(): Promise<void> {
    const admin = this.client.admin();
    await admin.connect();
    try {
      if ((await admin.listTopics()).includes(this.topic)) return;
      const { brokers } = await admin.describeCluster();
      const replicationFactor = replicationOf(this.config, brokers.length);
      await admin.createTopics({
        topics: [
          {
            topic: this.topic,
            numPartitions: this.config.partitions,
            replicationFactor,
            configEntries: [{ name: 'retention.ms', value: String(WEEK_MS) }],
          },
        ],
      });
    } finally {
      await admin.disconnect();
    }
  }
}

/** The name on the broker of the topic of all events. */
export function eventsTopicName(prefix: string): string {
  return `${prefix}${EVENTS_TOPIC.slice('tutti'.length)}`;
}
