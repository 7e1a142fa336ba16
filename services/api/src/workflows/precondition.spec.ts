import type { Applied } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, workflowText } from '../testing/fixtures.js';

describe('a change that is made against a version', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  const put = (raw: string, headers: Record<string, string>, query = '') =>
    api.call<Applied>('PUT', `/v1/workflows${query}`, {
      raw,
      headers: { 'content-type': 'application/yaml', ...headers },
    });
  const publish = (name: string, version: string, headers: Record<string, string>) =>
    api.call('POST', `/v1/workflows/test/${name}/versions/${version}/publish`, { body: {}, headers });
  const versionsOf = (name: string) =>
    api.query<{ number: number }>(
      'SELECT v.number FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id WHERE w.name = $1',
      [name],
    );
  const hashOf = async (name: string) => {
    const { body } = await api.call<{ versions: { current: boolean; contentHash: string }[] }>(
      'GET',
      `/v1/workflows/test/${name}`,
    );
    return body.versions.find(({ current }) => current)?.contentHash ?? '';
  };

  it('is applied when that is the current one, and refused when another is', async () => {
    const name = await applyWorkflow(api);
    const first = await hashOf(name);
    const second = await put(workflowText(name, { value: 2 }), { 'if-match': `"${first}"` });
    expect(second).toMatchObject({ status: 200, body: { change: 'updated' } });
    const late = await put(workflowText(name, { value: 3 }), { 'if-match': `"${first}"` });
    expect(late).toMatchObject({
      status: 412,
      body: { type: 'https://tutti.dev/problems/precondition-failed' },
    });
    expect(late.body).toMatchObject({ detail: expect.stringContaining(`test/${name} is 2 (`) });
    expect(await hashOf(name)).toBe(second.body.contentHash);
    expect(await versionsOf(name)).toHaveLength(2);
  });

  it('holds for a plan too, and for one of several versions or any', async () => {
    const name = await applyWorkflow(api);
    const [first, other] = [await hashOf(name), 'a'.repeat(64)];
    const text = workflowText(name, { value: 2 });
    expect((await put(text, { 'if-match': `"${other}"` }, '?plan=true')).status).toBe(412);
    expect((await put(text, { 'if-match': `"${other}", "${first}"` }, '?plan=true')).status).toBe(200);
    expect((await put(text, { 'if-match': '*' })).status).toBe(200);
  });

  it('can ask that there is no workflow yet, or that there is one', async () => {
    const name = await applyWorkflow(api);
    expect((await put(workflowText(name, { value: 2 }), { 'if-none-match': '*' })).status).toBe(412);
    expect((await put(workflowText('brand-new'), { 'if-match': '*' })).status).toBe(412);
    expect((await api.call('GET', '/v1/workflows/test/brand-new')).status).toBe(404);
    expect((await put(workflowText('brand-new'), { 'if-none-match': '*' })).body.change).toBe('created');
  });

  it('lets only one of two that were made against the same version in', async () => {
    const name = await applyWorkflow(api);
    const headers = { 'if-match': `"${await hashOf(name)}"` };
    const both = await Promise.all([2, 3].map((value) => put(workflowText(name, { value }), headers)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await versionsOf(name)).toHaveLength(2);
  });

  it('keeps a publish from undoing what somebody else applied', async () => {
    const name = await applyWorkflow(api);
    const mine = await put(workflowText(name, { value: 2 }), {});
    const tag = { 'if-match': `"${mine.body.contentHash}"` };
    await put(workflowText(name, { value: 3 }), {});
    expect((await publish(name, '1', tag)).status).toBe(412);
    const current = await hashOf(name);
    expect((await publish(name, '1', { 'if-match': `"${current}"` })).status).toBe(200);
    expect(await hashOf(name)).not.toBe(current);
  });

  it('refuses a header that says nothing', async () => {
    const text = workflowText('never-there');
    for (const headers of [{ 'if-match': 'x' }, { 'if-none-match': '"abc"' }] as Record<string, string>[])
      expect(await put(text, headers)).toMatchObject({
        status: 400,
        body: { type: 'https://tutti.dev/problems/invalid-request' },
      });
  });

  it('gives the schema of documents to editors', async () => {
    const { status, body } = await api.call<{ $defs: object }>('GET', '/v1/workflows/schema');
    expect(status).toBe(200);
    expect(Object.keys(body.$defs)).toContain('callTask');
  });
});
