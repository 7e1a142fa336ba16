import { z } from 'zod';
import { byCursor, byLink, byNumber, byOffset, byUrl, pages, type Paging } from './pages.js';
import { memoryFiles } from './testing/memory-files.js';
import { testHttp, type Fetch } from './testing/http-port.js';

const Page = z.object({ items: z.array(z.int()), next: z.string().nullish(), url: z.string().nullish() });
type Page = z.output<typeof Page>;

/** Seven items, in pages of three unless the request says otherwise. */
const list: Fetch = (url) => {
  const number = (name: string) => Number(url.searchParams.get(name) ?? 0);
  const from = number('offset') || number('after') || (number('page') > 1 ? (number('page') - 1) * 3 : 0);
  const items = Array.from({ length: 7 }, (_, n) => n).slice(from, from + (number('limit') || 3));
  const next = from + items.length < 7 ? String(from + items.length) : null;
  const address = next === null ? null : `/items?after=${next}`;
  const headers: Record<string, string> =
    next === null ? {} : { link: `<https://x.test/items?after=${next}>; rel="prev next"` };
  return Promise.resolve(reply(url, { items, next, url: address }, headers));
};

function reply(url: URL, body: unknown, headers: Record<string, string> = {}): Response {
  const made = Response.json(body, { headers });
  Object.defineProperty(made, 'url', { value: url.href });
  return made;
}

const seen: string[] = [];
beforeEach(() => void (seen.length = 0));

function read(paging: Paging<Page, unknown>, more: { itemsMax?: number; fetch?: Fetch } = {}) {
  const { fetch = list, ...limits } = more;
  const http = testHttp({
    hosts: ['x.test'],
    defaults: { baseUrl: 'https://x.test' },
    signal: new AbortController().signal,
    files: memoryFiles(),
    fetch: (url, init) => {
      seen.push(url.search);
      return fetch(url, init);
    },
  });
  const query = { sort: 'id' };
  return Array.fromAsync(
    pages(http, '/items', { query, reply: Page, items: ({ items }) => items, paging, ...limits }),
  );
}

it.each<[string, Paging<Page, unknown>, string]>([
  ['a cursor', byCursor('after', ({ next }: Page) => next), '?sort=id&after=3'],
  ['offset and limit', byOffset({ limit: 3 }), '?sort=id&limit=3&offset=3'],
  ['the number of the page', byNumber({ size: 3 }), '?sort=id&page=2'],
  ['the header Link', byLink(), '?after=3'],
  ['an address in the page', byUrl(({ url }: Page) => url), '?after=3'],
])('reads all pages by %s', async (_title, paging, second) => {
  expect(await read(paging)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect(seen[1]).toBe(second);
});

it('reads one page where there is no more', async () => {
  const fetch: Fetch = (url) => Promise.resolve(reply(url, { items: [] }));
  for (const paging of [
    byCursor('after', ({ next }: Page) => next),
    byOffset({ limit: 3 }),
    byNumber(),
    byLink(),
  ])
    expect(await read(paging, { fetch })).toEqual([[]]);
});

it('refuses a list that is too long, and one that goes round in circles', async () => {
  await expect(read(byLink(), { itemsMax: 5 })).rejects.toMatchObject({ fate: 'permanent', status: 422 });
  const fetch: Fetch = (url) => Promise.resolve(reply(url, { items: [1], next: 'same' }));
  await expect(
    read(
      byCursor('after', ({ next }: Page) => next),
      { fetch },
    ),
  ).rejects.toMatchObject({
    reason: 'invalid-output',
    message: expect.stringContaining('circles') as string,
  });
  expect(seen).toHaveLength(2 + 2);
});

it('throws what the port throws, for a page in the middle too', async () => {
  const fetch: Fetch = (url, init) =>
    url.searchParams.has('after') ? Promise.resolve(new Response('', { status: 503 })) : list(url, init);
  await expect(read(byLink(), { fetch })).rejects.toMatchObject({ fate: 'transient', status: 503 });
});
