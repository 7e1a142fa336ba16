import { createHash, createHmac, type Hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { jest } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ArtifactRef } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { FaultyProxy } from '@tutti/testing';
import S3rver from 's3rver';
import plugin from './index.js';
import { bucketAddress, Settings } from './settings.js';

// A server of others, on a machine that may be busy with much else.
jest.setTimeout(120_000);

// What s3rver knows. It looks at no signature of version 4: AWS's own signer does, at the end.
const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const BUCKET = 'acme-files';
const BODY_HASH = 'x-amz-content-sha256';
const folder = mkdtempSync(join(tmpdir(), 'tutti-s3-'));
const server = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory: folder,
  configureBuckets: [{ name: BUCKET, configs: [] }],
});
let endpoint: string;
let proxy: FaultyProxy;
let bench: PluginBench;
let official: S3Client;

beforeAll(async () => {
  const { port } = (await server.run()) as { port: number };
  endpoint = `http://127.0.0.1:${port}`;
  proxy = await FaultyProxy.before(endpoint);
  bench = connected();
  official = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: KEYS });
});
afterAll(async () => {
  official.destroy();
  await proxy.stop();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const connected = (more: object = {}) =>
  pluginBench(plugin, { bucket: BUCKET, endpoint: proxy.address, ...KEYS, ...more });
const call = <T>(capability: string, input: unknown, idempotencyKey = 'key') =>
  bench.call(`s3.object.${capability}`, input, { idempotencyKey }) as Promise<T>;
const put = (input: object, key?: string) => call<{ key: string; etag: string }>('put', input, key);
/** Node's hash as the signer takes it. */
class Sha256 {
  readonly #hash: Hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' ? secret : secret && Buffer.from(secret as Uint8Array);
    this.#hash = key === undefined ? createHash('sha256') : (createHmac('sha256', key) as unknown as Hash);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}
const authorizationOf = ({ authorization = '' }: { authorization?: string | undefined }) =>
  Object.fromEntries(
    authorization.split(/,? /).map((part) => part.split('=', 2) as [string, string]),
  ) as Record<string, string | undefined>;
const dateOf = (text: string) =>
  new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
const listed = (input: object) =>
  call<{ objects: { key: string }[]; folders: string[]; more: boolean }>('list', input);
const keys = async (input: object) => (await listed(input)).objects.map(({ key }) => key);

it('keeps the rules for plugins, and tells in its health what answers', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  expect(await bench.health()).toBe(`The bucket ${BUCKET} answers`);
});

const awkward = "Rechnungen/März & April/a+b (1)!*'~=.pdf";

describe('beside the official client', () => {
  it('writes what that one reads: bytes, type, metadata', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251));
    const file = await bench.files.write(bytes, { mediaType: 'application/pdf' });
    const { etag } = await put({
      key: awkward,
      file,
      metadata: { order: 'A-17 x' },
      cacheControl: 'no-store',
    });
    const read = await official.send(new GetObjectCommand({ Bucket: BUCKET, Key: awkward }));
    expect(Buffer.from((await read.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(read).toMatchObject({
      ContentType: 'application/pdf',
      Metadata: { order: 'A-17 x' },
      CacheControl: 'no-store',
      ETag: `"${etag}"`,
    });
  });

  it('reads what that one wrote', async () => {
    const Metadata = { colour: 'blue' };
    await official.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: 'theirs.txt',
        Body: 'hello',
        ContentType: 'text/plain',
        Metadata,
      }),
    );
    const { file, object } = await call<{ file: ArtifactRef; object: object }>('get', { key: 'theirs.txt' });
    expect(new TextDecoder().decode(await bench.files.read(file))).toBe('hello');
    expect(file).toMatchObject({ name: 'theirs.txt', mediaType: 'text/plain', bytes: 5 });
    expect(object).toMatchObject({ bytes: 5, metadata: { colour: 'blue' }, modifiedAt: expect.any(String) });
    expect(await call('head', { key: 'theirs.txt' })).toEqual({ object });
    expect(await call('head', { key: 'nothing' })).toEqual({ object: null });
  });

  it('copies and deletes, with odd names too', async () => {
    // s3rver decodes neither + nor & in the name of the source, for the official client either.
    const source = 'Rechnungen/März (1).pdf';
    await put({ key: source, text: 'x', metadata: { order: '1' } });
    await call('copy', { from: source, to: 'copy of it' });
    const head = await official.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'copy of it' }));
    expect(head).toMatchObject({ ContentLength: 1, Metadata: { order: '1' } });
    expect(await call('delete', { key: 'copy of it' })).toEqual({ deleted: true });
    expect(await call('delete', { key: 'copy of it' })).toEqual({ deleted: true });
    expect(await call('head', { key: 'copy of it' })).toEqual({ object: null });
    await expect(call('copy', { from: 'nothing', to: 'x' })).rejects.toMatchObject({ status: 404 });
  });
});

it('lists in the order of keys, by folders, and goes on behind the last', async () => {
  for (const key of ['l/a', 'l/b c', 'l/d/1', 'l/d/2', 'l/e+f']) await put({ key, text: key });
  expect(await listed({ prefix: 'l/', delimiter: '/' })).toMatchObject({
    objects: [{ key: 'l/a', bytes: 3 }, { key: 'l/b c' }, { key: 'l/e+f' }],
    folders: ['l/d/'],
    more: false,
  });
  expect(await keys({ prefix: 'l/', after: 'l/b c' })).toEqual(['l/d/1', 'l/d/2', 'l/e+f']);
  expect(await keys({ prefix: 'none/' })).toEqual([]);
});

// By script: on today's Node s3rver fails at the token of the next page.
it('reads a long list page by page', async () => {
  const page = (n: number, rest: string) => ({
    status: 200,
    type: 'application/xml',
    body: `<ListBucketResult><EncodingType>url</EncodingType>${rest}<Contents><Key>k+${n}</Key><Size>1</Size>
      <ETag>"e"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>`,
  });
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>a/b+c==</NextContinuationToken>';
  proxy.once(() => true, page(1, more));
  proxy.once(() => true, page(2, '<IsTruncated>false</IsTruncated>'));
  const read = (await bench.call('s3.object.list', {})) as { objects: { key: string }[] };
  expect(read.objects.map(({ key }) => key)).toEqual(['k 1', 'k 2']);
  expect(proxy.seen.at(-1)?.path).toContain('continuation-token=a%2Fb%2Bc%3D%3D');
  for (const n of [1, 2]) proxy.once(() => true, page(n, more));
  expect(await listed({ limit: 1 })).toMatchObject({ objects: [{ key: 'k 1' }], more: true });
});

it('makes addresses with which anybody may read or write for a while', async () => {
  const { url } = await call<{ url: string }>('presign', { key: 'by hand.txt', method: 'PUT' });
  expect((await fetch(url, { method: 'PUT', body: 'from a browser' })).status).toBe(200);
  const given = await call<{ url: string; expiresAt: string }>('presign', {
    key: 'by hand.txt',
    expiresSeconds: 60,
    fileName: 'as you like.txt',
  });
  const reply = await fetch(given.url);
  expect(await reply.text()).toBe('from a browser');
  expect(reply.headers.get('content-disposition')).toBe('attachment; filename="as you like.txt"');
});

it('signs as the signer of AWS does', async () => {
  const official = new SignatureV4({
    service: 's3',
    region: 'us-east-1',
    credentials: { ...KEYS, sessionToken: 'session' },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const temporary = connected({ sessionToken: 'session' });
  await temporary.call('s3.object.put', { key: awkward, text: 'x', metadata: { a: 'b  c' } });
  await temporary.call('s3.object.list', { prefix: 'a b+c/', delimiter: '/' });
  for (const { method, path, headers, body } of proxy.seen.slice(-2)) {
    const url = new URL(path, endpoint);
    const { SignedHeaders: names = '' } = authorizationOf(headers);
    const signed = await official.sign(
      {
        method,
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])])),
        body,
      },
      { signingDate: dateOf(String(headers['x-amz-date'])) },
    );
    expect(headers[BODY_HASH]).toBe(createHash('sha256').update(body).digest('hex'));
    expect(headers.authorization).toBe(signed.headers['authorization']);
  }
  const { url } = (await temporary.call('s3.object.presign', { key: awkward, fileName: 'a b.pdf' })) as {
    url: string;
  };
  const asked = new URL(url);
  const { 'X-Amz-Date': at = '', 'X-Amz-Signature': signature } = Object.fromEntries(asked.searchParams);
  const presigned = await official.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: asked.hostname,
      path: asked.pathname,
      query: { 'response-content-disposition': 'attachment; filename="a b.pdf"' },
      headers: { host: asked.host, [BODY_HASH]: 'UNSIGNED-PAYLOAD' },
    },
    {
      signingDate: dateOf(at),
      expiresIn: 900,
      unsignableHeaders: new Set([BODY_HASH]),
      unhoistableHeaders: new Set([BODY_HASH]),
    },
  );
  expect(presigned.query?.['X-Amz-Signature']).toBe(signature);
});

describe('an object that must not be there yet', () => {
  const refusal = {
    status: 412,
    type: 'application/xml',
    body: '<Error><Code>PreconditionFailed</Code><Message>It is there</Message></Error>',
  };
  const head = (call: string) => ({
    status: 200,
    body: '',
    headers: { etag: '"e1"', 'x-amz-meta-tutti-call': call },
  });
  const putAbsent = (idempotencyKey: string) =>
    bench.call('s3.object.put', { key: 'once', text: 'x', ifAbsent: true }, { idempotencyKey });

  it('is written under a condition, and marked by its call', async () => {
    proxy.once(({ method }) => method === 'PUT', { status: 200, body: '', headers: { etag: '"e1"' } });
    await putAbsent('k-1');
    expect(proxy.seen.at(-1)?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-meta-tutti-call': expect.stringMatching(/^[0-9a-f]{32}$/),
      authorization: expect.stringContaining('x-amz-meta-tutti-call'),
    });
  });

  it('is found again by a repeat, and refused to others', async () => {
    const mark = String(proxy.seen.at(-1)?.headers['x-amz-meta-tutti-call']);
    proxy.once(({ method }) => method === 'PUT', refusal);
    proxy.once(({ method }) => method === 'HEAD', head(mark));
    expect(await putAbsent('k-1')).toEqual({ key: 'once', etag: 'e1', versionId: null });
    proxy.once(({ method }) => method === 'PUT', refusal);
    proxy.once(({ method }) => method === 'HEAD', head(mark));
    await expect(putAbsent('k-2')).rejects.toMatchObject({ fate: 'permanent', status: 409 });
  });
});

it.each([
  [404, 'NoSuchBucket', { fate: 'permanent', status: 404 }],
  [403, 'SignatureDoesNotMatch', { fate: 'permanent', status: 403 }],
  [412, 'PreconditionFailed', { fate: 'permanent', status: 409 }],
  [400, 'RequestTimeout', { fate: 'transient', status: 503 }],
  [409, 'OperationAborted', { fate: 'transient' }],
  [503, 'SlowDown', { fate: 'transient', status: 429, reason: 'throttled' }],
  [500, 'InternalError', { fate: 'transient', status: 500 }],
])('classifies %i %s', async (status, code, expected) => {
  const body = `<Error><Code>${code}</Code><Message>Told</Message></Error>`;
  proxy.once(() => true, { status, type: 'application/xml', body });
  await expect(bench.call('s3.object.list', {})).rejects.toMatchObject({
    ...expected,
    message: `S3: Told (${code})`,
  });
});

it('takes a copy that failed after it began for no copy', async () => {
  const body = '<Error><Code>InternalError</Code><Message>We failed</Message></Error>';
  proxy.once(() => true, { status: 200, type: 'application/xml', body });
  await expect(bench.call('s3.object.copy', { from: 'a', to: 'b' })).rejects.toMatchObject({
    fate: 'transient',
  });
});

it('tells wrong keys without telling them', async () => {
  const wrong = connected({ accessKeyId: 'NOBODY', secretAccessKey: 'canary-secret' });
  const error = await wrong.health().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ fate: 'permanent', status: 403 });
  expect(JSON.stringify(error) + String(error)).not.toContain('canary');
});

it.each(['/x', 'a/../b', '..', 'a/./b', ''])('refuses the key %j', async (key) => {
  await expect(call('delete', { key })).rejects.toThrow();
});

it.each([
  [{}, 'https://acme-files.s3.eu-central-1.amazonaws.com'],
  [{ addressing: 'path' }, 'https://s3.eu-central-1.amazonaws.com/acme-files'],
  [{ endpoint: 'https://minio.example/' }, 'https://minio.example/acme-files'],
  [{ endpoint: 'https://r2.example', addressing: 'virtual-host' }, 'https://acme-files.r2.example'],
])('knows where the bucket is: %j', (more, address) => {
  expect(bucketAddress(Settings.parse({ bucket: BUCKET, region: 'eu-central-1', ...KEYS, ...more }))).toBe(
    address,
  );
});
