import { MetricSeries, Overview, uuidv7 } from '@tutti/contracts';
import { durationBucket } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, openReview } from '../testing/fixtures.js';
import { rangeBefore, timeRangeOf } from './time-range.js';

const HOUR_MS = 3_600_000;

describe('the range of a metrics query', () => {
  const now = Date.parse('2026-11-22T12:34:56Z');
  const at = (text: string) => Date.parse(text);

  it('is the last 24 hours in whole hours by default', () => {
    expect(timeRangeOf({}, now)).toEqual({
      fromMs: at('2026-11-21T12:00:00Z'),
      toMs: at('2026-11-22T13:00:00Z'),
      stepSeconds: 3_600,
    });
  });

  it.each([
    [HOUR_MS, 60],
    [3 * HOUR_MS, 60],
    [4 * HOUR_MS, 3_600],
    [96 * HOUR_MS, 3_600],
    [97 * HOUR_MS, 86_400],
  ])('of %i ms has steps of %i s', (length, stepSeconds) => {
    expect(timeRangeOf({ from: new Date(now - length), to: new Date(now) }, now).stepSeconds).toBe(
      stepSeconds,
    );
  });

  it('has one of the same length before it', () => {
    const range = timeRangeOf({}, now);
    const before = rangeBefore(range);
    expect(before.toMs).toBe(range.fromMs);
    expect(before.toMs - before.fromMs).toBe(range.toMs - range.fromMs);
  });
});

describe('metrics', () => {
  let api: ApiHarness;
  let name: string;
  let workflowId: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    name = await applyWorkflow(api);
    workflowId =
      (await api.query<{ id: string }>('SELECT id FROM workflows WHERE name = $1', [name]))[0]?.id ?? '';
  });
  afterAll(() => api.close());

  /** Runs that ended, as the orchestrator rolls them up. */
  async function ended(
    agoMs: number,
    status: string,
    durationsMs: number[],
    more: { workflowId?: string; workspace?: string } = {},
  ) {
    const histogram: number[] = Array.from({ length: 38 }, () => 0);
    for (const duration of durationsMs)
      histogram[durationBucket(duration)] = (histogram[durationBucket(duration)] ?? 0) + 1;
    await api.query(
      `INSERT INTO run_minutes (workspace_id, workflow_id, minute, status, runs, duration_ms_sum, cost_micros, durations)
       VALUES ($1, $2, date_trunc('minute', to_timestamp($3)), $4, $5, $6, $7, $8)`,
      [
        more.workspace ?? 'default',
        more.workflowId ?? workflowId,
        (Date.now() - agoMs) / 1000,
        status,
        durationsMs.length,
        durationsMs.reduce((sum, one) => sum + one, 0),
        durationsMs.length * 10,
        histogram,
      ],
    );
  }
  const overview = async (query = '', token?: string) => {
    const { status, body } = await api.call('GET', `/v1/metrics/overview?${query}`, token ? { token } : {});
    expect(status).toBe(200);
    return Overview.parse(body);
  };

  it('of a hub without runs are zeros and gaps, not inventions', async () => {
    const empty = await overview('', await api.tokenOf('empty'));
    expect(empty.runs).toEqual({
      started: 0,
      completed: 0,
      faulted: 0,
      cancelled: 0,
      active: 0,
      successShare: null,
      p50Ms: null,
      p95Ms: null,
      costMicros: 0,
    });
    expect(empty.points).toHaveLength(25);
    expect(empty.points[0]).toMatchObject({ runs: 0, p50Ms: null });
    expect(empty.reviews).toEqual({ open: 0, oldestOpenAt: null });
  });

  it('add up ended runs over minutes and workflows, with percentiles of completed ones', async () => {
    const other = uuidv7();
    await ended(10 * 60_000, 'completed', [100, 110, 120]);
    await ended(20 * 60_000, 'completed', [105], { workflowId: other });
    await ended(20 * 60_000, 'faulted', [1]);
    await ended(30 * 60_000, 'cancelled', [1]);
    await ended(30 * HOUR_MS, 'completed', [100, 100]);
    const answer = await overview();
    expect(answer.runs).toMatchObject({
      started: 6,
      completed: 4,
      faulted: 1,
      cancelled: 1,
      successShare: 0.8,
      costMicros: 60,
    });
    expect(answer.runs.p50Ms).toBeGreaterThan(89);
    expect(answer.runs.p50Ms).toBeLessThan(144);
    expect(answer.previous).toMatchObject({ started: 2, successShare: 1, costMicros: 20 });
    expect(answer.points.reduce((sum, point) => sum + point.runs, 0)).toBe(6);
  });

  it('of a workflow are its own', async () => {
    const { body } = await api.call(
      'GET',
      `/v1/workflows/test/${name}/metrics?from=${new Date(Date.now() - HOUR_MS).toISOString()}`,
    );
    const series = MetricSeries.parse(body);
    expect(series.stepSeconds).toBe(60);
    expect(
      series.points
        .filter((point) => point.runs > 0)
        .map((point) => [point.completed, point.faulted, point.cancelled]),
    ).toEqual([
      [0, 0, 1],
      [0, 1, 0],
      [3, 0, 0],
    ]);
    expect((await api.call('GET', '/v1/workflows/test/nothing/metrics')).status).toBe(404);
    const token = await api.tokenOf('empty');
    expect((await api.call('GET', `/v1/workflows/test/${name}/metrics`, { token })).status).toBe(404);
  });

  it('show what waits for a person, what is active, and what the collector counted', async () => {
    await openReview(api, { name });
    await api.query(
      `INSERT INTO telemetry_counters SELECT 'default', date_trunc('hour', now(), 'UTC'), name, value
         FROM (VALUES ('spans.accepted', 7), ('spans.dropped', 2)) AS t(name, value)`,
    );
    const answer = await overview();
    expect(answer.reviews).toMatchObject({ open: 1, oldestOpenAt: expect.any(String) });
    expect(answer.runs).toMatchObject({ active: 1, started: 7 });
    expect(answer.telemetry).toEqual({ spansAccepted: 7, spansRejected: 0, spansDropped: 2 });
  });

  it('take days and instants with an offset', async () => {
    const day = new Date(Date.now() - 24 * HOUR_MS).toISOString().slice(0, 10);
    expect((await overview(`from=${day}`)).from).toBe(`${day}T00:00:00.000Z`);
    expect((await overview(`from=${encodeURIComponent(`${day}T02:00:00+02:00`)}`)).from).toBe(
      `${day}T00:00:00.000Z`,
    );
  });

  it.each([
    'from=yesterday',
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
  ])('refuse %s', async (query) => {
    expect((await api.call('GET', `/v1/metrics/overview?${query}`)).status).toBe(400);
  });
});
