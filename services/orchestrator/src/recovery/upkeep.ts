import { Injectable } from '@nestjs/common';
import { ensurePartitions, PayloadStore } from '@tutti/store';
import { DataSource } from 'typeorm';
import { DefinitionCache } from '../definitions/definition-cache.js';
import { Clock } from '../turns/clock.js';

/** What has to be looked after from time to time. */
@Injectable()
export class Upkeep {
  constructor(
    private readonly dataSource: DataSource,
    private readonly payloads: PayloadStore,
    private readonly definitions: DefinitionCache,
    private readonly clock: Clock,
  ) {}

  /** Partitions of the days to come, and none of days long gone. */
  async keepPartitions(): Promise<void> {
    await ensurePartitions(this.dataSource);
    await this.payloads.applyRetention();
  }

  /** What this process believes of the others' clock and of the definitions. */
  async keepUp(): Promise<void> {
    await this.clock.measure();
    await this.definitions.checkMark();
  }
}
