import type { System } from '@tutti/contracts';
import { ServiceInstances } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { changedConnections } from '../discoveries/discoveries.queries.js';
import { duplicatesOf, instanceItem, topicsOf } from './instance.items.js';
import { renderHubMetrics, renderMetrics } from './metrics.text.js';
import { SystemHistory } from './system.history.js';
import { type DatabaseFigures, countRuns, readBacklog, readDatabase } from './system.queries.js';
import { capabilitiesChanged, warningsOf } from './system.warnings.js';

/** Sizes of tables are read from the disk and change slowly. */
const DATABASE_KEPT_MS = 30_000;

/** The installation as a whole: its processes, what waits, and what a person should look at. */
@Injectable()
export class SystemService {
  private database: { readAtMs: number; figures: DatabaseFigures } | undefined;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ServiceInstances) private readonly instances: ServiceInstances,
    @Inject(SystemHistory) private readonly history: SystemHistory,
  ) {}

  async read(): Promise<System> {
    const facts = await this.facts();
    const changed = await changedConnections(this.dataSource);
    return { ...facts, warnings: [...warningsOf(facts), ...changed.map(capabilitiesChanged)] };
  }

  /** All of it in Prometheus's text format. */
  async metrics(): Promise<string> {
    const facts = await this.facts();
    return renderHubMetrics(facts) + renderMetrics(facts.instances);
  }

  private async facts(): Promise<Omit<System, 'warnings'>> {
    const [rows, runs, backlog, database] = await Promise.all([
      this.instances.list(),
      countRuns(this.dataSource),
      readBacklog(this.dataSource),
      this.readDatabase(),
    ]);
    const nowMs = Date.parse(backlog.now);
    const instances = rows.map((row) => instanceItem(row, nowMs));
    return {
      at: backlog.now,
      instances,
      topics: topicsOf(instances),
      history: this.history.read(),
      runs,
      deadLetters: { open: backlog.openLetters, oldestAt: backlog.oldestLetterAt },
      outbox: { events: backlog.events, oldestAt: backlog.oldestEventAt },
      duplicates: duplicatesOf(instances),
      database,
    };
  }

  private async readDatabase(): Promise<DatabaseFigures> {
    const kept = this.database;
    if (kept && Date.now() - kept.readAtMs < DATABASE_KEPT_MS) return kept.figures;
    const figures = await readDatabase(this.dataSource);
    this.database = { readAtMs: Date.now(), figures };
    return figures;
  }
}
