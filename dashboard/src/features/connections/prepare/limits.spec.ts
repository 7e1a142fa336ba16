import {
  draftOf,
  faultsOfLimits,
  type Limits,
  limitsOfDraft,
  limitsText,
  periodsFor,
  sameLimits,
} from './limits';

const rate = (requests: number, perMs: number) => ({ rateLimit: { requests, perMs } });

describe('limits of a connection', () => {
  it('are the same after the form held them', () => {
    const all: Limits[] = [null, { concurrency: 4 }, rate(60, 60_000), { concurrency: 1, ...rate(5, 1_500) }];
    for (const limits of all) expect(limitsOfDraft(draftOf(limits))).toEqual(limits);
  });

  it('are none when the fields are emptied', () => {
    expect(limitsOfDraft({ concurrency: ' ', requests: '', perMs: 1_000 })).toBeNull();
    expect(limitsOfDraft({ concurrency: '', requests: '10', perMs: 1_000 })).toEqual(rate(10, 1_000));
  });

  it('are refused beside the field when they are no whole number in range', () => {
    const faults = (concurrency: string, requests = '') =>
      Object.keys(faultsOfLimits({ concurrency, requests, perMs: 1_000 }));
    for (const fine of ['', '1', ' 16 ', '1024']) expect(faults(fine)).toEqual([]);
    for (const wrong of ['0', '1025', '1.5', '-1', 'many', '1e2'])
      expect(faults(wrong)).toEqual(['concurrency']);
    expect(faults('0', '0')).toEqual(['concurrency', 'requests']);
    expect(faults('1', '1000001')).toEqual(['requests']);
    expect(faults('1', '1000000')).toEqual([]);
  });

  it('are told in words', () => {
    expect(limitsText(null)).toBeUndefined();
    expect(limitsText({ concurrency: 1 })).toBe('1 call at once');
    expect(limitsText({ concurrency: 4, ...rate(60, 60_000) })).toBe('4 calls at once, 60 a minute');
    expect(limitsText(rate(100, 900_000))).toBe('100 in 15 minutes');
    expect(limitsText(rate(3, 3_600_000))).toBe('3 an hour');
    expect(limitsText(rate(3, 1_500))).toBe('3 in 1500 ms');
  });

  it('keep a time that was set elsewhere among those to choose from', () => {
    expect(periodsFor(60_000).map(({ label }) => label)).toEqual([
      'a second',
      'a minute',
      'an hour',
      'a day',
    ]);
    expect(periodsFor(900_000).map(({ label }) => label)).toEqual([
      'a second',
      'a minute',
      'in 15 minutes',
      'an hour',
      'a day',
    ]);
  });

  it('are the same whatever the order of their parts', () => {
    expect(sameLimits({ concurrency: 1, ...rate(1, 1_000) }, { ...rate(1, 1_000), concurrency: 1 })).toBe(
      true,
    );
    expect(sameLimits(null, null)).toBe(true);
    expect(sameLimits(null, { concurrency: 16 })).toBe(false);
    expect(sameLimits(rate(1, 1_000), rate(1, 60_000))).toBe(false);
  });
});
