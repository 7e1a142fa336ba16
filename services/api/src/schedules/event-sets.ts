import { createHash } from 'node:crypto';
import { type CloudEvent, uuidv7 } from '@tutti/contracts';
import type { EventSetMet, EventSetProgress, EventStart } from '@tutti/workflow';
import { type Queryable, rowOf, rowsOf } from '../database/rows.js';

/** A set that is not whole after so long is given up: the limit `eventSetAge`. */
export const EVENT_SET_AGE_MS_MAX = 7 * 24 * 3_600_000;
/** The limit `eventSets`: sets of one workflow that are not whole. */
const SETS_MAX = 1_000;
/** The limits `eventSetEvents` and `eventSetChars`: what one set holds, the latter as JSON. */
const SET_EVENTS_MAX = 1_000;
const SET_CHARS_MAX = 4 * 1024 * 1024;
/** Sets that one look gives up. */
const EXPIRE_MAX = 100;

/** A set that others are missing for. */
interface OpenSet {
  id: string;
  of: SetOwner;
  /** Null: no event has begun it. */
  progress: EventSetProgress | null;
  /** Null: not read yet. */
  events: readonly CloudEvent[] | null;
  isStored: boolean;
}

interface SetOwner {
  workflowId: string;
  workspaceId: string;
  strategy: Buffer;
}

/** What an event comes to for a workflow that collects events. */
export type Offered =
  | { kind: 'unwanted' }
  /** It waits for others. */
  | { kind: 'kept' }
  /** It cannot be kept now. */
  | { kind: 'full'; reason: string }
  /** The input of a run, and its name among those of the workflow. The set stays unless it is taken. */
  | { kind: 'whole'; name: string; events: CloudEvent[]; take: () => void };

/**
 * The sets of events that are not whole, as one transaction changes them: under a lock of their workflow, so
 * that an event finds the set that another process has just begun.
 */
export class EventSets {
  private readonly sets = new Map<string, OpenSet[]>();
  private readonly changed = new Set<OpenSet>();
  private readonly gone: string[] = [];

  constructor(private readonly database: Queryable) {}

  /** Call once, before all offers: workflows are locked in the same order by everybody. */
  async lock(workflowIds: readonly string[]): Promise<void> {
    for (const id of [...new Set(workflowIds)].sort())
      await this.database.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `event-sets:${id}`,
      ]);
  }

  /** The oldest set that wants the event gets it, else it begins one. Throws what expressions throw. */
  async offer(
    of: { workflowId: string; workspaceId: string },
    start: EventStart,
    event: CloudEvent,
  ): Promise<Offered> {
    const owner = { ...of, strategy: strategyOf(start) };
    const sets = await this.setsOf(owner);
    for (const set of sets) {
      const met = start.meet(set.progress, event);
      if (met !== undefined) return this.extend(set, start, { met, event });
    }
    const met = start.meet(null, event);
    if (met === undefined) return { kind: 'unwanted' };
    const set = { id: uuidv7(), of: owner, progress: null, events: [], isStored: false };
    const offered = await this.extend(set, start, { met, event });
    if (offered.kind !== 'kept') return offered;
    if (sets.length >= SETS_MAX) {
      this.changed.delete(set);
      return full(`${sets.length} sets of events are not whole already, the limit eventSets.`);
    }
    sets.push(set);
    return offered;
  }

  /** Writes what changed. */
  async save(): Promise<void> {
    if (this.gone.length > 0)
      await this.database.query('DELETE FROM event_sets WHERE id = ANY($1::uuid[])', [this.gone]);
    const rows = [...this.changed];
    if (rows.length === 0) return;
    await this.database.query(
      `INSERT INTO event_sets (id, workflow_id, workspace_id, strategy, progress, events)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::text[])
       ON CONFLICT (id) DO UPDATE SET progress = excluded.progress, events = excluded.events`,
      [
        rows.map(({ id }) => id),
        rows.map(({ of }) => of.workflowId),
        rows.map(({ of }) => of.workspaceId),
        rows.map(({ of }) => of.strategy),
        rows.map(({ progress }) => JSON.stringify(progress)),
        rows.map(({ events }) => JSON.stringify(events)),
      ],
    );
  }

  private async extend(
    set: OpenSet,
    start: EventStart,
    { met, event }: { met: EventSetMet; event: CloudEvent },
  ): Promise<Offered> {
    const before = await this.eventsOf(set);
    const events = met.keeps ? [...before, event] : before;
    if (met.complete || (met.keeps && start.isEnough(events))) {
      const take = () => this.take(set);
      return { kind: 'whole', name: `set:${set.id}`, events: start.inputOf(met.progress, events), take };
    }
    if (events.length > SET_EVENTS_MAX)
      return full(`A set of events has ${SET_EVENTS_MAX} of them already, the limit eventSetEvents.`);
    if (JSON.stringify(events).length > SET_CHARS_MAX)
      return full(
        `A set of events would be larger than ${SET_CHARS_MAX} characters, the limit eventSetChars.`,
      );
    set.progress = met.progress;
    set.events = events;
    this.changed.add(set);
    return { kind: 'kept' };
  }

  private take(set: OpenSet): void {
    const { workflowId } = set.of;
    this.sets.set(
      workflowId,
      (this.sets.get(workflowId) ?? []).filter((one) => one !== set),
    );
    this.changed.delete(set);
    if (set.isStored) this.gone.push(set.id);
  }

  private async setsOf(of: SetOwner): Promise<OpenSet[]> {
    const known = this.sets.get(of.workflowId);
    if (known !== undefined) return known;
    const rows = await rowsOf<{ id: string; progress: string }>(
      this.database,
      `SELECT id, progress FROM event_sets WHERE workflow_id = $1 AND strategy = $2
         AND created_at >= clock_timestamp() - $3::float8 * interval '1 millisecond' ORDER BY id FOR UPDATE`,
      [of.workflowId, of.strategy, EVENT_SET_AGE_MS_MAX],
    );
    const sets = rows.map(({ id, progress }) => ({
      id,
      of,
      progress: JSON.parse(progress) as EventSetProgress,
      events: null,
      isStored: true,
    }));
    this.sets.set(of.workflowId, sets);
    return sets;
  }

  private async eventsOf(set: OpenSet): Promise<readonly CloudEvent[]> {
    if (set.events !== null) return set.events;
    const row = await rowOf<{ events: string }>(
      this.database,
      'SELECT events FROM event_sets WHERE id = $1',
      [set.id],
    );
    set.events = JSON.parse(row?.events ?? '[]') as CloudEvent[];
    return set.events;
  }
}

const full = (reason: string): Offered => ({ kind: 'full', reason });

const strategyOf = ({ text }: EventStart) => createHash('sha256').update(text).digest();

/** A set that was given up. */
export interface GivenUpSet {
  /** Decimal text. */
  number: string;
  workspaceId: string;
  namespace: string;
  name: string;
  /** JSON text of an array. */
  events: string;
}

/** Removes sets that are too old, a bounded number at a time. */
export function takeOldSets(database: Queryable): Promise<GivenUpSet[]> {
  return rowsOf<GivenUpSet>(
    database,
    `DELETE FROM event_sets s USING workflows w WHERE w.id = s.workflow_id AND s.id IN (
       SELECT id FROM event_sets WHERE created_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
       ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING s.number::text, s.workspace_id AS "workspaceId", w.namespace, w.name, s.events`,
    [EVENT_SET_AGE_MS_MAX, EXPIRE_MAX],
  );
}
