import type { ModelContentPart } from '@tutti/contracts';
import { PermanentError } from '../errors.js';
import type { FilesPort } from '../ports.js';

/** The pictures that all providers look at. */
export const IMAGE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
const DOCUMENT_TYPES: readonly string[] = ['application/pdf'];

/** A picture or document with its bytes, which the provider needs no way to the hub for. */
export interface ModelFile {
  kind: 'image' | 'document';
  mediaType: string;
  base64: string;
  name: string | undefined;
}

/** Reads what a message shows. `PermanentError` for a type that models do not take. */
export async function fileOf(
  part: Exclude<ModelContentPart, { type: 'text' }>,
  files: FilesPort,
): Promise<ModelFile> {
  const ref = part.type === 'image' ? part.image : part.document;
  const taken = part.type === 'image' ? IMAGE_TYPES : DOCUMENT_TYPES;
  if (!taken.includes(ref.mediaType)) {
    const what = part.type === 'image' ? 'An image' : 'A document';
    throw new PermanentError(`${what} of type ${ref.mediaType}: the model takes ${taken.join(', ')}.`);
  }
  const base64 = Buffer.from(await files.read(ref)).toString('base64');
  return { kind: part.type, mediaType: ref.mediaType, base64, name: ref.name };
}
