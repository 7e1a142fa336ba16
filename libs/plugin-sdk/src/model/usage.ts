import type { CallUsage, ModelUsage } from '@tutti/contracts';

/**
 * What an attempt used, for the price table of the host. `provider`: as `gen_ai.provider.name`; `free`: a
 * model of one's own has no price a call, which is a cost of 0 and not an unknown one.
 */
export function callUsage(
  output: { model: string; usage: ModelUsage | null },
  { provider, free }: { provider: string; free: boolean },
): CallUsage {
  const cost = free ? { costMicros: 0, currency: 'USD' } : {};
  return { model: output.model, provider, ...output.usage, ...cost };
}
