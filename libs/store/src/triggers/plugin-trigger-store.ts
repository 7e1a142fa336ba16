import type { Pool } from 'pg';
import { inTransaction } from '../in-transaction.js';
import {
  ALIGN,
  BEGAN,
  FAIL,
  FORGET,
  GIVE_BACK,
  HOOKED,
  KEEP,
  KEEP_SENT,
  LOOK_AGAIN,
  LOOK_NOW,
  REFUSED,
  RENEW,
  STATUS,
  SWITCH,
  TAKE_DUE,
  UNSUBSCRIBED,
  WAITING,
} from './plugin-triggers.sql.js';

/** What a connection runs in: a data source or a manager within a transaction. */
interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** What the document of a trigger says of where its events come from. */
export interface PluginTriggerSource {
  id: string;
  workspaceId: string;
  connection: string;
  /** Of the trigger, as its plugin calls it. */
  name: string;
  /** JSON. */
  options: string;
  /** Null: what the plugin says. */
  intervalMs: number | null;
  /** False: switched off or removed, and the other system still has to forget its hook. */
  wanted: boolean;
  hookToken: string;
}

/** A trigger that this process works on, until its lease runs out or the trigger changes. */
export interface HeldTrigger extends PluginTriggerSource {
  /** JSON, or null. */
  cursor: string | null;
  subscription: string | null;
  failures: number;
  fence: string;
}

/** An event on its way to a run. */
export interface StoredEvent {
  id: string;
  key: string | null;
  /** As the plugin said it. */
  happenedAt: string | null;
  /** JSON. */
  data: string;
  /** Why it can be no run; null: it can. */
  problem: string | null;
}

/** What came of a look at the other system. */
export interface Look {
  kind: string;
  events: readonly StoredEvent[];
  cursor: string | null;
  /** Until the next look; null: as it is. */
  nextInMs: number | null;
  /** This process goes on holding it. */
  hold: boolean;
  subscription?: string;
}

/** How far a trigger is. */
export interface PluginTriggerStatus {
  id: string;
  /** Null until a host looked at it. */
  kind: 'poll' | 'webhook' | 'stream' | null;
  name: string;
  cursor: string | null;
  state: 'starting' | 'running' | 'failing';
  error: string | null;
  hookToken: string;
  subscribed: boolean;
  nextAt: Date;
  lookedAt: Date | null;
  lastEventAt: Date | null;
  events: number;
  busy: boolean | null;
  /** Events that are no runs yet. */
  waiting: number;
}

/** The trigger was changed, or another process holds it by now: what was found is dropped. */
export class TriggerLost extends Error {
  override readonly name = 'TriggerLost';
}

/** PostgreSQL's text holds no NUL. */
const clean = (text: string) => text.replaceAll('\0', '\uFFFD');

/** Triggers of plugins: who works on which, how far they are, and their events until they are runs. */
export class PluginTriggerStore {
  constructor(private readonly pool: Pool) {}

  async takeDue(of: { owner: string; leaseMs: number; limit: number }): Promise<HeldTrigger[]> {
    const taken = await this.pool.query<HeldTrigger>(TAKE_DUE, [of.owner, of.leaseMs, of.limit]);
    return taken.rows;
  }

  /** Rejects with `TriggerLost` when it is no longer this process's. */
  async renew(held: HeldTrigger, owner: string, leaseMs: number): Promise<void> {
    await this.change(RENEW, held, owner, [leaseMs]);
  }

  /** A look that goes on for long began. */
  async began(held: HeldTrigger, owner: string, kind: string): Promise<void> {
    await this.change(BEGAN, held, owner, [kind]);
  }

  /** A request to the hook was refused, and why. */
  async refused(triggerId: string, error: string): Promise<void> {
    await this.pool.query(REFUSED, [triggerId, clean(error)]);
  }

  /** Keeps what was found together with the cursor, or rejects with `TriggerLost` and keeps nothing. */
  async keep(held: HeldTrigger, owner: string, look: Look): Promise<void> {
    const { cursor, kind, nextInMs, hold, subscription = null } = look;
    const events = columnsOf(look.events);
    await this.change(KEEP, held, owner, [
      cursor === null ? null : clean(cursor),
      kind,
      nextInMs,
      hold,
      subscription,
      ...events,
    ]);
  }

  /** Keeps events that were sent; false: the trigger is switched off or gone. */
  async keepSent(triggerId: string, events: readonly StoredEvent[]): Promise<boolean> {
    const kept = await this.pool.query(KEEP_SENT, [triggerId, ...columnsOf(events)]);
    return kept.rows.length > 0;
  }

  async fail(held: HeldTrigger, owner: string, of: { error: string; nextInMs: number }): Promise<void> {
    await this.change(FAIL, held, owner, [clean(of.error), of.nextInMs]);
  }

  async giveBack(held: HeldTrigger, owner: string, nextInMs: number): Promise<void> {
    await this.change(GIVE_BACK, held, owner, [nextInMs]);
  }

  async unsubscribed(held: HeldTrigger, owner: string): Promise<void> {
    await this.pool.query(UNSUBSCRIBED, [held.id, owner, held.fence]);
  }

  /** Triggers that fail are tried at once: something changed that they may have waited for. */
  async lookAgain(): Promise<void> {
    await this.pool.query(LOOK_AGAIN);
  }

  /** The trigger whose address it is. */
  async byToken(token: string): Promise<HookedTrigger | undefined> {
    const found = await this.pool.query<HookedTrigger>(`${HOOKED} hook_token = $1`, [token]);
    return found.rows[0];
  }

  async byId(id: string): Promise<HookedTrigger | undefined> {
    const found = await this.pool.query<HookedTrigger>(`${HOOKED} trigger_id = $1`, [id]);
    return found.rows[0];
  }

  async eventsWaitingOf(triggerId: string): Promise<number> {
    const found = await this.pool.query<{ waiting: number }>(
      'SELECT count(*)::int AS waiting FROM trigger_events WHERE trigger_id = $1',
      [triggerId],
    );
    return found.rows[0]?.waiting ?? 0;
  }

  /** Triggers that are switched on and have events that are no runs yet. */
  async waiting(): Promise<string[]> {
    const found = await this.pool.query<{ id: string }>(WAITING);
    return found.rows.map(({ id }) => id);
  }

  /**
   * Gives the first events of a trigger to `work` and forgets them when it is done; when it rejects they
   * stay. Answers how many there were; 0 as well while another process does the same.
   */
  async withEvents(
    triggerId: string,
    limit: number,
    work: (events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const locked = await client.query<{ locked: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext('tutti.trigger-events'), hashtext($1)) AS locked`,
        [triggerId],
      );
      if (locked.rows[0]?.locked !== true) return 0;
      const { rows } = await client.query<StoredEvent & { sequence: string }>(
        `SELECT sequence::text AS sequence, event_id AS id, key, happened_at AS "happenedAt", data, problem
         FROM trigger_events WHERE trigger_id = $1 ORDER BY sequence LIMIT $2`,
        [triggerId, limit],
      );
      if (rows.length === 0) return 0;
      await work(rows);
      await client.query(
        'DELETE FROM trigger_events WHERE trigger_id = $1 AND sequence = ANY ($2::bigint[])',
        [triggerId, rows.map(({ sequence }) => sequence)],
      );
      return rows.length;
    });
  }

  async statusOf(ids: readonly string[]): Promise<Map<string, PluginTriggerStatus>> {
    const found = await this.pool.query<PluginTriggerStatus>(STATUS, [ids]);
    return new Map(found.rows.map((row) => [row.id, row]));
  }

  private async change(sql: string, held: HeldTrigger, owner: string, more: unknown[]): Promise<void> {
    const changed = await this.pool.query(sql, [held.id, owner, held.fence, ...more]);
    if (changed.rows.length === 0)
      throw new TriggerLost(`The trigger ${held.id} was changed, or another host has it.`);
  }
}

/** A trigger as a request to its hook finds it. */
export type HookedTrigger = Pick<
  HeldTrigger,
  'id' | 'workspaceId' | 'connection' | 'name' | 'options' | 'wanted' | 'hookToken'
>;

/** In the transaction that stores the trigger. `sameSource`: it goes on where it was. */
export async function alignPluginTrigger(
  database: Queryable,
  source: PluginTriggerSource,
  sameSource: boolean,
): Promise<void> {
  const { id, workspaceId, connection, name, options, intervalMs, wanted, hookToken } = source;
  const values = [id, workspaceId, connection, name, options, intervalMs, wanted, hookToken, sameSource];
  await database.query(ALIGN, values);
}

export async function switchPluginTrigger(database: Queryable, id: string, wanted: boolean): Promise<void> {
  await database.query(SWITCH, [id, wanted]);
}

export async function forgetPluginTrigger(database: Queryable, id: string): Promise<void> {
  await database.query(FORGET, [id]);
}

/** Has it looked at as soon as possible. */
export async function lookAtPluginTrigger(database: Queryable, id: string): Promise<void> {
  await database.query(LOOK_NOW, [id]);
}

function columnsOf(events: readonly StoredEvent[]): (string | null)[][] {
  const text = (value: string | null) => (value === null ? null : clean(value));
  return [
    events.map(({ id }) => clean(id)),
    events.map(({ key }) => text(key)),
    events.map(({ happenedAt }) => text(happenedAt)),
    events.map(({ data }) => clean(data)),
    events.map(({ problem }) => text(problem)),
  ];
}
