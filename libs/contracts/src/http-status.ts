import type { FallbackReason } from './capability.js';

/** Statuses after which a repeat may help. */
const TRANSIENT_STATUS = new Set([408, 425, 429]);

export function isTransientStatus(status: number): boolean {
  return status >= 500 ? status !== 501 && status !== 505 : TRANSIENT_STATUS.has(status);
}

/**
 * Statuses after which it is open whether a write was made: the answer comes from something before or inside
 * the system.
 */
export function leavesOpen(status: number): boolean {
  return status >= 500 && status !== 501 && status !== 503 && status !== 505;
}

/** Which fallback of a routing policy a status counts as. */
export function fallbackReasonOf(status: number): FallbackReason {
  if (status === 429) return 'throttled';
  if (status === 408 || status === 504) return 'timeout';
  return status >= 500 ? 'unavailable' : 'rejected';
}

const RETRY_AFTER_MS_MAX = 24 * 3_600_000;

/**
 * `Retry-After` (RFC 9110: seconds or a date) in milliseconds from now; undefined when it is missing or no
 * such value.
 */
export function retryAfterMsOf(
  headers: { 'retry-after'?: string | undefined },
  nowMs: number = Date.now(),
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}
