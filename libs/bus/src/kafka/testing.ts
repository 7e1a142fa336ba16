import type { DeadLetter, Topic } from '@tutti/contracts';
import kafkajs, { type Admin, type Kafka, type Message } from 'kafkajs';
import type { BusStateStore, DeadLetterSink, PayloadStore } from '../ports.js';
import { KafkaBus } from './kafka.bus.js';
import { readKafkaConfig } from './kafka-config.js';
import { brokerTopicName } from './kafka-topics.js';

/** Ports of the bus that keep everything in memory. */
export class MemoryPorts {
  readonly letters: DeadLetter[] = [];
  readonly payloadsById = new Map<string, Uint8Array>();
  readonly facts = new Map<string, string>();

  readonly deadLetters: DeadLetterSink = {
    write: (letters) => {
      this.letters.push(...letters);
      return Promise.resolve();
    },
  };
  readonly payloads: PayloadStore = {
    put: (payloads) => {
      for (const { id, content } of payloads) this.payloadsById.set(id, content);
      return Promise.resolve();
    },
    get: (ids) =>
      Promise.resolve(
        new Map(
          ids.flatMap((id) => {
            const content = this.payloadsById.get(id);
            return content ? [[id, content] as const] : [];
          }),
        ),
      ),
  };
  readonly state: BusStateStore = {
    get: (key) => Promise.resolve(this.facts.get(key)),
    set: (key, value) => {
      this.facts.set(key, value);
      return Promise.resolve();
    },
  };
}

/** The buses of one test, under one prefix of a real broker. */
export class BusBench {
  readonly ports = new MemoryPorts();
  readonly prefix: string;
  private readonly buses = new Set<KafkaBus>();

  constructor(
    private readonly bootstrap: string,
    prefix: string,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {
    this.prefix = prefix.replace(/\.+$/, '');
  }

  open(instanceId: string, env: Readonly<Record<string, string>> = {}, closeLimitMs = 2_000): KafkaBus {
    const config = readKafkaConfig({
      TUTTI_KAFKA_BROKERS: this.bootstrap,
      TUTTI_KAFKA_PREFIX: this.prefix,
      TUTTI_KAFKA_PARTITIONS: '4',
      ...this.env,
      ...env,
    });
    if (!config) throw new Error('The test names no broker.');
    const { deadLetters, payloads, state } = this.ports;
    const bus = KafkaBus.open({ config, instanceId, deadLetters, payloads, state, closeLimitMs });
    this.buses.add(bus);
    return bus;
  }

  async connect(
    instanceId: string,
    env: Readonly<Record<string, string>> = {},
    closeLimitMs?: number,
  ): Promise<KafkaBus> {
    const bus = this.open(instanceId, env, closeLimitMs);
    await bus.ready;
    return bus;
  }

  name(topic: Topic): string {
    return brokerTopicName(this.prefix, topic);
  }

  /** Does something with a client that is not the bus's. */
  async admin<T>(work: (admin: Admin, client: Kafka) => Promise<T>): Promise<T> {
    const client = new kafkajs.Kafka({
      brokers: this.bootstrap.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const admin = client.admin();
    await admin.connect();
    try {
      return await work(admin, client);
    } finally {
      await admin.disconnect();
    }
  }

  /** Puts records into a topic as anyone could. */
  async produce(topic: Topic, messages: Message[]): Promise<void> {
    await this.admin(async (_, client) => {
      const producer = client.producer({
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
      });
      await producer.connect();
      await producer.send({ topic: this.name(topic), messages });
      await producer.disconnect();
    });
  }

  async deleteTopics(): Promise<void> {
    await this.admin(async (admin) => {
      const existing = await admin.listTopics();
      await admin.deleteTopics({ topics: existing.filter((name) => name.startsWith(`${this.prefix}.`)) });
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.buses].map((bus) => bus.close()));
  }
}
