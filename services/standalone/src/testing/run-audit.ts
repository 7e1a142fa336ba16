import { Pool } from 'pg';

/** Looks into the database of a hub under test: what became of its runs, and whether the books agree. */
export class RunAudit {
  private readonly pool: Pool;

  constructor(databaseUrl: string) {
    this.pool = new Pool({ connectionString: databaseUrl, max: 1 });
    // The tests end the server under it.
    this.pool.on('error', () => undefined);
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  /** How many of these runs are in each status; a run that is not there is `missing`. */
  async statuses(ids: readonly string[]): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<{ status: string; runs: number }>(
      `SELECT coalesce(r.status, 'missing') AS status, count(*)::int AS runs
         FROM unnest($1::uuid[]) AS a(id) LEFT JOIN runs r ON r.id = a.id GROUP BY 1`,
      [ids],
    );
    return Object.fromEntries(rows.map(({ status, runs }) => [status, runs]));
  }

  /** Why runs faulted: the errors of the first few. */
  async errors(): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string; error: string }>(
      `SELECT id, error FROM runs WHERE status = 'faulted' ORDER BY id LIMIT 5`,
    );
    return rows.map(({ id, error }) => `${id}: ${error}`);
  }

  /**
   * Runs that exist although nobody was told of them, or whose books do not agree; all zero where all is
   * right.
   */
  async faults(known: readonly string[]): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<Record<string, number>>(
      `SELECT
         (SELECT count(*)::int FROM runs WHERE id <> ALL ($1::uuid[])) AS "runs nobody knows",
         (SELECT count(*)::int FROM (SELECT 1 FROM journal GROUP BY run_id HAVING max(sequence) <> count(*)) AS g)
           AS "journals with a gap",
         (SELECT count(*)::int FROM run_states s JOIN runs r ON r.id = s.run_id
           WHERE r.status IN ('completed', 'faulted', 'cancelled')) AS "states of ended runs",
         (SELECT abs((SELECT coalesce(sum(runs), 0) FROM run_minutes)
           - (SELECT count(*) FROM runs WHERE status IN ('completed', 'faulted', 'cancelled'))))::int
           AS "rollups away from the runs"`,
      [known],
    );
    return rows[0] ?? {};
  }

  /** What the processes counted, those that died too: the sum of each counter. */
  async counters(): Promise<Record<string, number>> {
    const { rows } = await this.pool.query<{ counters: string }>('SELECT counters FROM service_instances');
    const sums: Record<string, number> = {};
    for (const { counters } of rows)
      for (const [name, value] of Object.entries(JSON.parse(counters) as Record<string, number>))
        sums[name] = (sums[name] ?? 0) + value;
    return sums;
  }
}
