import { type Applied } from '@tutti/contracts';
import { type Answer, ApiHarness } from '../testing/api-harness.js';
import type { PolicyDetail, PolicyItem } from './policies.service.js';

const policy = (name: string, capability: string, connection = 'one'): string => `
apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: ${name} }
spec:
  capability: ${capability}
  objective: ordered
  candidates:
    - connection: ${connection}
`;

describe('routing policies', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  const put = (raw: string, query = ''): Promise<Answer<Applied>> =>
    api.call<Applied>('PUT', `/v1/policies${query}`, {
      raw,
      headers: { 'content-type': 'application/yaml' },
    });
  const names = async () =>
    (await api.call<{ items: PolicyItem[] }>('GET', '/v1/policies')).body.items.map(
      ({ name, version }) => `${name} ${version}`,
    );

  it('counts versions, and leaves alone what is the same', async () => {
    expect((await put(policy('a', 'cap.a'))).body).toMatchObject({
      kind: 'RoutingPolicy',
      name: 'a',
      version: '1',
      change: 'created',
    });
    expect((await put(`# comment\n${policy('a', 'cap.a')}`)).body).toMatchObject({
      version: '1',
      change: 'unchanged',
    });
    expect((await put(policy('a', 'cap.a', 'two'))).body).toMatchObject({ version: '2', change: 'updated' });
    const { body } = await api.call<PolicyDetail>('GET', '/v1/policies/a');
    expect(body).toMatchObject({
      version: 2,
      active: true,
      source: policy('a', 'cap.a', 'two'),
      definition: { kind: 'RoutingPolicy' },
    });
    expect(body.versions.map(({ version, active }) => [version, active])).toEqual([
      [2, true],
      [1, false],
    ]);
  });

  it('plans without changing anything', async () => {
    expect((await put(policy('planned', 'cap.p'), '?plan=true')).body.change).toBe('created');
    expect((await api.call('GET', '/v1/policies/planned')).status).toBe(404);
  });

  it('has one active policy a capability, and says which one it replaces', async () => {
    await put(policy('first', 'cap.x'));
    const answer = await put(policy('second', 'cap.x'));
    expect(answer.body.findings).toMatchObject([
      { severity: 'warning', code: 'replaces-policy', message: expect.stringContaining('"first"') },
    ]);
    expect(await names()).toEqual(['a 2', 'second 1']);
    await Promise.all(Array.from({ length: 10 }, (_, i) => put(policy(`racer-${i}`, 'cap.x'))));
    expect((await names()).filter((name) => name.startsWith('racer'))).toHaveLength(1);
  });

  it('refuses a policy with errors', async () => {
    const answer = await put(
      'apiVersion: tutti/v1\nkind: RoutingPolicy\nmetadata: { name: x }\nspec: { capability: c, objective: nonsense, candidates: [] }\n',
    );
    expect(answer.status).toBe(422);
    expect(answer.body.type).toBe('https://tutti.dev/problems/invalid-policy');
    expect(answer.body.errors?.length).toBeGreaterThan(0);
    expect((await put('')).status).toBe(422);
  });

  it('are withdrawn and restored; their versions stay, and both are in the audit log', async () => {
    await put(policy('undone', 'cap.u'));
    await put(policy('undone', 'cap.u', 'two'));
    const serving = async (all: boolean) =>
      (await api.call<{ items: PolicyItem[] }>('GET', `/v1/policies?all=${all}&limit=200`)).body.items
        .filter(({ name }) => name === 'undone')
        .map(({ version, active }) => [version, active]);
    expect((await api.call('DELETE', '/v1/policies/undone')).status).toBe(204);
    expect((await api.call('DELETE', '/v1/policies/undone')).status).toBe(204);
    expect([await serving(false), await serving(true)]).toEqual([[], [[2, false]]]);
    const restored = await api.call<Applied>('POST', '/v1/policies/undone/versions/1/restore');
    expect([restored.status, restored.body]).toMatchObject([200, { version: '3', change: 'updated' }]);
    const { body } = await api.call<PolicyDetail>('GET', '/v1/policies/undone');
    expect(body).toMatchObject({ version: 3, active: true, source: policy('undone', 'cap.u') });
    expect(await serving(true)).toEqual([[3, true]]);
    const audit = await api.call<{ items: { action: string; target: string }[] }>('GET', '/v1/audit');
    const actions = audit.body.items
      .filter(({ target }) => target === 'policy:undone')
      .map(({ action }) => action);
    expect(actions).toEqual(['policy.updated', 'policy.withdrawn', 'policy.updated', 'policy.created']);
  });

  it('that are not there are neither withdrawn nor restored', async () => {
    for (const [method, path] of [
      ['DELETE', '/v1/policies/nowhere'],
      ['POST', '/v1/policies/nowhere/versions/1/restore'],
      ['POST', '/v1/policies/a/versions/99/restore'],
    ] as const)
      expect([path, (await api.call(method, path)).status]).toEqual([path, 404]);
    expect((await api.call('POST', '/v1/policies/a/versions/x/restore')).status).toBe(400);
  });
});
