import type { CallSettled } from '@tutti/contracts';
import { INSTANCE_ALIVE } from '@tutti/store';
import type { DataSource } from 'typeorm';

/** What names an attempt of a call. */
export type CallKey = Pick<CallSettled, 'runId' | 'callId' | 'attempt'>;

/** The claim of an attempt, as it stands. */
export interface Claim {
  instanceId: string;
  /** Whether its instance was seen lately. */
  alive: boolean;
  /** How the attempt ended, once it has. */
  settled: CallSettled | null;
}

interface ClaimRow {
  n: number;
  instance_id: string;
  alive: boolean;
  settled: string | null;
}

/** How long the result of a settled attempt is kept for repeats. */
const KEPT = `interval '1 hour'`;
/** No call is under way for so long: what such a claim was for, nobody asks any more. */
const FORGOTTEN = `interval '1 day'`;

const SINCE = 'calls.claimed-since';
const ASKED =
  'unnest($1::uuid[], $2::text[], $3::int[]) WITH ORDINALITY AS asked (run_id, call_id, attempt, n)';

/** The SQL of the claims: which instance began which attempt, and how it ended. */
export class ClaimStore {
  readonly #database: Pick<DataSource, 'query'>;
  readonly instanceId: string;

  constructor(database: Pick<DataSource, 'query'>, instanceId: string) {
    this.#database = database;
    this.instanceId = instanceId;
  }

  /** Claims what nobody has claimed; says for each whether it is this instance's now. */
  async take(keys: readonly CallKey[]): Promise<boolean[]> {
    const rows = await this.#query<CallKeyRow>(
      `INSERT INTO call_claims (run_id, call_id, attempt, instance_id)
       SELECT run_id, call_id, attempt, $4::uuid FROM ${ASKED}
       ON CONFLICT DO NOTHING RETURNING run_id, call_id, attempt`,
      [...columnsOf(keys), this.instanceId],
    );
    const taken = new Set(rows.map((row) => nameOf(keyOfRow(row))));
    return keys.map((key) => taken.has(nameOf(key)));
  }

  async look(keys: readonly CallKey[]): Promise<(Claim | null)[]> {
    const rows = await this.#query<ClaimRow>(
      `SELECT asked.n::int AS n, c.instance_id, c.settled,
         coalesce(${INSTANCE_ALIVE}, false) AS alive
       FROM ${ASKED} JOIN call_claims c USING (run_id, call_id, attempt)
       LEFT JOIN service_instances i ON i.id = c.instance_id`,
      columnsOf(keys),
    );
    const claims: (Claim | null)[] = keys.map(() => null);
    for (const { n, instance_id: instanceId, alive, settled } of rows) {
      const ended = settled === null ? null : (JSON.parse(settled) as CallSettled);
      claims[n - 1] = { instanceId, alive, settled: ended };
    }
    return claims;
  }

  /** Takes claims over from instances that are dead; false for those that changed meanwhile. */
  async takeOver(claims: readonly { key: CallKey; from: string }[]): Promise<boolean[]> {
    const rows = await this.#updated(
      `UPDATE call_claims c SET instance_id = $5::uuid, claimed_at = clock_timestamp()
       FROM unnest($1::uuid[], $2::text[], $3::int[], $4::uuid[]) AS asked (run_id, call_id, attempt, owner)
       WHERE (c.run_id, c.call_id, c.attempt) = (asked.run_id, asked.call_id, asked.attempt)
         AND c.instance_id = asked.owner AND c.settled_at IS NULL
       RETURNING c.run_id, c.call_id, c.attempt`,
      [...columnsOf(claims.map(({ key }) => key)), claims.map(({ from }) => from), this.instanceId],
    );
    const taken = new Set(rows.map((row) => nameOf(keyOfRow(row))));
    return claims.map(({ key }) => taken.has(nameOf(key)));
  }

  /** Records how claimed attempts ended; the first end stands. */
  async settle(settled: readonly CallSettled[]): Promise<void> {
    await this.#database.query(
      `UPDATE call_claims c SET settled_at = clock_timestamp(), settled = asked.settled
       FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS asked (run_id, call_id, attempt, settled)
       WHERE (c.run_id, c.call_id, c.attempt) = (asked.run_id, asked.call_id, asked.attempt)
         AND c.settled_at IS NULL`,
      [...columnsOf(settled), settled.map((one) => JSON.stringify(one))],
    );
  }

  /**
   * Deletes claims that no repeat will ask for. Claims of runs younger than what is kept stay, so that for
   * them a missing claim means: never begun.
   */
  async sweep(): Promise<void> {
    await this.#database.query(
      `DELETE FROM call_claims WHERE settled_at < clock_timestamp() - ${KEPT}
         OR claimed_at < clock_timestamp() - ${FORGOTTEN}`,
    );
  }

  /** Says since when every write of this database was claimed before it began. */
  async claimsSince(): Promise<number> {
    const rows = await this.#query<{ since_ms: number }>(
      `WITH begun AS (
         INSERT INTO bus_state (key, value) VALUES ('${SINCE}', '') ON CONFLICT (key) DO NOTHING RETURNING updated_at)
       SELECT (extract(epoch FROM updated_at) * 1000)::float8 AS since_ms FROM begun
       UNION ALL SELECT (extract(epoch FROM updated_at) * 1000)::float8 FROM bus_state WHERE key = '${SINCE}'`,
      [],
    );
    return rows[0]?.since_ms ?? Infinity;
  }

  async #query<Row>(sql: string, parameters: unknown[]): Promise<Row[]> {
    return (await this.#database.query(sql, parameters)) as Row[];
  }

  /** TypeORM answers an UPDATE with its rows and their number. */
  async #updated(sql: string, parameters: unknown[]): Promise<CallKeyRow[]> {
    return ((await this.#database.query(sql, parameters)) as [CallKeyRow[], number])[0];
  }
}

/** A host without claims works on this database: what a missing claim means is open from now on. */
export async function forgetClaimsSince(database: Pick<DataSource, 'query'>): Promise<void> {
  await database.query(`DELETE FROM bus_state WHERE key = '${SINCE}'`);
}

interface CallKeyRow {
  run_id: string;
  call_id: string;
  attempt: number;
}

function keyOfRow(row: CallKeyRow): CallKey {
  return { runId: row.run_id, callId: row.call_id, attempt: row.attempt };
}

/** One text for the three parts that name an attempt. */
export function nameOf({ runId, callId, attempt }: CallKey): string {
  return `${runId}/${attempt}${callId}`;
}

function columnsOf(keys: readonly CallKey[]): unknown[] {
  return [
    keys.map(({ runId }) => runId),
    keys.map(({ callId }) => callId),
    keys.map(({ attempt }) => attempt),
  ];
}
