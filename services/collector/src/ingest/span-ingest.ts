import { Logger } from '@nestjs/common';
import { type Sighting, type SpanRow, SpanStore } from '@tutti/store';
import type { SpanBatch } from '@tutti/telemetry';
import { GroupCommit } from './group-commit.js';
import { INGEST_LIMITS, type IngestLimits, type IngestResult, IngestUnavailable } from './ingest.types.js';
import { SourceRegistry } from './source-registry.js';
import { describeRefusals, refusalOf, toSpanRow } from './span-mapper.js';

/** Makes the partition of a day where it is missing. */
export type EnsureDay = (dayMs: number) => Promise<void>;

const DAY_MS = 86_400_000;
const RETRY_AFTER_MS = 2_000;
const WORKSPACE = 'default';
/** A spans partition that does not exist (another process's retention dropped it, or a day no one made). */
const NO_PARTITION = '23514';

/** The way in for spans: normalises, prices, and resolves when they are committed. */
export class SpanIngest {
  readonly #logger = new Logger(SpanIngest.name);
  readonly #limits: IngestLimits;
  readonly #commit: GroupCommit;
  readonly #sources: SourceRegistry;
  readonly #days = new Map<number, Promise<void>>();
  #pendingBytes = 0;

  constructor(
    private readonly store: SpanStore,
    private readonly ensureDay: EnsureDay,
    limits: Partial<IngestLimits> = {},
  ) {
    this.#limits = { ...INGEST_LIMITS, ...limits };
    this.#sources = new SourceRegistry(store);
    this.#commit = new GroupCommit((rows) => this.#insert(rows), this.#limits.statementSpansMax);
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Throws IngestUnavailable when bytes of this size may not wait now. Receivers ask before they decode. */
  assertRoomFor(bytes: number): void {
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#limits.pendingBytesMax) {
      throw new IngestUnavailable(
        'overloaded',
        RETRY_AFTER_MS,
        `${this.#pendingBytes} bytes of telemetry wait for the database; send again later.`,
      );
    }
  }

  /** Stores a batch. Resolves after the commit; throws IngestUnavailable when the sender is to repeat it. */
  async ingest(batch: SpanBatch): Promise<IngestResult> {
    this.assertRoomFor(batch.bytes);
    this.#pendingBytes += batch.bytes;
    try {
      return await this.#store(batch);
    } catch (error) {
      if (error instanceof IngestUnavailable) throw error;
      throw this.#unavailable(error);
    } finally {
      this.#pendingBytes -= batch.bytes;
    }
  }

  /**
   * Adds to the counters of Overview.telemetry; a failure is logged, because the spans themselves are safe.
   */
  async count(counters: ReadonlyMap<string, number>): Promise<void> {
    try {
      await this.store.count(WORKSPACE, counters);
    } catch (error) {
      this.#logger.warn(`Telemetry counters were not updated: ${(error as Error).message}`);
    }
  }

  /**
   * Commits what metrics and logs tell of: counters and assets. Throws IngestUnavailable when the sender is
   * to repeat it.
   */
  async record(counters: ReadonlyMap<string, number>, sightings: readonly Sighting[]): Promise<void> {
    try {
      await this.store.sight(WORKSPACE, sightings);
      // The counters come last: when the naming fails and the request is repeated, nothing was counted twice.
      await this.store.count(WORKSPACE, counters);
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  /** Resolves when everything that was handed in is committed or refused. */
  idle(): Promise<void> {
    return this.#commit.idle();
  }

  #unavailable(cause: unknown): IngestUnavailable {
    this.#logger.error(`Telemetry could not be stored: ${(cause as Error).message}`);
    return new IngestUnavailable(
      'unavailable',
      RETRY_AFTER_MS,
      'The telemetry could not be stored; send it again later.',
      { cause },
    );
  }

  async #store(batch: SpanBatch): Promise<IngestResult> {
    const rows: SpanRow[] = [];
    const refusals = new Map<string, number>();
    const nowMs = Date.now();
    for (const group of batch.groups) {
      const source = await this.#sources.resolve(group.source, batch.fromHub);
      for (const span of group.spans) {
        const refusal = refusalOf(span, this.#limits, nowMs);
        if (refusal === undefined) rows.push(toSpanRow(span, source, this.#limits));
        else refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
      }
    }
    const refusedByDatabase = await this.#commit.add(rows);
    if (refusedByDatabase > 0) refusals.set('the database refused the values', refusedByDatabase);
    return this.#result(rows.length - refusedByDatabase, refusals);
  }

  async #result(accepted: number, refusals: ReadonlyMap<string, number>): Promise<IngestResult> {
    const { rejected, message } = describeRefusals(refusals);
    if (rejected > 0) await this.count(new Map([['spans.rejected', rejected]]));
    return { accepted, rejected, message };
  }

  async #insert(rows: readonly SpanRow[]): Promise<void> {
    await this.#ensureDays(rows);
    try {
      await this.store.insert(rows);
    } catch (error) {
      if ((error as { code?: string }).code !== NO_PARTITION) throw error;
      this.#days.clear();
      await this.#ensureDays(rows);
      await this.store.insert(rows);
    }
  }

  async #ensureDays(rows: readonly SpanRow[]): Promise<void> {
    const days = new Set<number>();
    for (const row of rows) days.add(Math.floor(row.startUs / 1000 / DAY_MS));
    for (const day of days) {
      let made = this.#days.get(day);
      if (made === undefined) {
        made = this.ensureDay(day * DAY_MS);
        this.#days.set(day, made);
        made.catch(() => this.#days.delete(day));
      }
      await made;
    }
  }
}
