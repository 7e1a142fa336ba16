import type { CmsContent, CmsContentStatus, CmsContentType } from '@tutti/contracts';
import { z } from 'zod';
import { nameOf } from './terms.js';

const Text = z.object({ raw: z.string() });
const Embedded = z.object({
  'wp:term': z
    .array(z.array(z.object({ name: z.string().optional(), taxonomy: z.string().optional() })))
    .optional(),
});

/** What the hub reads of a post or page (`context=edit`, with its terms embedded). */
export const WireContent = z.object({
  id: z.int(),
  status: z.string(),
  title: Text,
  content: Text,
  excerpt: Text.optional(),
  slug: z.string(),
  link: z.string(),
  featured_media: z.int().optional(),
  date_gmt: z.string().nullable(),
  modified_gmt: z.string(),
  _embedded: Embedded.optional(),
});
export type WireContent = z.output<typeof WireContent>;

/** The query that gives `WireContent`. */
export const CONTENT_FIELDS = {
  context: 'edit',
  _embed: 'wp:term',
  _fields: `${Object.keys(WireContent.shape).join(',')},_links`,
};

export const WP_PATH: Record<CmsContentType, string> = { post: '/posts', page: '/pages' };

export const WP_STATUS: Record<CmsContentStatus, string> = {
  draft: 'draft',
  review: 'pending',
  scheduled: 'future',
  published: 'publish',
  private: 'private',
  trashed: 'trash',
};

function statusOf(status: string): CmsContentStatus {
  const known = Object.entries(WP_STATUS).find(([, word]) => word === status);
  return (known?.[0] as CmsContentStatus | undefined) ?? 'draft';
}

/** What was written by a call carries its mark in a comment at the end, as WordPress knows no keys. */
const MARK = /\s*<!-- (tutti-[0-9a-f]{32}) -->/g;

/** The text with the mark of the call that makes it. */
export function marked(body: string, mark: string): string {
  return `${body}\n<!-- ${mark} -->`;
}

/** Another text, with the marks of the old one. */
export function remarked(body: string, old: string): string {
  return [...old.matchAll(MARK)].reduce((text, [, mark = '']) => marked(text, mark), body);
}

const instant = (gmt: string) => `${gmt}Z`;

/** A post or page in the words of the contract. */
export function contentOf(wire: WireContent, type: CmsContentType): CmsContent {
  const status = statusOf(wire.status);
  const terms = (wire._embedded?.['wp:term'] ?? []).flat();
  const namesOf = (taxonomy: string) =>
    terms.flatMap((term) => (term.taxonomy === taxonomy && term.name ? [nameOf(term.name)] : []));
  const isDated = status === 'scheduled' || status === 'published' || status === 'private';
  return {
    id: String(wire.id),
    type,
    status,
    title: wire.title.raw,
    body: wire.content.raw.replace(MARK, ''),
    excerpt: wire.excerpt?.raw || null,
    slug: wire.slug || null,
    url: wire.link,
    categories: namesOf('category'),
    tags: namesOf('post_tag'),
    featuredMediaId: wire.featured_media ? String(wire.featured_media) : null,
    publishedAt: isDated && wire.date_gmt !== null ? instant(wire.date_gmt) : null,
    updatedAt: instant(wire.modified_gmt),
    version: wire.modified_gmt,
  };
}
