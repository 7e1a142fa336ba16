import type {
  CmsContent,
  CmsContentCreateInput,
  CmsContentPublishInput,
  CmsContentSearchInput,
  CmsContentType,
  CmsContentUpdateInput,
} from '@tutti/contracts';
import { markOf, orNull, pages, PermanentError, type HttpPort, type Paging } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { termId, termIds } from './terms.js';
import { CONTENT_FIELDS, contentOf, marked, remarked, WireContent, WP_PATH, WP_STATUS } from './wire.js';

type Create = z.output<typeof CmsContentCreateInput>;
type Update = z.output<typeof CmsContentUpdateInput>;
interface Named {
  id: string;
  type: CmsContentType;
}
type Body = Record<string, unknown>;

const PAGE_SIZE_MAX = 100;

/** By the header that counts the pages: addresses in `Link` are those that the site believes to have. */
const byPageCount: Paging<WireContent[], WireContent> = {
  next: ({ answer, pagesBefore }) =>
    Number(answer.headers['x-wp-totalpages'] ?? 0) > pagesBefore + 1
      ? { query: { page: pagesBefore + 2 } }
      : null,
};

const isNumber = (id: string) => /^[1-9]\d{0,14}$/.test(id);

/** The address of a post or page; null: that is no id of WordPress. */
function pathOf({ id, type }: Named): string | null {
  return isNumber(id) ? `${WP_PATH[type]}/${id}` : null;
}

async function wireOf(http: HttpPort, named: Named): Promise<WireContent | null> {
  const path = pathOf(named);
  return path === null ? null : orNull(http.get(path, { query: CONTENT_FIELDS, reply: WireContent }));
}

async function known(http: HttpPort, named: Named): Promise<WireContent> {
  const wire = await wireOf(http, named);
  if (wire !== null) return wire;
  throw new PermanentError(`There is no ${named.type} "${named.id}".`, { status: 404 });
}

/** The post or page with this id, or null. */
export async function getContent(http: HttpPort, named: Named): Promise<CmsContent | null> {
  const wire = await wireOf(http, named);
  return wire === null ? null : contentOf(wire, named.type);
}

/** Makes a draft; a repeat finds the one that it has made. */
export async function createContent(http: HttpPort, key: string, input: Create): Promise<CmsContent> {
  const { type, body, status } = input;
  const mark = `tutti-${await markOf(key)}`;
  const before = await markedContent(http, type, mark);
  if (before !== null) return contentOf(before, type);
  const made = await http.post(WP_PATH[type], {
    query: CONTENT_FIELDS,
    body: { ...(await fieldsOf(http, input)), content: marked(body, mark), status: WP_STATUS[status] },
    reply: WireContent,
  });
  return contentOf(made, type);
}

async function markedContent(
  http: HttpPort,
  type: CmsContentType,
  mark: string,
): Promise<WireContent | null> {
  // `any` leaves out what lies in the trash.
  const query = { search: mark, status: Object.values(WP_STATUS).join(','), ...CONTENT_FIELDS };
  const [found] = await http.get(WP_PATH[type], { query, reply: z.array(WireContent) });
  return found ?? null;
}

/** What is written of title, excerpt, slug, terms and picture, as far as it is given. */
async function fieldsOf(http: HttpPort, input: Partial<Create> | Update): Promise<Body> {
  const { type, title, excerpt, slug, categories, tags, featuredMediaId } = input;
  if (type === 'page' && (categories ?? tags) !== undefined)
    throw new PermanentError('Pages of WordPress have no categories and tags.', { status: 422 });
  return {
    ...(title !== undefined && { title }),
    ...(excerpt !== undefined && { excerpt }),
    ...(slug !== undefined && { slug }),
    ...(categories !== undefined && { categories: await termIds(http, 'categories', categories) }),
    ...(tags !== undefined && { tags: await termIds(http, 'tags', tags) }),
    ...(featuredMediaId !== undefined && { featured_media: await mediaNumber(http, featuredMediaId) }),
  };
}

/** WordPress takes a post without its picture when that is not there, and says nothing of it. */
async function mediaNumber(http: HttpPort, id: string | null): Promise<number> {
  if (id === null) return 0;
  const found = isNumber(id) ? await orNull(http.get(`/media/${id}`, { query: { _fields: 'id' } })) : null;
  if (found === null) throw new PermanentError(`There is no media "${id}".`, { status: 422 });
  return Number(id);
}

/** Changes what is given; a repeat of a change that was made changes nothing. */
export async function updateContent(http: HttpPort, input: Update): Promise<CmsContent> {
  const { type, body, status, expectedVersion } = input;
  const wire = await known(http, input);
  const before = contentOf(wire, type);
  if (leftOf(before, input).length === 0) return before;
  if (expectedVersion !== undefined && expectedVersion !== before.version)
    throw new PermanentError(
      `The ${type} "${input.id}" is at version ${before.version}, not ${expectedVersion}: it was changed.`,
      { status: 409, reply: { content: before } },
    );
  const changes = {
    ...(await fieldsOf(http, input)),
    ...(body !== undefined && { content: remarked(body, wire.content.raw) }),
    ...(status !== undefined && status !== 'trashed' && { status: WP_STATUS[status] }),
  };
  const after = Object.keys(changes).length === 0 ? before : await write(http, input, changes);
  return status === 'trashed' && before.status !== 'trashed' ? trash(http, input) : after;
}

/** The names of the fields that are not yet as they are asked to be. */
function leftOf(content: CmsContent, input: Update): string[] {
  const names = ['title', 'body', 'excerpt', 'slug', 'featuredMediaId', 'status'] as const;
  const lists = ['categories', 'tags'] as const;
  return [
    ...names.filter((name) => input[name] !== undefined && input[name] !== content[name]),
    ...lists.filter((name) => input[name] !== undefined && sorted(input[name]) !== sorted(content[name])),
  ];
}

function sorted(names: readonly string[]): string {
  return JSON.stringify(names.map((name) => name.toLowerCase()).toSorted());
}

async function write(http: HttpPort, named: Named, body: Body): Promise<CmsContent> {
  const path = `${WP_PATH[named.type]}/${named.id}`;
  return contentOf(await http.post(path, { query: CONTENT_FIELDS, body, reply: WireContent }), named.type);
}

async function trash(http: HttpPort, named: Named): Promise<CmsContent> {
  await http.delete(`${WP_PATH[named.type]}/${named.id}`);
  return contentOf(await known(http, named), named.type);
}

/** Publishes now, or has WordPress do it at a time. */
export async function publishContent(
  http: HttpPort,
  input: z.output<typeof CmsContentPublishInput>,
): Promise<CmsContent> {
  const before = contentOf(await known(http, input), input.type);
  if (isPublished(before, input.at)) return before;
  const dated =
    input.at === undefined
      ? // A time that was set before would keep it waiting.
        { status: 'publish', ...(before.status === 'scheduled' && { date_gmt: null, date: null }) }
      : // WordPress makes it `future` where the time is still to come.
        { status: 'publish', date_gmt: secondsOf(input.at) };
  return write(http, input, dated);
}

function isPublished({ status, publishedAt }: CmsContent, at: string | undefined): boolean {
  if (at === undefined) return status === 'published';
  const isDone = status === 'published' || status === 'scheduled';
  return isDone && publishedAt !== null && secondsOf(publishedAt) === secondsOf(at);
}

/** WordPress knows no parts of a second. */
function secondsOf(instant: string): string {
  return new Date(instant).toISOString().slice(0, 19);
}

/** Contents that match everything that is given, the last changed first. */
export async function searchContents(
  http: HttpPort,
  input: z.output<typeof CmsContentSearchInput>,
): Promise<CmsContent[]> {
  const terms = await termsOf(http, input);
  if (terms === null) return [];
  const { type, text, slug, status, updatedAfter, limit } = input;
  const list = pages(http, WP_PATH[type], {
    query: {
      ...CONTENT_FIELDS,
      ...terms,
      search: text,
      slug,
      status: status?.map((one) => WP_STATUS[one]).join(',') ?? 'any',
      modified_after: updatedAfter,
      orderby: 'modified',
      order: 'desc',
      per_page: Math.min(limit, PAGE_SIZE_MAX),
    },
    reply: z.array(WireContent),
    items: (page) => page,
    paging: byPageCount,
  });
  const contents: CmsContent[] = [];
  for await (const page of list) {
    contents.push(...page.map((wire) => contentOf(wire, type)));
    if (contents.length >= limit) break;
  }
  return contents.slice(0, limit);
}

/** Null: there is no such category or tag, and so no content in it. */
async function termsOf(
  http: HttpPort,
  { category, tag }: { category?: string | undefined; tag?: string | undefined },
): Promise<{ categories?: number; tags?: number } | null> {
  const categories = category === undefined ? undefined : await termId(http, 'categories', category);
  const tags = tag === undefined ? undefined : await termId(http, 'tags', tag);
  if (categories === null || tags === null) return null;
  return { ...(categories !== undefined && { categories }), ...(tags !== undefined && { tags }) };
}
