import { uuidv7 } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { instant, parseJson, rowsOf } from '../database/rows.js';

/** What a process does of a trigger; counts are since the process began. */
export interface Activity {
  state: 'starting' | 'running' | 'failing';
  error: string | null;
  /** Records that wait, by partition that this process reads; null while that is not known. */
  lag: Map<number, number | null>;
  lastRecordAtMs: number | null;
  taken: number;
  filtered: number;
  dead: number;
  started: number;
  repeated: number;
}

/** The same over all processes. */
export interface TriggerStatus {
  state: Activity['state'] | null;
  error: string | null;
  partitions: { partition: number; lag: number | null; process: string }[];
  lastRecordAt: string | null;
  taken: number;
  filtered: number;
  dead: number;
  started: number;
  repeated: number;
}

/** A process that did not write for so long is gone: its counts stay, its partitions are others'. */
const GONE_SECONDS = 15;

const NO_STATUS: TriggerStatus = {
  state: null,
  error: null,
  partitions: [],
  lastRecordAt: null,
  taken: 0,
  filtered: 0,
  dead: 0,
  started: 0,
  repeated: 0,
};

/** What triggers do, counted in each process and written to the database now and then. */
@Injectable()
export class TriggerActivity {
  private readonly instanceId = uuidv7();
  private readonly activities = new Map<string, Activity>();

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  of(triggerId: string): Activity {
    let activity = this.activities.get(triggerId);
    if (activity === undefined) {
      activity = {
        state: 'starting',
        error: null,
        lag: new Map(),
        lastRecordAtMs: null,
        taken: 0,
        filtered: 0,
        dead: 0,
        started: 0,
        repeated: 0,
      };
      this.activities.set(triggerId, activity);
    }
    return activity;
  }

  /** Writes what this process did, and that it is alive. Triggers that were removed are left out. */
  async flush(): Promise<void> {
    const entries = [...this.activities];
    if (entries.length === 0) return;
    await this.dataSource.query(WRITE, [
      this.instanceId,
      JSON.stringify(
        entries.map(([id, { lag, lastRecordAtMs, ...rest }]) => ({
          id,
          ...rest,
          lag: JSON.stringify(Object.fromEntries(lag)),
          last: lastRecordAtMs === null ? null : new Date(lastRecordAtMs).toISOString(),
        })),
      ),
    ]);
  }

  /** Stops counting a trigger's work here, but keeps what was counted. */
  async end(triggerId: string): Promise<void> {
    const activity = this.activities.get(triggerId);
    if (activity === undefined) return;
    activity.lag.clear();
    activity.state = 'starting';
    activity.error = null;
    await this.flush();
    await this.dataSource.query(
      `UPDATE trigger_activity SET seen_at = clock_timestamp() - interval '1 hour' WHERE trigger_id = $1 AND instance_id = $2`,
      [triggerId, this.instanceId],
    );
    // What this process does of it from now on is counted under a row that goes on from these counts.
    if (activity.taken === 0 && activity.started === 0) this.activities.delete(triggerId);
  }

  /**
   * Adds what processes counted that are gone for a day to one row, so that restarts leave no rows behind.
   */
  async fold(): Promise<void> {
    await this.dataSource.query(FOLD);
  }

  async statusOf(ids: readonly string[]): Promise<Map<string, TriggerStatus>> {
    const rows = await rowsOf<StatusRow>(this.dataSource, READ, [ids]);
    const statuses = new Map<string, TriggerStatus>();
    for (const row of rows) statuses.set(row.id, add(statuses.get(row.id) ?? NO_STATUS, row));
    return statuses;
  }
}

const WRITE = `
INSERT INTO trigger_activity AS a (trigger_id, instance_id, state, error, lag, last_record_at, taken, filtered, dead, started, repeated)
SELECT x.id, $1::uuid, x.state, x.error, x.lag, x.last, x.taken, x.filtered, x.dead, x.started, x.repeated
FROM jsonb_to_recordset($2::jsonb) AS x(id uuid, state text, error text, lag text, last timestamptz, taken bigint, filtered bigint,
  dead bigint, started bigint, repeated bigint) JOIN triggers t ON t.id = x.id
ON CONFLICT (trigger_id, instance_id) DO UPDATE SET seen_at = clock_timestamp(), state = excluded.state, error = excluded.error,
  lag = excluded.lag, last_record_at = excluded.last_record_at, taken = excluded.taken, filtered = excluded.filtered,
  dead = excluded.dead, started = excluded.started, repeated = excluded.repeated`;

const FOLDED = `'00000000-0000-0000-0000-000000000000'::uuid`;
const FOLD = `
WITH gone AS (
  DELETE FROM trigger_activity
  WHERE seen_at < clock_timestamp() - interval '1 day' AND instance_id <> ${FOLDED} RETURNING *)
INSERT INTO trigger_activity AS a (trigger_id, instance_id, seen_at, state, last_record_at, taken, filtered, dead, started, repeated)
SELECT trigger_id, ${FOLDED}, '-infinity', 'starting', max(last_record_at), sum(taken), sum(filtered),
  sum(dead), sum(started), sum(repeated) FROM gone GROUP BY trigger_id
ON CONFLICT (trigger_id, instance_id) DO UPDATE SET last_record_at = greatest(a.last_record_at, excluded.last_record_at),
  taken = a.taken + excluded.taken, filtered = a.filtered + excluded.filtered, dead = a.dead + excluded.dead,
  started = a.started + excluded.started, repeated = a.repeated + excluded.repeated`;

const READ = `
SELECT a.trigger_id AS id, a.instance_id AS process,
  a.seen_at > clock_timestamp() - interval '${GONE_SECONDS} seconds' AS alive, a.state, a.error, a.lag,
  ${instant('a.last_record_at')} AS "lastRecordAt", a.taken, a.filtered, a.dead, a.started, a.repeated
FROM trigger_activity a WHERE a.trigger_id = ANY($1::uuid[]) ORDER BY a.seen_at DESC`;

interface StatusRow {
  id: string;
  process: string;
  alive: boolean;
  state: Activity['state'];
  error: string | null;
  lag: string;
  lastRecordAt: string | null;
  taken: string;
  filtered: string;
  dead: string;
  started: string;
  repeated: string;
}

/** One that fails shows, even when the others work; one that works makes the start of another no news. */
const RANK = { failing: 2, running: 1, starting: 0 };

function add(to: TriggerStatus, row: StatusRow): TriggerStatus {
  const worse = to.state === null || RANK[row.state] > RANK[to.state];
  const lag = row.alive ? (parseJson<Record<string, number | null>>(row.lag) ?? {}) : {};
  const partitions = Object.entries(lag).map(([partition, waiting]) => ({
    partition: Number(partition),
    lag: waiting,
    process: row.process,
  }));
  return {
    state: row.alive && worse ? row.state : to.state,
    error: row.alive && row.state === 'failing' ? (to.error ?? row.error) : to.error,
    partitions: [...to.partitions, ...partitions].sort((a, b) => a.partition - b.partition),
    lastRecordAt: later(to.lastRecordAt, row.lastRecordAt),
    taken: to.taken + Number(row.taken),
    filtered: to.filtered + Number(row.filtered),
    dead: to.dead + Number(row.dead),
    started: to.started + Number(row.started),
    repeated: to.repeated + Number(row.repeated),
  };
}

function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}
