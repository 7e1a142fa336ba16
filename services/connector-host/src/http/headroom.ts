import { type ConnectionHeadroom, type Quota, retryAfterMsOf } from '@tutti/contracts';
import type { IncomingHttpHeaders } from 'node:http';

type Numbers = Partial<Pick<Quota, 'limit' | 'remaining'>> & { reset?: string };
type Found = Map<string, Numbers>;

/** Whether a reply says anything of quotas; asked of every reply. */
export function tellsHeadroom(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (MARK.test(name)) return true;
  return false;
}

/**
 * What the headers of a reply tell of the other system's quotas: `x-ratelimit-*` in its spellings, the IETF
 * draft (draft-ietf-httpapi-ratelimit-headers, those before version 8 included), HubSpot, Anthropic,
 * Dataverse, Salesforce and `Retry-After`. Null: nothing that can be read.
 */
export function headroomOf(headers: IncomingHttpHeaders, nowMs: number): ConnectionHeadroom | null {
  const found: Found = new Map();
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (text !== undefined && MARK.test(name)) readHeader(name, text, found);
  }
  const retryAfter = headers['retry-after'];
  const retryMs = retryAfter === undefined ? undefined : retryAfterMsOf({ 'retry-after': retryAfter }, nowMs);
  const quotas = [...found].slice(0, QUOTAS_MAX).map(([name, numbers]) => quotaOf(name, numbers, nowMs));
  if (quotas.length === 0 && retryMs === undefined) return null;
  const retryAt = retryMs === undefined ? null : instantOf(nowMs + retryMs);
  return { at: instantOf(nowMs), quotas, retryAt };
}

const QUOTAS_MAX = 8;
const MARK = /rate-?limit|^retry-after$|^sforce-limit-info$/;

function readHeader(name: string, text: string, found: Found): void {
  if (name === 'sforce-limit-info') readSalesforce(text, found);
  else if (name === 'ratelimit') readDraft(text, found, { q: 'limit', r: 'remaining', t: 'reset' });
  else if (name === 'ratelimit-policy') readDraft(text, found, { q: 'limit' });
  else readNamed(name, text, found);
}

/** Where the header's name says which number it is; the first group that matched names the quota. */
const NAMED: readonly [RegExp, keyof Numbers][] = [
  [/^x-hubspot-ratelimit-(daily|secondly)?-?remaining$/, 'remaining'],
  [/^x-hubspot-ratelimit-(?:max|(daily|secondly))$/, 'limit'],
  [/^x-ms-ratelimit-(burst)-remaining-xrm-requests$/, 'remaining'],
  [/^anthropic-ratelimit-([a-z-]+)-limit$/, 'limit'],
  [/^anthropic-ratelimit-([a-z-]+)-remaining$/, 'remaining'],
  [/^anthropic-ratelimit-([a-z-]+)-reset$/, 'reset'],
  [/^(?:x-)?rate-?limit(?:-limit)?(?:-([a-z-]+))?$/, 'limit'],
];
const PART = /^(?:x-)?rate-?limit-(remaining|reset)(?:-([a-z-]+))?$/;

function readNamed(name: string, text: string, found: Found): void {
  const part = PART.exec(name);
  if (part !== null) return put(found, part[2], part[1] as 'remaining' | 'reset', text);
  for (const [pattern, is] of NAMED) {
    const match = pattern.exec(name);
    if (match !== null) return put(found, match[1], is, text);
  }
}

const QUOTA_NAMES: Record<string, string> = { daily: 'day', secondly: 'second' };

function put(found: Found, named: string | undefined, is: keyof Numbers, text: string): void {
  const name = named === undefined ? 'requests' : (QUOTA_NAMES[named] ?? named);
  const number = Number.parseFloat(text);
  if (is !== 'reset' && Number.isNaN(number)) return;
  found.set(name, { ...found.get(name), ...(is === 'reset' ? { reset: text.trim() } : { [is]: number }) });
}

/** `"default";r=50;t=30`, and before version 8 `limit=100, remaining=50, reset=30` or `100;w=60`. */
function readDraft(text: string, found: Found, parameters: Record<string, keyof Numbers>): void {
  for (const item of text.split(',')) {
    const [first = '', ...more] = item.split(';').map((part) => part.trim());
    const named = /^"([^"]+)"$/.exec(first)?.[1];
    const old = /^(limit|remaining|reset)=(.+)$/.exec(first);
    if (old !== null) put(found, undefined, old[1] as keyof Numbers, old[2] as string);
    else if (named === undefined && /^\d+$/.test(first)) put(found, undefined, 'limit', first);
    for (const part of named === undefined ? [] : more) {
      const [key = '', value = ''] = part.split('=');
      const is = parameters[key];
      if (is !== undefined) put(found, named, is, value);
    }
  }
}

/** `api-usage=18/5000`, and `per-app-api-usage=17/250(appName=x)`. */
function readSalesforce(text: string, found: Found): void {
  for (const [, name, used, limit] of text.matchAll(/([a-z-]+)=(\d+)\/(\d+)/g)) {
    const numbers = { limit: Number(limit), remaining: Math.max(0, Number(limit) - Number(used)) };
    found.set(name as string, numbers);
  }
}

function quotaOf(name: string, { limit, remaining, reset }: Numbers, nowMs: number): Quota {
  const resetMs = reset === undefined ? null : resetMsOf(reset, nowMs);
  const resetAt = resetMs === null ? null : instantOf(resetMs);
  return { name: name.slice(0, 60), limit: limit ?? null, remaining: remaining ?? null, resetAt };
}

const EPOCH_MS_MIN = 1e12;
const EPOCH_SECONDS_MIN = 1e9;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Seconds from now, an epoch in seconds or milliseconds, a length such as `6m0s`, or a date. */
function resetMsOf(text: string, nowMs: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number >= EPOCH_MS_MIN) return number;
    return number >= EPOCH_SECONDS_MIN ? number * 1_000 : nowMs + number * 1_000;
  }
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
    return [...parts].reduce((at, [, n, unit]) => at + Number(n) * (UNIT_MS[unit as string] ?? 0), nowMs);
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : date;
}

/** The largest instant that a date can hold is no reason to fail. */
function instantOf(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString();
}
