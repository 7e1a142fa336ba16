import { Inject, Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type CloudEvent, TOPICS } from '@tutti/contracts';
import {
  EventOutbox,
  EventStore,
  HOT_POOL,
  inTransaction,
  isDataRefused,
  type OutboxEvent,
  type TakenEvent,
} from '@tutti/store';
import type { Pool } from 'pg';

/** Name of the sink that is the hub itself. */
export const HUB_SINK = 'hub';

/** What became of rows that did not go: the ids of those that stay, and how many were given up. */
export interface Undelivered {
  left: string[];
  refused: number;
}

/** Hands the events that runs emit to those who listen for them in the hub. */
@Injectable()
export class HubEvents {
  private readonly logger = new Logger(HubEvents.name);

  constructor(
    @Inject(HOT_POOL) private readonly pool: Pool,
    private readonly outbox: EventOutbox,
    private readonly events: EventStore,
    private readonly bus: Bus,
  ) {}

  /**
   * Each row goes in the transaction in which those who listen get its event, so that they get it once. A row
   * that the database refuses would be refused for ever: it is given up, and holds up no other.
   */
  async deliver(rows: readonly OutboxEvent[]): Promise<Undelivered> {
    const left: string[] = [];
    let refused = 0;
    for (const row of rows) {
      const taken = await this.takeUnlessRefused(row);
      if (taken === 'refused') {
        refused += 1;
      } else if (taken.kind === 'too-many') {
        this.logger.error(
          `The event ${row.id} of run ${row.runId} would go to ${taken.listeners} runs and workflows, over the ` +
            `limit eventFanOut of ${this.events.fanOutMax}. It is tried again for 7 days.`,
        );
        left.push(row.id);
      } else if (taken.kind === 'taken') {
        await this.ring(taken);
      }
    }
    return { left, refused };
  }

  /** Forgets old events that everybody has who is to get them. */
  async expire(): Promise<void> {
    await this.events.expire();
  }

  private async takeUnlessRefused(row: OutboxEvent): Promise<TakenEvent | 'refused'> {
    try {
      return await this.take(row);
    } catch (error) {
      if (!isDataRefused(error)) throw error;
      await this.outbox.done([row.id]);
      this.logger.error(
        `The database refuses the event ${row.id} of run ${row.runId}, which is given up: ` +
          `${(error as Error).message}. It is in the run's journal.`,
      );
      return 'refused';
    }
  }

  private take({ id, workspaceId, runId, event }: OutboxEvent): Promise<TakenEvent> {
    return inTransaction(this.pool, async (client) => {
      if (!(await this.outbox.hold(id, client))) return { kind: 'repeated' };
      const of = { workspaceId, event: JSON.parse(event) as CloudEvent, by: `run:${runId}`, keep: false };
      const taken = await this.events.take(of, client);
      if (taken.kind !== 'too-many') await this.outbox.done([id], client);
      return taken;
    });
  }

  private async ring({ bells }: Extract<TakenEvent, { kind: 'taken' }>): Promise<void> {
    if (bells.length === 0) return;
    const command = { kind: 'event' as const, by: 'hub' };
    await this.bus.publish(
      TOPICS.runInbox,
      bells.map(({ runId, commandId }) => ({ kind: 'run.commanded' as const, runId, commandId, command })),
    );
  }
}
