import { type PartialOutputs, uuidv7 } from '@tutti/contracts';
import { PartialStore } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { ApiHarness } from '../testing/api-harness.js';
import { decidedRun } from '../testing/decided-run.js';

describe('what calls under way have told of their outputs', () => {
  let api: ApiHarness;
  let id: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    const name = `w-${uuidv7().slice(24)}`;
    const raw = `
document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }
do: [ { first: { set: { x: 1 } } } ]
`;
    await api.call('PUT', '/v1/workflows', { raw, headers: { 'content-type': 'application/yaml' } });
    id = await decidedRun(api, { workflow: name, input: {} });
  });
  afterAll(() => api.close());

  const store = () =>
    new PartialStore({
      query: (sql: string, values: unknown[]) => api.query(sql, values),
    } as unknown as DataSource);
  const told = (run: string, token?: string) =>
    api.call<PartialOutputs>('GET', `/v1/runs/${run}/partial-outputs`, token === undefined ? {} : { token });

  it('is nothing at first, and the run is watched from then on', async () => {
    expect((await store().watched([id])).has(id)).toBe(false);
    expect(await told(id)).toMatchObject({ status: 200, body: { items: [] } });
    expect((await store().watched([id, uuidv7()])).has(id)).toBe(true);
  });

  it('is what was written last for each call, until the call is over', async () => {
    const part = { runId: id, callId: '/do/0/first', attempt: 1, task: '/do/0/first', dropped: 0 };
    await store().write([{ ...part, text: 'Once' }]);
    await store().write([{ ...part, text: 'Once upon' }]);
    const { runId: _, ...item } = part;
    expect((await told(id)).body).toEqual({ items: [{ ...item, text: 'Once upon' }] });
    await store().forget([part]);
    expect((await told(id)).body).toEqual({ items: [] });
  });

  it('is refused for an unknown run, and one of another workspace', async () => {
    expect((await told(uuidv7())).status).toBe(404);
    expect((await told('nonsense')).status).toBe(404);
    expect((await told(id, await api.tokenOf('elsewhere'))).status).toBe(404);
  });
});
