import { isUtf8 } from 'node:buffer';
import type { DeadLetterEdit, DeadLetterPayload } from '@tutti/contracts';
import { ProblemError } from '../problems/problem.error.js';

const SHOWN_BYTES_MAX = 1024 * 1024;

/** A payload in the simplest form that loses nothing. */
export function payloadView(payload: Buffer): DeadLetterPayload {
  const bytes = payload.length;
  const truncated = bytes > SHOWN_BYTES_MAX;
  if (!isUtf8(payload) || payload.includes(0)) {
    const text = payload.subarray(0, SHOWN_BYTES_MAX).toString('base64');
    return { encoding: 'base64', bytes, text, truncated };
  }
  const text = payload.toString();
  const encoding = isJson(text) ? 'json' : 'text';
  return { encoding, bytes, text: truncated ? text.slice(0, SHOWN_BYTES_MAX) : text, truncated };
}

/** The bytes that a person wants instead. */
export function editedBytes(edit: DeadLetterEdit): Buffer {
  const given = (['json', 'text', 'base64'] as const).filter((form) => edit[form] !== undefined);
  if (given.length !== 1) {
    throw new ProblemError(
      'invalid-request',
      'Send exactly one of "json", "text" and "base64": the payload that is to be sent instead.',
    );
  }
  if (edit.text !== undefined) return Buffer.from(edit.text);
  if (edit.base64 !== undefined) return Buffer.from(edit.base64, 'base64');
  return Buffer.from(JSON.stringify(edit.json));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
