import { costText, pausedUntil, quotaLines, rowsOfDay } from './usage';

const NOW = Date.parse('2026-01-02T10:20:00Z');
const hour = { calls: 5, failed: 2, p50Ms: 10, p95Ms: 90, cost: [] };
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

describe('the day of a connection', () => {
  it('has 24 hours, the one that has begun last, with gaps where nothing was called', () => {
    const rows = rowsOfDay([{ ...hour, at: '2026-01-02T10:00:00.000Z' }], NOW);
    expect(rows).toHaveLength(24);
    expect(rows.at(-1)).toMatchObject({ completed: 3, faulted: 2, p95Ms: 90 });
    expect(rows[0]).toMatchObject({ atMs: Date.parse('2026-01-01T11:00:00Z'), completed: null, p50Ms: null });
  });

  it('names every currency of its cost', () => {
    const cost = [
      { currency: 'EUR', micros: 2_000_000 },
      { currency: 'USD', micros: 1_500_000 },
    ];
    expect(costText({ cost })).toBe('€2.00 + $1.50');
    expect(costText({ cost: [] })).toBe('–');
  });

  it('tells what is left of quotas, until they begin anew', () => {
    const quotas = [
      { name: 'requests', limit: 60, remaining: 15, resetAt: at(1) },
      { name: 'day', limit: 1_000, remaining: 1, resetAt: at(-1) },
      { name: 'burst', limit: null, remaining: 7, resetAt: null },
      { name: 'tokens', limit: 9, remaining: null, resetAt: null },
    ];
    expect(quotaLines({ quotas }, NOW)).toEqual([
      { name: 'requests', text: '15 of 60 left', share: 0.25, resetAt: at(1) },
      { name: 'day', text: '1,000 again', share: 1, resetAt: null },
      { name: 'burst', text: '7 left', share: null, resetAt: null },
      { name: 'tokens', text: 'at most 9', share: null, resetAt: null },
    ]);
  });

  it('is paused as long as the other system has asked for it', () => {
    const headroom = { at: at(-1), quotas: [], retryAt: at(5) };
    expect(pausedUntil(headroom, NOW)).toBe(at(5));
    expect(pausedUntil({ ...headroom, retryAt: at(-1) }, NOW)).toBeNull();
    expect(pausedUntil(null, NOW)).toBeNull();
  });
});
