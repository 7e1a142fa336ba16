import { type Price, priceByTable, priceOfUsd } from '@tutti/telemetry/prices';
import type { NormalSpan } from '@tutti/telemetry';

/** Stored with a cost that the sender itself reported. */
export const PRICE_REPORTED = 'reported';

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
  if (span.costUsd !== undefined) return priceOfUsd(span.costUsd, PRICE_REPORTED);
  if (span.inputTokens === undefined && span.outputTokens === undefined) return undefined;
  return byTable(span.modelAnswered, span, startMs) ?? byTable(span.modelRequested, span, startMs);
}

function byTable(model: string | undefined, span: NormalSpan, startMs: number): Price | undefined {
  return model === undefined ? undefined : priceByTable({ ...span, model }, startMs);
}
