import { WORKFLOW_ERROR_BASE, fallbackReasonOf, isTransientStatus, retryAfterMsOf } from '@tutti/contracts';
import { PermanentError, TransientError } from '@tutti/plugin-sdk';
import { LIMITS } from '../limits.js';
import { ExchangeError, type ExchangeReply } from './exchange.js';
import { visibleUrl } from './http-span.js';
import { mediaTypeOf, replyExcerpt } from './reply-content.js';

/** One request on the way through redirects. */
export interface Hop {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
}

export const COMMUNICATION = `${WORKFLOW_ERROR_BASE}communication`;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Where a redirect leads; a redirected write is an answer, because following it could make the write twice.
 */
export function redirectOf(hop: Hop, reply: ExchangeReply): Hop | null {
  const { location } = reply.headers;
  if (location === undefined || !REDIRECTS.has(reply.status)) return null;
  if (hop.method !== 'GET' && reply.status !== 303) return null;
  if (!URL.canParse(location, hop.url.href)) return null;
  const url = new URL(location, hop.url);
  const headers: Record<string, string> = { accept: hop.headers['accept'] ?? '*/*' };
  // Credentials were meant for the first origin only.
  if (url.origin === hop.url.origin) Object.assign(headers, hop.headers);
  delete headers['content-type'];
  return { method: 'GET', url, headers, body: null };
}

export function tooLarge(): ExchangeError {
  const message = `The reply is larger than ${LIMITS.replyBytesMax} bytes.`;
  return new ExchangeError(message, { failure: 'too-large', sent: true });
}

export function refusedBy(
  hop: Hop,
  { status, headers, body }: ExchangeReply,
): PermanentError | TransientError {
  const reply = replyExcerpt(body, mediaTypeOf(headers));
  const details = { type: COMMUNICATION, status, reason: fallbackReasonOf(status), reply };
  const message = `${told(hop)} answered ${status}.`;
  if (!isTransientStatus(status)) return new PermanentError(message, details);
  const retryAfterMs = retryAfterMsOf(headers);
  return new TransientError(message, retryAfterMs === undefined ? details : { ...details, retryAfterMs });
}

export function withoutReply(hop: Hop, error: ExchangeError): PermanentError | TransientError {
  const message = `${told(hop)}: ${error.message}`;
  switch (error.failure) {
    case 'timeout':
    case 'aborted':
      return new TransientError(message, {
        status: 408,
        type: `${WORKFLOW_ERROR_BASE}timeout`,
        reason: 'timeout',
        cause: error,
      });
    case 'unreachable':
    case 'lost':
      return new TransientError(message, {
        status: 503,
        type: COMMUNICATION,
        reason: 'unavailable',
        cause: error,
      });
    case 'untrusted':
      return new PermanentError(message, {
        status: 502,
        type: COMMUNICATION,
        reason: 'unavailable',
        cause: error,
      });
    case 'too-large':
      return new PermanentError(message, {
        status: 502,
        type: COMMUNICATION,
        reason: 'invalid-output',
        cause: error,
      });
    case 'refused':
    case 'invalid':
      return new PermanentError(message, {
        status: 400,
        type: `${WORKFLOW_ERROR_BASE}configuration`,
        cause: error,
      });
  }
}

export function undeclared(url: URL): PermanentError {
  const message =
    `The host "${url.host}" is not one of the plugin's declared hosts: add it to \`hosts\` ` +
    `in the plugin.`;
  return new PermanentError(message, { status: 403, type: `${WORKFLOW_ERROR_BASE}configuration` });
}

export function told(hop: Hop): string {
  return `${hop.method} ${visibleUrl(hop.url)}`;
}
