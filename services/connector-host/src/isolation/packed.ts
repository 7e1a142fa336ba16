import type { ArtifactRef } from '@tutti/contracts';
import { FileBody, FormBody, fileBody, formBody, type FormField } from '@tutti/plugin-sdk';
import type { Packed } from './messages.js';

/** A body of a request for the wire between plugin and host; undefined: none. */
export function packBody(body: unknown): Packed | undefined {
  if (body === undefined) return undefined;
  if (body instanceof FileBody) return { file: body.file };
  if (body instanceof FormBody) return { fields: [...body.fields] };
  return body instanceof URLSearchParams ? { form: [...body.entries()] } : pack(body);
}

export function pack(value: unknown): Packed {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : { json: value };
}

/** What was packed. Throws on anything else. */
export function unpack(packed: unknown): unknown {
  if (typeof packed === 'object' && packed !== null) {
    if ('bytes' in packed) return bytesOf(packed);
    if ('form' in packed) return new URLSearchParams(packed.form as [string, string][]);
    if ('json' in packed) return packed.json;
    if ('file' in packed) return fileBody(packed.file as ArtifactRef);
    if ('fields' in packed) return formBody(packed.fields as FormField[]);
  }
  // JSON leaves a property out whose value is undefined.
  return undefined;
}

export function bytesOf(packed: unknown): Uint8Array {
  const { bytes } = packed as { bytes: unknown };
  if (typeof bytes !== 'string') throw new Error('There are no bytes in the message.');
  return new Uint8Array(Buffer.from(bytes, 'base64'));
}
