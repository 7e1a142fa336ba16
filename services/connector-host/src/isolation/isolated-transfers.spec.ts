import { failed, output } from '../testing/requests.js';
import { json } from '../testing/http-stub.js';
import { IsolatedHub } from '../testing/isolated-hub.js';

const SECRET = 'canary-2b9e77';
const MODULE = `
import { byLink, definePlugin, fileBody, fileRef, formBody, pages } from '@tutti/plugin-sdk';
import { z } from 'zod';
const Answer = z.object({ value: z.unknown(), headers: z.record(z.string(), z.string()), status: z.int(), url: z.string() });
export default definePlugin({
  contract: 1,
  name: 'util-carry',
  kind: 'util',
  settings: z.object({ baseUrl: z.url(), token: z.string().meta({ secret: true }) }),
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { 'x-token': token } }),
  capabilities: {
    'util.list': {
      summary: 'Read a list in pages.',
      effect: 'read',
      input: z.object({ pagesMax: z.int().default(10) }),
      output: z.object({ items: z.array(z.int()) }),
      async run({ input, http }) {
        const list = pages(http, '/items', {
          query: { size: 2 },
          reply: z.array(z.int()),
          items: (page) => page,
          paging: byLink(),
          pagesMax: input.pagesMax,
        });
        return { items: (await Array.fromAsync(list)).flat() };
      },
    },
    'util.answer': {
      summary: 'Tell status and headers.',
      effect: 'read',
      input: z.object({}),
      output: Answer,
      async run({ http }) {
        let told;
        const value = await http.get('/answer', { answered: (answer) => (told = answer) });
        return { value, ...told };
      },
    },
    'util.upload': {
      summary: 'Send a file, as it is or in a form.',
      effect: 'read',
      input: z.object({ text: z.string(), form: z.boolean() }),
      output: z.object({ reply: z.unknown() }),
      async run({ input, http, files, settings }) {
        const file = await files.write(new TextEncoder().encode(input.text), { mediaType: 'text/csv', name: 'a "b".csv' });
        const body = input.form ? formBody([{ name: 'key', value: settings.token }, { name: 'file', file }]) : fileBody(file);
        return { reply: await http.post('/files', { body }) };
      },
    },
    'util.download': {
      summary: 'Store a reply as a file.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ file: fileRef({ mediaTypes: ['image/*'] }), text: z.string() }),
      async run({ http, files }) {
        const file = await http.get('/files/1', { into: 'file', reply: fileRef() });
        return { file, text: new TextDecoder().decode(await files.read(file)) };
      },
    },
  },
});`;

const hub = IsolatedHub.use('util-carry', MODULE, { settings: { token: SECRET } });

describe('a list in pages', () => {
  it('is read by the links of its replies, inside the declared hosts', async () => {
    hub.stub.behaviour = ({ url }, response) => {
      const page = Number(new URL(url, hub.stub.origin).searchParams.get('page') ?? 0);
      const link = page < 2 ? { link: `</items?page=${page + 1}>; rel="next", </items>; rel="first"` } : {};
      json(response, 200, [page * 2, page * 2 + 1], link);
    };
    expect(output(await hub.call('util.list'))).toEqual({ items: [0, 1, 2, 3, 4, 5] });
    expect(hub.stub.seen.map(({ url }) => url)).toEqual(['/items?size=2', '/items?page=1', '/items?page=2']);
    expect(failed(await hub.call('util.list', { pagesMax: 2 })).error).toMatchObject({
      status: 422,
      title: expect.stringContaining('pagesMax: 2') as string,
    });
    hub.stub.behaviour = (_request, response) =>
      json(response, 200, [1], { link: '<http://other.test/items>; rel=next' });
    expect(failed(await hub.call('util.list')).error).toMatchObject({ status: 403 });
  });
});

it('tells status and headers of a reply, without secrets', async () => {
  hub.stub.behaviour = ({ headers }, response) =>
    json(response, 201, { ok: true }, { 'x-seen': String(headers['x-token']) });
  expect(output(await hub.call('util.answer'))).toMatchObject({
    value: { ok: true },
    status: 201,
    url: `${hub.stub.origin}/answer`,
    headers: {
      'content-type': 'application/json',
      'x-seen': expect.stringMatching(/^tutti-secret-/) as string,
    },
  });
});

it('sends the bytes of a file with its type, and forms with secrets and files in them', async () => {
  output(await hub.call('util.upload', { text: 'a;b\n1;2', form: false }));
  expect(hub.stub.last).toMatchObject({ headers: { 'content-type': 'text/csv' }, body: 'a;b\n1;2' });
  output(await hub.call('util.upload', { text: 'a;b', form: true }));
  const { headers, body } = hub.stub.last;
  const form = await new Response(body, {
    headers: { 'content-type': String(headers['content-type']) },
  }).formData();
  expect(form.get('key')).toBe(SECRET);
  const file = form.get('file') as File;
  expect({ name: file.name, type: file.type, text: await file.text() }).toEqual({
    name: 'a "b".csv',
    type: 'text/csv',
    text: 'a;b',
  });
});

it('stores a reply as a file, in which an isolated plugin finds no secret', async () => {
  hub.stub.behaviour = ({ headers }, response) =>
    void response
      .writeHead(200, { 'content-type': 'image/svg+xml; charset=utf-8' })
      .end(`<svg>${String(headers['x-token'])}`);
  const { file, text } = output(await hub.call('util.download')) as { file: object; text: string };
  expect(file).toMatchObject({ mediaType: 'image/svg+xml', bytes: 5 + SECRET.length });
  expect(text).toMatch(/^<svg>tutti-secret-/);
});
