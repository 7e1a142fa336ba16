import { firstTurn } from '../testing/first-turn.js';

const TASKS = `
  - both:
      fork:
        branches:
          - one: { call: http, with: { method: get, endpoint: 'https://a.example/' } }
          - two: { call: http, with: { method: get, endpoint: 'https://b.example/' } }`;

/** The calls of a run's first turn. */
function callsOf(metadata: string) {
  return firstTurn(TASKS, metadata).decide()?.calls ?? [];
}

describe('the weight of calls', () => {
  it("is the workflow's, on each of its calls", () => {
    const calls = callsOf(', metadata: { tutti: { weight: 4 } }');
    expect(calls.map(({ taskName, weight }) => [taskName, weight])).toEqual([
      ['one', 4],
      ['two', 4],
    ]);
  });

  it('is left out where it is 1, so that the message is no larger for it', () => {
    for (const metadata of ['', ', metadata: { tutti: { weight: 1 } }']) {
      const calls = callsOf(metadata);
      expect(calls).toHaveLength(2);
      for (const call of calls) expect(call).not.toHaveProperty('weight');
    }
  });
});
