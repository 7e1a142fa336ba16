import { versionFor } from './canary.js';
import type { StartableWorkflow } from './workflow.catalog.js';

function workflow(percent: number | null): StartableWorkflow {
  const of = (versionId: string, canary: StartableWorkflow['canary']): StartableWorkflow => ({
    workflowId: 'w',
    identity: { namespace: 'test', name: 'w', version: '1.0.0', versionId },
    disabled: null,
    checkInput: null,
    keyRequired: false,
    inputAt: null,
    concurrency: null,
    canary,
  });
  return of('current', percent === null ? null : { percent, workflow: of('canary', null) });
}

const KEYS = Array.from({ length: 4_000 }, (_, i) => `order-${i}`);
const chosen = (percent: number | null) =>
  KEYS.filter((key) => versionFor(workflow(percent), key).identity.versionId === 'canary');

describe('the choice of a canary', () => {
  it('takes about its share', () => {
    for (const percent of [1, 10, 50, 99]) {
      const share = (chosen(percent).length / KEYS.length) * 100;
      expect(Math.abs(share - percent)).toBeLessThan(3);
    }
    expect(chosen(null)).toEqual([]);
  });

  it('is the same for the same key', () => {
    expect(chosen(30)).toEqual(chosen(30));
  });

  it('keeps the keys that it had when its share grows', () => {
    const more = new Set(chosen(40));
    expect(chosen(10).every((key) => more.has(key))).toBe(true);
  });
});
