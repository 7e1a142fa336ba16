import { againstBaseline, changeOf, changeOfShare } from './change';
import { defaultRange, rangeOf, spanOf, stepWord } from './range';
import { axisLabel, rowsOf, totalsOf } from './series';

const point = (at: string, more = {}) => ({
  at,
  runs: 3,
  completed: 1,
  faulted: 1,
  cancelled: 0,
  p50Ms: 10,
  p95Ms: 20,
  costMicros: 500_000,
  ...more,
});

describe('series on an even grid', () => {
  const series = {
    from: '2026-11-22T00:10:00Z',
    to: '2026-11-22T03:10:00Z',
    stepSeconds: 3600,
    points: [point('2026-11-22T00:00:00Z'), point('2026-11-22T03:00:00Z', { p50Ms: null })],
  };
  it('shows a step without data as a gap, not as zero', () => {
    const rows = rowsOf(series);
    expect(rows).toHaveLength(4);
    expect(rows[1]).toEqual({
      atMs: Date.parse('2026-11-22T01:00:00Z'),
      completed: null,
      faulted: null,
      cancelled: null,
      open: null,
      p50Ms: null,
      p95Ms: null,
      cost: null,
    });
  });
  it('counts runs that have not ended as open', () =>
    expect(rowsOf(series)[0]).toMatchObject({ completed: 1, faulted: 1, open: 1, cost: 0.5 }));
  it('never makes an endless grid', () => {
    expect(rowsOf({ ...series, from: '2000-01-01T00:00:00Z', stepSeconds: 60 }).length).toBeLessThanOrEqual(
      2001,
    );
  });
  it('says from how many a chart is made', () =>
    expect(totalsOf(series.points)).toEqual({ runs: 6, ended: 4, costMicros: 1_000_000, measured: 2 }));
  it('labels a day with times and a month with dates', () => {
    expect(axisLabel(Date.parse('2026-11-22T12:00:00'), 86_400_000)).toBe('12:00');
    expect(axisLabel(Date.parse('2026-11-22T12:00:00'), 2_592_000_000)).toBe('Nov 22');
  });
});

describe('changes', () => {
  it('says what is better', () => {
    expect(changeOf(50, 100, 'down')).toEqual({ text: '50 %', direction: 'down', verdict: 'better' });
    expect(changeOf(150, 100, 'none')).toEqual({ text: '50 %', direction: 'up', verdict: 'neutral' });
    expect(changeOf(5000, 100, 'down')).toMatchObject({ text: '50 times', verdict: 'worse' });
  });
  it('says nothing where nothing was before', () => {
    expect([
      changeOf(5, null, 'up'),
      changeOf(null, 5, 'up'),
      changeOf(5, 0, 'up'),
      changeOfShare(null, 1),
    ]).toEqual([null, null, null, null]);
  });
  it('counts shares in points', () =>
    expect(changeOfShare(0.95, 0.975)).toEqual({ text: '2.5 points', direction: 'down', verdict: 'worse' }));
  it('compares with the baseline', () => {
    const words = { less: 'faster', more: 'slower' };
    expect(againstBaseline(1000, 38_000, words)).toBe('38 times faster than before the hub');
    expect(againstBaseline(300, 100, words)).toBe('3.0 times slower than before the hub');
    expect(againstBaseline(100, 101, words)).toBe('about the same as before the hub');
    expect(againstBaseline(100, null, words)).toBeNull();
  });
});

describe('ranges', () => {
  it('falls back to a day', () => expect(rangeOf('nonsense').id).toBe('24h'));
  it('shows the last hour while there is no more history than that', () => {
    const day = rangeOf('24h');
    expect(defaultRange(day, 7, 7).id).toBe('1h');
    expect(defaultRange(day, 7, 8).id).toBe('24h');
    expect(defaultRange(day, 0, 0).id).toBe('24h');
  });
  it('looks back from now', () =>
    expect(spanOf(rangeOf('1h'), Date.parse('2026-11-22T01:00:00Z'))).toEqual({
      from: '2026-11-22T00:00:00.000Z',
      to: '2026-11-22T01:00:00.000Z',
    }));
  it('says the step', () =>
    expect([stepWord(60), stepWord(3600), stepWord(86_400), stepWord(900)]).toEqual([
      'per minute',
      'per hour',
      'per day',
      'per 15 minutes',
    ]));
});
