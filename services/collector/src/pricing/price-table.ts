import { createRequire } from 'node:module';
import { calcPrice } from '@pydantic/genai-prices';
import type { NormalSpan } from '@tutti/telemetry';

/** Cost in integer millionths of a US dollar, with the version of the price table that it comes from. */
export interface Price {
  costMicros: number;
  currency: string;
  priceVersion: string;
}

const packageFile = createRequire(import.meta.url)
  .resolve('@pydantic/genai-prices')
  .replace(/dist\/.*$/, 'package.json');
const { version } = createRequire(import.meta.url)(packageFile) as { version: string };
/** Stored with every cost that was computed. */
export const PRICE_TABLE_VERSION = `genai-prices ${version}`;
/** Stored with a cost that the sender itself reported. */
export const PRICE_REPORTED = 'reported';

/** Our provider names where the table has another id. */
const TABLE_PROVIDERS: Readonly<Record<string, string>> = {
  'aws.bedrock': 'aws',
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'gcp.gemini': 'google',
  'gcp.vertex_ai': 'google',
  'gcp.gen_ai': 'google',
  mistral_ai: 'mistral',
  x_ai: 'x-ai',
  moonshot_ai: 'moonshotai',
};

/**
 * The price of a model call: as reported, else by the table; undefined for an unknown model or a call without
 * reported usage.
 */
export function priceOf(span: NormalSpan, startMs: number): Price | undefined {
  if (span.costMicros !== undefined) {
    return {
      costMicros: Math.round(span.costMicros),
      currency: span.costCurrency ?? 'USD',
      priceVersion: PRICE_REPORTED,
    };
  }
  if (span.kind !== 'llm' && span.kind !== 'embedding') return undefined;
  if (span.costUsd !== undefined) return toPrice(span.costUsd, PRICE_REPORTED);
  if (span.inputTokens === undefined && span.outputTokens === undefined) return undefined;
  const usd = usdByTable(span.modelAnswered, span, startMs) ?? usdByTable(span.modelRequested, span, startMs);
  return usd === undefined ? undefined : toPrice(usd, PRICE_TABLE_VERSION);
}

function usdByTable(model: string | undefined, span: NormalSpan, startMs: number): number | undefined {
  if (model === undefined) return undefined;
  const input = span.inputTokens ?? 0;
  const cached = (span.cacheReadTokens ?? 0) + (span.cacheWriteTokens ?? 0);
  // Some senders leave the cached tokens out of the input count; the table wants them inside.
  const usage = {
    input_tokens: cached > input ? input + cached : input,
    output_tokens: span.outputTokens ?? 0,
    cache_read_tokens: span.cacheReadTokens ?? 0,
    cache_write_tokens: span.cacheWriteTokens ?? 0,
  };
  const provider =
    span.provider === undefined ? undefined : (TABLE_PROVIDERS[span.provider] ?? span.provider);
  try {
    return calcPrice(usage, model, { providerId: provider, timestamp: new Date(startMs) })?.total_price;
  } catch {
    // The table refuses usage that it cannot split; that is a missing price, and no reason to refuse the
    // span.
    return undefined;
  }
}

function toPrice(usd: number, priceVersion: string): Price {
  return { costMicros: Math.round(usd * 1_000_000), currency: 'USD', priceVersion };
}
