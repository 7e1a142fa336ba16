import { triggerText, triggerTitle } from './trigger';

describe('what started a run', () => {
  it('is a planned time and no raw instant for a scheduled one', () => {
    const text = triggerText('schedule:2026-11-22T17:00:00Z');
    expect(text).toMatch(/^Schedule, Nov 2[123], \d\d:\d\d$/);
    expect(triggerTitle('schedule:2026-11-22T17:00:00Z')).toMatch(/^Planned for /);
    expect(triggerText('schedule:nonsense')).toBe('Schedule');
  });

  it('is planned for 00:05 just after midnight', () => {
    const midnight = new Date(2026, 10, 22, 0, 5).toISOString();
    expect(triggerText(`schedule:${midnight}`)).toBe('Schedule, Nov 22, 00:05');
  });

  it('is a word with the name of what it is', () => {
    expect(triggerText('api')).toBe('API');
    expect(triggerText('kafka:orders')).toBe('Kafka orders');
    expect(triggerText('something')).toBe('something');
    expect(triggerTitle('kafka:orders')).toBe('kafka:orders');
  });
});
