import { Inject, Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type CloudEvent, TOPICS } from '@tutti/contracts';
import {
  EventOutbox,
  EventStore,
  HOT_POOL,
  inTransaction,
  type OutboxEvent,
  type TakenEvent,
} from '@tutti/store';
import type { Pool } from 'pg';

/** Name of the sink that is the hub itself. */
export const HUB_SINK = 'hub';

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
   * Each row goes in the transaction in which those who listen get its event, so that they get it once. The
   * ids of the rows that stay are the answer.
   */
  async deliver(rows: readonly OutboxEvent[]): Promise<string[]> {
    const left: string[] = [];
    for (const row of rows) {
      const taken = await this.take(row);
      if (taken.kind === 'too-many') {
        this.logger.error(
          `The event ${row.id} of run ${row.runId} would go to ${taken.listeners} runs and workflows, over the ` +
            `limit eventFanOut of ${this.events.fanOutMax}. It is tried again for 7 days.`,
        );
        left.push(row.id);
      } else if (taken.kind === 'taken') {
        await this.ring(taken);
      }
    }
    return left;
  }

  /** Forgets old events that everybody has who is to get them. */
  async expire(): Promise<void> {
    await this.events.expire();
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
