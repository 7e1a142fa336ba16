import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { PluginTriggerStore, type StoredEvent, SweepLoop } from '@tutti/store';
import { DataSource } from 'typeorm';
import { type LiveTrigger, TriggerRecords } from '../intake/trigger-records.js';
import { TriggerActivity } from '../trigger.activity.js';
import { TriggerDirectory } from '../trigger.directory.js';
import { findTriggerById } from '../triggers.queries.js';
import { recordOfEvent } from './event-record.js';

/** How often events are looked for of which no message came. */
const LOOK_MS = 1_000;
/** Events of one trigger that become runs in one go. */
const BATCH_MAX = 500;

/**
 * Makes runs of the events that triggers of plugins found. An event is forgotten after its run (or dead
 * letter) is stored; should the process die between, its id tells that the run is there.
 */
@Injectable()
export class PluginEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: SweepLoop;
  private readonly failing = new Set<string>();
  private stopped = false;
  private readonly stopListening: () => void;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(PluginTriggerStore) private readonly store: PluginTriggerStore,
    @Inject(TriggerRecords) private readonly records: TriggerRecords,
    @Inject(TriggerActivity) private readonly activity: TriggerActivity,
    @Inject(TriggerDirectory) private readonly directory: TriggerDirectory,
    @Inject(Bus) bus: Bus,
  ) {
    this.loop = new SweepLoop({
      sweep: () => this.takeAll(),
      logger: new Logger(PluginEvents.name),
      failed: 'Events of plugins wait',
      works: 'Events of plugins are taken again.',
    });
    this.stopListening = bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'trigger-events')) this.loop.look();
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.loop.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopListening();
    await this.loop.stop();
  }

  private async takeAll(): Promise<number> {
    const waiting = await this.store.waiting();
    for (const id of this.failing) if (!waiting.includes(id)) this.works(id);
    for (const id of waiting) await this.takeOf(id);
    return LOOK_MS;
  }

  /** What keeps one trigger from starting runs is told with it, and keeps no other from it. */
  private async takeOf(id: string): Promise<void> {
    const row = await findTriggerById(this.dataSource, id);
    const live = row?.enabled === true ? this.directory.liveOf(row) : null;
    if (live === null) return;
    try {
      let taken = BATCH_MAX;
      while (taken === BATCH_MAX && !this.stopped && (await this.records.hasRoom(live)))
        taken = await this.store.withEvents(id, BATCH_MAX, (events) => this.take(live, events));
      this.works(id);
    } catch (error) {
      this.failing.add(id);
      Object.assign(this.activity.of(id), { state: 'failing', error: (error as Error).message });
    }
  }

  private works(id: string): void {
    this.failing.delete(id);
    Object.assign(this.activity.of(id), { state: 'running', error: null });
  }

  private take(live: LiveTrigger, events: readonly StoredEvent[]): Promise<void> {
    const { plugin } = live.compiled.document.spec;
    // It reads from a topic since a moment ago, and these events are deleted with what it was.
    if (plugin === undefined) return Promise.resolve();
    const records = events.map((event) => recordOfEvent(event, plugin));
    return this.records.take(live, records);
  }
}
