import { Logger } from '@nestjs/common';
import { applySpanRetention, ensurePartitions, SPAN_RETENTION } from '@tutti/store';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { CollectorConfig } from '../collector.config.js';

const EVERY_MS = 3_600_000;

/** Makes the partitions of the coming days and drops those that retention no longer allows, every hour. */
export class SpanMaintenance {
  readonly #logger = new Logger(SpanMaintenance.name);
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly pool: Pool,
    private readonly config: CollectorConfig,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      void this.run();
    }, EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One round. A failure is logged and tried again in the next: partitions are made days ahead. */
  async run(): Promise<void> {
    try {
      await ensurePartitions(this.dataSource);
      const { spanDaysMax, spanBytesMax } = this.config;
      const dropped = await applySpanRetention(this.pool, { ...SPAN_RETENTION, spanDaysMax, spanBytesMax });
      if (dropped.length > 0) this.#logger.log(`Retention dropped ${dropped.join(', ')}`);
    } catch (error) {
      this.#logger.warn(
        `Maintenance of the telemetry tables failed and will be tried again: ${(error as Error).message}`,
      );
    }
  }
}
