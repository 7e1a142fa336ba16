import { type RetryPreview, uuidv7 } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import { decidedRun } from '../testing/decided-run.js';

describe('the preview of a retry', () => {
  let api: ApiHarness;
  let name: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    name = await applyCalls();
  });
  afterAll(() => api.close());

  /** Two calls, then a question to a person. */
  async function applyCalls(): Promise<string> {
    const workflow = `w-${uuidv7().slice(24)}`;
    const call = (method: string) =>
      `{ call: http, timeout: { after: PT1M }, with: { method: ${method}, endpoint: 'https://erp.example/x' } }`;
    const raw = `
document: { dsl: '1.0.3', namespace: test, name: ${workflow}, version: '1.0.0' }
do:
  - find: ${call('get')}
  - pay: ${call('put')}
  - tell: ${call('put')}
  - check: { call: human.review:1@default, with: { title: Paid?, data: 1 } }
`;
    const headers = { 'content-type': 'application/yaml' };
    const applied = await api.call('PUT', '/v1/workflows', { raw, headers });
    expect(applied).toMatchObject({ status: 200 });
    return workflow;
  }
  const ok = { status: 'succeeded' as const, output: { ok: 1 } };
  const wrong = {
    status: 'failed' as const,
    fate: 'permanent' as const,
    error: { type: 'https://example.org/e', title: 'No', status: 422 },
  };
  const faulted = () => decidedRun(api, { workflow: name, outcomes: [ok, ok, wrong] });
  const preview = (id: string, from?: string) =>
    api.call<RetryPreview>(
      'GET',
      `/v1/runs/${id}/retry-preview${from === undefined ? '' : `?from=${encodeURIComponent(from)}`}`,
    );

  it('says what is kept, what is called first and what may come then', async () => {
    const id = await faulted();
    await api.query(
      `INSERT INTO receipts (run_id, position, attempt, workspace_id, idempotency_key, status)
       VALUES ($1, '/do/1/pay', 1, 'default', 'k', 'succeeded')`,
      [id],
    );
    const { status, body } = await preview(id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ runId: id, refused: null });
    expect(body.plan).toMatchObject({
      from: { task: '/do/2/tell', name: 'tell' },
      kept: {
        count: 2,
        items: [
          { name: 'find', effect: 'read', receipt: false },
          { name: 'pay', effect: 'idempotent-write', receipt: true },
        ],
      },
      firstTurn: {
        status: 'running',
        calls: { count: 1, items: [{ name: 'tell', underWay: false }] },
        reviews: { count: 0 },
        error: null,
      },
      repeated: { count: 0 },
      possible: { count: 1, items: [{ name: 'check', type: 'review' }] },
    });
  });

  it('names what succeeded and is made again when it begins earlier', async () => {
    const { body } = await preview(await faulted(), '/do/1/pay');
    expect(body.plan).toMatchObject({
      kept: { count: 1 },
      repeated: { count: 1, items: [{ name: 'pay', effect: 'idempotent-write' }] },
    });
  });

  it('changes nothing', async () => {
    const id = await faulted();
    const counts = () =>
      api.query('SELECT (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM journal) AS turns');
    const before = await counts();
    await preview(id);
    expect(await counts()).toEqual(before);
  });

  it('is refused with the reason for which the retry would be', async () => {
    const completed = await decidedRun(api, { workflow: name, outcomes: [ok, ok, ok] });
    expect((await preview(completed)).body).toMatchObject({
      refused: 'The run has not ended yet (waiting). Cancel it first, or wait for its end.',
      plan: null,
    });
    const id = await faulted();
    expect((await preview(id, '/do/9/x')).body.refused).toBe('The run never came to the task /do/9/x.');
    await api.query('DELETE FROM journal WHERE run_id = $1', [id]);
    expect((await preview(id)).body.refused).toContain('retention');
    const elsewhere = await api.tokenOf('elsewhere');
    const path = `/v1/runs/${id}/retry-preview`;
    expect((await api.call('GET', path, { token: elsewhere })).status).toBe(404);
    await api.call('POST', `/v1/workflows/test/${name}/disable`, { body: { reason: 'it double-pays' } });
    expect((await preview(await faulted())).body.refused).toContain('it double-pays');
  });
});
