import { createHash, randomBytes } from 'node:crypto';
import type { ArtifactRef } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';

describe('artifacts', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start({ config: { artifactBytesMax: 2 * 1024 * 1024 } });
  });
  afterAll(() => api.close());

  const upload = (raw: Uint8Array, type: string, query = '') =>
    api.call<ArtifactRef>('POST', `/v1/artifacts${query}`, { raw, headers: { 'content-type': type } });

  it('keeps every byte, whatever the type', async () => {
    const content = randomBytes(1_500_000);
    const { status, body } = await upload(content, 'application/pdf', '?name=R%C3%A9sum%C3%A9%20%22a%22.pdf');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      mediaType: 'application/pdf',
      bytes: 1_500_000,
      name: 'Résumé "a".pdf',
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    const response = await fetch(`${api.url}/v1/artifacts/${body.$artifact}/content`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-disposition')).toContain("filename*=UTF-8''R%C3%A9sum%C3%A9");
  });

  it('stores JSON as the text it is, broken or not', async () => {
    const text = '{ "a":   1, ';
    const { body } = await upload(Buffer.from(text), 'application/json');
    const response = await fetch(`${api.url}/v1/artifacts/${body.$artifact}/content`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    expect(await response.text()).toBe(text);
  });

  it('never lets an uploaded page run in the browser', async () => {
    const { body } = await upload(Buffer.from('<script>alert(1)</script>'), 'text/html');
    const response = await fetch(`${api.url}/v1/artifacts/${body.$artifact}/content`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('refuses what is too large, what is empty, and a name that is none', async () => {
    expect(await upload(Buffer.alloc(2 * 1024 * 1024 + 1), 'image/png')).toMatchObject({
      status: 413,
      body: { type: 'https://tutti.dev/problems/payload-too-large' },
    });
    expect((await upload(Buffer.alloc(0), 'image/png')).status).toBe(400);
    expect((await upload(Buffer.from('x'), 'image/png', '?name=a%0ab')).status).toBe(400);
  });

  it('takes bytes without a content type for plain bytes, and refuses one that is no type', async () => {
    const plain = await api.call<ArtifactRef>('POST', '/v1/artifacts', { raw: Buffer.from('x') });
    expect(plain.body.mediaType).toBe('application/octet-stream');
    expect((await upload(Buffer.from('x'), 'no such/type at all')).status).toBe(415);
  });
});
