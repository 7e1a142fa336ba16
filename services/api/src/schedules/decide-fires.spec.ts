import type { WorkflowSchedule } from '@tutti/workflow';
import { decideFires, type DueSchedule } from './decide-fires.js';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');

function due(schedule: Partial<WorkflowSchedule>, more: Partial<DueSchedule> = {}): DueSchedule {
  return {
    schedule: {
      kind: 'every',
      expression: 'PT1M',
      intervalMs: MINUTE,
      timezone: 'UTC',
      overlap: 'allow',
      catchUp: 'last',
      catchUpMax: 10,
      ...schedule,
    },
    nextAtMs: NOON,
    heldAtMs: null,
    active: false,
    ...more,
  };
}

describe('a planned time that has come', () => {
  it('becomes a run, and the next one is counted from it and not from now', () => {
    expect(decideFires(due({}), NOON + 700)).toEqual({
      entries: [{ outcome: 'fired', plannedAtMs: NOON }],
      nextAtMs: NOON + MINUTE,
      heldAtMs: null,
    });
  });

  it('is left where it is until it comes', () => {
    expect(decideFires(due({}), NOON - 1)).toEqual({ entries: [], nextAtMs: NOON, heldAtMs: null });
  });

  it('is taken a little late without being a missed one, though it comes every second', () => {
    const { entries } = decideFires(due({ intervalMs: 1000, catchUp: 'none' }), NOON + 3_500);
    expect(entries.map(({ plannedAtMs }) => plannedAtMs - NOON)).toEqual([0, 1000, 2000, 3000]);
  });

  it('of after is a run, however late, and the end of it decides about the next', () => {
    expect(decideFires(due({ kind: 'after', catchUp: 'none' }), NOON + 60 * MINUTE)).toMatchObject({
      entries: [{ outcome: 'fired', plannedAtMs: NOON }],
      nextAtMs: null,
    });
  });
});

describe('planned times that were missed', () => {
  const later = NOON + 61 * MINUTE + 40_000;
  const missed = (count: number, throughMs: number) => ({
    outcome: 'skipped',
    reason: 'missed',
    plannedAtMs: NOON,
    throughMs,
    count,
  });

  it.each(['every', 'cron'] as const)('of %s are skipped, but for the last', (kind) => {
    const schedule = { kind, expression: kind === 'cron' ? '* * * * *' : 'PT1M' };
    expect(decideFires(due(schedule), later)).toEqual({
      entries: [missed(61, NOON + 60 * MINUTE), { outcome: 'caught-up', plannedAtMs: NOON + 61 * MINUTE }],
      nextAtMs: NOON + 62 * MINUTE,
      heldAtMs: null,
    });
    expect(decideFires(due({ ...schedule, catchUp: 'none' }), later).entries).toEqual([
      missed(62, NOON + 61 * MINUTE),
    ]);
    const { entries } = decideFires(due({ ...schedule, catchUp: 'all', catchUpMax: 3 }), later);
    expect(entries).toEqual([
      missed(59, NOON + 58 * MINUTE),
      ...[59, 60, 61].map((n) => ({ outcome: 'caught-up', plannedAtMs: NOON + n * MINUTE })),
    ]);
  });

  it('need no run of their own when one is on time', () => {
    expect(decideFires(due({}), NOON + 61 * MINUTE).entries).toEqual([
      missed(61, NOON + 60 * MINUTE),
      { outcome: 'fired', plannedAtMs: NOON + 61 * MINUTE },
    ]);
  });

  it('in years of seconds are counted as far as that is cheap', () => {
    const years = NOON + 3 * 365 * 24 * 60 * MINUTE;
    const seconds = { kind: 'cron' as const, expression: '* * * * * *', catchUp: 'none' as const };
    const { entries, nextAtMs } = decideFires(due(seconds), years);
    expect(entries[0]).toMatchObject({ reason: 'missed', count: 510 });
    expect(entries.slice(1)).toHaveLength(31);
    expect(nextAtMs).toBe(years + 1000);
    expect(decideFires(due({ intervalMs: 1000 }), years).entries[0]).toMatchObject({
      count: 3 * 365 * 24 * 3600 - 30,
    });
  });
});

describe('an earlier run that is under way', () => {
  const overlap = { outcome: 'skipped', reason: 'overlap', plannedAtMs: NOON, throughMs: NOON, count: 1 };

  it('is of no concern to allow, and a reason to skip for skip', () => {
    expect(decideFires(due({}, { active: true }), NOON).entries).toEqual([
      { outcome: 'fired', plannedAtMs: NOON },
    ]);
    expect(decideFires(due({ overlap: 'skip' }, { active: true }), NOON)).toEqual({
      entries: [overlap],
      nextAtMs: NOON + MINUTE,
      heldAtMs: null,
    });
  });

  it('lets one time wait for its end with queue-one, and skips further ones', () => {
    const schedule = { overlap: 'queue-one' as const };
    expect(decideFires(due(schedule, { active: true }), NOON)).toEqual({
      entries: [],
      nextAtMs: NOON + MINUTE,
      heldAtMs: NOON,
    });
    const held = { active: true, heldAtMs: NOON - MINUTE };
    expect(decideFires(due(schedule, held), NOON)).toMatchObject({
      entries: [overlap],
      heldAtMs: NOON - MINUTE,
    });
    expect(decideFires(due(schedule, { ...held, active: false }), NOON - 1)).toEqual({
      entries: [{ outcome: 'queued', plannedAtMs: NOON - MINUTE }],
      nextAtMs: NOON,
      heldAtMs: null,
    });
  });

  it('is also one that the same look started', () => {
    const schedule = { overlap: 'skip' as const, catchUp: 'all' as const };
    expect(decideFires(due(schedule), NOON + 2 * MINUTE).entries).toEqual([
      { outcome: 'caught-up', plannedAtMs: NOON },
      { ...overlap, plannedAtMs: NOON + MINUTE, throughMs: NOON + 2 * MINUTE, count: 2 },
    ]);
  });
});
