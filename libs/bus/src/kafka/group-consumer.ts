import { Logger } from '@nestjs/common';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { reasonOf } from './kafka-client.js';
import { withLimit } from './kafka-sender.js';
import type { BrokerTopic } from './kafka-topics.js';
import type { MessageDispatcher } from './message-dispatcher.js';
import { PartitionLedger } from './partition-ledger.js';
import { pause } from './pause.js';
import { stickyAssigner } from './sticky.assigner.js';
import { SupervisedConsumer } from './supervised-consumer.js';

/** What is handed over and not done, per consumer; beyond, it fetches no more until something is done. */
export const IN_FLIGHT = { messagesMax: 4_000, bytesMax: 64 * 1024 * 1024 } as const;
/** What may be done behind one message that is not; beyond, its partition waits for it. */
const SPAN_MAX = 10_000;
const FETCH_BYTES = { partition: 1024 * 1024, all: 8 * 1024 * 1024 } as const;
const COMMIT_EVERY_MS = 150;
/** How often a consumer that waits for room says that it lives. */
const HOLD_MS = 500;

export interface GroupConsumerOptions {
  client: Kafka;
  topic: BrokerTopic;
  groupId: string;
  dispatcher: MessageDispatcher;
  isUp: () => boolean;
  onShards: (owned: readonly number[]) => void;
  /** The offsets at the ends of the partitions right now. */
  ends: () => Promise<ReadonlyMap<number, number>>;
}

/**
 * Works off its share of a topic: hands over what it fetched without waiting for it to be done, and commits,
 * for each partition, the end of what is done without a gap.
 */
export class GroupConsumer {
  private readonly logger = new Logger('KafkaConsumer');
  private readonly consumer: SupervisedConsumer;
  private readonly stopping = new AbortController();
  private readonly ledgers = new Map<number, PartitionLedger>();
  private commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;
  private committing: Promise<void> | null = null;
  private commitTimer: NodeJS.Timeout | null = null;
  private messages = 0;
  private bytes = 0;
  private leaving = false;
  private closed: Promise<void> | null = null;
  private readonly waiters = new Set<() => void>();

  constructor(private readonly options: GroupConsumerOptions) {
    const { client, topic, groupId } = options;
    this.consumer = new SupervisedConsumer({
      client,
      topic: topic.name,
      isUp: options.isUp,
      partitions: topic.partitions,
      config: {
        groupId,
        partitionAssigners: [stickyAssigner(() => ({ [topic.name]: this.owned }))],
        maxBytesPerPartition: FETCH_BYTES.partition,
        maxBytes: FETCH_BYTES.all,
      },
      eachBatch: (payload) => this.take(payload),
      onAssigned: (partitions, continuous) => this.assigned(partitions, continuous),
      onRebalance: () => void this.commit(),
      onDown: () => this.assigned([], false),
    });
  }

  get joined(): boolean {
    return this.consumer.joined;
  }

  /** Messages that were handed over and are not done. */
  get inFlight(): number {
    return this.messages;
  }

  get owned(): number[] {
    return [...this.ledgers.values()]
      .filter(({ owned }) => owned)
      .map(({ partition }) => partition)
      .sort((a, b) => a - b);
  }

  start(): void {
    this.consumer.start();
  }

  /**
   * Takes nothing more, waits for what is under way, so long at most or until `enough` resolves, commits and
   * leaves the group.
   */
  close(limitMs: number, enough?: Promise<unknown>): Promise<void> {
    this.closed ??= this.closeNow(limitMs, enough);
    return this.closed;
  }

  private async closeNow(limitMs: number, enough?: Promise<unknown>): Promise<void> {
    this.stopping.abort();
    let end = Date.now() + limitMs;
    // What was done together with it is counted first.
    const stopWaiting = (): void => {
      end = 0;
      this.wake();
    };
    void enough?.finally(() => setImmediate(stopWaiting));
    while (this.messages > 0 && Date.now() < end) await this.progress(Math.min(100, end - Date.now()));
    if (this.messages > 0)
      this.logger.log(
        `${this.options.groupId} leaves ${this.messages} messages to others, and up to ${this.behindOpen} that are done behind them.`,
      );
    this.options.dispatcher.stop();
    if (this.commitTimer) clearTimeout(this.commitTimer);
    await withLimit(this.commitAll(), 5_000).catch(() => undefined);
    this.leaving = true;
    this.wake();
    await this.consumer.close();
  }

  /** The topic is another one than before: what is known of its offsets means nothing any more. */
  forget(partition: number, begin: number): void {
    const old = this.ledgers.get(partition);
    if (!old) return;
    const ledger = new PartitionLedger(partition);
    ledger.owned = old.owned;
    old.owned = false;
    old.resume?.();
    this.ledgers.set(partition, ledger);
    const { topic } = this.options;
    if (ledger.owned) this.consumer.current?.seek({ topic: topic.name, partition, offset: String(begin) });
    void this.findRepeats([ledger]);
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    this.commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const ledger = this.ledgers.get(batch.partition);
    if (ledger && !this.stopping.signal.aborted) {
      const first = Number(batch.firstOffset());
      if (ledger.committed < 0) ledger.continueAt(first);
      ledger.repeatsBelow ??= Number(batch.highWatermark);
      for (const message of batch.messages) this.handOver(ledger, message);
      if (ledger.span > SPAN_MAX) ledger.resume ??= payload.pause();
    }
    await this.room(() => payload.heartbeat());
  }

  private handOver(ledger: PartitionLedger, message: KafkaMessage): void {
    const offset = Number(message.offset);
    // Fetched again after a rebalance, while it is still under way here, or done and not yet committed.
    if (offset < ledger.next) return;
    const value = message.value ?? Buffer.alloc(0);
    const entry = ledger.add(offset, value.byteLength);
    this.messages++;
    this.bytes += entry.bytes;
    this.options.dispatcher.push({
      partition: ledger.partition,
      offset,
      key: message.key,
      headers: message.headers ?? {},
      value,
      repeat: offset < (ledger.repeatsBelow ?? Infinity),
      done: () => {
        if (entry.done) return;
        ledger.finish(entry);
        this.messages--;
        this.bytes -= entry.bytes;
        this.afterDone(ledger);
      },
    });
  }

  private afterDone(ledger: PartitionLedger): void {
    if (ledger.resume && ledger.span < SPAN_MAX / 2) {
      ledger.resume();
      ledger.resume = null;
    }
    if (!ledger.owned && ledger.span === 0 && this.ledgers.get(ledger.partition) === ledger)
      this.ledgers.delete(ledger.partition);
    this.wake();
    this.commitTimer ??= setTimeout(() => {
      this.commitTimer = null;
      void this.commit();
    }, COMMIT_EVERY_MS);
  }

  /**
   * Holds the next fetch back while there is too much under way, and keeps the place in the group meanwhile.
   */
  private async room(heartbeat: () => Promise<void>): Promise<void> {
    while (!this.leaving && (this.isFull() || this.stopping.signal.aborted)) {
      await this.progress(HOLD_MS);
      // Throws when the group shares its partitions anew; the client then joins again.
      if (!this.leaving) await heartbeat();
    }
  }

  private isFull(): boolean {
    return this.messages >= IN_FLIGHT.messagesMax || this.bytes >= IN_FLIGHT.bytesMax;
  }

  private async progress(limitMs: number): Promise<void> {
    const done = new AbortController();
    const wake = (): void => done.abort();
    this.waiters.add(wake);
    await pause(limitMs, done.signal);
    this.waiters.delete(wake);
  }

  private wake(): void {
    for (const wake of this.waiters) wake();
  }

  private assigned(partitions: readonly number[], continuous: boolean): void {
    const before = this.owned;
    const fresh: PartitionLedger[] = [];
    for (const ledger of this.ledgers.values()) {
      if (partitions.includes(ledger.partition)) continue;
      ledger.owned = false;
      ledger.resume?.();
      ledger.resume = null;
      if (ledger.span === 0) this.ledgers.delete(ledger.partition);
    }
    for (const partition of partitions) {
      const ledger = this.ledgers.get(partition) ?? new PartitionLedger(partition);
      this.ledgers.set(partition, ledger);
      if (continuous && ledger.owned && before.includes(partition)) continue;
      ledger.owned = true;
      ledger.committed = -1;
      ledger.assignment++;
      ledger.repeatsBelow = null;
      fresh.push(ledger);
    }
    if (fresh.length > 0) void this.findRepeats(fresh);
    this.logger.debug(`${this.options.groupId} has the partitions ${partitions.join(', ') || 'none'}.`);
    this.options.onShards(this.owned);
  }

  /** Whatever is in a partition at this moment may have been handed over by its last owner. */
  private async findRepeats(ledgers: readonly PartitionLedger[]): Promise<void> {
    try {
      const ends = await this.options.ends();
      for (const ledger of ledgers) ledger.repeatsBelow ??= ends.get(ledger.partition) ?? null;
    } catch (error) {
      // The first batch then says where the partition ends, a little later than now.
      this.logger.debug(`The ends of ${this.options.topic.name} are not known: ${reasonOf(error)}`);
    }
  }

  private async commitAll(): Promise<void> {
    do await this.commit();
    while (this.consumer.joined && this.hasUncommitted());
  }

  /** What is done and cannot be committed, because something before it is not. */
  private get behindOpen(): number {
    return [...this.ledgers.values()].reduce((sum, { span }) => sum + span, 0) - this.messages;
  }

  private hasUncommitted(): boolean {
    return [...this.ledgers.values()].some(({ committable }) => committable !== null);
  }

  /** One commit at a time; what is done meanwhile goes into the next. */
  private commit(): Promise<void> {
    this.committing ??= this.commitNow().finally(() => {
      this.committing = null;
      if (this.hasUncommitted() && !this.stopping.signal.aborted)
        this.commitTimer ??= setTimeout(() => {
          this.commitTimer = null;
          void this.commit();
        }, COMMIT_EVERY_MS);
    });
    return this.committing;
  }

  private async commitNow(): Promise<void> {
    if (!this.commitOffsets || !this.consumer.joined) return;
    const positions: { ledger: PartitionLedger; position: number; assignment: number }[] = [];
    for (const ledger of this.ledgers.values()) {
      const position = ledger.committable;
      if (position !== null) positions.push({ ledger, position, assignment: ledger.assignment });
    }
    if (positions.length === 0) return;
    const partitions = positions.map(({ ledger, position }) => ({
      partition: ledger.partition,
      offset: String(position),
    }));
    try {
      await this.commitOffsets({ topics: [{ topic: this.options.topic.name, partitions }] });
      for (const { ledger, position, assignment } of positions)
        if (ledger.assignment === assignment) ledger.committed = Math.max(ledger.committed, position);
    } catch (error) {
      // The group is sharing its partitions anew, or its coordinator is away: the next one holds all of it.
      this.logger.debug(`Offsets of ${this.options.groupId} are not committed yet: ${reasonOf(error)}`);
    }
  }
}
