import { Logger } from '@nestjs/common';
import { shardOf, uuidv7, type Topic } from '@tutti/contracts';
import type { Kafka, Message, Producer } from 'kafkajs';
import type { TopicMessages } from '../bus.js';
import type { PayloadStore } from '../ports.js';
import { BusClosedError } from './bus-closed.error.js';
import type { LifecycleLevel } from '../cloud-events/lifecycle.codec.js';
import type { BusCounters } from './counters.js';
import { reasonOf } from './kafka-client.js';
import type { BrokerTopic } from './kafka-topics.js';
import { encodeMessage } from './message.codec.js';
import { backoffMs, pause, untilDone } from './pause.js';
import { PartitionTurns } from './partition-turns.js';

/** Holds the id of the payload in the PayloadStore; the record's own value is empty then. */
export const PAYLOAD_HEADER = 'tutti-payload';

/** How much may wait in this process; beyond, `publish` waits before it takes more. */
export const SEND_QUEUE = { messagesMax: 50_000, bytesMax: 128 * 1024 * 1024 } as const;
/**
 * From one request to the next: under load they get larger, not more. The first of a while waits for nothing.
 */
const REQUEST_EVERY_MS = 5;
/** One request: a partition's share has to fit into one batch of the broker. */
const REQUEST = { messagesMax: 4_000, bytesMax: 8 * 1024 * 1024, partitionBytesMax: 900 * 1024 } as const;
/** Per message, beside key, headers and value. */
const OVERHEAD_BYTES = 64;
/** A request that hangs longer is given up with its connection; the client's own limits should come first. */
const REQUEST_HANGS_MS = 60_000;
const RECONNECT_AFTER_FAILURES = 3;
const SAY_AGAIN_MS = 30_000;

interface Ticket {
  left: number;
  resolve: () => void;
  reject: (error: Error) => void;
}
interface Waiting {
  topic: BrokerTopic;
  partition: number;
  message: Message;
  bytes: number;
  payload: { id: string; content: Uint8Array } | null;
  ticket: Ticket;
}

export interface SenderOptions {
  client: Kafka;
  payloads: PayloadStore;
  counters: BusCounters;
  /** How much of the runs' lives is published. */
  lifecycle?: LifecycleLevel | undefined;
  /** Waits until the topics are known. */
  topics: Promise<ReadonlyMap<Topic, BrokerTopic>>;
}

/**
 * Sends what the process publishes: one request at a time, and whatever gathers meanwhile goes into the next,
 * in the order in which it was published. It never gives up while the bus is open.
 */
export class KafkaSender {
  private readonly logger = new Logger(KafkaSender.name);
  private readonly closing = new AbortController();
  private queue: Waiting[] = [];
  private bytes = 0;
  private inRequest = 0;
  private roomWaiters: (() => void)[] = [];
  private producer: Producer | null = null;
  private running: Promise<void> | null = null;
  private topics: ReadonlyMap<Topic, BrokerTopic> | null = null;
  private readonly turns = new PartitionTurns();
  private requestedAt = -Infinity;
  /** False while requests fail. */
  healthy = true;

  constructor(private readonly options: SenderOptions) {
    options.topics.then(
      (topics) => (this.topics = topics),
      () => undefined,
    );
  }

  get waiting(): number {
    return this.queue.length + this.inRequest;
  }

  async publish<T extends Topic>(topic: T, messages: readonly TopicMessages[T][]): Promise<void> {
    if (messages.length === 0) return;
    // Whoever comes later waits behind those who wait for room: the order stays.
    while (this.isFull() || this.topics === null || this.roomWaiters.length > 0) {
      if (this.closing.signal.aborted) throw new BusClosedError();
      if (this.topics === null) await this.topicsKnown();
      else if (!(await this.room())) break;
    }
    if (this.closing.signal.aborted) throw new BusClosedError();
    const broker = this.topics?.get(topic) as BrokerTopic;
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { left: 0, resolve, reject };
      for (const message of messages) this.enqueue(broker, message, ticket);
      if (ticket.left === 0) return resolve();
      this.running ??= this.run();
    });
  }

  /** Sends what waits, for so long at most; what is left then is rejected. */
  async close(limitMs: number): Promise<void> {
    const timer = setTimeout(() => this.closing.abort(), limitMs);
    while (this.running) await this.running;
    clearTimeout(timer);
    this.closing.abort();
    for (const { ticket } of this.queue) ticket.reject(new BusClosedError());
    this.queue = [];
    for (const wake of this.roomWaiters.splice(0)) wake();
    await this.dropProducer();
  }

  private async topicsKnown(): Promise<void> {
    const closed = new Promise<never>((_, reject) =>
      this.closing.signal.addEventListener('abort', () => reject(new BusClosedError()), { once: true }),
    );
    closed.catch(() => undefined);
    this.topics = await Promise.race([this.options.topics, closed]);
  }

  private isFull(): boolean {
    return this.queue.length >= SEND_QUEUE.messagesMax || this.bytes >= SEND_QUEUE.bytesMax;
  }

  /** Waits in line; true when the place is to be looked at once more. */
  private async room(): Promise<boolean> {
    await new Promise<void>((resolve) => this.roomWaiters.push(resolve));
    return this.isFull();
  }

  private enqueue<T extends Topic>(topic: BrokerTopic, message: TopicMessages[T], ticket: Ticket): void {
    for (const { key, headers, value } of encodeMessage(topic.topic, message, this.options.lifecycle)) {
      const partition =
        topic.anyPartition || key === null ? this.turns.next(topic) : shardOf(key, topic.partitions) || 0;
      const payload = value.byteLength > topic.inlineBytesMax ? { id: uuidv7(), content: value } : null;
      const bytes = value.byteLength + OVERHEAD_BYTES * (2 + Object.keys(headers).length);
      if (payload) headers[PAYLOAD_HEADER] = payload.id;
      const inline = payload ? Buffer.alloc(0) : value;
      this.queue.push({
        topic,
        partition,
        message: { key, headers, value: inline },
        bytes,
        payload,
        ticket,
      });
      this.bytes += bytes;
      ticket.left++;
    }
  }

  private async run(): Promise<void> {
    // Messages of one tick travel together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0 && !this.closing.signal.aborted) {
      const earlyMs = REQUEST_EVERY_MS - (performance.now() - this.requestedAt);
      if (earlyMs > 0) await pause(earlyMs, this.closing.signal);
      this.requestedAt = performance.now();
      const batch = this.take();
      this.inRequest = batch.length;
      const sent = await this.send(batch);
      this.inRequest = 0;
      for (const { ticket } of batch) {
        if (!sent) ticket.reject(new BusClosedError());
        else if (--ticket.left === 0) ticket.resolve();
      }
      if (sent) this.options.counters.sent += batch.length;
      while (this.roomWaiters.length > 0 && !this.isFull()) {
        this.roomWaiters.shift()?.();
        // The one just woken enqueues before the next is looked at.
        await Promise.resolve();
      }
    }
    this.running = null;
  }

  /** The next request: from the front, until one limit is met. */
  private take(): Waiting[] {
    const shares = new Map<string, number>();
    let bytes = 0;
    let count = 0;
    for (; count < Math.min(this.queue.length, REQUEST.messagesMax); count++) {
      const waiting = this.queue[count] as Waiting;
      const size = waiting.payload ? OVERHEAD_BYTES * 4 : waiting.bytes;
      const place = `${waiting.topic.name}/${waiting.partition}`;
      const share = (shares.get(place) ?? 0) + size;
      if (count > 0 && (share > REQUEST.partitionBytesMax || bytes + size > REQUEST.bytesMax)) break;
      shares.set(place, share);
      bytes += size;
    }
    const batch = this.queue.slice(0, count);
    this.queue = this.queue.slice(count);
    this.turns.begin();
    for (const waiting of batch) this.bytes -= waiting.bytes;
    return batch;
  }

  /** False when the bus was closed before. */
  private async send(batch: readonly Waiting[]): Promise<boolean> {
    if (!(await this.keepPayloads(batch))) return false;
    const topicMessages = topicMessagesOf(batch);
    let saidAt = -Infinity;
    for (let failures = 0; !this.closing.signal.aborted; failures++) {
      try {
        await this.request(topicMessages);
        if (!this.healthy) this.logger.log('Messages are sent again.');
        this.healthy = true;
        return true;
      } catch (error) {
        this.healthy = false;
        this.options.counters.retried += batch.length;
        if (Date.now() - saidAt >= SAY_AGAIN_MS) {
          saidAt = Date.now();
          this.logger.warn(
            `${this.waiting} messages wait to be sent to Kafka and are tried again: ${reasonOf(error)}`,
          );
        }
        if ((failures + 1) % RECONNECT_AFTER_FAILURES === 0) await this.dropProducer();
        await pause(backoffMs(failures), this.closing.signal);
      }
    }
    return false;
  }

  private async keepPayloads(batch: readonly Waiting[]): Promise<boolean> {
    const payloads = batch.flatMap(({ payload }) => payload ?? []);
    if (payloads.length === 0) return true;
    const kept = await untilDone(() => this.options.payloads.put(payloads).then(() => true), {
      stop: this.closing.signal,
      say: (text) => this.logger.warn(text),
      failure: `${payloads.length} large payloads cannot be kept`,
    });
    return kept === true;
  }

  private async request(topicMessages: { topic: string; messages: Message[] }[]): Promise<void> {
    const producer = (this.producer ??= this.options.client.producer({
      createPartitioner: () => (args) => args.message.partition ?? 0,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      // Its own retries leave out, and report as sent, what went to a broker that failed and whose successor
      // had already answered for other partitions: every try has to be a whole one. See docs/decisions/0007.
      retry: { retries: 0 },
    }));
    const answers = await withLimit(
      (async () => {
        await producer.connect();
        return producer.sendBatch({ acks: -1, timeout: 10_000, topicMessages });
      })(),
      REQUEST_HANGS_MS,
    );
    const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
    for (const { topic, messages } of topicMessages)
      for (const { partition } of messages)
        if (!answered.has(`${topic}/${partition}`))
          throw new Error(`The brokers did not answer for ${topic}, partition ${partition}.`);
  }

  private async dropProducer(): Promise<void> {
    const { producer } = this;
    this.producer = null;
    if (producer) await withLimit(producer.disconnect(), 5_000).catch(() => undefined);
  }
}

/** One message for each partition, which stands for all of them. */
function topicMessagesOf(waiting: readonly Waiting[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Map<number, Message[]>>();
  for (const { topic, partition, message } of waiting) {
    let partitions = topics.get(topic.name);
    if (!partitions) topics.set(topic.name, (partitions = new Map<number, Message[]>()));
    const messages = partitions.get(partition);
    if (messages) messages.push(message);
    else partitions.set(partition, [message]);
  }
  return [...topics].map(([topic, partitions]) => ({
    topic,
    messages: [...partitions].map(([partition, batch]) => ({ partition, value: null, batch })),
  }));
}

/** Rejects when it takes longer; what it was doing may go on unseen. */
export async function withLimit<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${ms / 1_000} seconds.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
