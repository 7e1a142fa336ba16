import { Logger } from '@nestjs/common';
import { type EventSink, SinkAway } from '@tutti/bus';
import type { CloudEvent } from '@tutti/contracts';
import { type Counters, type EventOutbox, type OutboxEvent, SweepLoop } from '@tutti/store';

const TAKE_MAX = 200;
/** Longer than sending takes, its retries included. */
const LEASE_MS = 60_000;
/** What nobody here was woken for: events of a process that died, and those that are tried again. */
const LOOK_MS = 1_000;
/** How long a sink that takes nothing is left alone, doubled each time up to the longer one. */
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 60_000;

/** Sends the events of one sink outside the hub, at its own pace: none waits for another one's. */
export class SinkSender {
  private readonly logger = new Logger(SinkSender.name);
  private readonly loop: SweepLoop;
  private pauseMs = 0;
  private pausedUntilMs = 0;

  constructor(
    private readonly sink: EventSink,
    private readonly outbox: EventOutbox,
    private readonly counters: Counters,
  ) {
    this.loop = new SweepLoop({
      sweep: () => this.sweep(),
      logger: this.logger,
      failed: `Events for ${sink.name} could not be taken for sending, which is tried again`,
      works: `Events for ${sink.name} are sent again.`,
    });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    await this.sink.close();
  }

  wake(): void {
    this.loop.look();
  }

  /** Gives up on the oldest events when too many wait. */
  async trim(): Promise<void> {
    const dropped = await this.outbox.trim(this.sink.name);
    if (dropped === 0) return;
    this.counters.add('events.dropped', dropped);
    const { events, bytes } = this.outbox.bound;
    this.logger.error(
      `${dropped} events for ${this.sink.name} are given up; they are in the journal. More wait than the limit ` +
        `waitingEventsOfSink of ${events} or waitingBytesOfSink of ${bytes} bytes allows.`,
    );
  }

  private async sweep(): Promise<number> {
    const pausedMs = this.pausedUntilMs - performance.now();
    if (pausedMs > 0) return pausedMs;
    const rows = await this.outbox.take(this.sink.name, { limit: TAKE_MAX, leaseMs: LEASE_MS });
    if (rows.length === 0) return LOOK_MS;
    if (await this.send(rows)) return this.pause();
    this.pauseMs = 0;
    return rows.length === TAKE_MAX ? 0 : LOOK_MS;
  }

  /** Answers whether the sink took nothing because it is away. */
  private async send(rows: readonly OutboxEvent[]): Promise<boolean> {
    const failures = await this.sink.send(
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
    return sent.length === 0 && failures.some((failure) => failure instanceof SinkAway);
  }

  private pause(): number {
    this.pauseMs = Math.min(Math.max(PAUSE_MS_MIN, this.pauseMs * 2), PAUSE_MS_MAX);
    this.pausedUntilMs = performance.now() + this.pauseMs;
    return this.pauseMs;
  }
}
