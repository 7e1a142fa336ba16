import type { WorkflowDetail, WorkflowProblem } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';

const describing = (capability: string, more: object = {}) =>
  JSON.stringify({
    kind: 'crm',
    settings: { type: 'object' },
    capabilities: [
      { name: capability, summary: 's', effect: 'read', input: {}, output: {}, reconciles: false },
    ],
    ...more,
  });

describe('what keeps calls of a workflow from working', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES
         ('crm-good', '1.0.0', 1, $1, 'p', 'loaded'), ('crm-signed', '1.0.0', 1, $2, 'p', 'loaded')`,

      [describing('crm.contact.find'), describing('crm.contact.find', { signIn: 'authorization_code' })],
    );
    for (const name of ['good', 'signed'])
      await api.call('PUT', `/v1/connections/${name}`, { body: { plugin: `crm-${name}` } });
    await apply('workflows', WORKFLOW);
  });
  afterAll(() => api.close());

  const apply = async (kind: string, raw: string) => {
    const headers = { 'content-type': 'application/yaml' };
    expect(await api.call('PUT', `/v1/${kind}`, { raw, headers })).toMatchObject({ status: 200 });
  };
  const problems = async (): Promise<WorkflowProblem[]> =>
    (await api.call<WorkflowDetail>('GET', '/v1/workflows/sales/finds')).body.problems;
  const named = async () => (await problems()).map(({ kind, name }) => `${kind} ${name}`);

  const WORKFLOW = `document: { dsl: '1.0.3', namespace: sales, name: finds, version: '1.0.0' }
do:
  - find: { call: 'crm.contact.find:1@default', with: {} }
  - ask: { call: 'human.review:1@default', with: { title: Is it true?, because: Nobody knows., data: {} } }`;
  const POLICY = `apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: finding }
spec: { capability: crm.contact.find, objective: ordered, candidates: [ { connection: good } ] }`;

  it('are connections that wait for a person, where the policy lets calls go over them', async () => {
    expect(await problems()).toEqual([
      {
        kind: 'connection',
        name: 'signed',
        detail: 'somebody has to sign in to it; calls of crm.contact.find over it fail',
      },
    ]);
    await apply('policies', POLICY);
    expect(await problems()).toEqual([]);
    await api.query(
      `INSERT INTO connection_hosts (connection_id, plugin, asked) SELECT id, plugin, '["a.test"]' FROM connections
        WHERE name = 'good'`,
    );
    expect(await named()).toEqual(['connection good']);
    await api.query(`DELETE FROM connection_hosts`);
  });

  it('are plugins that do not work, once, and not their connections too', async () => {
    await api.query(`UPDATE plugins SET state = 'quarantined' WHERE name = 'crm-good'`);
    await api.query(`UPDATE plugins SET state = 'failed' WHERE name = 'crm-signed'`);
    expect((await named()).filter((name) => name.endsWith('good'))).toEqual(['plugin crm-good']);
    await api.query(`UPDATE plugins SET state = 'loaded' WHERE name IN ('crm-good', 'crm-signed')`);
  });

  it('are capabilities that nobody offers, or no connection', async () => {
    await api.query(`UPDATE connections SET enabled = false`);
    expect(await problems()).toMatchObject([
      { kind: 'capability', name: 'crm.contact.find', detail: expect.stringContaining('crm-good') },
    ]);
    await api.query(`DELETE FROM plugins`);
    expect(await problems()).toEqual([
      { kind: 'capability', name: 'crm.contact.find', detail: 'no plugin that is installed offers it' },
    ]);
  });
});
