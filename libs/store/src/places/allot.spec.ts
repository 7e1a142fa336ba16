import { allotPlaces, type QueueLimits } from './allot.js';
import type { AdmissionView } from './run-places.js';

const queue = (workflowId: string, name = '') => ({ workspaceId: 'default', workflowId, queue: name });
const limits = (more: Partial<QueueLimits> = {}): QueueLimits => ({
  ofWorkflow: null,
  ofQueue: null,
  weight: 1,
  ...more,
});

function allot(
  view: Partial<AdmissionView>,
  of: { limits?: Record<string, QueueLimits>; windowMax?: number; credits?: Map<string, number> } = {},
) {
  const allotted = allotPlaces(
    { ready: [], taken: [], ...view },
    {
      limitsOf: ({ workflowId }) => of.limits?.[workflowId] ?? limits(),
      windowMax: of.windowMax ?? 100,
      credits: of.credits ?? new Map<string, number>(),
    },
  );
  return Object.fromEntries(
    allotted.map(({ workflowId, queue: name, places }) => [`${workflowId}${name}`, places]),
  );
}

describe('the shares of free places', () => {
  it('go by weight', () => {
    const of = { limits: { a: limits({ weight: 3 }) }, windowMax: 40 };
    expect(allot({ ready: [queue('a'), queue('b')] }, of)).toEqual({ a: 30, b: 10 });
  });

  it('never pass a limit, of the workflow over all its queues or of one queue', () => {
    const taken = [{ workflowId: 'a', queue: 't', taken: 2, unstarted: 0 }];
    const of = { limits: { a: limits({ ofWorkflow: 5 }), b: limits({ ofQueue: 4 }) } };
    const given = allot({ ready: [queue('a'), queue('a', 't'), queue('b', 'u')], taken }, of);
    expect((given.a ?? 0) + (given.at ?? 0)).toBeLessThanOrEqual(3);
    expect(given.bu).toBe(4);
  });

  it('leave out what is full, or what nobody knows the limits of yet', () => {
    const taken = [{ workflowId: 'a', queue: '', taken: 2, unstarted: 0 }];
    expect(allot({ ready: [queue('a')], taken }, { limits: { a: limits({ ofWorkflow: 2 }) } })).toEqual({});
    const none = allotPlaces(
      { ready: [queue('a')], taken: [] },
      { limitsOf: () => null, windowMax: 9, credits: new Map() },
    );
    expect(none).toEqual([]);
  });

  it('stop at the window of runs that nobody has begun', () => {
    const taken = [{ workflowId: 'x', queue: '', taken: 8, unstarted: 8 }];
    expect(allot({ ready: [queue('a')], taken }, { windowMax: 10 })).toEqual({ a: 2 });
    expect(allot({ ready: [queue('a')], taken }, { windowMax: 8 })).toEqual({});
  });

  it('come to each queue in time, however few places come free at once', () => {
    const credits = new Map<string, number>();
    const total: Record<string, number> = {};
    for (let turn = 0; turn < 400; turn++) {
      const ready = [queue('a'), queue('b'), queue('c')];
      const of = { limits: { a: limits({ weight: 2 }) }, windowMax: 1, credits };
      for (const [name, places] of Object.entries(allot({ ready }, of)))
        total[name] = (total[name] ?? 0) + places;
    }
    expect(total.a).toBeGreaterThan(190);
    expect(total.a).toBeLessThan(210);
    expect(Math.abs((total.b ?? 0) - (total.c ?? 0))).toBeLessThan(5);
  });
});
