import type { WorkflowPreview } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, workflowText } from '../testing/fixtures.js';

describe('the preview of an apply', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  const preview = (raw: string, token?: string) =>
    api.call<WorkflowPreview>('POST', '/v1/workflows/preview', {
      raw,
      headers: { 'content-type': 'application/yaml' },
      ...(token === undefined ? {} : { token }),
    });
  const everything = () =>
    api.query(
      `SELECT (SELECT json_agg(w ORDER BY id) FROM workflows w) AS w, (SELECT json_agg(v ORDER BY id) FROM workflow_versions v) AS v,
        (SELECT count(*) FROM audit_events) AS a`,
    );

  it('tells tasks, input, capabilities, runs under way and triggers, and changes nothing', async () => {
    const name = await applyWorkflow(api);
    await api.call('POST', `/v1/workflows/test/${name}/runs`, { body: { amount: 1 } });
    const workflow = { namespace: 'test', name };
    const spec = { workflow, kafka: { topic: 'orders' } };
    await api.call('PUT', '/v1/triggers', {
      body: { apiVersion: 'tutti/v1', kind: 'Trigger', metadata: { name: 'orders' }, spec },
    });
    const before = await everything();
    const text = workflowText(name, { value: 2, version: '1.1.0' })
      .replace('required: [amount]', 'required: [amount, note]')
      .replace('minimum: 0', 'minimum: 5');
    const { status, body } = await preview(`${text}  - pay:\n      call: erp.invoice.pay:1@default\n`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      change: 'updated',
      known: null,
      enabled: true,
      current: { number: 1, version: '1.0.0', runsUnderWay: 1 },
      tasks: [
        { change: 'changed', pointer: '/do/0/first', name: 'first', keywords: ['set'] },
        { change: 'added', pointer: '/do/1/pay', name: 'pay', keywords: [] },
      ],
      sections: [
        { change: 'changed', pointer: '/document/version' },
        { change: 'changed', pointer: '/input' },
      ],
      input: [
        { pointer: '/note', detail: 'is required now', certain: true },
        { pointer: '/amount', detail: 'minimum is 5, was 0', certain: true },
      ],
      capabilities: { added: [{ name: 'erp.invoice.pay', offered: false }], removed: [] },
      triggers: [{ name: 'orders', kind: 'kafka', enabled: true }],
    });
    expect(body.breaks.map(({ code }) => code)).toEqual(['input-stricter', 'capability-missing']);
    expect(body.breaks[0]?.message).toContain('refuses what it took before in 2 places');
    expect(body.breaks[0]?.message).toContain('1 trigger (orders)');
    expect(await everything()).toEqual(before);
  });

  it('knows a new workflow, the same content, and the content of an older version', async () => {
    const fresh = await preview(workflowText('never-applied'));
    expect(fresh.body).toMatchObject({
      change: 'created',
      current: null,
      tasks: [{ change: 'added' }],
      breaks: [],
    });
    const name = await applyWorkflow(api);
    const same = await preview(`# a comment\n${workflowText(name)}`);
    expect(same.body).toMatchObject({ change: 'unchanged', known: null, tasks: [], sections: [], input: [] });
    await api.call('PUT', '/v1/workflows', {
      raw: workflowText(name, { value: 2 }),
      headers: { 'content-type': 'application/yaml' },
    });
    const older = await preview(workflowText(name));
    expect(older.body).toMatchObject({ change: 'updated', known: 1, current: { number: 2 } });
  });

  it('says that the workflow is disabled, and refuses what an apply would refuse', async () => {
    const name = await applyWorkflow(api);
    await api.call('POST', `/v1/workflows/test/${name}/disable`, { body: { reason: 'it double-pays' } });
    expect((await preview(workflowText(name, { value: 2 }))).body).toMatchObject({
      enabled: false,
      breaks: [{ code: 'disabled' }],
    });
    expect((await preview('do: 5')).status).toBe(422);
  });

  it('compares with nothing of another workspace', async () => {
    const name = await applyWorkflow(api);
    const { body } = await preview(workflowText(name), await api.tokenOf('elsewhere'));
    expect(body).toMatchObject({ change: 'created', current: null });
  });

  it('plans by ?dryRun too, and keeps no note of it', async () => {
    const name = await applyWorkflow(api);
    const headers = { 'content-type': 'application/yaml' };
    const raw = workflowText(name, { value: 2 });
    const answer = await api.call('PUT', '/v1/workflows?dryRun=true&note=x', { raw, headers });
    expect(answer.body).toMatchObject({ change: 'updated' });
    const versions = await api.query(
      'SELECT 1 FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id WHERE w.name = $1',
      [name],
    );
    expect(versions).toHaveLength(1);
  });
});
