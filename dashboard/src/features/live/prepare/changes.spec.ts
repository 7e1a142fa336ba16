import { delayMsOf, staleKeys } from './changes';

describe('what an event makes old', () => {
  it('a changed run: itself, the lists and the sums', () => {
    expect(staleKeys('run.changed', { runId: 'r1', status: 'running' })).toEqual([
      ['runs'],
      ['run', 'r1'],
      ['overview'],
      ['workflows'],
    ]);
  });
  it('a changed review: itself, its run and the inbox', () => {
    expect(staleKeys('review.changed', { reviewId: 'v1', runId: 'r1' })).toEqual([
      ['reviews'],
      ['review', 'v1'],
      ['run', 'r1'],
      ['overview'],
    ]);
  });
  it('a heartbeat or something unknown: nothing', () => {
    expect([...staleKeys('heartbeat', {}), ...staleKeys('later.kind', null)]).toEqual([]);
  });
  it('asks for the one thing in view sooner than for sums', () => {
    expect(delayMsOf(['run', 'r1'])).toBeLessThan(delayMsOf(['runs']));
    expect(delayMsOf(['runs'])).toBeLessThan(delayMsOf(['overview']));
  });
});
