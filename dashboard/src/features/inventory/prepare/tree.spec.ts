import type { AiAsset } from '@tutti/contracts';
import { applicationsOf } from './tree';

const asset = (
  kind: AiAsset['kind'],
  [name, application]: readonly [name: string, application: string | null],
  more: Partial<AiAsset> = {},
): AiAsset => ({
  id: name,
  kind,
  name,
  provider: null,
  environment: null,
  application,
  managed: false,
  firstSeenAt: '2026-01-01T00:00:00Z',
  lastSeenAt: '2026-01-02T00:00:00Z',
  calls: 1,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  costMicros: 0,
  currency: null,
  sender: null,
  ...more,
});

describe('the inventory by application', () => {
  const tree = applicationsOf([
    asset('application', ['hub', null], { managed: true, calls: 9 }),
    asset('model', ['m1', 'hub'], {
      managed: true,
      inputTokens: 10,
      outputTokens: 5,
      costMicros: 7,
      currency: 'USD',
    }),
    asset('tool', ['t', 'bot']),
    asset('agent', ['a', 'bot'], { inputTokens: 99, costMicros: 99 }),
    asset('model', ['m2', 'bot'], { costMicros: 3, lastSeenAt: '2026-02-01T00:00:00Z' }),
  ]);
  it('shows unmanaged applications first, also ones that are only known from what they use', () => {
    expect(tree.map(({ name, managed, asset: own }) => [name, managed, own !== null])).toEqual([
      ['bot', false, false],
      ['hub', true, true],
    ]);
  });
  it('lists models, then agents, then tools', () =>
    expect(tree[0]?.inside.map(({ kind }) => kind)).toEqual(['model', 'agent', 'tool']));
  it('sums cost and tokens over models only', () =>
    expect(tree.map(({ costMicros, tokens }) => [costMicros, tokens])).toEqual([
      [3, 0],
      [7, 15],
    ]));
  it('was last seen when the latest of its parts was', () =>
    expect(tree[0]?.lastSeenAt).toBe('2026-02-01T00:00:00Z'));
});
