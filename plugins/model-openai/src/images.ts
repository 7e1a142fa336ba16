import type { ModelContentPart } from '@tutti/contracts';
import { PermanentError, type FilesPort } from '@tutti/plugin-sdk';

const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

/** The image as a `data:` address, which the provider needs no way to the hub for. */
export async function dataUrl(
  { image }: Extract<ModelContentPart, { type: 'image' }>,
  files: FilesPort,
): Promise<string> {
  if (!MEDIA_TYPES.includes(image.mediaType))
    throw new PermanentError(
      `An image of type ${image.mediaType}: the model takes ${MEDIA_TYPES.join(', ')}.`,
    );
  const bytes = await files.read(image);
  return `data:${image.mediaType};base64,${Buffer.from(bytes).toString('base64')}`;
}
