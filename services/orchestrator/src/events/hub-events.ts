import { Inject, Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type CloudEvent, TOPICS } from '@tutti/contracts';
import {
  Counters,
  type EventBell,
  EventOutbox,
  EventStore,
  type EventToTake,
  HOT_POOL,
  inTransaction,
  isDataRefused,
  type OutboxEvent,
  SweepLoop,
} from '@tutti/store';
import type { Pool, PoolClient } from 'pg';

/** Name of the sink that is the hub itself. */
export const HUB_SINK = 'hub';

/** Events in one transaction. */
const BATCH_MAX = 200;
/** What nobody here was woken for: events of a process that died, and those that are tried again. */
const LOOK_MS = 1_000;

/** What one transaction handed over. */
interface Delivered {
  /** Events that were looked at. */
  rows: number;
  /** Whether some of them did not fit in, and are for the next one. */
  isFull: boolean;
  bells: EventBell[];
}

/** Hands the events that runs emit to those who listen for them in the hub, whatever other sinks do. */
@Injectable()
export class HubEvents {
  private readonly logger = new Logger(HubEvents.name);
  private readonly loop = new SweepLoop({
    sweep: () => this.sweep(),
    logger: this.logger,
    failed: 'Events of runs cannot be handed to those who listen, which is tried again',
    works: 'Events of runs are handed to those who listen again.',
  });

  constructor(
    @Inject(HOT_POOL) private readonly pool: Pool,
    private readonly outbox: EventOutbox,
    private readonly events: EventStore,
    private readonly bus: Bus,
    private readonly counters: Counters,
  ) {}

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  wake(): void {
    this.loop.look();
  }

  /** Forgets old events; who is yet to get one keeps it. */
  async expire(): Promise<void> {
    const dropped = await this.events.applyRetention();
    if (dropped.length > 0) this.logger.log(`Retention dropped ${dropped.join(', ')}.`);
  }

  private async sweep(): Promise<number> {
    try {
      const { rows, isFull } = await this.deliver(BATCH_MAX);
      return isFull || rows === BATCH_MAX ? 0 : LOOK_MS;
    } catch (error) {
      if (!isDataRefused(error)) throw error;
    }
    for (let n = 0; n < BATCH_MAX; n += 1) if (!(await this.deliverOne())) return LOOK_MS;
    return 0;
  }

  /**
   * Answers whether there was one. A row that the database refuses would be refused for ever: it is given up,
   * and holds up no other.
   */
  private async deliverOne(): Promise<boolean> {
    let first: OutboxEvent | undefined;
    try {
      return (await this.deliver(1, (row) => (first = row))).rows > 0;
    } catch (error) {
      if (!isDataRefused(error) || first === undefined) throw error;
      await this.outbox.done([first.id]);
      this.counters.add('events.refused', 1);
      this.logger.error(
        `The database refuses the event ${first.id} of run ${first.runId}, which is given up: ` +
          `${(error as Error).message}. It is in the run's journal.`,
      );
      return true;
    }
  }

  /** In one transaction the rows go and those who listen get their events, so that they get them once. */
  private async deliver(limit: number, first?: (row: OutboxEvent | undefined) => void): Promise<Delivered> {
    const delivered = await inTransaction(this.pool, async (client) => {
      const rows = await this.outbox.lock(HUB_SINK, limit, client);
      first?.(rows[0]);
      return rows.length === 0 ? { rows: 0, isFull: false, bells: [] } : this.handOver(rows, client);
    });
    await this.ring(delivered.bells);
    return delivered;
  }

  private async handOver(rows: readonly OutboxEvent[], client: PoolClient): Promise<Delivered> {
    const results = await this.events.takeAll(rows.map(toTake), client);
    const done = rows.filter((_row, i) => ['taken', 'repeated'].includes(results[i]?.kind ?? ''));
    const tooWide = rows.filter((_row, i) => results[i]?.kind === 'too-many');
    await this.outbox.done(idsOf(done), client);
    await this.outbox.postpone(idsOf(tooWide), client);
    for (const row of tooWide) this.tellTooWide(row);
    const bells = results.flatMap((one) => (one?.kind === 'taken' ? one.bells : []));
    return { rows: rows.length, isFull: results.includes(null), bells };
  }

  private tellTooWide({ id, runId }: OutboxEvent): void {
    this.logger.error(
      `The event ${id} of run ${runId} would go to more than ${this.events.fanOutMax} runs and workflows, the ` +
        'limit eventFanOut. It is tried again for 7 days.',
    );
  }

  /** Whom the bus does not reach, the sweep of commands does. */
  private async ring(bells: readonly EventBell[]): Promise<void> {
    if (bells.length === 0) return;
    const command = { kind: 'event' as const, by: 'hub' };
    await this.bus.publish(
      TOPICS.runInbox,
      bells.map(({ runId, commandId }) => ({ kind: 'run.commanded' as const, runId, commandId, command })),
    );
  }
}

function toTake({ workspaceId, runId, event }: OutboxEvent): EventToTake {
  return { workspaceId, event: JSON.parse(event) as CloudEvent, by: `run:${runId}`, keep: false };
}

const idsOf = (rows: readonly OutboxEvent[]) => rows.map(({ id }) => id);
