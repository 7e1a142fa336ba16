import { randomUUID } from 'node:crypto';
import type { HookAnswer, HookCall } from '@tutti/contracts';
import { alignPluginTrigger, switchPluginTrigger } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';

describe('the address of a trigger', () => {
  let api: ApiHarness;
  const calls: HookCall[] = [];
  let answer: HookAnswer;
  const id = randomUUID();
  const token = `token-${randomUUID()}`;
  const path = `/v1/hooks/${token}`;

  beforeAll(async () => {
    const read = (call: HookCall) => {
      calls.push(call);
      return Promise.resolve(answer);
    };
    api = await ApiHarness.start({ hookReader: { read } });
    const source = {
      id,
      workspaceId: 'default',
      connection: 'c',
      name: 'n',
      options: '{}',
      intervalMs: null,
    };
    await alignPluginTrigger(api.dataSource, { ...source, wanted: true, hookToken: token }, false);
  });
  afterAll(() => api.close());
  beforeEach(() => {
    calls.length = 0;
    answer = { kind: 'taken', events: 2 };
  });

  const send = (more: { raw?: Uint8Array; headers?: Record<string, string> } = {}) =>
    api.call('POST', path, { token: null, raw: Buffer.from('{"a":1}'), ...more });

  it('hands on what was sent as it came, without a token of the hub', async () => {
    const raw = Buffer.from([0xff, 0x00, 0x7b]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-signature': 'abc' };
    const sent = await api.call('POST', `${path}?x=1&x=2`, { token: null, raw, headers });
    expect(sent).toMatchObject({ status: 202, body: { events: 2 } });
    expect(calls).toMatchObject([
      {
        triggerId: id,
        method: 'POST',
        path: `${path}?x=1&x=2`,
        query: { x: '1, 2' },
        headers,
        body: raw.toString('base64'),
      },
    ]);
  });

  it('answers what the plugin says, as no page', async () => {
    answer = { kind: 'answered', status: 200, contentType: 'text/plain', body: '<b>challenge</b>' };
    const sent = await api.call('GET', `${path}?challenge=1`, { token: null });
    expect(sent).toMatchObject({ status: 200, body: { text: '<b>challenge</b>' } });
    expect(sent.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(sent.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    ['unauthorized', 401, null],
    ['invalid', 422, null],
    ['busy', 429, '30'],
    ['unavailable', 503, '30'],
  ] as const)('tells the sender that it is %s', async (because, status, retryAfter) => {
    answer = { kind: 'refused', because, detail: 'Because.' };
    const sent = await send();
    expect(sent).toMatchObject({ status, body: { status, detail: 'Because.' } });
    expect(sent.headers.get('content-type')).toContain('application/problem+json');
    expect(sent.headers.get('retry-after')).toBe(retryAfter);
  });

  it('is nowhere for who guesses, and takes no more than a mebibyte', async () => {
    expect(
      (await api.call('POST', '/v1/hooks/guessed', { token: null, raw: Buffer.from('{}') })).status,
    ).toBe(404);
    expect((await send({ raw: Buffer.alloc(1024 * 1024 + 1, 32) })).status).toBe(413);
    expect(calls).toEqual([]);
  });

  it('asks the sender to come back while its trigger is paused', async () => {
    await switchPluginTrigger(api.dataSource, id, false);
    const sent = await send();
    expect(sent).toMatchObject({ status: 503, body: { detail: expect.stringContaining('paused') } });
    expect(sent.headers.get('retry-after')).toBe('30');
    await switchPluginTrigger(api.dataSource, id, true);
    expect((await send()).status).toBe(202);
  });
});
