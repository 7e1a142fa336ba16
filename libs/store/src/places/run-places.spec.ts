import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { openDatabase, openHotPool } from '../database.js';
import { RunStore } from '../runs/run-store.js';
import { RunAdmission } from './run-admission.js';
import { RunPlaces, type RunToQueue } from './run-places.js';

interface Workflow {
  workflowId: string;
  versionId: string;
}

describe('places of limited runs', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let pool: Pool;
  let places: RunPlaces;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection);
    pool = openHotPool(database.connection);
    places = new RunPlaces(pool);
  });
  afterAll(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  const admission = () => new RunAdmission(pool, places, new RunStore(pool));
  const admit = async (by: RunAdmission, ended: string[] | null = null) =>
    (await by.admit(ended)).map((message) => message.runId);

  async function apply(hints: Record<string, unknown> = {}): Promise<Workflow> {
    const [workflowId, versionId] = [uuidv7(), uuidv7()];
    const definition = JSON.stringify({ document: { metadata: { tutti: hints } } });
    await pool.query(
      `INSERT INTO workflows (id, workspace_id, namespace, name, current_version_id) VALUES ($1, 'default', 'test', $2, $3)`,
      [workflowId, `w-${workflowId}`, versionId],
    );
    await pool.query(
      `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by)
      VALUES ($1, 'default', $2, '1', 'x', '', $3, 'test')`,
      [versionId, workflowId, definition],
    );
    return { workflowId, versionId };
  }

  async function trigger(concurrency: number | null): Promise<string> {
    const id = uuidv7();
    await pool.query(
      `INSERT INTO triggers (id, workspace_id, name, kind, namespace, workflow, content_hash, source, definition, created_by)
      VALUES ($1, 'default', $2, 'kafka', 'test', 'w', 'x', '', $3, 'test')`,
      [id, `t-${id}`, JSON.stringify({ spec: { concurrency } })],
    );
    return id;
  }

  function runOf(
    workflow: Workflow,
    more: { queue?: string; queueKey?: string; key?: string } = {},
  ): RunToQueue {
    const { key, queue = '', queueKey } = more;
    return {
      id: uuidv7(),
      workspaceId: 'default',
      workflowId: workflow.workflowId,
      workflowVersionId: workflow.versionId,
      trigger: 'test',
      traceId: newTraceId(),
      rootSpanId: newSpanId(),
      input: '{}',
      queue,
      queueKey,
      ...(key ? { idempotency: { scope: 's', key, requestHash: Buffer.alloc(1) } } : {}),
    };
  }
  const add = async (runs: RunToQueue[]) => {
    await places.acceptWaiting(runs);
    return runs.map(({ id }) => id);
  };
  const end = (ids: readonly string[]) =>
    pool.query(`UPDATE runs SET status = 'completed' WHERE id = ANY($1::uuid[])`, [ids]);

  it('lets as many runs of a workflow be under way as it allows, and the next when one ends', async () => {
    const workflow = await apply({ concurrency: 2 });
    const ids = await add([1, 2, 3, 4].map(() => runOf(workflow)));
    const by = admission();
    expect(await admit(by)).toEqual(ids.slice(0, 2));
    expect(await admit(by)).toEqual([]);
    await end([ids[0] as string]);
    expect(await admit(by, [ids[0] as string])).toEqual([ids[2]]);
    await end(ids.slice(0, 3));
    expect(await admit(by)).toEqual([ids[3]]);
    await end(ids);
    await admit(by);
    expect(await places.waiting()).toEqual([]);
  });

  it('keeps the runs of one key one after the other, in the order in which they came', async () => {
    const queue = await trigger(null);
    const workflow = await apply();
    const [a1, b1, a2, a3] = (await add(
      ['a', 'b', 'a', 'a'].map((queueKey) => runOf(workflow, { queue, queueKey })),
    )) as [string, string, string, string];
    const by = admission();
    expect((await admit(by)).sort()).toEqual([a1, b1].sort());
    const [a4] = await add([runOf(workflow, { queue, queueKey: 'a' })]);
    for (const [ended, next] of [
      [a1, a2],
      [a2, a3],
      [a3, a4],
    ]) {
      expect(await admit(by)).toEqual([]);
      await end([ended as string]);
      expect(await admit(by)).toEqual([next]);
    }
    await end([a4 as string, b1]);
    await admit(by);
  });

  it('holds the limits exactly while several processes accept, end and admit at once', async () => {
    const queue = await trigger(3);
    const workflow = await apply();
    let over = 0;
    const keys = new Map<string, string>();
    const processOf = async () => {
      const by = admission();
      for (let turn = 0; turn < 30; turn++) {
        const queueKey = `k${turn % 4}`;
        const run = runOf(workflow, { queue, queueKey });
        keys.set(run.id, queueKey);
        await places.acceptWaiting([run]);
        await by.admit(null);
        const { rows } = await pool.query<{ id: string }>(
          `SELECT r.id FROM runs r JOIN run_places p ON p.run_id = r.id WHERE r.status = 'running' AND p.queue = $1`,
          [queue],
        );
        if (rows.length > 3) over += 1;
        const ofKeys = rows.map(({ id }) => keys.get(id));
        if (new Set(ofKeys).size < ofKeys.length) over += 1;
        if (rows[0]) await end([rows[0].id]);
      }
    };
    await Promise.all([processOf(), processOf(), processOf()]);
    expect(over).toBe(0);
    // Whatever waits comes in when those before it end: nothing was forgotten on the way.
    const by = admission();
    for (;;) {
      await pool.query(`UPDATE runs SET status = 'completed' WHERE status = 'running' AND workflow_id = $1`, [
        workflow.workflowId,
      ]);
      if ((await by.admit(null)).length === 0) break;
    }
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM runs WHERE workflow_id = $1 AND status = 'completed'`,
      [workflow.workflowId],
    );
    expect(rows[0]?.count).toBe(90);
  });

  it('takes a repeat of a key for the first run', async () => {
    const workflow = await apply({ concurrency: 1 });
    const first = runOf(workflow, { key: 'one' });
    expect(await places.acceptWaiting([first])).toEqual([{ id: first.id, accepted: true }]);
    const repeat = runOf(workflow, { key: 'one' });
    expect(await places.acceptWaiting([repeat])).toEqual([{ id: repeat.id, accepted: false }]);
    await admit(admission());
    await end([first.id]);
    await admit(admission());
  });

  it('lets a run that waits be cancelled, also before the one behind it', async () => {
    const queue = await trigger(null);
    const workflow = await apply();
    const ids = await add(['a', 'a', 'a'].map((queueKey) => runOf(workflow, { queue, queueKey })));
    const by = admission();
    expect(await admit(by)).toEqual([ids[0]]);
    await pool.query(`UPDATE runs SET status = 'cancelled' WHERE id = $1`, [ids[1]]);
    await end([ids[0] as string]);
    // The cancelled one comes forward first, and gives way when it is seen to have ended.
    await admit(by);
    expect(await admit(by)).toEqual([ids[2]]);
    await end(ids);
    await admit(by);
  });
});
