import type { ConnectionItem, ConnectionLimits } from '@tutti/contracts';
import { CliError, EXIT } from '../session/io.js';
import { numberOf } from './arguments.js';

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS_MS;
/** The units in which a rate is shown, the longest first. */
const SHOWN: readonly Unit[] = ['d', 'h', 'min', 's', 'ms'];
const RATE = /^(\d+)\/(\d*)(ms|s|m|min|h|d)$/;
const NONE = 'none';

export interface LimitOptions {
  concurrency?: string;
  rateLimit?: string;
}

/** `60/min`, `5/10s`: requests in any stretch of that time. */
export function rateOf(text: string): NonNullable<ConnectionLimits['rateLimit']> {
  const [, requests = '', count = '', unit] = RATE.exec(text.trim()) ?? [];
  if (unit === undefined)
    throw new CliError(
      `--rate-limit wants REQUESTS/TIME such as 60/min, 5/s or 100/15min, or "none"; "${text}" is not.`,
      EXIT.usage,
    );
  return { requests: Number(requests), perMs: Number(count || 1) * UNITS_MS[unit as Unit] };
}

export function rateText({ requests, perMs }: NonNullable<ConnectionLimits['rateLimit']>): string {
  const unit = SHOWN.find((each) => perMs % UNITS_MS[each] === 0) as Unit;
  const count = perMs / UNITS_MS[unit];
  return `${requests}/${count === 1 ? '' : count}${unit}`;
}

/** `4 at once, 60/min`; a dash where the plugin's own limits hold. */
export function limitsText(limits: ConnectionItem['limits'] | undefined): string {
  const { concurrency, rateLimit } = limits ?? {};
  const parts = [
    ...(concurrency === undefined ? [] : [`${concurrency} at once`]),
    ...(rateLimit === undefined ? [] : [rateText(rateLimit)]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

/**
 * The limits as the options change them; undefined when they say nothing, so that the hub keeps what it has.
 */
export function changedLimits(
  old: ConnectionItem['limits'] | undefined,
  options: LimitOptions,
): ConnectionLimits | null | undefined {
  const { concurrency, rateLimit } = options;
  if (concurrency === undefined && rateLimit === undefined) return undefined;
  const limits: ConnectionLimits = { ...old };
  if (concurrency === NONE) delete limits.concurrency;
  else if (concurrency !== undefined) limits.concurrency = numberOf(concurrency, '--concurrency');
  if (rateLimit === NONE) delete limits.rateLimit;
  else if (rateLimit !== undefined) limits.rateLimit = rateOf(rateLimit);
  return Object.keys(limits).length === 0 ? null : limits;
}
