import {
  formatCompact,
  formatCost,
  formatDuration,
  formatMinute,
  formatRelative,
  formatShare,
  MISSING,
  shortId,
  taskName,
} from './format';

describe('numbers with their units', () => {
  it.each([
    [0.4, '< 1 ms'],
    [842.4, '842 ms'],
    [1240, '1.24 s'],
    [59_940, '59.9 s'],
    [192_000, '3 min 12 s'],
    [180_000, '3 min'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('says a time of %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
  it('says a cost with the digits that tell it from others', () => {
    expect(formatCost(0, 'USD')).toBe('$0.00');
    expect(formatCost(412, 'USD')).toBe('$0.00041');
    expect(formatCost(128_400, 'USD')).toBe('$0.128');
    expect(formatCost(12_400_000, 'EUR')).toBe('€12.40');
  });
  it('leaves a gap where there is no value', () => {
    expect([formatDuration(null), formatCost(null), formatShare(undefined), formatCompact(null)]).toEqual([
      MISSING,
      MISSING,
      MISSING,
      MISSING,
    ]);
  });
  it('says a share in percent', () =>
    expect([formatShare(1), formatShare(0), formatShare(0.9666)]).toEqual(['100 %', '0 %', '96.7 %']));
});

describe('times and ids', () => {
  it.each([
    [1_000, 'now'],
    [12_000, '12 s ago'],
    [125_000, '2 min ago'],
    [-10_800_000, 'in 3 h'],
  ])('%d ms back is %s', (back, text) => {
    expect(formatRelative(1e12 - back, 1e12)).toBe(text);
  });
  it('begins a day with the hour 00', () =>
    expect(formatMinute(new Date(2026, 10, 22, 0, 5).getTime())).toBe('Nov 22, 00:05'));
  it('shortens an id to the part that differs', () =>
    expect(shortId('0199f3a2-1111-7222-8333-4444abcd1234')).toBe('abcd1234'));
  it('names a task by the last part of its pointer', () =>
    expect(taskName('/do/2/match~1order')).toBe('match/order'));
});
