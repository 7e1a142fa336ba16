import type { IncomingHttpHeaders } from 'node:http';
import { LIMITS } from '../limits.js';

/**
 * How long a reply may be used without asking again, in milliseconds (RFC 9111): its `max-age` less its
 * `Age`, at most an hour; five minutes when it does not say.
 */
export function freshForMs(headers: IncomingHttpHeaders): number {
  const control = headers['cache-control']?.toLowerCase() ?? '';
  if (/\bno-(store|cache)\b/.test(control)) return 0;
  const seconds = /\bmax-age="?(\d+)/.exec(control)?.[1];
  if (seconds === undefined) return LIMITS.openApiDocumentFreshMs;
  const ageSeconds = Number(headers.age ?? 0);
  const ms = (Number(seconds) - (Number.isFinite(ageSeconds) ? ageSeconds : 0)) * 1000;
  return Math.min(Math.max(ms, 0), LIMITS.openApiDocumentFreshMsMax);
}
