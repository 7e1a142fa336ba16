import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { DataSource } from 'typeorm';
import { TriggerRecords } from './intake/trigger-records.js';
import { KafkaConnections } from './kafka/kafka-connections.js';
import { TriggerConsumer } from './kafka/trigger-consumer.js';
import { TriggerActivity } from './trigger.activity.js';
import { TriggerDirectory } from './trigger.directory.js';
import { keepPositions, listEnabledTriggers, type TriggerRow } from './triggers.queries.js';

/** How often the triggers are looked at for changes of which no message came. */
const LOOK_MS = 5_000;
const FLUSH_MS = 2_000;
const FOLD_MS = 3_600_000;

interface Running {
  mark: string;
  consumer: TriggerConsumer;
}

/**
 * Keeps one consumer in this process for each enabled Kafka trigger, and the counts of all in the database.
 */
@Injectable()
export class TriggerRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TriggerRunner.name);
  private readonly running = new Map<string, Running>();
  private timers: NodeJS.Timeout[] = [];
  private looking: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private stopListening: () => void = () => undefined;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(KafkaConnections) private readonly connections: KafkaConnections,
    @Inject(TriggerRecords) private readonly records: TriggerRecords,
    @Inject(TriggerActivity) private readonly activity: TriggerActivity,
    @Inject(TriggerDirectory) private readonly directory: TriggerDirectory,
    @Inject(Bus) bus: Bus,
  ) {
    this.stopListening = bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'trigger' || what === 'connection')) this.lookAgain();
    });
  }

  onApplicationBootstrap(): void {
    this.timers = [
      setInterval(() => this.lookAgain(), LOOK_MS).unref(),
      setInterval(() => void this.report(), FLUSH_MS).unref(),
      setInterval(() => void this.reporting(() => this.activity.fold()), FOLD_MS).unref(),
    ];
    this.lookAgain();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopListening();
    this.timers.forEach((timer) => clearInterval(timer));
    await this.looking;
    await Promise.all([...this.running.values()].map(({ consumer }) => consumer.close()));
    await this.reporting(() => this.activity.flush());
  }

  /** Brings the consumers in line with the database: now, or after the look that is under way. */
  lookAgain(): void {
    this.again = true;
    if (this.stopped) return;
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
  }

  private async look(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      await this.reporting(() => this.align());
    }
  }

  private async align(): Promise<void> {
    const rows = (await listEnabledTriggers(this.dataSource)).filter((row) => row.kind === 'kafka');
    const wanted = new Set(rows.map((row) => row.id));
    for (const id of this.running.keys()) if (!wanted.has(id)) await this.end(id);
    for (const row of rows) await this.alignOne(row);
  }

  private async alignOne(row: TriggerRow): Promise<void> {
    const live = this.directory.liveOf(row);
    const kafka = live?.compiled.document.spec.kafka;
    if (live === null || kafka === undefined) return;
    const activity = this.activity.of(row.id);
    try {
      const { config, mark } = await this.connections.clusterOf(
        row.workspaceId,
        kafka.connection,
        kafka.topic,
      );
      const fullMark = `${row.revision} ${mark}`;
      if (this.running.get(row.id)?.mark === fullMark) return;
      await this.end(row.id);
      const consumer = new TriggerConsumer({
        name: row.name,
        config,
        topic: kafka.topic,
        groupId: groupOf(config.prefix, row.id),
        from: kafka.from,
        activity: this.activity.of(row.id),
        take: (records) => this.records.take(live, records),
        hasRoom: () => this.records.hasRoom(live),
        positions: row.positions,
        keepPositions: (positions) =>
          keepPositions(this.dataSource, { id: row.id, revision: row.revision, positions }),
      });
      this.running.set(row.id, { mark: fullMark, consumer });
      consumer.start();
    } catch (error) {
      await this.end(row.id);
      activity.state = 'failing';
      activity.error = (error as Error).message;
    }
  }

  private async end(id: string): Promise<void> {
    const running = this.running.get(id);
    if (running === undefined) return;
    this.running.delete(id);
    await running.consumer.close();
    await this.activity.end(id);
  }

  private async report(): Promise<void> {
    await this.reporting(async () => {
      await Promise.all([...this.running.values()].map(({ consumer }) => consumer.measureLag()));
      await this.activity.flush();
    });
  }

  /** A look or a report that fails (the database restarts) comes again by itself. */
  private async reporting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.stopped) this.logger.warn(`Triggers could not be looked at: ${(error as Error).message}`);
    }
  }
}

/** The consumer group of a trigger. */
export function groupOf(prefix: string, triggerId: string): string {
  return `${prefix}.trigger.${triggerId}`;
}
