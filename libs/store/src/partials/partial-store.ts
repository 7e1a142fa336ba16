import type { DataSource } from 'typeorm';

/** What a call under way has told of its output. */
export interface PartialResult {
  runId: string;
  callId: string;
  attempt: number;
  /** JSON pointer of the task in the document. */
  task: string;
  text: string;
  /** Characters that were told and are left out. */
  dropped: number;
}

/** How long a watch holds after somebody looked, and how long what a dead host left is kept. */
const WATCH_SECONDS = 20;
const KEPT_MINUTES = 10;

/** The parts of outputs that people see while calls are under way: written only where somebody watches. */
export class PartialStore {
  readonly #database: Pick<DataSource, 'query'>;

  constructor(database: Pick<DataSource, 'query'>) {
    this.#database = database;
  }

  /** Says that somebody watches the run, and gives what its calls have told. */
  async watch(runId: string): Promise<PartialResult[]> {
    await this.#database.query(WATCH, [runId]);
    return (await this.#database.query(READ, [runId])) as PartialResult[];
  }

  /** Those of the runs that somebody watches. */
  async watched(runIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = (await this.#database.query(WATCHED, [runIds])) as { run_id: string }[];
    return new Set(rows.map(({ run_id }) => run_id));
  }

  async write(parts: readonly PartialResult[]): Promise<void> {
    const column = <Name extends keyof PartialResult>(name: Name) => parts.map((part) => part[name]);
    await this.#database.query(WRITE, [
      column('runId'),
      column('callId'),
      column('attempt'),
      column('task'),
      column('text'),
      column('dropped'),
    ]);
  }

  /** The calls are over: what they told is of no use any more, nor what dead hosts left behind. */
  async forget(calls: readonly Pick<PartialResult, 'runId' | 'callId'>[]): Promise<void> {
    await this.#database.query(FORGET, [calls.map(({ runId }) => runId), calls.map(({ callId }) => callId)]);
    await this.#database.query(SWEEP_RESULTS);
    await this.#database.query(SWEEP_WATCHES);
  }
}

const WATCH = `
INSERT INTO run_watches VALUES ($1, now() + interval '${WATCH_SECONDS} seconds')
ON CONFLICT (run_id) DO UPDATE SET until = excluded.until`;
const READ = `
SELECT run_id AS "runId", call_id AS "callId", attempt, task, text, dropped FROM partial_results
WHERE run_id = $1 AND updated_at > now() - interval '${KEPT_MINUTES} minutes' ORDER BY call_id`;
const WATCHED = `SELECT run_id FROM run_watches WHERE run_id = ANY($1) AND until > now()`;
const WRITE = `
INSERT INTO partial_results (run_id, call_id, attempt, task, text, dropped)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::int[])
ON CONFLICT (run_id, call_id) DO UPDATE SET attempt = excluded.attempt, text = excluded.text,
  dropped = excluded.dropped, updated_at = now()`;
const FORGET = `
DELETE FROM partial_results AS p USING unnest($1::uuid[], $2::text[]) AS c (run_id, call_id)
WHERE p.run_id = c.run_id AND p.call_id = c.call_id`;
const SWEEP_RESULTS = `DELETE FROM partial_results WHERE updated_at < now() - interval '${KEPT_MINUTES} minutes'`;
const SWEEP_WATCHES = `DELETE FROM run_watches WHERE until < now() - interval '${KEPT_MINUTES} minutes'`;
