import { Bus } from '@tutti/bus';
import { type CloudEvent, TOPICS } from '@tutti/contracts';
import { EventStore, type EventToTake, type TakenEvent } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { ProblemError } from '../problems/problem.error.js';
import { EventStarter } from '../schedules/event.starter.js';

/** An event that was stored. */
export type StoredEvent = Exclude<TakenEvent, { kind: 'too-many' }>;

/** Stores events for the runs that listen and the workflows that they start, and tells both. */
@Injectable()
export class EventDelivery {
  constructor(
    @Inject(EventStore) private readonly events: EventStore,
    @Inject(EventStarter) private readonly starter: EventStarter,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** Resolves when the event is durable. */
  async take(of: { workspaceId: string; event: CloudEvent; by: string }): Promise<StoredEvent> {
    const taken = await this.store({ ...of, keep: true });
    this.tell(taken);
    return taken;
  }

  /** Stores without telling; with a client in the caller's transaction. */
  async store(of: EventToTake, client?: Pool | PoolClient): Promise<StoredEvent> {
    const taken = await this.events.take(of, client);
    if (taken.kind !== 'too-many') return taken;
    throw new ProblemError(
      'conflict',
      `${taken.listeners} runs and workflows listen for the type "${of.event.type.slice(0, 200)}", over the limit ` +
        `eventFanOut of ${this.events.fanOutMax}; nobody got the event. Let them listen for more special types.`,
    );
  }

  /** Call after the commit. Whom the bus does not reach, the sweep of commands does. */
  tell(taken: StoredEvent): void {
    if (taken.kind === 'repeated') return;
    if (taken.starts > 0) this.starter.look();
    if (taken.bells.length === 0) return;
    const command = { kind: 'event' as const, by: 'api' };
    const rings = taken.bells.map((bell) => ({ kind: 'run.commanded' as const, ...bell, command }));
    this.bus.publish(TOPICS.runInbox, rings).catch(() => undefined);
  }
}
