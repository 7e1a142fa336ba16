import type { ScheduleFire, ScheduleItem } from '@tutti/contracts';
import { fireText, noNextText, ruleText } from './schedule';

const item: ScheduleItem = {
  workflow: { namespace: 'a', name: 'b' },
  kind: 'cron',
  expression: '0 6 * * *',
  timezone: 'UTC',
  overlap: 'skip',
  catchUp: 'last',
  catchUpMax: null,
  state: 'active',
  error: null,
  nextAt: '2026-01-01T06:00:00Z',
  waitsForRun: null,
  heldAt: null,
  lastPlannedAt: null,
  lastRunId: null,
  fired: 0,
  skipped: 0,
  updatedAt: '2026-01-01T00:00:00Z',
};
const fire: ScheduleFire = {
  plannedAt: '2026-01-01T06:00:00Z',
  throughAt: '2026-01-01T06:00:00Z',
  outcome: 'skipped',
  reason: 'overlap',
  detail: null,
  count: 3,
  at: '2026-01-01T06:00:00Z',
  run: null,
};

describe('a schedule in words', () => {
  it('says when it starts runs', () => {
    expect(ruleText(item)).toBe('0 6 * * * (UTC)');
    expect(ruleText({ ...item, kind: 'every', expression: 'PT15M' })).toBe('every PT15M');
    expect(ruleText({ ...item, kind: 'every', expression: '{"hours":1,"minutes":30}' })).toBe(
      'every 1 hour, 30 minutes',
    );
    expect(ruleText({ ...item, kind: 'after', expression: 'PT1H' })).toBe(
      'PT1H after the end of the last run',
    );
  });

  it('says why there is no next time', () => {
    expect(noNextText(item)).toBeNull();
    expect(noNextText({ ...item, state: 'paused' })).toBe('paused');
    expect(noNextText({ ...item, nextAt: null, waitsForRun: 'r' })).toBe('after the run under way');
    expect(noNextText({ ...item, nextAt: null })).toBe('no time is left');
  });

  it('says what became of planned times', () => {
    expect(fireText(fire)).toBe('Skipped 3 times, a run was still under way');
    expect(fireText({ ...fire, outcome: 'fired', reason: null, count: 1 })).toBe('Started');
    expect(fireText({ ...fire, reason: 'new-reason', count: 1 })).toBe('Skipped, new-reason');
  });
});
