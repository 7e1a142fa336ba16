import { jest } from '@jest/globals';
import { InProcessBus } from '@tutti/bus';
import { RunStore } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { RunDoor } from '../runs/run-door.js';
import { acceptedBy } from '../testing/accepted-runs.js';
import { ApiHarness } from '../testing/api-harness.js';
import {
  applySchedule as apply,
  planBefore,
  runsOf,
  showSchedule as show,
  until,
} from '../testing/schedules.js';
import { ScheduleFiring } from './schedule.firing.js';
import { ScheduleSweeper } from './schedule.sweeper.js';

describe('a scheduler', () => {
  let api: ApiHarness;
  const sweep = async () => {
    while (await api.app.get(ScheduleFiring, { strict: false }).sweep());
  };
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());
  afterEach(() => jest.restoreAllMocks());

  it('goes by the database, whatever the clock of the process says', async () => {
    const late = await apply(api, '{ every: PT1H }');
    const early = await apply(api, '{ every: PT1H }');
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    await planBefore(api, late, -600);
    await sweep();
    expect((await show(api, late)).fired).toBe(0);
    jest.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    await planBefore(api, early, 1);
    await until(
      () => show(api, early),
      ({ fired }) => fired === 1,
    );
    expect((await show(api, early)).fires).toMatchObject([{ outcome: 'fired' }]);
  });

  it('rests until the next planned time, and looks when a workflow was changed', async () => {
    const firing = api.app.get(ScheduleFiring, { strict: false });
    await api.query('UPDATE schedules SET paused = true');
    expect(await firing.nextLookMs()).toBe(5_000);
    const looked = jest.spyOn(api.app.get(ScheduleSweeper, { strict: false }), 'look');
    const name = await apply(api, '{ every: PT1H }');
    await eventually(() => looked.mock.calls.length > 0, 60_000);
    expect(await firing.nextLookMs()).toBe(5_000);
    await planBefore(api, name, -3);
    const restMs = await firing.nextLookMs();
    expect([restMs > 0, restMs <= 3_000]).toEqual([true, true]);
    const after = await apply(api, '{ after: PT1H }');
    await api.call('POST', `/v1/schedules/test/${after}/fire`);
    expect(await firing.nextLookMs()).toBeLessThanOrEqual(500);
  });

  it('changes nothing when the process dies before the commit', async () => {
    const name = await apply(api, '{ every: PT1H }');
    const door = api.app.get(RunDoor, { strict: false });
    const store = door.storeIn.bind(door);
    let died = 0;
    jest.spyOn(door, 'storeIn').mockImplementation(async (...args) => {
      await store(...args);
      died += 1;
      throw new Error('died');
    });
    await planBefore(api, name, 1);
    await until(
      () => Promise.resolve(died),
      (times) => times > 0,
    );
    expect(await runsOf(api, name)).toEqual([]);
    expect(await show(api, name)).toMatchObject({ fired: 0, fires: [] });
    jest.restoreAllMocks();
    await until(
      () => show(api, name),
      ({ fired }) => fired === 1,
    );
    expect(await runsOf(api, name)).toHaveLength(1);
  });

  it('leaves a run that was not sent to the sweep of orphans', async () => {
    const name = await apply(api, '{ every: PT1H }');
    jest.spyOn(InProcessBus.prototype, 'publish').mockRejectedValue(new Error('died'));
    await planBefore(api, name, 1);
    const [run] = await until(
      () => runsOf(api, name),
      ({ length }) => length === 1,
    );
    const store = api.app.get(RunStore, { strict: false });
    const { ids } = await store.orphanedRuns('00000000-0000-0000-0000-000000000000', {
      limit: 10_000,
      olderThanMs: 0,
    });
    expect(ids).toContain(run?.id);
    jest.restoreAllMocks();
    await sweep();
    expect(await runsOf(api, name)).toHaveLength(1);
  });
});

describe('several schedulers', () => {
  it('take each planned time of thousands of schedules once', async () => {
    const api = await ApiHarness.start();
    const name = await apply(api, '{ every: PT1H }', { hints: '{ catchUp: { all: 2 } }' });
    // Two missed times each, and one that is on time.
    await api.query(
      `
      WITH base AS (SELECT w.id, v.definition, v.version, s.* FROM workflows w JOIN workflow_versions v ON v.id = w.current_version_id
        JOIN schedules s ON s.workflow_id = w.id WHERE w.name = $1),
      made AS MATERIALIZED (SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS version_id FROM generate_series(1, 2000) n),
      w AS (INSERT INTO workflows (id, workspace_id, namespace, name, current_version_id)
        SELECT id, 'default', 'many', 'w' || n, version_id FROM made),
      v AS (INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by)
        SELECT made.version_id, 'default', made.id, base.version, 'h' || n, '', definition, 'test' FROM made, base)
      INSERT INTO schedules (workflow_id, workspace_id, version_id, kind, expression, interval_ms, timezone, overlap, catch_up,
        catch_up_max, next_at)
      SELECT made.id, 'default', made.version_id, kind, expression, interval_ms, timezone, overlap, catch_up, catch_up_max,
        date_trunc('second', clock_timestamp()) - interval '2 hours 1 second' FROM made, base`,
      [name],
    );
    const others = await Promise.all([ApiHarness.start({ beside: api }), ApiHarness.start({ beside: api })]);
    const all = [api, ...others];
    const messages = all.map((one) => acceptedBy(one));
    await Promise.all(
      all.map(async (one) => {
        while (await one.app.get(ScheduleFiring, { strict: false }).sweep());
      }),
    );
    const open = () =>
      api.query<{ n: number }>('SELECT count(*)::int AS n FROM schedules WHERE next_at < clock_timestamp()');
    while ((await open())[0]?.n !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const [runs] = await api.query<{ all: number; each: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT (workflow_id, trigger))::int AS each FROM runs WHERE trigger LIKE 'schedule:%'`,
    );
    expect(runs).toEqual({ all: 6000, each: 6000 });
    const [counts] = await api.query<{ fired: number; skipped: number; rows: number }>(
      `SELECT sum(fired)::int AS fired, sum(skipped)::int AS skipped, (SELECT count(*)::int FROM schedule_fires) AS rows FROM schedules`,
    );
    expect(counts).toEqual({ fired: 6000, skipped: 0, rows: 6000 });
    while (messages.flat().length < 6000) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(new Set(messages.flat().map(({ runId }) => runId)).size).toBe(6000);
    // Nobody did it all alone: they were at it at the same time.
    expect(messages.filter((of) => of.length > 0).length).toBeGreaterThan(1);
    await Promise.all(others.map((one) => one.close()));
    await api.close();
  });
});
