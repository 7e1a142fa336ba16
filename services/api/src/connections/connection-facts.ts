import type {
  ConnectionDetail,
  ConnectionError,
  ConnectionHeadroom,
  ConnectionHour,
  ConnectionUsage,
} from '@tutti/contracts';
import { ConnectionUseStore, type ConnectionHour as StoredHour, percentileOf } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseJson, rowsOf } from '../database/rows.js';

/** What connector hosts have written down of one connection. */
export interface SeenFacts {
  recent: ConnectionUsage;
  hours: ConnectionDetail['hours'];
  lastError: ConnectionError | null;
  headroom: ConnectionHeadroom | null;
}

/** What connections did and were told, as their connector hosts have written it down. */
@Injectable()
export class ConnectionFacts {
  private readonly store: ConnectionUseStore;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {
    this.store = new ConnectionUseStore(dataSource);
  }

  /** Of all these connections, by name: a day of a connection is at most 25 rows for each currency. */
  async of(workspaceId: string, connections: readonly string[]): Promise<Map<string, SeenFacts>> {
    const [hours, told] = await Promise.all([
      this.store.day(workspaceId, connections),
      this.store.told(workspaceId, connections),
    ]);
    const errors = told.map(({ lastError }) => parseJson<ConnectionError>(lastError));
    const runs = await this.runsThere(workspaceId, errors);
    const facts = connections.map((name): [string, SeenFacts] => {
      const index = told.findIndex(({ connection }) => connection === name);
      const error = errors[index] ?? null;
      const own = hours.filter(({ connection }) => connection === name);
      return [
        name,
        {
          recent: usageOf(own),
          hours: hoursOf(own),
          lastError: error && { ...error, runId: runs.has(error.runId ?? '') ? error.runId : null },
          headroom: parseJson<ConnectionHeadroom>(told[index]?.headroom ?? null),
        },
      ];
    });
    return new Map(facts);
  }

  /** A call that somebody tried out has no run, and others are not kept for ever. */
  private async runsThere(
    workspaceId: string,
    errors: readonly (ConnectionError | null)[],
  ): Promise<Set<string>> {
    const ids = errors.flatMap((error) => error?.runId ?? []);
    if (ids.length === 0) return new Set();
    const rows = await rowsOf<{ id: string }>(
      this.dataSource,
      'SELECT id FROM runs WHERE workspace_id = $1 AND id = ANY ($2::uuid[])',
      [workspaceId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }
}

function hoursOf(rows: readonly StoredHour[]): ConnectionHour[] {
  const starts = [...new Set(rows.map(({ hourMs }) => hourMs))];
  return starts.map((start) => ({
    at: new Date(start).toISOString(),
    ...usageOf(rows.filter(({ hourMs }) => hourMs === start)),
  }));
}

function usageOf(rows: readonly StoredHour[]): ConnectionUsage {
  const durations: number[] = [];
  const costs = new Map<string, number>();
  for (const row of rows) {
    row.durations.forEach((count, i) => (durations[i] = (durations[i] ?? 0) + count));
    if (row.currency !== '') costs.set(row.currency, (costs.get(row.currency) ?? 0) + row.costMicros);
  }
  return {
    calls: rows.reduce((sum, { calls }) => sum + calls, 0),
    failed: rows.reduce((sum, { failed }) => sum + failed, 0),
    p50Ms: percentileOf(durations, 0.5),
    p95Ms: percentileOf(durations, 0.95),
    cost: [...costs].map(([currency, micros]) => ({ currency, micros })),
  };
}
