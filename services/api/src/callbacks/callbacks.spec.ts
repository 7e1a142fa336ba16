import { CallbackStore } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';
import { decidedRun } from '../testing/decided-run.js';

const WORKFLOW = (name: string) => `
document: { dsl: '1.0.3', namespace: test, name: ${name}, version: 1.0.0 }
do:
  - ask: { call: http, with: { method: get, endpoint: 'https://example.com' } }
`;

describe('the address of a call that is answered later', () => {
  let api: ApiHarness;
  let store: CallbackStore;
  let runId: string;

  beforeAll(async () => {
    api = await ApiHarness.start();
    store = new CallbackStore(api.dataSource);
    await apply('answered-later');
    runId = await decidedRun(api, { workflow: 'answered-later' });
  });
  afterAll(() => api.close());

  const apply = (name: string) =>
    api.call('PUT', '/v1/workflows', {
      raw: WORKFLOW(name),
      headers: { 'content-type': 'application/yaml' },
    });
  const opened = (idempotencyKey: string, run = runId) =>
    store.open({
      workspaceId: 'default',
      runId: run,
      position: '/do/0/ask',
      connection: 'robot',
      idempotencyKey,
    });
  const send = (token: string, text: string) =>
    api.call('POST', `/v1/callbacks/${token}`, { token: null, raw: Buffer.from(text) });
  const commands = (key: string) =>
    api.query<{ command: string }>(`SELECT command FROM run_commands WHERE command LIKE '%"${key}"%'`);

  it('takes one answer, without a token of the hub, and tells the run of it', async () => {
    const token = await opened('key-once');
    expect(await opened('key-once')).toBe(token);
    expect(await send(token, '{"ok":1}')).toMatchObject({ status: 202, body: { accepted: true } });
    expect(await send(token, '{"ok":1}')).toMatchObject({ status: 202, body: { accepted: true } });
    const given = await commands('key-once');
    expect(given.map(({ command }) => JSON.parse(command) as unknown)).toEqual([
      {
        kind: 'call.answered',
        by: 'callback of robot',
        position: '/do/0/ask',
        connection: 'robot',
        idempotencyKey: 'key-once',
        answer: { ok: 1 },
      },
    ]);
  });

  it('takes the first of two that come at once', async () => {
    const token = await opened('key-race');
    const sent = await Promise.all(['1', '2', '3'].map((text) => send(token, text)));
    expect(sent.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    expect(await commands('key-race')).toHaveLength(1);
  });

  it('tells that an address is unknown, that the answer was another, or that the run has ended', async () => {
    expect(await send('nobody-knows', '{}')).toMatchObject({ status: 404 });
    const token = await opened('key-other');
    await send(token, '1');
    expect(await send(token, '2')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('answered already') },
    });
    await apply('ended');
    const ended = await decidedRun(api, {
      workflow: 'ended',
      outcomes: [{ status: 'succeeded', output: 1 }],
    });
    expect(await send(await opened('key-late', ended), '1')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('The run has ended (completed)') },
    });
  });

  it('refuses what is no JSON or too large, and takes nothing for null', async () => {
    const token = await opened('key-null');
    expect((await send(token, '{')).status).toBe(400);
    expect((await send(token, JSON.stringify('x'.repeat(300 * 1024)))).status).toBe(413);
    expect((await send(token, '')).status).toBe(202);
    expect(JSON.parse((await commands('key-null'))[0]?.command ?? '')).toMatchObject({ answer: null });
  });
});
