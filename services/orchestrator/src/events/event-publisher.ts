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

/** Injection token of the sinks that the composition gives; absent: none. */
export const EVENT_SINKS = Symbol('EVENT_SINKS');

const TAKE_MAX = 200;
/** Longer than sending takes, its retries included. */
const LEASE_MS = 60_000;
/** Those for the hub itself may be taken by two: the row decides. So nobody waits long for one that died. */
const HUB_LEASE_MS = 5_000;
/** What nobody here was woken for: events of a process that died, and those that are tried again. */
const LOOK_MS = 1_000;
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
  private readonly sinks: ReadonlyMap<string, EventSink>;
  private timers: NodeJS.Timeout[] = [];
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;

  constructor(
    private readonly outbox: EventOutbox,
    private readonly counters: Counters,
    private readonly hub: HubEvents,
    @Optional() @Inject(EVENT_SINKS) sinks: readonly EventSink[] | null,
  ) {
    this.sinks = new Map((sinks ?? []).map((sink) => [sink.name, sink]));
  }

  onModuleInit(): void {
    this.timers = [setInterval(() => this.wake(), LOOK_MS), setInterval(() => void this.expire(), EXPIRE_MS)];
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.timers.forEach((timer) => clearInterval(timer));
    await this.running;
    for (const sink of this.sinks.values()) await sink.close();
  }

  /** The rows of an event for the transaction of its turn: for each sink, and for who listens in the hub. */
  rowsOf(run: LiveRun, emitted: { event: CloudEvent; topic?: string }): OutboxEvent[] {
    const trace = formatTraceparent({ traceId: run.traceId, spanId: run.rootSpanId });
    const event = JSON.stringify({ partitionkey: run.id, traceparent: trace, ...emitted.event });
    const { id: runId, workspaceId } = run;
    const of = { workspaceId, runId, topic: emitted.topic ?? null, event };
    return [...this.sinks.keys(), HUB_SINK].map((sink) => ({ id: uuidv7(), sink, ...of }));
  }

  /** Call after a commit with such rows: they are sent at once. */
  wake(): void {
    this.again = true;
    if (this.stopped || this.running) return;
    this.running = this.run().finally(() => {
      this.running = null;
    });
  }

  private async run(): Promise<void> {
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        const taken = [
          ...(await this.take([...this.sinks.keys()], LEASE_MS)),
          ...(await this.take([HUB_SINK], HUB_LEASE_MS)),
        ];
        const bySink = Map.groupBy(taken, ({ sink }) => sink);
        await Promise.all(
          [...bySink].map(([name, rows]) =>
            name === HUB_SINK ? this.deliver(rows) : this.send(this.sinks.get(name) as EventSink, rows),
          ),
        );
      }
    } catch (error) {
      // The rows are kept, and the next look takes them once their lease is over.
      this.logger.warn(`Events could not be taken for sending: ${(error as Error).message}`);
    }
  }

  private async take(sinks: readonly string[], leaseMs: number): Promise<OutboxEvent[]> {
    if (sinks.length === 0) return [];
    const rows = await this.outbox.take(sinks, { limit: TAKE_MAX, leaseMs });
    if (rows.length === TAKE_MAX) this.again = true;
    return rows;
  }

  private async deliver(rows: readonly OutboxEvent[]): Promise<void> {
    const { left, refused } = await this.hub.deliver(rows);
    this.counters.add('events.refused', refused);
    await this.outbox.postpone(left);
  }

  private async send(sink: EventSink, rows: readonly OutboxEvent[]): Promise<void> {
    const failures = await sink.send(
      rows.map(({ event, topic }) => ({ event: JSON.parse(event) as CloudEvent, topic })),
    );
    const sent = rows.filter((_row, i) => failures[i] === null);
    const failed = rows.filter((_row, i) => failures[i] !== null);
    await this.outbox.done(sent.map(({ id }) => id));
    await this.outbox.postpone(failed.map(({ id }) => id));
    this.counters.add('events.sent', sent.length);
    this.counters.add('events.retried', failed.length);
    const reason = failures.find((failure) => failure !== null);
    if (reason) this.logger.warn(`${failed.length} events wait and are tried again: ${reason.message}`);
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
