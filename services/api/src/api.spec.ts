import { ApiHarness } from './testing/api-harness.js';

describe('the API', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  it('says that it is alive and ready without a token', async () => {
    expect((await api.call('GET', '/healthz', { token: null })).body).toEqual({ status: 'ok' });
    expect((await api.call('GET', '/readyz', { token: null })).body).toEqual({ status: 'ok' });
  });
  it('tells who the caller is', async () => {
    expect((await api.call('GET', '/v1/me')).body).toEqual({
      workspaceId: 'default',
      subject: 'admin',
      kind: 'admin',
    });
  });
  it('openapi', async () => {
    const doc = await api.call('GET', '/openapi.json', { token: null });
    console.log(JSON.stringify(doc.body, null, 1).slice(0, 6000));
  });
});
