import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import type { CmsContent, CmsMedia } from '@tutti/contracts';
import { verifyPlugin, type HttpRequestFor, type PollTrigger } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { FaultyProxy, startWordPress, type TestWordPress } from '@tutti/testing';
import type { z } from 'zod';
import plugin from './index.js';

// A real server, on a machine that may be busy with much else: a limit against hanging, not a measure.
jest.setTimeout(600_000);

const START_MS_MAX = 600_000;
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
let site: TestWordPress;
let proxy: FaultyProxy;
let cms: PluginBench;
let keys = 0;

beforeAll(async () => {
  site = await startWordPress();
  proxy = await FaultyProxy.before(site.settings.baseUrl);
  cms = connected();
}, START_MS_MAX);
afterAll(async () => {
  await proxy?.stop();
  await site?.stop();
});

const connected = (more: object = {}) =>
  pluginBench(plugin, { ...site.settings, baseUrl: proxy.address, ...more });
const call = <T>(capability: string, input: unknown, idempotencyKey = `key-${(keys += 1)}`) =>
  cms.call(capability, input, { idempotencyKey }) as Promise<T>;
const about = async (capability: string, input: object, key?: string) =>
  (await call<{ content: CmsContent }>(`cms.content.${capability}`, input, key)).content;
const drafted = (title: string, more: object = {}, key?: string) =>
  about('create', { title, body: '<p>Hello</p>', ...more }, key);
const found = async (filters: object) =>
  (await call<{ contents: CmsContent[] }>('cms.content.search', filters)).contents;
const titles = async (filters: object) => (await found(filters)).map(({ title }) => title);

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it('tells in its health who it is', async () => {
  expect(await cms.health()).toBe('admin (administrator)');
});

it('takes a draft to publication, with its categories, tags and picture', async () => {
  const file = await cms.files.write(Buffer.from(PIXEL, 'base64'), {
    mediaType: 'image/png',
    name: 'a b.png',
  });
  const { media } = await call<{ media: CmsMedia }>('cms.media.upload', {
    file,
    title: 'Dot',
    altText: 'A dot',
  });
  expect(media).toMatchObject({ mediaType: 'image/png', title: 'Dot', altText: 'A dot' });
  const draft = await drafted('Lamps & more', {
    slug: 'lamps',
    excerpt: 'In short',
    categories: ['R&D', 'News'],
    tags: ['light'],
    featuredMediaId: media.id,
  });
  expect(draft).toMatchObject({
    status: 'draft',
    title: 'Lamps & more',
    body: '<p>Hello</p>',
    excerpt: 'In short',
    slug: 'lamps',
    categories: expect.arrayContaining(['News', 'R&D']),
    tags: ['light'],
    featuredMediaId: media.id,
    publishedAt: null,
  });
  const everybodySees = async () =>
    (await fetch(`${site.settings.baseUrl}/wp-json/wp/v2/posts?slug=lamps`)).json() as Promise<object[]>;
  expect(await everybodySees()).toEqual([]);
  const published = await about('publish', { id: draft.id });
  expect(published).toMatchObject({ status: 'published', publishedAt: expect.any(String) });
  expect(await everybodySees()).toMatchObject([
    { link: expect.stringContaining('/lamps/'), title: { rendered: 'Lamps &#038; more' } },
  ]);
  expect(await about('publish', { id: draft.id })).toEqual(published);
  expect(await about('get', { id: draft.id })).toEqual(published);
});

it('publishes at a time, changes it, and publishes at once', async () => {
  const { id } = await drafted('Later');
  const at = '2099-05-06T07:08:09Z';
  expect(await about('publish', { id, at })).toMatchObject({ status: 'scheduled', publishedAt: at });
  const sooner = '2098-05-06T07:08:09Z';
  expect(await about('publish', { id, at: sooner })).toMatchObject({ publishedAt: sooner });
  expect(await about('publish', { id })).toMatchObject({ status: 'published' });
});

it('changes, sets aside and trashes a page', async () => {
  const { id, version } = await drafted('Imprint', { type: 'page', status: 'review' });
  const change = { id, type: 'page', body: '<p>Other</p>', status: 'private', slug: 'imprint-1' };
  expect(await about('update', { ...change, expectedVersion: version })).toMatchObject({
    ...change,
    title: 'Imprint',
  });
  expect(await about('update', { id, type: 'page', status: 'trashed' })).toMatchObject({ status: 'trashed' });
  expect(await about('get', { id, type: 'post' })).toBeNull();
  await expect(drafted('x', { type: 'page', tags: ['a'] })).rejects.toMatchObject({ status: 422 });
});

it('refuses a change at another version, and takes a repeat for done', async () => {
  const { id, body } = await drafted('Versions');
  const expectedVersion = '2001-01-01T00:00:00';
  await expect(about('update', { id, title: 'Mine', expectedVersion })).rejects.toMatchObject({
    fate: 'permanent',
    status: 409,
  });
  expect(await about('update', { id, body, expectedVersion })).toMatchObject({ title: 'Versions' });
});

it('finds contents, over several pages, and lets no id leave its place', async () => {
  for (const n of [1, 2, 3]) await drafted(`Needle ${n}`, { tags: ['sewing'] });
  proxy.seen.length = 0;
  expect((await titles({ text: 'Needle', limit: 500 })).toSorted()).toEqual([
    'Needle 1',
    'Needle 2',
    'Needle 3',
  ]);
  expect(await titles({ text: 'Needle', tag: 'Sewing', status: ['draft'] })).toHaveLength(3);
  expect(await titles({ text: 'Needle', status: ['published'] })).toEqual([]);
  expect(await titles({ tag: 'no such tag' })).toEqual([]);
  expect(await titles({ text: 'Needle', limit: 2 })).toHaveLength(2);
  expect(await titles({ text: 'Needle', updatedAfter: '2090-01-01T00:00:00Z' })).toEqual([]);
  expect(await about('get', { id: '../users/1' })).toBeNull();
  expect(await about('get', { id: '99999' })).toBeNull();
});

it('follows the pages that WordPress counts', async () => {
  const page = { status: 200, headers: { 'x-wp-totalpages': '2' }, body: '[]' };
  for (let i = 0; i < 2; i += 1) proxy.once(({ path }) => path.includes('/pages?'), page);
  expect(await found({ type: 'page', limit: 500 })).toEqual([]);
  expect(proxy.seen.at(-1)?.path).toMatch(/&page=2\b/);
  expect(proxy.seen.at(-2)?.path).not.toMatch(/&page=/);
});

it('makes nothing twice when an answer is lost', async () => {
  const twice = async <T>(path: RegExp, perform: () => Promise<T>): Promise<[T, T]> => {
    proxy.once(({ method, path: asked }) => method === 'POST' && path.test(asked), 'lose-answer');
    await expect(perform()).rejects.toMatchObject({ fate: 'transient' });
    return [await perform(), await perform()];
  };
  const [draft, again] = await twice(/\/posts\?/, () => drafted('Only once', {}, 'k-draft'));
  expect(again).toEqual(draft);
  expect(await titles({ text: 'Only once' })).toEqual(['Only once']);
  await about('update', { id: draft.id, body: '<p>New text</p>' });
  expect((await drafted('Only once', {}, 'k-draft')).id).toBe(draft.id);
  const file = await cms.files.write(Buffer.from(PIXEL, 'base64'), {
    mediaType: 'image/png',
    name: 'once.png',
  });
  const uploaded = await twice(/\/media\?/, () =>
    call<{ media: CmsMedia }>('cms.media.upload', { file }, 'k-media'),
  );
  expect(uploaded[1]).toEqual(uploaded[0]);
});

it('tells what was made and changed since the last look, and each change once', async () => {
  const signal = new AbortController().signal;
  const authorization = `Basic ${btoa(`${site.settings.user}:${site.settings.applicationPassword}`)}`;
  const get = async (path: string, { query, reply, answered }: HttpRequestFor<z.ZodType>) => {
    const asked = new URLSearchParams(query as Record<string, string>);
    const answer = await fetch(`${proxy.address}/wp-json/wp/v2${path}?${asked}`, {
      headers: { authorization },
    });
    answered?.({ status: answer.status, headers: Object.fromEntries(answer.headers), url: answer.url });
    const value: unknown = await answer.json();
    return reply === undefined ? value : reply.parse(value);
  };
  const look = async (cursor: unknown) => {
    const trigger = plugin.triggers?.['cms.content.changed'] as PollTrigger;
    const context = { http: { get }, cursor, options: {}, settings: {}, signal };
    const { events, ...polled } = await trigger.poll(
      context as unknown as Parameters<PollTrigger['poll']>[0],
    );
    const seen = events.map(({ id, data }) => ({ ...(data as CmsContent), id }));
    return { ...polled, seen };
  };
  const first = await look(null);
  expect(first.cursor).toMatchObject({ post: { page: 1 }, page: { page: 1 } });
  const post = await drafted('Seen by the trigger');
  const page = await drafted('A page for the trigger', { type: 'page' });
  const second = await look(first.cursor);
  expect(second.seen).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: `post-${post.id}@${post.version}`, title: post.title }),
      expect.objectContaining({ id: `page-${page.id}@${page.version}`, type: 'page' }),
    ]),
  );
  expect(second.seen.some((one) => 'body' in one)).toBe(false);
  const third = await look(second.cursor);
  const known = new Set(second.seen.map(({ id }) => id));
  expect(third.seen.filter(({ id }) => !known.has(id))).toEqual([]);
});

describe('what WordPress refuses', () => {
  it('is told in its words', async () => {
    const { id } = await drafted('x');
    proxy.once(({ method }) => method === 'GET', {
      status: 403,
      body: '{"code":"rest_forbidden_context","message":"Sorry."}',
    });
    await expect(about('get', { id })).rejects.toMatchObject({
      fate: 'permanent',
      status: 403,
      message: 'WordPress: Sorry. (rest_forbidden_context)',
    });
    await expect(about('update', { id: '99999', title: 'x' })).rejects.toMatchObject({ status: 404 });
    await expect(drafted('y', { featuredMediaId: '99999' })).rejects.toMatchObject({ status: 422 });
    expect(await titles({ slug: 'y' })).toEqual([]);
  });

  it('is the file and not the server, though it says 500', async () => {
    const file = await cms.files.write(new Uint8Array([1]), {
      mediaType: 'application/x-sh',
      name: 'run.sh',
    });
    await expect(call('cms.media.upload', { file })).rejects.toMatchObject({
      fate: 'permanent',
      status: 422,
    });
  });

  it('tells a wrong password without repeating it', async () => {
    const wrong = connected({ applicationPassword: 'canary-secret' });
    const failed = await wrong.health().catch((error: Error) => error);
    expect(failed).toMatchObject({ fate: 'permanent', status: 401 });
    expect(inspect(failed)).not.toContain('canary');
  });
});

it.each([
  [429, '', { fate: 'transient', status: 429, reason: 'throttled' }],
  [500, '<p>Error establishing a database connection</p>', { fate: 'transient', status: 500 }],
  [200, '[{"id":1}]', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
  [200, '[{"i', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
])('classifies %i %s', async (status, body, expected) => {
  proxy.once(({ path }) => path.includes('/posts'), { status, body });
  await expect(found({ text: 'x' })).rejects.toMatchObject(expected);
});
