import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { type DatabaseConnection, openDatabase, openHotPool } from '../database.js';
import { RunStore } from './run-store.js';
import type { RunToAccept, RunTurn, TurnExtras } from './run-store.types.js';

const NO_EXTRAS: TurnExtras = {
  reviewsOpened: [],
  reviewsClosed: [],
  receipts: [],
  commandsApplied: [],
  eventsEmitted: [],
  subscriptions: [],
  migrated: [],
};

describe('RunStore', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let pool: Pool;
  let store: RunStore;
  const workflowId = uuidv7();
  const versionId = uuidv7();

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection as DatabaseConnection);
    pool = openHotPool(database.connection);
    store = new RunStore(pool);
    await dataSource.query(
      `INSERT INTO workflows (id, workspace_id, namespace, name) VALUES ($1, 'default', 'a', 'b')`,
      [workflowId],
    );
    await dataSource.query(
      `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by)
      VALUES ($1, 'default', $2, '1.0.0', 'h', '', '{}', 'test')`,
      [versionId, workflowId],
    );
  });

  afterAll(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  it('lives on when the server ends a connection between two statements', async () => {
    const client = await pool.connect();
    const ended = new Promise((done) => client.once('end', done));
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release(true);
    await expect(store.acceptRuns([run()])).resolves.toMatchObject([{ accepted: true }]);
  });

  function run(more: Partial<RunToAccept> = {}): RunToAccept {
    return {
      id: uuidv7(),
      workspaceId: 'default',
      workflowId,
      workflowVersionId: versionId,
      trigger: 'api',
      traceId: newTraceId(),
      rootSpanId: newSpanId(),
      input: '{"quote":"\\"é\\\\"}',
      ...more,
    };
  }

  function turn(runId: string, revision: number, more: Partial<RunTurn> = {}): RunTurn {
    return {
      runId,
      workspaceId: 'default',
      workflowId,
      revision,
      status: 'running',
      statusChanged: false,
      state: `{"n":${revision}}`,
      wakeAtMs: null,
      event: '[]',
      entries: '[]',
      atMs: Date.now(),
      ended: null,
      costMicros: 0,
      currency: null,
      ...more,
    };
  }

  it('keeps accepted runs with their input to the letter', async () => {
    const runs = [run(), run()];
    expect(await store.acceptRuns(runs)).toEqual(runs.map(({ id }) => ({ accepted: true, id })));
    const loaded = await store.loadRuns(runs.map(({ id }) => id));
    expect(loaded.map(({ input }) => input)).toEqual(runs.map(({ input }) => input));
    expect(loaded[0]).toMatchObject({
      status: 'running',
      revision: 0,
      state: null,
      workflow: { namespace: 'a', name: 'b', version: '1.0.0' },
    });
  });

  it('answers the first run to a repeated key, also inside one batch; tells another body apart', async () => {
    const key = { scope: 'a/b', key: 'k1', requestHash: Buffer.from('one') };
    const [first, twin, plain] = [run({ idempotency: key }), run({ idempotency: key }), run()];
    const answers = await store.acceptRuns([first, twin, plain]);
    expect(answers[0]).toEqual({ accepted: true, id: first.id });
    expect(answers[1]).toMatchObject({ accepted: false, id: first.id, sameRequest: true });
    expect(answers[2]).toEqual({ accepted: true, id: plain.id });
    const [other] = await store.acceptRuns([
      run({ idempotency: { ...key, requestHash: Buffer.from('two') } }),
    ]);
    expect(other).toMatchObject({ accepted: false, id: first.id, sameRequest: false });
  });

  it('lets one of many racing repeats win', async () => {
    const key = { scope: 'a/b', key: 'race', requestHash: Buffer.from('x') };
    const answers = (
      await Promise.all(Array.from({ length: 20 }, () => store.acceptRuns([run({ idempotency: key })])))
    ).flat();
    expect(answers.filter((answer) => answer.accepted)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
  });

  it('commits the turns of a run from its start to its end', async () => {
    const subject = run();
    await store.acceptRuns([subject]);
    await store.commitTurns([turn(subject.id, 1, { wakeAtMs: Date.now() + 60_000 })], NO_EXTRAS);
    await store.commitTurns([turn(subject.id, 2, { wakeAtMs: 'keep' })], NO_EXTRAS);
    const [loaded] = await store.loadRuns([subject.id]);
    expect(loaded).toMatchObject({ revision: 2, state: '{"n":2}' });
    expect(loaded?.wakeAtMs).toBeGreaterThan(Date.now());
    await store.commitTurns(
      [
        turn(subject.id, 3, {
          status: 'completed',
          statusChanged: true,
          state: null,
          ended: { output: '1', error: null, durationMs: 12 },
        }),
      ],
      NO_EXTRAS,
    );
    const [row] = (await dataSource.query(
      'SELECT status, output, revision, ended_at FROM runs WHERE id = $1',
      [subject.id],
    )) as Record<string, unknown>[];
    expect(row).toMatchObject({ status: 'completed', output: '1', revision: 3 });
    expect(await dataSource.query('SELECT 1 FROM run_states WHERE run_id = $1', [subject.id])).toEqual([]);
    const [journal] = (await dataSource.query('SELECT count(*)::int AS n FROM journal WHERE run_id = $1', [
      subject.id,
    ])) as { n: number }[];
    expect(journal?.n).toBe(3);
  });

  it('changes nothing of a run whose revision another owner wrote; commits the rest of a batch', async () => {
    const [raced, other] = [run(), run()];
    await store.acceptRuns([raced, other]);
    await store.commitTurns([turn(raced.id, 1)], NO_EXTRAS);
    const late = turn(raced.id, 1, {
      status: 'completed',
      statusChanged: true,
      state: null,
      ended: { output: '"late"', error: null, durationMs: 1 },
    });
    expect(await store.commitTurns([late, turn(other.id, 1)], NO_EXTRAS)).toEqual(new Set([other.id]));
    const [loaded] = await store.loadRuns([raced.id]);
    expect(loaded).toMatchObject({ status: 'running', state: '{"n":1}' });
  });

  it('adds every run to the rollups once when two owners write the same runs at once', async () => {
    const atMs = Date.UTC(2031, 0, 1, 12, 30, 5);
    const runs = Array.from({ length: 120 }, () => run());
    await store.acceptRuns(runs);
    const others = openHotPool(database.connection);
    const owners = [store, new RunStore(others)];
    const end = (id: string, owner: number) =>
      turn(id, 1, {
        atMs,
        status: 'completed',
        statusChanged: true,
        state: null,
        ended: { output: `"${owner}"`, error: null, durationMs: 10 },
        costMicros: 1,
      });
    const batches = (owner: number) =>
      Array.from({ length: 12 }, (_, i) => runs.slice(i * 10 - owner * 4, i * 10 + 14)).map((batch) =>
        (owner === 0 ? batch : batch.toReversed()).map(({ id }) => end(id, owner)),
      );
    const committed = await Promise.all(
      owners.map(async (owner, i) => {
        const ids: string[] = [];
        for (const batch of batches(i)) ids.push(...(await owner.commitTurns(batch, NO_EXTRAS)));
        return ids;
      }),
    );
    await others.end();
    expect(committed.flat().sort()).toEqual(runs.map(({ id }) => id).sort());
    const [minute] = (await dataSource.query(
      `SELECT runs, duration_ms_sum, cost_micros::int FROM run_minutes WHERE minute = '2031-01-01T12:30Z'`,
    )) as Record<string, number>[];
    expect(minute).toEqual({ runs: 120, duration_ms_sum: 1200, cost_micros: 120 });
    const rows = (await dataSource.query(
      `SELECT count(*)::int AS n FROM runs WHERE id = ANY($1) AND status = 'completed' AND revision = 1`,
      [runs.map(({ id }) => id)],
    )) as { n: number }[];
    expect(rows[0]?.n).toBe(120);
  });

  it('closes no review of a run whose turn was refused', async () => {
    const [raced, other] = [run(), run()];
    await store.acceptRuns([raced, other]);
    await store.commitTurns([turn(raced.id, 1)], NO_EXTRAS);
    const reviewId = uuidv7();
    await dataSource.query(
      `INSERT INTO reviews (id, workspace_id, run_id, workflow_id, task, position, title, because, status, token, opened_at)
       VALUES ($1, 'default', $2, $3, '/', '/', 'T', 'B', 'open', 't', now())`,
      [reviewId, raced.id, workflowId],
    );
    const reviewsClosed = [{ id: reviewId, runId: raced.id, status: 'withdrawn' as const }];
    await store.commitTurns([turn(raced.id, 1), turn(other.id, 1)], { ...NO_EXTRAS, reviewsClosed });
    expect(await dataSource.query('SELECT status FROM reviews WHERE id = $1', [reviewId])).toEqual([
      { status: 'open' },
    ]);
  });

  it('gives a waiting command to one taker, and again later and later', async () => {
    const subject = run();
    await store.acceptRuns([subject]);
    const id = await store.submitCommand(
      { workspaceId: 'default', runId: subject.id },
      { kind: 'cancel', by: 'test' },
    );
    const take = async (ageMs: number) =>
      (await store.takeCommands(ageMs, 100)).filter((one) => one.id === id).length;
    expect(await take(2_000)).toBe(0);
    await dataSource.query(
      `UPDATE run_commands SET created_at = created_at - interval '20 seconds', sent_at = sent_at - interval '20 seconds'`,
    );
    const takes = await Promise.all([take(2_000), take(2_000), take(2_000)]);
    expect(takes.filter((n) => n === 1)).toHaveLength(1);
    const [row] = (await dataSource.query(
      `SELECT extract(epoch FROM sent_at - clock_timestamp())::float8 AS ahead FROM run_commands WHERE id = $1`,
      [id],
    )) as { ahead: number }[];
    expect(row?.ahead).toBeGreaterThan(10);
  });

  it('finds accepted runs that nobody began, page by page', async () => {
    const runs = Array.from({ length: 5 }, () => run());
    await store.acceptRuns(runs);
    const [begun, ...orphans] = runs as [RunToAccept, ...RunToAccept[]];
    await store.commitTurns([turn(begun.id, 1)], NO_EXTRAS);
    const found: string[] = [];
    let after: string | null = '00000000-0000-0000-0000-000000000000';
    while (after !== null) {
      const page = await store.orphanedRuns(after, { limit: 3, olderThanMs: 0 });
      found.push(...page.ids);
      after = page.last;
    }
    expect(found).toEqual(expect.arrayContaining(orphans.map(({ id }) => id)));
    expect(found).not.toContain(begun.id);
    expect((await store.orphanedRuns(begun.id, { limit: 100, olderThanMs: 60_000 })).ids).toEqual([]);
  });

  it('takes a due run once, and again after its lease', async () => {
    const subject = run();
    await store.acceptRuns([subject]);
    const due = Date.now() + 1_000;
    await store.commitTurns([turn(subject.id, 1, { wakeAtMs: due })], NO_EXTRAS);
    const idsOf = async (nowMs: number) => (await store.takeDue(nowMs, 100)).map(({ runId }) => runId);
    expect(await idsOf(due - 500)).not.toContain(subject.id);
    const [a, b] = await Promise.all([idsOf(due + 1), idsOf(due + 1)]);
    expect([...a, ...b].filter((id) => id === subject.id)).toHaveLength(1);
    expect(await idsOf(due + 31_000)).toContain(subject.id);
  });

  it('adds up the minute rollups', async () => {
    const runs = [run(), run(), run()];
    await store.acceptRuns(runs);
    const atMs = Date.UTC(2030, 0, 1, 12, 30, 5);
    const ended = { output: null, error: null, durationMs: 10 };
    for (const { id } of runs) {
      await store.commitTurns(
        [turn(id, 1, { atMs, status: 'completed', statusChanged: true, state: null, ended, costMicros: 7 })],
        NO_EXTRAS,
      );
    }
    const [minute] = (await dataSource.query(
      `SELECT runs, duration_ms_sum, cost_micros::int, durations FROM run_minutes WHERE minute = '2030-01-01T12:30Z'`,
    )) as { runs: number; duration_ms_sum: number; cost_micros: number; durations: number[] }[];
    expect(minute).toMatchObject({ runs: 3, duration_ms_sum: 30, cost_micros: 21 });
    expect(minute?.durations.reduce((sum, n) => sum + n, 0)).toBe(3);
  });

  it('writes reviews, receipts and applied commands in the same transaction', async () => {
    const subject = run();
    await store.acceptRuns([subject]);
    const commandId = await store.submitCommand(
      { workspaceId: 'default', runId: subject.id },
      { kind: 'cancel', by: 'test' },
    );
    expect((await store.commandsOf([subject.id])).map(({ id }) => id)).toEqual([commandId]);
    const reviewId = uuidv7();
    await store.commitTurns([turn(subject.id, 1)], {
      reviewsOpened: [
        {
          id: reviewId,
          workspaceId: 'default',
          runId: subject.id,
          workflowId,
          task: '/do/0/a',
          position: '/do/0/a',
          title: 'T',
          because: 'B',
          token: 't',
          form: null,
          data: '{}',
          context: null,
          document: null,
          dueAtMs: null,
          openedAtMs: Date.now(),
        },
      ],
      reviewsClosed: [],
      receipts: [
        {
          runId: subject.id,
          position: '/do/0/a',
          attempt: 1,
          workspaceId: 'default',
          connection: 'erp',
          idempotencyKey: 'k',
          status: 'succeeded',
          answer: '{}',
        },
      ],
      commandsApplied: [{ id: commandId, runId: subject.id }],
      eventsEmitted: [],
      subscriptions: [],
      migrated: [],
    });
    expect(await store.commandsOf([subject.id])).toEqual([]);
    expect(await dataSource.query('SELECT status FROM reviews WHERE id = $1', [reviewId])).toEqual([
      { status: 'open' },
    ]);
    expect(await dataSource.query('SELECT status FROM receipts WHERE run_id = $1', [subject.id])).toEqual([
      { status: 'succeeded' },
    ]);
  });

  it('finds runs that nobody works on any more', async () => {
    const runs = [run(), run(), run(), run()];
    const [started, accepted, suspended, waiting] = runs.map(({ id }) => id) as [
      string,
      string,
      string,
      string,
    ];
    await store.acceptRuns(runs);
    await store.commitTurns([turn(started, 1)], NO_EXTRAS);
    await dataSource.query(
      `UPDATE runs SET status = CASE id WHEN $1 THEN 'suspended' ELSE 'waiting' END WHERE id IN ($1, $2)`,
      [suspended, waiting],
    );
    const found = await store.unfinishedRuns('00000000-0000-0000-0000-000000000000', 1_000);
    expect(found).toEqual(expect.arrayContaining([started, accepted, suspended].sort()));
    expect(found).not.toContain(waiting);
    expect(found).toEqual(found.toSorted());
    expect(await store.unfinishedRuns('00000000-0000-0000-0000-000000000000', 2)).toEqual(found.slice(0, 2));
  });
});
