import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import {
  ADD_COUNTERS,
  INSERT_NEW_SPANS,
  INSERT_SPANS,
  SIGHT_ASSETS,
  UPSERT_SOURCE,
} from './span-store.sql.js';
import { type SpanRow, cleanText, spanParameters } from './span-row.js';

/** Who sent spans, as `telemetry_sources` keeps it. */
export interface SourceRow {
  workspaceId: string;
  /** `namespace/name` of the service, or its name. */
  application: string;
  environment: string;
  managed: boolean;
  /** Instrumentation scope and SDK language. */
  sender: string;
  scopeName: string;
  scopeVersion: string;
  /** Resource attributes as JSON text. */
  resource: string;
}

/** An asset that was seen without a call that could be counted. */
export interface Sighting {
  kind: 'application' | 'agent' | 'model' | 'tool' | 'mcp-server';
  application: string;
  environment: string;
  provider: string;
  name: string;
  managed: boolean;
  sender: string;
}

/**
 * SQLSTATE of a key that is there already: the sender repeats what was stored, because the answer did not
 * reach it.
 */
const UNIQUE_VIOLATION = '23505';

/** Writes telemetry. Every method is one statement. */
export class SpanStore {
  constructor(private readonly pool: Pool) {}

  /** Stores spans with their rollups; returns how many were new. */
  async insert(rows: readonly SpanRow[]): Promise<number> {
    const values = spanParameters(rows);
    try {
      return await this.#insert('telemetry-insert-new-spans', INSERT_NEW_SPANS, values);
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      return await this.#insert('telemetry-insert-spans', INSERT_SPANS, values);
    }
  }

  async #insert(name: string, text: string, values: unknown[]): Promise<number> {
    const result = await this.pool.query<{ inserted: number }>({ name, text, values });
    return result.rows[0]?.inserted ?? 0;
  }

  async sourceId(source: SourceRow): Promise<number> {
    const key = [
      source.application,
      source.environment,
      source.sender,
      source.scopeName,
      source.scopeVersion,
      source.resource,
    ].join('\0');
    const result = await this.pool.query<{ id: number }>(UPSERT_SOURCE, [
      source.workspaceId,
      createHash('sha256').update(key).digest(),
      cleanText(source.application),
      cleanText(source.environment),
      source.managed,
      cleanText(source.sender),
      cleanText(source.scopeName),
      cleanText(source.scopeVersion),
      cleanText(source.resource),
    ]);
    const row = result.rows[0];
    if (row === undefined) throw new Error('The statement that names a telemetry source returned no row.');
    return row.id;
  }

  /** Adds to counters such as `spans.rejected`; see Overview.telemetry. */
  async count(workspaceId: string, counters: ReadonlyMap<string, number>): Promise<void> {
    if (counters.size === 0) return;
    await this.pool.query(ADD_COUNTERS, [
      workspaceId,
      [...counters.keys()].map(cleanText),
      [...counters.values()],
    ]);
  }

  async sight(workspaceId: string, sightings: readonly Sighting[]): Promise<void> {
    if (sightings.length === 0) return;
    const column = <K extends keyof Sighting>(key: K) => sightings.map((one) => one[key]);
    const texts = (key: Exclude<keyof Sighting, 'managed'>) => column(key).map(cleanText);
    await this.pool.query(SIGHT_ASSETS, [
      workspaceId,
      texts('kind'),
      texts('application'),
      texts('environment'),
      texts('provider'),
      texts('name'),
      column('managed'),
      texts('sender'),
    ]);
  }
}
