import type { InstanceItem } from '@tutti/contracts';
import { counterText, lagSeries, roleText, rolesOf, sparkline } from './system';

const at = '2026-01-01T01:00:00Z';
const instance = (more: Partial<InstanceItem>): InstanceItem => ({
  id: 'i',
  role: 'api',
  host: 'a',
  pid: 1,
  version: '1',
  state: 'ready',
  alive: true,
  startedAt: at,
  seenAt: at,
  uptimeSeconds: 1,
  clockSkewMs: 0,
  bus: {
    transport: 'kafka',
    connected: true,
    sending: 1,
    handling: 2,
    lag: {},
    shards: { owned: [0], count: 4 },
  },
  counters: { 'calls.performed': 2, 'bus.loss': 0 },
  ...more,
});

describe('the system by role', () => {
  it('sums what living processes hold, and keeps those that went within the hour', () => {
    const orchestrator = (more: Partial<InstanceItem>) => instance({ role: 'orchestrator', ...more });
    const groups = rolesOf({
      at,
      instances: [
        orchestrator({}),
        orchestrator({ bus: null }),
        orchestrator({ alive: false, seenAt: '2026-01-01T00:30:00Z' }),
        orchestrator({ alive: false, seenAt: '2025-12-31T00:00:00Z' }),
        instance({}),
      ],
    });
    expect(groups.map(({ role }) => role)).toEqual(['api', 'orchestrator']);
    expect(groups[1]).toMatchObject({
      handling: 2,
      sending: 1,
      shardsOwned: 1,
      shards: 4,
      counters: [['calls.performed', 4]],
    });
    expect([groups[1]?.alive.length, groups[1]?.gone.length]).toEqual([2, 1]);
  });
  it('names roles and counters in plain words, unknown ones by their name', () => {
    expect(roleText('hub')).toMatch(/one process/);
    expect(counterText('calls.repeated')).toMatch(/twice/);
    expect(counterText('new.counter')).toBe('new.counter');
  });
});

describe('a sparkline', () => {
  it('spans the box, and leaves gaps where nothing is known', () => {
    expect(sparkline([0, 10, null, 5], 30, 10)).toBe('M0.0 10.0L10.0 0.0M30.0 5.0');
    expect(sparkline([], 30, 10)).toBe('');
    expect(sparkline([0], 30, 10)).toBe('M0.0 10.0');
  });
  it('takes one topic of the history', () => {
    expect(
      lagSeries(
        [
          { at, lag: { t: 3 } },
          { at, lag: {} },
        ],
        't',
      ),
    ).toEqual([3, null]);
  });
});
