import type { Overview } from '@tutti/contracts';
import { overviewTiles, telemetryNote } from './tiles';

const overview: Overview = {
  from: '2026-11-21T00:00:00Z',
  to: '2026-11-22T00:00:00Z',
  stepSeconds: 3600,
  runs: {
    started: 120,
    completed: 90,
    faulted: 10,
    cancelled: 2,
    active: 18,
    successShare: 0.9,
    p50Ms: 2000,
    p95Ms: 9000,
    costMicros: 240_000,
  },
  previous: { started: 100, successShare: 0.95, p50Ms: 4000, costMicros: 240_000 },
  reviews: { open: 3, oldestOpenAt: '2026-11-21T20:00:00Z' },
  assets: { managed: 2, unmanaged: 5 },
  telemetry: { spansAccepted: 10, spansRejected: 0, spansDropped: 0 },
  points: [],
};
const tile = (of: Overview, id: string) => overviewTiles(of, '24h', '4 h ago').find((each) => each.id === id);

describe('the tiles of the overview', () => {
  it('say what they are compared to', () => {
    expect(tile(overview, 'runs')).toMatchObject({
      value: '120',
      change: { text: '20 %', direction: 'up', verdict: 'neutral' },
      note: 'vs. the period before',
    });
    expect(tile(overview, 'success')).toMatchObject({
      value: '90.0 %',
      change: { verdict: 'worse' },
      note: 'of 100 ended, 10 faulted',
    });
    expect(tile(overview, 'time')).toMatchObject({ value: '2.00 s', change: { verdict: 'better' } });
    expect(tile(overview, 'cost')).toMatchObject({ note: '$0.002 a run' });
  });
  it('count managed and unmanaged AI systems', () =>
    expect(tile(overview, 'assets')).toMatchObject({ value: '7', note: '2 managed, 5 not' }));
  it('leave gaps when nothing ran', () => {
    const quiet = {
      ...overview,
      runs: {
        ...overview.runs,
        started: 0,
        completed: 0,
        faulted: 0,
        successShare: null,
        p50Ms: null,
        p95Ms: null,
      },
    };
    expect(tile(quiet, 'success')).toMatchObject({ value: '–', change: null, note: 'no run ended' });
    expect(tile(quiet, 'time')).toMatchObject({ value: '–', change: null });
  });
  it('do not hide lost telemetry', () =>
    expect(telemetryNote({ spansAccepted: 5, spansRejected: 1, spansDropped: 2 })).toBe(
      '5 spans received, 1 rejected, 2 dropped',
    ));
});
