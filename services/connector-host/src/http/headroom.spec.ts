import { headroomOf, tellsHeadroom } from './headroom.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();
const quota = (
  name: string,
  limit: number | null,
  remaining: number | null,
  resets: number | null = null,
) => ({
  name,
  limit,
  remaining,
  resetAt: resets === null ? null : at(resets),
});

describe('headroom', () => {
  it.each([
    [
      'x-ratelimit with seconds from now',
      { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': '30' },
      [quota('requests', 60, 59, 30)],
    ],
    [
      'GitHub: seconds of the epoch',
      {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '4987',
        'x-ratelimit-reset': String(NOW / 1_000 + 90),
      },
      [quota('requests', 5000, 4987, 90)],
    ],
    [
      'milliseconds of the epoch',
      { 'x-ratelimit-reset': String(NOW + 5_000) },
      [quota('requests', null, null, 5)],
    ],
    [
      'OpenAI: requests and tokens, with lengths of time',
      {
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-reset-requests': '120ms',
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-tokens': '29000',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      [quota('requests', 500, 499, 0.12), quota('tokens', 30_000, 29_000, 360)],
    ],
    [
      'Anthropic: dates',
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': at(12),
        'anthropic-ratelimit-input-tokens-remaining': '9000',
      },
      [quota('requests', 50, 49, 12), quota('input-tokens', null, 9_000)],
    ],
    [
      'the IETF draft',
      { 'ratelimit-policy': '"burst";q=100;w=60,"daily";q=1000;w=86400', ratelimit: '"burst";r=50;t=30' },
      [quota('burst', 100, 50, 30), quota('day', 1_000, null)],
    ],
    [
      'the IETF draft before version 8',
      { ratelimit: 'limit=100, remaining=50, reset=5', 'ratelimit-policy': '100;w=60' },
      [quota('requests', 100, 50, 5)],
    ],
    [
      'the first IETF draft',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '7', 'ratelimit-reset': '8' },
      [quota('requests', 100, 7, 8)],
    ],
    ['Zendesk', { 'x-rate-limit': '700', 'x-rate-limit-remaining': '699' }, [quota('requests', 700, 699)]],
    [
      'HubSpot',
      {
        'x-hubspot-ratelimit-daily': '250000',
        'x-hubspot-ratelimit-daily-remaining': '249999',
        'x-hubspot-ratelimit-interval-milliseconds': '10000',
        'x-hubspot-ratelimit-max': '100',
        'x-hubspot-ratelimit-remaining': '99',
        'x-hubspot-ratelimit-secondly': '10',
        'x-hubspot-ratelimit-secondly-remaining': '9',
      },
      [quota('day', 250_000, 249_999), quota('requests', 100, 99), quota('second', 10, 9)],
    ],
    [
      'Salesforce: what was used',
      { 'sforce-limit-info': 'api-usage=18/5000; per-app-api-usage=17/250(appName=sample)' },
      [quota('api-usage', 5_000, 4_982), quota('per-app-api-usage', 250, 233)],
    ],
    ['Dataverse', { 'x-ms-ratelimit-burst-remaining-xrm-requests': '5999' }, [quota('burst', null, 5_999)]],
  ])('reads %s', (_whose, headers, quotas) => {
    expect(tellsHeadroom(headers)).toBe(true);
    expect(headroomOf(headers, NOW)).toEqual({ at: at(0), quotas, retryAt: null });
  });

  it('reads when a refusal may be repeated', () => {
    expect(headroomOf({ 'retry-after': '7' }, NOW)).toEqual({ at: at(0), quotas: [], retryAt: at(7) });
  });

  it('takes nothing out of headers that tell none, or nothing that can be read', () => {
    expect(tellsHeadroom({ 'content-type': 'application/json' })).toBe(false);
    expect(headroomOf({ 'content-type': 'application/json' }, NOW)).toBeNull();
    expect(headroomOf({ 'x-ratelimit-limit': 'many', 'retry-after': 'soon' }, NOW)).toBeNull();
    expect(headroomOf({ 'x-ratelimit-reset': '9'.repeat(400) }, NOW)?.quotas[0]?.limit).toBeNull();
  });

  it('keeps no more quotas than fit on a page', () => {
    const headers = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `x-ratelimit-limit-${'abcdefghijklmnopqrstuvwxyzABCD'[i]}`.toLowerCase(),
        '1',
      ]),
    );
    expect(headroomOf(headers, NOW)?.quotas).toHaveLength(8);
  });
});
