import type { z } from 'zod';
import { PermanentError } from './errors.js';
import type { HttpAnswer, HttpPort, HttpQuery } from './ports.js';

/** Which page comes next: another query, or another address. */
export interface NextRequest {
  /** Added to the query of the first request, or in the place of what has the same name. */
  query?: HttpQuery;
  /** An address of its own, with its query; what the first request asked is not added to it. */
  url?: string;
}

/** A page that was read. */
export interface PageSeen<Page, Item> {
  page: Page;
  items: readonly Item[];
  answer: HttpAnswer;
  /** How many items came before this page, and how many pages. */
  itemsBefore: number;
  pagesBefore: number;
}

/** A way in which other systems hand out long lists. */
export interface Paging<Page, Item> {
  /** Added to the query of the first request. */
  first?: HttpQuery;
  /** Null: that was the last page. */
  next(seen: PageSeen<Page, Item>): NextRequest | null;
}

/** A list that comes in pages. */
export interface PagesRequest<Reply extends z.ZodType, Item> {
  query?: HttpQuery;
  headers?: Record<string, string>;
  /** Of one page. */
  reply: Reply;
  items: (page: z.output<Reply>) => readonly Item[];
  paging: Paging<z.output<Reply>, Item>;
  /** More pages than this are a `PermanentError`; default 100. */
  pagesMax?: number;
  /** More items than this are a `PermanentError`; default 10,000. */
  itemsMax?: number;
}

const PAGES_MAX = 100;
const ITEMS_MAX = 10_000;

/**
 * Reads a list page by page, and gives the items of each: `for await (const contacts of pages(...))`, or all
 * of them by `(await Array.fromAsync(pages(...))).flat()`. Throws what the port throws, and a
 * `PermanentError` beyond the limits and for a list that goes round in circles.
 */
export async function* pages<Reply extends z.ZodType, Item>(
  http: Pick<HttpPort, 'get'>,
  path: string,
  request: PagesRequest<Reply, Item>,
): AsyncGenerator<readonly Item[], void, void> {
  const { headers = {}, reply, paging, pagesMax = PAGES_MAX, itemsMax = ITEMS_MAX } = request;
  const asked = new Set<string>();
  const base = { ...request.query, ...paging.first };
  let at: NextRequest = {};
  let itemsBefore = 0;
  for (let pagesBefore = 0; pagesBefore < pagesMax; pagesBefore++) {
    const query = at.url === undefined ? { ...base, ...at.query } : {};
    refuseCircle(asked, path, { ...at, query });
    let answer: HttpAnswer = { status: 0, headers: {}, url: '' };
    const answered = (told: HttpAnswer) => {
      answer = told;
    };
    const page = await http.get(at.url ?? path, { query, headers, reply, answered });
    const items = request.items(page);
    if (itemsBefore + items.length > itemsMax) throw tooLong(path, `itemsMax: ${itemsMax}`);
    yield items;
    const next = paging.next({ page, items, answer, itemsBefore, pagesBefore });
    if (next === null) return;
    at = next.url === undefined ? next : { url: absolute(next.url, answer.url) };
    itemsBefore += items.length;
  }
  throw tooLong(path, `pagesMax: ${pagesMax}`);
}

/** By a cursor in each page, which goes into the query by this name; null or empty: the last page. */
export function byCursor<Page>(
  name: string,
  cursorOf: (page: Page) => string | number | null | undefined,
): Paging<Page, unknown> {
  return {
    next({ page }) {
      const cursor = cursorOf(page);
      return cursor === null || cursor === undefined || cursor === '' ? null : { query: { [name]: cursor } };
    },
  };
}

/** By offset and limit; a page with fewer items than the limit is the last. */
export function byOffset(of: {
  limit: number;
  offsetName?: string;
  limitName?: string;
}): Paging<unknown, unknown> {
  const { limit, offsetName = 'offset', limitName = 'limit' } = of;
  return {
    first: { [limitName]: limit, [offsetName]: 0 },
    next: ({ items, itemsBefore }) =>
      items.length < limit ? null : { query: { [offsetName]: itemsBefore + items.length } },
  };
}

/** By the number of the page; an empty page is the last, one with fewer items than `size` too. */
export function byNumber(
  of: { name?: string; first?: number; size?: number } = {},
): Paging<unknown, unknown> {
  const { name = 'page', first = 1, size = 1 } = of;
  return {
    first: { [name]: first },
    next: ({ items, pagesBefore }) =>
      items.length < size ? null : { query: { [name]: first + pagesBefore + 1 } },
  };
}

/** By the header `Link` with `rel="next"` (RFC 8288). */
export function byLink(): Paging<unknown, unknown> {
  return {
    next({ answer }) {
      const url = nextLink(answer.headers['link'] ?? '');
      return url === null ? null : { url };
    },
  };
}

/** By an address in each page; null or empty: the last page. It has to lie inside the declared hosts. */
export function byUrl<Page>(urlOf: (page: Page) => string | null | undefined): Paging<Page, unknown> {
  return {
    next({ page }) {
      const url = urlOf(page);
      return url === null || url === undefined || url === '' ? null : { url };
    },
  };
}

function nextLink(header: string): string | null {
  for (const [, url, parameters] of header.matchAll(/<([^>]*)>((?:\s*;[^,<]*)*)/g))
    if (/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)/i.test(parameters ?? ''))
      return url ?? null;
  return null;
}

function absolute(url: string, from: string): string {
  return URL.canParse(url, from || undefined) ? new URL(url, from || undefined).href : url;
}

function refuseCircle(asked: Set<string>, path: string, { url, query }: NextRequest): void {
  const text = JSON.stringify([url ?? path, query]);
  if (asked.has(text))
    throw new PermanentError(
      `The list at ${path} goes round in circles: a page names one before it as the next.`,
      {
        status: 502,
        reason: 'invalid-output',
      },
    );
  asked.add(text);
}

function tooLong(path: string, limit: string): PermanentError {
  return new PermanentError(`The list at ${path} is longer than its limit, ${limit}: ask for less of it.`, {
    status: 422,
  });
}
