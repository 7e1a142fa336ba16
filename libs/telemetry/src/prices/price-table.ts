import { createRequire } from 'node:module';
import { calcPrice } from '@pydantic/genai-prices';

/** Cost in integer millionths of a US dollar, with the version of the price table that it comes from. */
export interface Price {
  costMicros: number;
  currency: string;
  priceVersion: string;
}

/** What a model took and gave. Cached tokens may be inside of `inputTokens` or beside them. */
export interface ModelTokens {
  model: string;
  /** As `gen_ai.provider.name`. */
  provider?: string | undefined;
  inputTokens?: number | undefined;
  cacheReadTokens?: number | undefined;
  cacheWriteTokens?: number | undefined;
  outputTokens?: number | undefined;
}

const packageFile = createRequire(import.meta.url)
  .resolve('@pydantic/genai-prices')
  .replace(/dist\/.*$/, 'package.json');
const { version } = createRequire(import.meta.url)(packageFile) as { version: string };
/** Stored with every cost that was computed. */
export const PRICE_TABLE_VERSION = `genai-prices ${version}`;

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

/** The price by the table of that day; undefined for a model or provider that it does not know. */
export function priceByTable(tokens: ModelTokens, atMs: number): Price | undefined {
  const { provider } = tokens;
  const input = tokens.inputTokens ?? 0;
  const cached = (tokens.cacheReadTokens ?? 0) + (tokens.cacheWriteTokens ?? 0);
  // Some senders leave the cached tokens out of the input count; the table wants them inside.
  const usage = {
    input_tokens: cached > input ? input + cached : input,
    output_tokens: tokens.outputTokens ?? 0,
    cache_read_tokens: tokens.cacheReadTokens ?? 0,
    cache_write_tokens: tokens.cacheWriteTokens ?? 0,
  };
  const providerId = provider === undefined ? undefined : (TABLE_PROVIDERS[provider] ?? provider);
  try {
    const usd = calcPrice(usage, tokens.model, { providerId, timestamp: new Date(atMs) })?.total_price;
    return usd === undefined ? undefined : priceOfUsd(usd, PRICE_TABLE_VERSION);
  } catch {
    // The table refuses usage that it cannot split; that is a missing price, and no reason to refuse the
    // call.
    return undefined;
  }
}

export function priceOfUsd(usd: number, priceVersion: string): Price {
  return { costMicros: Math.round(usd * 1_000_000), currency: 'USD', priceVersion };
}
