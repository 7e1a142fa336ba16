import { type RunStarted } from '@tutti/contracts';
import { LOCK_ACCEPTING } from '@tutti/store';
import { DataSource } from 'typeorm';
import { lockChain } from '../audit/audit.queries.js';
import { acceptedBy } from '../testing/accepted-runs.js';
import { ApiHarness } from '../testing/api-harness.js';
import {
  applySchedule as apply,
  endRun as end,
  planBefore,
  runsOf,
  showSchedule as show,
  until,
} from '../testing/schedules.js';
import { ScheduleFiring } from './schedule.firing.js';

describe('schedules', () => {
  let api: ApiHarness;
  const sweep = async (of = api) => {
    while (await of.app.get(ScheduleFiring, { strict: false }).sweep());
  };
  /** Lets three planned times come one after the other, each taken before the next. */
  const comeThrice = async (name: string) => {
    for (const seconds of [12, 8, 4]) {
      await planBefore(api, name, seconds);
      await until(
        () => show(api, name),
        ({ nextAt }) => Date.parse(nextAt as string) > Date.now(),
      );
    }
  };
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  it('come, stay, change and go with the current version of their workflow', async () => {
    const name = await apply(api, "{ cron: '0 6 * * *' }", { hints: '{ timezone: Europe/Berlin }' });
    const first = await show(api, name);
    expect(first).toMatchObject({
      kind: 'cron',
      expression: '0 6 * * *',
      timezone: 'Europe/Berlin',
      overlap: 'skip',
      catchUp: 'last',
      state: 'active',
      fired: 0,
      skipped: 0,
      fires: [],
      error: null,
    });
    expect(first.nextTimes).toHaveLength(10);
    expect(Date.parse(first.nextTimes[0] as string)).toBe(Date.parse(first.nextAt as string));

    await planBefore(api, name, -3600);
    const planned = (await show(api, name)).nextAt;
    await apply(api, "{ cron: '0 6 * * *' }", {
      name,
      hints: '{ timezone: Europe/Berlin, overlap: allow }',
      version: '1.1.0',
    });
    expect(await show(api, name)).toMatchObject({ nextAt: planned, overlap: 'allow' });

    await apply(api, '{ every: PT2H }', { name, version: '1.2.0' });
    expect(await show(api, name)).toMatchObject({ kind: 'every', timezone: 'UTC' });
    expect((await show(api, name)).nextAt).not.toBe(planned);

    await apply(api, null, { name, version: '1.3.0' });
    expect((await api.call('GET', `/v1/schedules/test/${name}`)).status).toBe(404);

    const published = await api.call('POST', `/v1/workflows/test/${name}/versions/1/publish`);
    expect(published.status).toBe(200);
    expect(await show(api, name)).toMatchObject({ kind: 'cron', timezone: 'Europe/Berlin', state: 'active' });
  });

  it('start runs that say of which planned time they are, with the input of the schedule', async () => {
    const name = await apply(api, '{ every: PT1M }', {
      hints: '{ input: { at: "${ .plannedAt }", who: me } }',
    });
    await planBefore(api, name, 1);
    const planned = (await show(api, name)).nextAt as string;
    const accepted = acceptedBy(api);
    const [run] = await until(
      () => runsOf(api, name),
      (runs) => runs.length > 0,
    );
    const iso = new Date(planned).toISOString();
    expect(run).toMatchObject({ trigger: `schedule:${iso.replace('.000Z', 'Z')}`, status: 'running' });
    expect(JSON.parse(run?.input as string)).toEqual({ at: iso, who: 'me' });
    await until(
      () => Promise.resolve(accepted),
      (all) => all.some(({ runId }) => runId === run?.id),
    );
    const after = await show(api, name);
    expect(after).toMatchObject({ fired: 1, skipped: 0, lastRunId: run?.id });
    expect(after.fires).toMatchObject([
      { outcome: 'fired', count: 1, run: { id: run?.id, status: 'running' } },
    ]);
    expect(Date.parse(after.nextAt as string)).toBe(Date.parse(planned) + 60_000);
  });

  it('catch up with the last missed time after a long pause, and tell of the others', async () => {
    const name = await apply(api, '{ every: PT1M }');
    await api.call('POST', `/v1/schedules/test/${name}/pause`);
    await planBefore(api, name, 3 * 3600 + 40);
    await sweep();
    expect(await show(api, name)).toMatchObject({ state: 'paused', fired: 0 });
    await api.call('POST', `/v1/schedules/test/${name}/resume`);
    await sweep();
    const shown = await until(
      () => show(api, name),
      ({ fired }) => fired > 0,
    );
    expect(shown).toMatchObject({ state: 'active', fired: 1, skipped: 180 });
    expect(shown.fires).toMatchObject([
      { outcome: 'caught-up' },
      { outcome: 'skipped', reason: 'missed', count: 180, run: null },
    ]);
  });

  it('make good up to the number that is written, or none', async () => {
    const all = await apply(api, '{ every: PT1H }', { hints: '{ catchUp: { all: 4 } }' });
    const none = await apply(api, "{ cron: '0 * * * *' }", { hints: '{ catchUp: none }' });
    await planBefore(api, all, 10 * 3600 + 60);
    await planBefore(api, none, 10 * 3600 + 60);
    await sweep();
    expect(
      await until(
        () => show(api, all),
        ({ fired }) => fired > 0,
      ),
    ).toMatchObject({ fired: 4, skipped: 7 });
    const shown = await until(
      () => show(api, none),
      ({ skipped }) => skipped > 0,
    );
    expect(shown.fires.every(({ outcome }) => outcome !== 'caught-up')).toBe(true);
    expect(await runsOf(api, all)).toHaveLength(4);
  });

  it('skip times of which an earlier run is under way, as one row of the history', async () => {
    const name = await apply(api, '{ every: PT1H }', { hints: '{ overlap: skip }' });
    await comeThrice(name);
    const shown = await show(api, name);
    expect(shown).toMatchObject({ fired: 1, skipped: 2 });
    expect(shown.fires).toMatchObject([
      { outcome: 'skipped', reason: 'overlap', count: 2 },
      { outcome: 'fired', count: 1 },
    ]);
    await end(api, shown.lastRunId as string);
    await planBefore(api, name, 1);
    expect(
      await until(
        () => show(api, name),
        ({ fired }) => fired === 2,
      ),
    ).toMatchObject({ skipped: 2 });
  });

  it('hold one time until the run under way ends', async () => {
    const name = await apply(api, '{ every: PT1H }', { hints: '{ overlap: queue-one }' });
    await comeThrice(name);
    const shown = await show(api, name);
    expect(shown).toMatchObject({ fired: 1, skipped: 1, heldAt: expect.any(String) });
    await end(api, shown.lastRunId as string);
    const later = await until(
      () => show(api, name),
      ({ fired }) => fired === 2,
    );
    expect(later).toMatchObject({ heldAt: null, skipped: 1 });
    expect(later.fires[0]).toMatchObject({ outcome: 'queued', plannedAt: shown.heldAt });
  });

  it('count from the end of the last run with after', async () => {
    const name = await apply(api, '{ after: PT1H }');
    await planBefore(api, name, 5);
    const shown = await until(
      () => show(api, name),
      ({ fired }) => fired === 1,
    );
    expect(shown).toMatchObject({ nextAt: null, nextTimes: [], waitsForRun: shown.lastRunId });
    await end(api, shown.lastRunId as string);
    const ended = await until(
      () => show(api, name),
      ({ nextAt }) => nextAt !== null,
    );
    const [row] = await api.query<{ ms: number }>(
      'SELECT (extract(epoch FROM ended_at) * 1000)::float8 AS ms FROM runs WHERE id = $1',
      [shown.lastRunId],
    );
    expect(Date.parse(ended.nextAt as string)).toBe(Math.floor(row?.ms as number) + 3_600_000);
    // A new version with another delay counts from that end, too.
    await apply(api, '{ after: PT2H }', { name, version: '1.1.0' });
    const changed = await until(
      () => show(api, name),
      ({ nextAt }) => nextAt !== null,
    );
    expect(Date.parse(changed.nextAt as string)).toBe(Math.floor(row?.ms as number) + 7_200_000);
  });

  it('start a run now, once for each key, and tell who did it', async () => {
    const name = await apply(api, "{ cron: '0 0 29 2 *' }", { hints: '{ input: { a: 1 } }' });
    const fire = (key: string) =>
      api.call<RunStarted>('POST', `/v1/schedules/test/${name}/fire`, {
        headers: { 'idempotency-key': key },
      });
    const first = await fire('one');
    expect(first).toMatchObject({ status: 202, body: { status: 'running' } });
    expect((await fire('one')).body.id).toBe(first.body.id);
    expect((await fire('two')).body.id).not.toBe(first.body.id);
    const shown = await show(api, name);
    expect(shown.fires).toMatchObject([
      { outcome: 'manual' },
      { outcome: 'manual', run: { id: first.body.id } },
    ]);
    expect(shown.fired).toBe(2);
    const audit = await api.query<{ action: string }>('SELECT action FROM audit_events WHERE target = $1', [
      `schedule:test/${name}`,
    ]);
    expect(audit).toEqual([{ action: 'schedule.fired' }, { action: 'schedule.fired' }]);
  });

  it('do not stand in the way of who disables a workflow while they are started by hand', async () => {
    const name = await apply(api, "{ cron: '0 0 29 2 *' }");
    const disabling = api.app.get(DataSource).createQueryRunner();
    await disabling.startTransaction();
    try {
      await lockChain(disabling, 'default');
      const fired = api.call('POST', `/v1/schedules/test/${name}/fire`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await disabling.query(LOCK_ACCEPTING);
      await disabling.commitTransaction();
      expect((await fired).status).toBe(202);
    } finally {
      await disabling.release();
    }
  });

  it('rest while their workflow is disabled', async () => {
    const name = await apply(api, '{ every: PT1M }');
    await api.call('PATCH', `/v1/workflows/test/${name}`, { body: { enabled: false } });
    await planBefore(api, name, 5);
    await sweep();
    expect(await show(api, name)).toMatchObject({ state: 'disabled', fired: 0 });
    expect((await api.call('POST', `/v1/schedules/test/${name}/fire`)).status).toBe(409);
    await api.call('PATCH', `/v1/workflows/test/${name}`, { body: { enabled: true } });
    await until(
      () => show(api, name),
      ({ fired }) => fired === 1,
    );
  });

  it('put runs of a limited workflow into its queue', async () => {
    const name = await apply(api, '{ every: PT1M }', {
      tutti: 'concurrency: 1,',
      hints: '{ catchUp: { all: 3 } }',
    });
    await planBefore(api, name, 200);
    const runs = await until(
      () => runsOf(api, name),
      ({ length }) => length >= 3,
    );
    await until(
      () => runsOf(api, name),
      (rows) => rows.some(({ status }) => status === 'running'),
    );
    const statuses = (await runsOf(api, name)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'running')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'pending')).toHaveLength(runs.length - 1);
  });

  it('tell of a run whose input breaks the schema, and go on', async () => {
    const name = await apply(api, '{ after: PT1H }', {
      hints: '{ input: { a: "${ .plannedAt | tonumber }" } }',
    });
    await planBefore(api, name, 5);
    const shown = await until(
      () => show(api, name),
      ({ skipped }) => skipped > 0,
    );
    expect(shown.fires).toMatchObject([
      { outcome: 'skipped', reason: 'input', detail: expect.stringMatching(/failed/) },
    ]);
    expect(shown.nextAt).not.toBeNull();
  });

  it("are each workspace's own", async () => {
    const name = await apply(api, '{ every: PT1H }');
    const token = await api.tokenOf('elsewhere');
    const calls = ['', '/pause', '/resume', '/fire'];
    for (const path of calls) {
      const answer = await api.call(path === '' ? 'GET' : 'POST', `/v1/schedules/test/${name}${path}`, {
        token,
      });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect((await api.call('GET', '/v1/schedules', { token })).body).toEqual({ items: [], nextCursor: null });
    expect(
      (await api.call<{ items: unknown[] }>('GET', '/v1/schedules?limit=200')).body.items.length,
    ).toBeGreaterThan(1);
  });
});
