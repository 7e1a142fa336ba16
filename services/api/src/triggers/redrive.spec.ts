import { randomUUID } from 'node:crypto';
import { acceptedBy } from '../testing/accepted-runs.js';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';
import { TriggerIntake } from './intake/trigger.intake.js';

describe('a dead letter of a trigger', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  it('starts one run when it is redriven twice, and none while the workflow is disabled', async () => {
    const accepted = acceptedBy(api);
    const workflow = { namespace: 'test', name: await applyWorkflow(api) };
    const spec = { workflow, kafka: { topic: 'orders' }, input: '{ amount: .value }' };
    const trigger = { apiVersion: 'tutti/v1', kind: 'Trigger', metadata: { name: 'redriven' }, spec };
    await api.call('PUT', '/v1/triggers', { body: trigger });
    const [row] = await api.query<{ id: string }>(`SELECT id FROM triggers WHERE name = 'redriven'`);
    const redrive = () =>
      api.app.get(TriggerIntake, { strict: false }).redrive({
        workspaceId: 'default',
        triggerId: row?.id as string,
        topic: 'orders',
        partition: 0,
        offset: '0',
        key: null,
        headers: {},
        payload: Buffer.from('7'),
        id: randomUUID(),
        createdAt: new Date().toISOString(),
      });
    const path = `/v1/workflows/test/${workflow.name}`;
    await api.call('PATCH', path, { body: { enabled: false } });
    expect(await redrive()).toMatchObject({
      status: 'dead',
      reason: 'refused',
      detail: expect.stringContaining('is disabled'),
    });
    await api.call('PATCH', path, { body: { enabled: true } });
    expect([await redrive(), await redrive()]).toEqual([{ status: 'accepted' }, { status: 'accepted' }]);
    const runs = await api.query(`SELECT id FROM runs WHERE trigger = 'kafka:redriven'`);
    expect(runs).toHaveLength(1);
    expect(accepted.map(({ input }) => input)[0]).toEqual({ amount: 7 });
  });
});
