import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import type { EventSink } from '@tutti/bus';
import { type CloudEvent, uuidv7 } from '@tutti/contracts';
import { Counters, EventOutbox, type OutboxEvent } from '@tutti/store';
import { formatTraceparent } from '@tutti/telemetry';
import type { LiveRun } from '../turns/live-run.js';
import { HUB_SINK, HubEvents } from './hub-events.js';
import { SinkSender } from './sink-sender.js';

/** Injection token of the sinks that the composition gives; absent: none. */
export const EVENT_SINKS = Symbol('EVENT_SINKS');

const TRIM_MS = 60_000;
const EXPIRE_MS = 3_600_000;
const AGE_MS_MAX = 7 * 24 * 3_600_000;

/**
 * Sends the events that runs emit. They are rows of the turn's own transaction, so an event is sent if and
 * only if its turn was committed; a row is deleted when its sink has acknowledged it, so that it is sent at
 * least once.
 */
@Injectable()
export class EventPublisher implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(EventPublisher.name);
  private readonly names: readonly string[];
  private readonly senders: readonly SinkSender[];
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly outbox: EventOutbox,
    private readonly counters: Counters,
    private readonly hub: HubEvents,
    @Optional() @Inject(EVENT_SINKS) sinks: readonly EventSink[] | null,
  ) {
    this.names = [...(sinks ?? []).map(({ name }) => name), HUB_SINK];
    this.senders = (sinks ?? []).map((sink) => new SinkSender(sink, outbox, counters));
  }

  onModuleInit(): void {
    for (const one of [this.hub, ...this.senders]) one.start();
    this.timers = [
      setInterval(() => void this.trim(), TRIM_MS),
      setInterval(() => void this.expire(), EXPIRE_MS),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    this.timers.forEach((timer) => clearInterval(timer));
    await Promise.all([this.hub, ...this.senders].map((one) => one.stop()));
  }

  /** The rows of an event for the transaction of its turn: for each sink, and for who listens in the hub. */
  rowsOf(run: LiveRun, emitted: { event: CloudEvent; topic?: string }): OutboxEvent[] {
    const trace = formatTraceparent({ traceId: run.traceId, spanId: run.rootSpanId });
    const event = JSON.stringify({ partitionkey: run.id, traceparent: trace, ...emitted.event });
    const { id: runId, workspaceId } = run;
    const of = { workspaceId, runId, topic: emitted.topic ?? null, event };
    return this.names.map((sink) => ({ id: uuidv7(), sink, ...of }));
  }

  /** Call after a commit with such rows: they are sent at once. */
  wake(): void {
    for (const one of [this.hub, ...this.senders]) one.wake();
  }

  /** Holds each sink outside the hub to its bound. */
  async trim(): Promise<void> {
    try {
      for (const sender of this.senders) await sender.trim();
    } catch (error) {
      this.logger.warn(`Waiting events could not be counted: ${(error as Error).message}`);
    }
  }

  private async expire(): Promise<void> {
    try {
      await this.hub.expire();
      const expired = await this.outbox.expire(AGE_MS_MAX);
      this.counters.add('events.expired', expired);
      if (expired > 0)
        this.logger.error(
          `${expired} events found no taker for 7 days and are given up; they are in the journal.`,
        );
    } catch (error) {
      this.logger.warn(`Old events could not be looked for: ${(error as Error).message}`);
    }
  }
}
