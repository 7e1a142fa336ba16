import { Logger } from '@nestjs/common';
import type { DeadLetter, Topic } from '@tutti/contracts';
import type { IHeaders } from 'kafkajs';
import type { BatchHandler } from '../bus.js';
import type { DeadLetterSink, PayloadStore } from '../ports.js';
import { BusClosedError } from './bus-closed.error.js';
import type { BusCounters } from './counters.js';
import { PAYLOAD_HEADER } from './kafka-sender.js';
import { decodeMessage } from './message.codec.js';
import { untilDone } from './pause.js';

/** A record as it was fetched. */
export interface Arrival {
  partition: number;
  offset: number;
  key: Buffer | null;
  headers: IHeaders;
  value: Buffer;
  /** Whether it may have been handed over before. */
  repeat: boolean;
  /** Called once it is done; never called for what someone else has to do. */
  done: () => void;
}

export interface DispatcherOptions {
  topic: Topic;
  /** Its name on the broker, for dead letters. */
  name: string;
  handlers: readonly BatchHandler<unknown>[];
  payloads: PayloadStore;
  deadLetters: DeadLetterSink;
  counters: BusCounters;
  /** Whether what a handler refuses is kept; a feed's handlers only look. */
  keepRefused: boolean;
}

/**
 * Hands what arrived to the handlers, all of it in one call, and begins the next call when the handlers took
 * the last one. What cannot be handled becomes a dead letter, and the others go on.
 */
export class MessageDispatcher {
  private readonly logger = new Logger('KafkaBus');
  private readonly stopping = new AbortController();
  private waiting: Arrival[] = [];
  private running = false;

  constructor(private readonly options: DispatcherOptions) {}

  /** What no handler has taken yet. */
  get backlog(): number {
    return this.waiting.length;
  }

  push(arrival: Arrival): void {
    this.waiting.push(arrival);
    if (this.running) return;
    this.running = true;
    // All partitions of one fetch are handed over in one tick of the client: they travel together.
    setImmediate(() => void this.run());
  }

  /** From now on nothing more is handed over, and what fails is left to the next owner. */
  stop(): void {
    this.waiting = [];
    this.stopping.abort();
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const arrivals = this.waiting;
      this.waiting = [];
      await this.dispatch(arrivals);
    }
    this.running = false;
  }

  private async dispatch(arrivals: readonly Arrival[]): Promise<void> {
    const { counters, topic } = this.options;
    const payloads = await this.payloadsOf(arrivals);
    if (payloads === undefined) return;
    const readable: Arrival[] = [];
    const messages: unknown[] = [];
    for (const arrival of arrivals) {
      const reference = headerOf(arrival, PAYLOAD_HEADER);
      const value = reference === undefined ? arrival.value : payloads?.get(reference);
      if (value === undefined) {
        this.bury(arrival, 'malformed', `Its payload ${reference} is no longer kept.`);
        continue;
      }
      const decoded = decodeMessage(topic, arrival.headers, asBuffer(value));
      if ('message' in decoded) {
        readable.push(arrival);
        messages.push(decoded.message);
      } else if ('skip' in decoded) arrival.done();
      else this.bury(arrival, decoded.reason, decoded.detail);
    }
    if (messages.length === 0) return;
    counters.received += messages.length;
    for (const { repeat } of readable) if (repeat) counters.repeated++;
    await this.handle(readable, messages);
  }

  /** Null: nothing was referred to; undefined: stopped. */
  private async payloadsOf(
    arrivals: readonly Arrival[],
  ): Promise<ReadonlyMap<string, Uint8Array> | null | undefined> {
    const ids: string[] = [];
    for (const arrival of arrivals) {
      const id = headerOf(arrival, PAYLOAD_HEADER);
      if (id !== undefined) ids.push(id);
    }
    if (ids.length === 0) return null;
    return untilDone(() => this.options.payloads.get(ids), {
      stop: this.stopping.signal,
      say: (text) => this.logger.warn(text),
      failure: `${ids.length} large payloads cannot be read`,
    });
  }

  private async handle(arrivals: readonly Arrival[], messages: unknown[]): Promise<void> {
    const context = { repeats: arrivals.map(({ repeat }) => repeat) };
    const { handlers } = this.options;
    try {
      const handled = await Promise.all(handlers.map((handler) => handler(messages, context) as unknown));
      const each = handled.filter((result) => Array.isArray(result)) as Promise<unknown>[][];
      arrivals.forEach((arrival, index) => {
        if (each.length === 0) return arrival.done();
        Promise.all(each.map((promises) => promises[index] as Promise<unknown>)).then(
          () => arrival.done(),
          (error: unknown) => this.refused(arrival, error),
        );
      });
    } catch (error) {
      await this.handleEach(arrivals, messages, error);
    }
  }

  /** One message may have spoiled the batch: the others must not suffer for it. */
  private async handleEach(arrivals: readonly Arrival[], messages: unknown[], error: unknown): Promise<void> {
    const [first] = arrivals;
    if (arrivals.length === 1 && first) return this.refused(first, error);
    for (const [index, arrival] of arrivals.entries()) {
      if (this.stopping.signal.aborted) return;
      // It was handed over with the others a moment ago.
      await this.handle([{ ...arrival, repeat: true }], [messages[index]]);
    }
  }

  private refused(arrival: Arrival, error: unknown): void {
    if (this.stopping.signal.aborted || error instanceof BusClosedError) return;
    const detail = error instanceof Error ? error.message : String(error);
    if (this.options.keepRefused) return this.bury(arrival, 'refused', detail);
    this.logger.error(`A message of ${this.options.name} could not be handled: ${detail}`);
    arrival.done();
  }

  private bury(arrival: Arrival, reason: string, detail: string): void {
    const { counters, deadLetters, name } = this.options;
    counters.deadLetters++;
    this.logger.warn(
      `Message ${arrival.offset} of ${name}, partition ${arrival.partition}, cannot be handled: ${detail}`,
    );
    const letter = letterOf(arrival, { topic: name, reason, detail });
    void untilDone(() => deadLetters.write([letter]).then(() => true), {
      stop: this.stopping.signal,
      say: (text) => this.logger.warn(text),
      failure: 'A dead letter cannot be kept',
    }).then((kept) => {
      if (kept) arrival.done();
    });
  }
}

function letterOf(arrival: Arrival, what: Pick<DeadLetter, 'topic' | 'reason' | 'detail'>): DeadLetter {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(arrival.headers)) headers[name] = headerOf(arrival, name) ?? '';
  return {
    ...what,
    partition: arrival.partition,
    offset: String(arrival.offset),
    key: arrival.key?.toString() ?? null,
    headers,
    payload: arrival.value,
  };
}

function headerOf({ headers }: Arrival, name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : String(Array.isArray(value) ? value[0] : value);
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
