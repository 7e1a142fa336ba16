import { z } from 'zod';
import { ArtifactRef } from './artifact.js';

const Id = z.string().min(1).max(200);
const Instant = z.iso.datetime();
const Title = z.string().min(1).max(1_000);
const Html = z.string().max(1_000_000).describe('HTML');
const Names = z.array(z.string().min(1).max(200)).max(50);
const Slug = z
  .string()
  .max(200)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower case words with - between')
  .describe('The last part of its address');
/** Changes with every change of the content; a change that expects another version is refused (409). */
const Version = z.string().min(1).max(200);

/** A `post` belongs to a stream of news, a `page` stands by itself. */
export const CmsContentType = z.enum(['post', 'page']);
export type CmsContentType = z.infer<typeof CmsContentType>;

/** Where content stands: `review` waits for an editor, `scheduled` for its time, `private` is for editors. */
export const CmsContentStatus = z.enum(['draft', 'review', 'scheduled', 'published', 'private', 'trashed']);
export type CmsContentStatus = z.infer<typeof CmsContentStatus>;

/** A post or page. */
export const CmsContent = z
  .object({
    id: Id,
    type: CmsContentType,
    status: CmsContentStatus,
    title: z.string(),
    body: z.string().describe('HTML, as editors wrote it'),
    excerpt: z.string().nullable(),
    slug: z.string().nullable().describe('null: none yet'),
    url: z.string().describe('Where it is, or will be, read'),
    categories: z.array(z.string()),
    tags: z.array(z.string()),
    featuredMediaId: Id.nullable(),
    publishedAt: Instant.nullable().describe('When it was, or will be, published; null: not yet known'),
    updatedAt: Instant,
    version: Version,
  })
  .meta({ id: 'CmsContent' });
export type CmsContent = z.infer<typeof CmsContent>;

const Content = z.object({ content: CmsContent });

/** Input of `cms.content.create`: a draft, which nobody but editors sees. */
export const CmsContentCreateInput = z.object({
  type: CmsContentType.default('post'),
  title: Title,
  body: Html,
  excerpt: z.string().max(10_000).optional(),
  slug: Slug.optional().describe('Absent: made of the title'),
  categories: Names.optional().describe('By name; those that are new are made. Posts only'),
  tags: Names.optional().describe('By name; those that are new are made. Posts only'),
  featuredMediaId: Id.optional(),
  status: z.enum(['draft', 'review']).default('draft'),
});
export const CmsContentCreateOutput = Content;

const Named = z.object({ id: Id, type: CmsContentType.default('post') });

export const CmsContentGetInput = Named;
export const CmsContentGetOutput = z.object({ content: CmsContent.nullable() });

/** Input of `cms.content.update`: the fields that are given are changed. */
export const CmsContentUpdateInput = Named.extend({
  title: Title.optional(),
  body: Html.optional(),
  excerpt: z.string().max(10_000).optional(),
  slug: Slug.optional(),
  categories: Names.optional(),
  tags: Names.optional(),
  featuredMediaId: Id.nullable().optional().describe('null: none'),
  status: z.enum(['draft', 'review', 'private', 'trashed']).optional(),
  expectedVersion: Version.optional(),
});
export const CmsContentUpdateOutput = Content;

/** Input of `cms.content.publish`. */
export const CmsContentPublishInput = Named.extend({
  at: Instant.optional().describe('Absent: now; in the future: scheduled'),
});
export const CmsContentPublishOutput = Content;

/** Input of `cms.content.search`: content is found when all that are given match. */
export const CmsContentSearchInput = z.object({
  type: CmsContentType.default('post'),
  text: z.string().min(1).max(500).optional(),
  slug: z.string().min(1).max(200).optional(),
  status: z.array(CmsContentStatus).min(1).optional().describe('Absent: any but trashed'),
  category: z.string().min(1).max(200).optional().describe('By name. Posts only'),
  tag: z.string().min(1).max(200).optional().describe('By name. Posts only'),
  updatedAfter: Instant.optional(),
  limit: z.int().min(1).max(500).default(20),
});
/** What was changed last comes first. */
export const CmsContentSearchOutput = z.object({ contents: z.array(CmsContent) });

/** A picture or other file of the content. */
export const CmsMedia = z
  .object({
    id: Id,
    url: z.string(),
    mediaType: z.string(),
    title: z.string(),
    altText: z.string(),
  })
  .meta({ id: 'CmsMedia' });
export type CmsMedia = z.infer<typeof CmsMedia>;
/** Input of `cms.media.upload`. */
export const CmsMediaUploadInput = z.object({
  file: ArtifactRef,
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^/\\\u0000-\u001f]+$/, 'must be the name of a file')
    .optional()
    .describe('With its ending; absent: as the file is called'),
  title: z.string().min(1).max(500).optional(),
  altText: z.string().max(1_000).optional().describe('For those who cannot see it'),
});
export const CmsMediaUploadOutput = z.object({ media: CmsMedia });

/** Event of `cms.content.changed`: without the text, which `cms.content.get` gives. */
export const CmsContentChange = CmsContent.omit({ body: true, excerpt: true });
export type CmsContentChange = z.infer<typeof CmsContentChange>;
