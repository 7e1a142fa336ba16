import { isJson } from './reply-content.js';

export interface EncodedBody {
  body: string | Uint8Array | null;
  contentType: string | null;
}

/**
 * The body on the wire. Without a content type, bytes are `application/octet-stream`, a form is a form, and
 * everything else is JSON; with one that is not JSON, text is sent as it is and an object as a form where the
 * type says so.
 */
export function encodeBody(value: unknown, contentType: string | undefined): EncodedBody {
  if (value === undefined) return { body: null, contentType: null };
  if (value instanceof Uint8Array)
    return { body: value, contentType: contentType ?? 'application/octet-stream' };
  if (value instanceof URLSearchParams) {
    return { body: value.toString(), contentType: contentType ?? 'application/x-www-form-urlencoded' };
  }
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === undefined || isJson(mediaType)) {
    return { body: JSON.stringify(value), contentType: contentType ?? 'application/json' };
  }
  if (mediaType === 'application/x-www-form-urlencoded' && isRecord(value)) {
    const fields = Object.entries(value).map(([name, field]): [string, string] => [name, textOf(field)]);
    return { body: new URLSearchParams(fields).toString(), contentType: contentType ?? null };
  }
  return { body: textOf(value), contentType: contentType ?? null };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
