import { TestOrchestrators } from '../testing/orchestrators.js';
import { FIND_STARTABLE, findStartable } from './startable.js';

const OTHERS = 20_000;
const WAITING = 40;
const TEXT = `
document:
  { dsl: '1.0.3', namespace: test, name: limited, version: '1.0.0', metadata: { tutti: { concurrency: 1 } } }
do:
  - a: { set: { ok: true } }
`;

describe('the look-up of the workflow that a task wants to run', () => {
  const hubs = TestOrchestrators.use();

  it('counts the runs that wait for it by an index, however many wait for others', async () => {
    const { pool } = hubs.database;
    const { workflowId } = await hubs.database.apply(TEXT);
    await pool.query(
      `INSERT INTO run_places (run_id, workspace_id, workflow_id, queue, state)
       SELECT gen_random_uuid(), 'default', gen_random_uuid(), '', 'ready' FROM generate_series(1, $1)`,
      [OTHERS],
    );
    await pool.query(
      `INSERT INTO run_places (run_id, workspace_id, workflow_id, queue, state)
       SELECT gen_random_uuid(), 'default', $2, '', CASE i % 2 WHEN 0 THEN 'ready' ELSE 'admitted' END
       FROM generate_series(1, $1) i`,
      [2 * WAITING, workflowId],
    );
    await pool.query('ANALYZE run_places');
    const values = ['default', 'test', 'limited', 'latest'];
    const found = await pool.query<{ waiting: number }>(FIND_STARTABLE, values);
    expect(found.rows[0]?.waiting).toBe(WAITING);
    const { rows } = await pool.query<Record<'QUERY PLAN', string>>(`EXPLAIN ${FIND_STARTABLE}`, values);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('run_places_waiting');
    expect(plan).not.toContain('Seq Scan on run_places');
  });

  it('refuses from the limit on', async () => {
    const { pool } = hubs.database;
    const { workflowId } = await hubs.database.apply(TEXT.replace('limited', 'full'));
    await pool.query(
      `INSERT INTO run_places (run_id, workspace_id, workflow_id, queue, state)
       SELECT gen_random_uuid(), 'default', $1, '', 'ready' FROM generate_series(1, 10001)`,
      [workflowId],
    );
    const wanted = { namespace: 'test', name: 'full', version: 'latest' };
    expect(await findStartable(pool, 'default', wanted)).toMatchObject({
      refused: { detail: expect.stringContaining('the limit waitingRunsOfWorkflowMax') as unknown },
    });
  });
});
