import { pricedUsage } from './priced-usage.js';

const NOW = Date.parse('2026-11-22T00:00:00Z');
const USED = { model: 'gpt-5', provider: 'openai', inputTokens: 12_000, outputTokens: 800 };

describe('what an attempt cost', () => {
  it('comes from the price table, with its version', () => {
    expect(pricedUsage({ ...USED, cachedInputTokens: 10_000 }, NOW)).toEqual({
      ...USED,
      cachedInputTokens: 10_000,
      // 2,000 at 1.25, 10,000 cached at 0.125, 800 at 10 dollars the million.
      costMicros: 11_750,
      currency: 'USD',
      priceTable: expect.stringMatching(/^genai-prices \d/),
    });
  });

  it.each([
    ['is what the plugin says', { ...USED, costMicros: 5, currency: 'EUR' }],
    [
      'is unknown for a model that the table does not know',
      { ...USED, model: 'house-model', provider: 'local' },
    ],
    ['is unknown without tokens', { model: 'gpt-5', provider: 'openai' }],
    ['is unknown without a model', { inputTokens: 3 }],
  ])('%s', (_, usage) => expect(pricedUsage(usage, NOW)).toEqual(usage));
});
