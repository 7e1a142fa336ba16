import type { JournalEntry } from '@tutti/contracts';
import { DURATION_BUCKETS_MS, durationBucket, percentileOf } from '@tutti/store';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LifecycleFeed } from '../events/lifecycle.feed.js';
import { recentCallEntries } from './connections.queries.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const BACKFILL_ROWS_MAX = 2_000;

interface Hour {
  hour: number;
  calls: number;
  failed: number;
  durations: number[];
}

type CallSettled = Extract<JournalEntry, { kind: 'call.settled' }>;

/**
 * Calls of each connection over the last day, counted from the lifecycle feed as they settle: no query over
 * a day of spans is needed to
 * draw a list. A process that starts reads the newest runs of the day back from the journal.
 */
@Injectable()
export class ConnectionActivity implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ConnectionActivity.name);
  private readonly hours = new Map<string, Hour[]>();
  private stop = () => {};

  constructor(
    @Inject(LifecycleFeed) private readonly feed: LifecycleFeed,
    @Inject(DataSource) private readonly dataSource: DataSource,
  ) {}

  async onModuleInit(): Promise<void> {
    try {
      for (const row of await recentCallEntries(this.dataSource, BACKFILL_ROWS_MAX))
        this.count(row.workspaceId, JSON.parse(row.entries) as JournalEntry[]);
    } catch (error) {
      // The figures start at zero then; that is no reason not to start.
      this.logger.warn(`The calls of the last day could not be read back: ${(error as Error).message}`);
    }
    this.stop = this.feed.listen((message) => {
      if (message.kind === 'run.changed')
        this.count(message.workspaceId, message.entries as readonly JournalEntry[]);
    });
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** The last 24 hours of a connection. */
  of(workspaceId: string, connection: string): { calls: number; failed: number; p50Ms: number | null } {
    const oldest = Math.floor(Date.now() / HOUR_MS) - HOURS;
    const hours = (this.hours.get(`${workspaceId}\n${connection}`) ?? []).filter(
      (hour) => hour.hour > oldest,
    );
    const durations = emptyHistogram();
    for (const hour of hours)
      hour.durations.forEach((count, i) => {
        durations[i] = (durations[i] as number) + count;
      });
    return { calls: sum(hours, 'calls'), failed: sum(hours, 'failed'), p50Ms: percentileOf(durations, 0.5) };
  }

  private count(workspaceId: string, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'call.settled' && entry.connection !== undefined)
        this.add(`${workspaceId}\n${entry.connection}`, entry);
    }
  }

  private add(key: string, entry: CallSettled): void {
    const hour = this.hourOf(key, Math.floor(entry.at / HOUR_MS));
    hour.calls += 1;
    if (entry.outcome.status === 'failed') hour.failed += 1;
    const bucket = durationBucket(Math.max(0, entry.at - entry.startedAt));
    hour.durations[bucket] = (hour.durations[bucket] as number) + 1;
  }

  private hourOf(key: string, number: number): Hour {
    const hours = this.hours.get(key) ?? [];
    const known = hours.find((hour) => hour.hour === number);
    if (known) return known;
    const hour: Hour = { hour: number, calls: 0, failed: 0, durations: emptyHistogram() };
    this.hours.set(
      key,
      [...hours, hour].filter((other) => other.hour > number - HOURS),
    );
    return hour;
  }
}

function emptyHistogram(): number[] {
  return new Array<number>(DURATION_BUCKETS_MS.length + 1).fill(0);
}

function sum(hours: Hour[], of: 'calls' | 'failed'): number {
  return hours.reduce((total, hour) => total + hour[of], 0);
}
