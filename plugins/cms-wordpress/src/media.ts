import type { CmsMedia, CmsMediaUploadInput } from '@tutti/contracts';
import { formBody, markOf, type FormField, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';

const WireMedia = z.object({
  id: z.int(),
  source_url: z.string(),
  mime_type: z.string(),
  title: z.object({ raw: z.string() }),
  alt_text: z.string(),
});
const MEDIA_FIELDS = { context: 'edit', _fields: Object.keys(WireMedia.shape).join(',') };

function mediaOf({
  id,
  source_url: url,
  mime_type: mediaType,
  title,
  alt_text: altText,
}: z.output<typeof WireMedia>): CmsMedia {
  return { id: String(id), url, mediaType, title: title.raw, altText };
}

/** Uploads a file; a repeat finds the one that it has uploaded, by the mark in its description. */
export async function uploadMedia(
  http: HttpPort,
  key: string,
  input: z.output<typeof CmsMediaUploadInput>,
): Promise<CmsMedia> {
  const { file, title, altText, name = file.name ?? 'file' } = input;
  const mark = `tutti-${await markOf(key)}`;
  const [before] = await http.get('/media', {
    query: { search: mark, ...MEDIA_FIELDS },
    reply: z.array(WireMedia),
  });
  if (before !== undefined) return mediaOf(before);
  const fields: FormField[] = [
    ...(title === undefined ? [] : [{ name: 'title', value: title }]),
    ...(altText === undefined ? [] : [{ name: 'alt_text', value: altText }]),
    { name: 'description', value: `<!-- ${mark} -->` },
    { name: 'file', file, fileName: name },
  ];
  return mediaOf(
    await http.post('/media', { query: MEDIA_FIELDS, body: formBody(fields), reply: WireMedia }),
  );
}
