import type { CallUsage } from '@tutti/contracts';
import { priceByTable } from '@tutti/telemetry/prices';

/** The usage with its cost by the price table, where the plugin told tokens of a known model and no cost. */
export function pricedUsage(usage: CallUsage, atMs: number = Date.now()): CallUsage {
  const { model, inputTokens, outputTokens, cachedInputTokens } = usage;
  if (usage.costMicros !== undefined || model === undefined) return usage;
  if (inputTokens === undefined && outputTokens === undefined) return usage;
  const price = priceByTable({ ...usage, model, cacheReadTokens: cachedInputTokens }, atMs);
  if (price === undefined) return usage;
  const { costMicros, currency, priceVersion } = price;
  return { ...usage, costMicros, currency, priceTable: priceVersion };
}
