import type { VersionFigures, WorkflowVersion } from '@tutti/contracts';
import { MISSING } from '@/format/format';
import { figureRows, roleOf } from './versions';

const version: WorkflowVersion = {
  id: 'v',
  number: 1,
  version: '1.0.0',
  note: null,
  contentHash: 'ff',
  createdAt: '2026-01-02T03:04:05Z',
  createdBy: 'ann',
  current: false,
  runsUnderWay: 0,
  canaryPercent: null,
};
const figures = (more: Partial<VersionFigures>): VersionFigures => ({
  version,
  runs: 100,
  ended: 100,
  faulted: 5,
  faultedShare: 0.05,
  p50Ms: 1000,
  p95Ms: 4000,
  costMicros: 0,
  currency: null,
  ...more,
});

describe('versions', () => {
  it('names what a version is for new runs', () => {
    expect(roleOf(version)).toBeNull();
    expect(roleOf({ ...version, current: true })).toBe('current');
    expect(roleOf({ ...version, canaryPercent: 10 })).toBe('canary, 10 %');
  });

  it('says which does better when both have enough runs', () => {
    const rows = figureRows(figures({}), figures({ faultedShare: 0.02, p50Ms: 1500 }));
    expect(rows.map(({ better }) => better)).toEqual([null, null, 'canary', 'current', null, null]);
  });

  it('says nothing of it when there are few', () => {
    const rows = figureRows(figures({}), figures({ ended: 5, faultedShare: 0 }));
    expect(rows.every(({ better }) => better === null)).toBe(true);
    const none = figureRows(figures({}), figures({ runs: 0, ended: 0, faultedShare: null, p50Ms: null }));
    expect(none.find(({ name }) => name === 'Faulted')?.canary).toBe(MISSING);
  });
});
