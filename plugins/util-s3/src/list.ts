import { pages, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { withQuery } from './settings.js';
import { readXml } from './xml.js';

const PAGE_SIZE_MAX = 1_000;

export const ListInput = z.object({
  prefix: z.string().max(1_024).optional().describe('Only keys that begin so: invoices/2026/'),
  delimiter: z.string().min(1).max(10).optional().describe('/: what lies deeper is told as folders'),
  after: z.string().max(1_024).optional().describe('Only keys behind this one, such as the last one seen'),
  limit: z.int().min(1).max(10_000).default(1_000),
});
export const ListOutput = z.object({
  objects: z.array(
    z.object({
      key: z.string(),
      bytes: z.int().nonnegative(),
      etag: z.string(),
      modifiedAt: z.iso.datetime({ offset: true }),
    }),
  ),
  folders: z.array(z.string()).describe('With a delimiter: prefixes of what lies deeper'),
  more: z.boolean().describe('Whether there are more than the limit: ask again with after'),
});
type Listed = z.output<typeof ListOutput>;

const Page = z.object({
  ListBucketResult: z.object({
    EncodingType: z.string().optional(),
    IsTruncated: z.string().optional(),
    NextContinuationToken: z.string().optional(),
    Contents: z
      .array(
        z.object({
          Key: z.string(),
          Size: z.string(),
          ETag: z.string().optional(),
          LastModified: z.string(),
        }),
      )
      .default([]),
    CommonPrefixes: z.array(z.object({ Prefix: z.string() })).default([]),
  }),
});
type Page = z.output<typeof Page>['ListBucketResult'];

/** Objects in the order of their keys, page by page up to the limit. */
export async function listObjects(
  http: HttpPort,
  address: string,
  { limit, prefix, delimiter, after }: z.output<typeof ListInput>,
): Promise<Listed> {
  const query = {
    'list-type': 2,
    // XML cannot hold every character that a key may have.
    'encoding-type': 'url',
    'max-keys': Math.min(limit, PAGE_SIZE_MAX),
    delimiter,
    prefix,
    'start-after': after,
  };
  const list = pages(http, withQuery('', query), {
    reply: z.string().transform((text) => readXml(text, Page).ListBucketResult),
    items: partOf,
    paging: {
      next: ({ page }) => {
        const token = page.NextContinuationToken;
        if (page.IsTruncated?.trim() !== 'true' || token === undefined) return null;
        return { url: address + withQuery('', { ...query, 'continuation-token': token }) };
      },
    },
    itemsMax: Number.MAX_SAFE_INTEGER,
  });
  const found: (Listed['objects'][number] | string)[] = [];
  for await (const part of list) {
    found.push(...part);
    if (found.length > limit) break;
  }
  const kept = found.slice(0, limit);
  return {
    objects: kept.filter((one) => typeof one !== 'string'),
    folders: kept.filter((one) => typeof one === 'string'),
    more: found.length > limit,
  };
}

function partOf(page: Page): (Listed['objects'][number] | string)[] {
  const decoded = (text: string) =>
    page.EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
  return [
    ...page.Contents.map(({ Key, Size, ETag = '', LastModified }) => ({
      key: decoded(Key),
      bytes: Number(Size),
      etag: ETag.replaceAll('"', ''),
      modifiedAt: LastModified,
    })),
    ...page.CommonPrefixes.map(({ Prefix }) => decoded(Prefix)),
  ];
}
