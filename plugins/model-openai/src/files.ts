import type { ModelFile } from '@tutti/plugin-sdk/model';

/** The file as a `data:` address. */
export function dataUrl({ mediaType, base64 }: ModelFile): string {
  return `data:${mediaType};base64,${base64}`;
}

/** The API wants a name of every document. */
export function fileName({ name }: ModelFile): string {
  return name ?? 'document.pdf';
}
