import { createHash } from 'node:crypto';
import { ProblemError } from '../problems/problem.error.js';

const KEY_LENGTH_MAX = 255;

/**
 * The value of an Idempotency-Key header. The draft (httpapi-idempotency-key-header-07) makes it a
 * structured string, `"..."`; most clients send
 * it bare, and both name the same key.
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = (Array.isArray(header) ? header.join(',') : header).trim();
  const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text);
  const key = quoted ? (quoted[1] as string).replace(/\\(["\\])/g, '$1') : text;
  if (key === '' || key.length > KEY_LENGTH_MAX || !/^[\x20-\x7e]+$/.test(key)) {
    throw new ProblemError(
      'invalid-request',
      `The Idempotency-Key must be 1 to ${KEY_LENGTH_MAX} printable ASCII characters, such as a UUID.`,
    );
  }
  return key;
}

/**
 * Seconds of `Prefer: wait=...` (RFC 7240), at most `maxSeconds`; a preference that makes no sense is
 * ignored, as the RFC asks.
 */
export function waitSecondsOf(header: string | string[] | undefined, maxSeconds: number): number | undefined {
  if (header === undefined) return undefined;
  const text = Array.isArray(header) ? header.join(',') : header;
  const match = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i.exec(text);
  return match === null ? undefined : Math.min(Number(match[1]), maxSeconds);
}

/**
 * What must be the same for a repeat to be a repeat: the input. Its scope (the workflow) is part of the
 * stored key.
 */
export function requestHash(inputText: string): Buffer {
  return createHash('sha256').update(inputText).digest();
}
