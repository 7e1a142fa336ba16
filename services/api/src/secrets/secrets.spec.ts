import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretBox } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';

const CANARY = 'canary-value-77aa';
interface Item {
  name: string;
  createdAt: string;
  updatedAt: string;
  updatedBy: string;
}

describe('secrets', () => {
  let hub: ApiHarness;

  beforeAll(async () => {
    hub = await ApiHarness.start();
  });

  afterAll(() => hub.close());

  const put = (name: string, value: unknown, token?: string) =>
    hub.call<Item>('PUT', `/v1/secrets/${name}`, { body: { value }, ...(token && { token }) });
  const names = async (token?: string) => {
    const { body } = await hub.call<{ items: Item[] }>('GET', '/v1/secrets', token ? { token } : {});
    return body.items.map(({ name }) => name);
  };

  it('are set, listed by name and date, changed and removed; a value never comes out', async () => {
    const created = await put('crm-token', CANARY);
    expect(created).toMatchObject({
      status: 200,
      body: { name: 'crm-token', updatedBy: expect.any(String) },
    });
    await put('crm', { username: 'ann', password: CANARY });
    const list = await hub.call<{ items: Item[] }>('GET', '/v1/secrets');
    expect(list.body.items.map(({ name }) => name)).toEqual(['crm', 'crm-token']);
    expect(Object.keys(list.body.items[0] ?? {}).sort()).toEqual([
      'createdAt',
      'name',
      'updatedAt',
      'updatedBy',
    ]);
    const changed = await put('crm-token', `${CANARY}2`);
    expect(changed.body.createdAt).toBe(created.body.createdAt);
    expect(changed.body.updatedAt > created.body.updatedAt).toBe(true);
    const rows = await hub.query<{ text: string }>(`SELECT row_to_json(s)::text AS text FROM secrets s`);
    const audit = await hub.call('GET', '/v1/audit');
    const everything = JSON.stringify([created, list, changed, rows, audit.body]);
    expect(everything).not.toContain(CANARY);
    expect(everything).not.toContain(Buffer.from(CANARY).toString('hex'));
    expect((await hub.call('DELETE', '/v1/secrets/crm')).status).toBe(204);
    expect((await hub.call('DELETE', '/v1/secrets/crm')).status).toBe(404);
    expect(await names()).toEqual(['crm-token']);
    const actions = await hub.query<{ action: string; target: string }>(
      `SELECT action, target FROM audit_events WHERE target LIKE 'secret:%' ORDER BY id`,
    );
    expect(actions.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'secret.created secret:crm-token',
      'secret.created secret:crm',
      'secret.changed secret:crm-token',
      'secret.removed secret:crm',
    ]);
  });

  it('are sealed for their workspace and name', async () => {
    await put('sealed', CANARY);
    const [row] = await hub.query<{ sealed: Buffer }>(`SELECT sealed FROM secrets WHERE name = 'sealed'`);
    const sealed = row?.sealed ?? Buffer.alloc(0);
    const box = hub.app.get(SecretBox, { strict: false });
    expect(box.open(sealed, { workspaceId: 'default', secret: 'sealed' })).toEqual({
      value: JSON.stringify(CANARY),
    });
    for (const owner of [
      { workspaceId: 'default', secret: 'other' },
      { workspaceId: 'w2', secret: 'sealed' },
      { workspaceId: 'default', connection: 'sealed' },
    ])
      expect(() => box.open(sealed, owner)).toThrow('cannot be opened');
  });

  it('belong to one workspace', async () => {
    const theirs = await hub.tokenOf('secrets-of-others');
    await put('ours', CANARY);
    await put('theirs', CANARY, theirs);
    expect(await names(theirs)).toEqual(['theirs']);
    expect(await names()).not.toContain('theirs');
    expect((await hub.call('DELETE', '/v1/secrets/ours', { token: theirs })).status).toBe(404);
  });

  it.each([
    ['no value', 'x', undefined, 400],
    ['an empty text', 'x', '', 400],
    ['a number', 'x', 7, 400],
    ['too much', 'x', 'x'.repeat(70_000), 422],
    ['a name with a blank', 'a%20b', 'v', 400],
    ['a name that is too long', 'n'.repeat(65), 'v', 400],
  ])('are refused with %s', async (...[, name, value, status]) => {
    expect((await put(name, value)).status).toBe(status);
  });

  it('that a document declares and the workspace has not are a warning of its apply', async () => {
    await put('here', CANARY);
    const raw = `document: { dsl: '1.0.3', namespace: secrets, name: declared, version: 1.0.0 }
use: { secrets: [ here, gone ] }
do: [ { a: { set: { x: 1 } } } ]`;
    const { status, body } = await hub.call<{ findings: { code: string; pointer: string }[] }>(
      'PUT',
      '/v1/workflows',
      { raw, headers: { 'content-type': 'application/yaml' } },
    );
    expect(status).toBe(200);
    expect(body.findings).toMatchObject([{ code: 'missing-secret', pointer: '/use/secrets/1', line: 2 }]);
  });
});
