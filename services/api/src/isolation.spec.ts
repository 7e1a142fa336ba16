import type { ArtifactRef } from '@tutti/contracts';
import { ApiHarness } from './testing/api-harness.js';
import { applyWorkflow, openReview } from './testing/fixtures.js';

describe('workspaces', () => {
  let api: ApiHarness;
  let stranger: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    stranger = await api.tokenOf('elsewhere');
  });
  afterAll(() => api.close());

  it('cannot read or change anything of one another', async () => {
    const name = await applyWorkflow(api);
    const review = await openReview(api, { name });
    const { body: artifact } = await api.call<ArtifactRef>('POST', '/v1/artifacts', {
      raw: Buffer.from('secret'),
      headers: { 'content-type': 'text/plain' },
    });
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ('p', '1', 1, '{}', 'folder', 'loaded')`,
    );
    await api.call('PUT', '/v1/connections/mine', { body: { plugin: 'p' } });
    const policy =
      'apiVersion: tutti/v1\nkind: RoutingPolicy\nmetadata: { name: mine }\n' +
      'spec: { capability: c.d, objective: ordered, candidates: [{ connection: mine }] }\n';
    expect(
      (
        await api.call('PUT', '/v1/policies', {
          raw: policy,
          headers: { 'content-type': 'application/yaml' },
        })
      ).status,
    ).toBe(200);
    const calls: [string, string, unknown?][] = [
      ['GET', `/v1/workflows/test/${name}`],
      ['PATCH', `/v1/workflows/test/${name}`, { enabled: false }],
      ['POST', `/v1/workflows/test/${name}/runs`, { amount: 1 }],
      ['GET', `/v1/runs/${review.runId}`],
      ['GET', `/v1/runs/${review.runId}/journal`],
      ['GET', `/v1/runs/${review.runId}/trace`],
      ['POST', `/v1/runs/${review.runId}/cancel`],
      ['POST', `/v1/runs/${review.runId}/retry`, { fromTask: '/do/0/first' }],
      ['GET', `/v1/reviews/${review.id}`],
      ['POST', `/v1/reviews/${review.id}/decision`, { decision: 'approve', token: review.token }],
      ['GET', `/v1/artifacts/${artifact.$artifact}`],
      ['GET', `/v1/artifacts/${artifact.$artifact}/content`],
      ['GET', '/v1/connections/mine'],
      ['DELETE', '/v1/connections/mine'],
      ['POST', '/v1/connections/mine/test'],
      ['POST', '/v1/connections/mine/authorization', {}],
      ['DELETE', '/v1/connections/mine/authorization'],
      ['GET', '/v1/policies/mine'],
    ];
    for (const [method, path, body] of calls) {
      const answer = await api.call(method, path, {
        token: stranger,
        ...(body === undefined ? {} : { body }),
      });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
    for (const list of [
      '/v1/workflows',
      '/v1/runs',
      '/v1/reviews',
      '/v1/connections',
      '/v1/policies',
      '/v1/audit',
      '/v1/traces',
      '/v1/inventory',
    ]) {
      expect([list, (await api.call('GET', list, { token: stranger })).body.items]).toEqual([list, []]);
    }
    expect((await api.call('GET', `/v1/runs/${review.runId}`)).status).toBe(200);
  });

  it('may use the same names, each for its own', async () => {
    const name = await applyWorkflow(api);
    const raw = `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '9.0.0' }\ndo:\n  - only:\n      set: { x: 1 }\n`;
    expect(
      (
        await api.call('PUT', '/v1/workflows', {
          token: stranger,
          raw,
          headers: { 'content-type': 'text/yaml' },
        })
      ).body,
    ).toMatchObject({ change: 'created' });
    const mine = await api.call('POST', `/v1/workflows/test/${name}/runs`, {
      body: { amount: 1 },
      headers: { 'idempotency-key': 'shared' },
    });
    const theirs = await api.call('POST', `/v1/workflows/test/${name}/runs`, {
      token: stranger,
      body: { other: 1 },
      headers: { 'idempotency-key': 'shared' },
    });
    expect([mine.status, theirs.status]).toEqual([202, 202]);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });
});
