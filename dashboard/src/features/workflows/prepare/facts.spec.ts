import { baselineForChart, medianOf, workflowTiles } from './facts';

const point = (p50Ms: number | null, completed: number, more = {}) => ({
  at: '',
  runs: completed,
  completed,
  faulted: 0,
  cancelled: 0,
  p50Ms,
  p95Ms: p50Ms,
  costMicros: 1000 * completed,
  ...more,
});
const tile = (
  id: string,
  baseline: Parameters<typeof workflowTiles>[1],
  points = [point(1000, 3), point(2000, 1, { faulted: 1, runs: 2 })],
) => workflowTiles(points, baseline).find((each) => each.id === id);

describe('the figures of a workflow', () => {
  it('take the median over steps by how many runs ended', () => {
    expect(medianOf([point(10, 1), point(50, 8), point(null, 0), point(900, 1)])).toBe(50);
    expect(medianOf([point(null, 0)])).toBeNull();
  });
  it('stand against the process before the hub', () => {
    const baseline = { cycleTimeMs: 40_000, costMicros: 8000, currency: 'EUR', note: null };
    expect(tile('time', baseline)).toMatchObject({
      value: '1.00 s',
      note: '40 times faster than before the hub',
    });
    expect(tile('cost', baseline)).toMatchObject({
      value: '$0.0008',
      note: 'a case cost €0.008 in all before the hub',
    });
  });
  it('say when there is nothing to compare with', () => {
    expect(tile('time', null)?.note).toBe('no baseline in metadata.tutti.baseline');
    expect(tile('success', null, [])).toMatchObject({ value: '–' });
  });
  it('show the baseline in the chart only where it does not flatten it', () => {
    expect([
      baselineForChart([point(1000, 1)], 2500),
      baselineForChart([point(1000, 1)], 1e9),
      baselineForChart([], 5),
    ]).toEqual([2500, null, null]);
  });
});
