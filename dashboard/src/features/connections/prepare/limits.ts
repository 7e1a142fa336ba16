import type { ConnectionItem } from '@tutti/contracts';

export type Limits = ConnectionItem['limits'];

/** Limits as the form holds them: texts, empty where the plugin's own limit is to hold. */
export interface LimitsDraft {
  concurrency: string;
  requests: string;
  perMs: number;
}

/** What is wrong with a field, by the field. */
export type LimitsFaults = Partial<Record<'concurrency' | 'requests', string>>;

const CONCURRENCY_MAX = 1_024;
const REQUESTS_MAX = 1_000_000;
const UNITS = [
  { perMs: 1_000, unit: 'second' },
  { perMs: 60_000, unit: 'minute' },
  { perMs: 3_600_000, unit: 'hour' },
  { perMs: 86_400_000, unit: 'day' },
] as const;

export function draftOf(limits: Limits): LimitsDraft {
  const { concurrency, rateLimit } = limits ?? {};
  return {
    concurrency: concurrency === undefined ? '' : String(concurrency),
    requests: rateLimit === undefined ? '' : String(rateLimit.requests),
    perMs: rateLimit?.perMs ?? 60_000,
  };
}

/** The times to choose from; one that was set elsewhere stays one of them. */
export function periodsFor(perMs: number): { perMs: number; label: string }[] {
  const known = UNITS.map(({ perMs: each }) => each as number);
  const all = known.includes(perMs) ? known : [...known, perMs].sort((a, b) => a - b);
  return all.map((each) => ({ perMs: each, label: periodText(each) }));
}

export function faultsOfLimits({ concurrency, requests }: LimitsDraft): LimitsFaults {
  return {
    ...(isWhole(concurrency, CONCURRENCY_MAX) ? {} : { concurrency: 'A whole number from 1 to 1024.' }),
    ...(isWhole(requests, REQUESTS_MAX) ? {} : { requests: 'A whole number from 1 to 1 million.' }),
  };
}

/** What to send of a draft without faults; null: the plugin's own limits. */
export function limitsOfDraft({ concurrency, requests, perMs }: LimitsDraft): Limits {
  const limits = {
    ...(concurrency.trim() === '' ? {} : { concurrency: Number(concurrency) }),
    ...(requests.trim() === '' ? {} : { rateLimit: { requests: Number(requests), perMs } }),
  };
  return Object.keys(limits).length === 0 ? null : limits;
}

export function sameLimits(a: Limits, b: Limits): boolean {
  const key = (limits: Limits) => JSON.stringify(draftOf(limits));
  return key(a) === key(b);
}

/** `4 calls at once, 60 a minute`; undefined where the plugin's own limits hold. */
export function limitsText(limits: Limits): string | undefined {
  const { concurrency, rateLimit } = limits ?? {};
  const parts = [
    ...(concurrency === undefined ? [] : [`${concurrency} ${concurrency === 1 ? 'call' : 'calls'} at once`]),
    ...(rateLimit === undefined ? [] : [`${rateLimit.requests} ${periodText(rateLimit.perMs)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** `a minute`, `in 15 minutes`. */
function periodText(perMs: number): string {
  const known = UNITS.findLast((each) => perMs % each.perMs === 0);
  if (known === undefined) return `in ${perMs} ms`;
  const count = perMs / known.perMs;
  if (count === 1) return known.unit === 'hour' ? 'an hour' : `a ${known.unit}`;
  return `in ${count} ${known.unit}s`;
}

function isWhole(text: string, max: number): boolean {
  if (text.trim() === '') return true;
  return /^\s*\d+\s*$/.test(text) && Number(text) >= 1 && Number(text) <= max;
}
