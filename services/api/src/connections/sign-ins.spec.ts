import type { ConnectionItem, SignInAttempt, SignInBegun } from '@tutti/contracts';
import { uuidv7 } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import type { ConnectionSignIns } from './sign-ins.port.js';

const PLUGIN = { kind: 'crm', database: false, settings: {}, capabilities: [] };
const ID = uuidv7();

/** What the connector host is asked, and how it answers. */
class FakeSignIns implements ConnectionSignIns {
  asked: object[] = [];
  error: string | null = null;
  ended: Awaited<ReturnType<ConnectionSignIns['finish']>> = {
    ok: true,
    detail: 'Connection "mine" is signed in.',
    connection: 'mine',
    workspaceId: 'default',
    returnTo: '/connections/mine',
    by: 'admin',
  };

  begin(request: object) {
    this.asked.push(request);
    if (this.error !== null) return Promise.resolve({ error: this.error });
    return Promise.resolve({ id: ID, url: 'https://login.test/auth', expiresAt: '2026-01-01T00:00:00Z' });
  }

  finish(answer: object) {
    this.asked.push(answer);
    return Promise.resolve(this.ended);
  }
}

describe('sign-ins to connections', () => {
  const signIns = new FakeSignIns();
  let api: ApiHarness;
  let publicApi: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start({ signIns });
    publicApi = await ApiHarness.start({
      signIns,
      config: { publicUrl: 'https://hub.acme.test' },
      beside: api,
    });
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES
       ('crm-x', '1.0.0', 1, $1, 'folder', 'loaded'), ('crm-y', '1.0.0', 1, $2, 'folder', 'loaded')`,
      [JSON.stringify({ ...PLUGIN, signIn: 'authorization_code' }), JSON.stringify(PLUGIN)],
    );
    await api.call('PUT', '/v1/connections/mine', { body: { plugin: 'crm-x' } });
    await api.call('PUT', '/v1/connections/plain', { body: { plugin: 'crm-y' } });
  });
  afterAll(async () => {
    await publicApi.close();
    await api.close();
  });
  beforeEach(() => {
    signIns.asked = [];
    signIns.error = null;
  });

  const begin = (at: ApiHarness, body: object = {}, headers: Record<string, string> = {}) =>
    at.call<SignInBegun>('POST', '/v1/connections/mine/authorization', { body, headers });

  it('begin with an address to open, and come back to the address of the dashboard', async () => {
    const { status, body } = await begin(api, { returnTo: 'dashboard' });
    expect([status, body.url]).toEqual([201, 'https://login.test/auth']);
    expect(body.redirectUri).toBe('http://127.0.0.1:3000/v1/oauth/callback');
    expect(signIns.asked).toEqual([
      {
        workspaceId: 'default',
        connection: 'mine',
        redirectUri: body.redirectUri,
        returnTo: '/connections/mine',
        by: expect.any(String),
      },
    ]);
  });

  it('need to know the public address behind a proxy', async () => {
    const headers = { 'x-forwarded-host': 'hub.acme.test' };
    const refused = await begin(api, {}, headers);
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringContaining('TUTTI_PUBLIC_URL, such as https://hub.acme.test'),
    ]);
    expect(signIns.asked).toEqual([]);
    const { body } = await begin(publicApi, {}, headers);
    expect(body.redirectUri).toBe('https://hub.acme.test/v1/oauth/callback');
  });

  it('say what the connector host has against them', async () => {
    signIns.error = 'Nobody signs in to connections of the plugin "crm-y".';
    expect(await begin(api)).toMatchObject({ status: 409, body: { detail: signIns.error } });
    const missing = await api.call('POST', '/v1/connections/none/authorization', { body: {} });
    expect(missing.status).toBe(404);
  });

  it('end at a page that needs no token, shows no code and goes on to the dashboard', async () => {
    const path = '/v1/oauth/callback?state=s-1&code=canary-code&iss=https%3A%2F%2Flogin.test';
    const done = await api.call<{ text: string }>('GET', path, { token: null });
    expect([done.status, done.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(done.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(done.body.text).toContain('url=http://127.0.0.1:3000/connections/mine');
    expect(done.body.text).not.toContain('canary-code');
    expect(signIns.asked).toEqual([{ state: 's-1', code: 'canary-code', iss: 'https://login.test' }]);
    const audit = await api.query('SELECT action, subject FROM audit_events ORDER BY id DESC LIMIT 1');
    expect(audit).toEqual([{ action: 'connection.signed-in', subject: 'admin' }]);
  });

  it('tell what went wrong as text, not as markup', async () => {
    const before = signIns.ended;
    const detail = 'Refused (<script>alert(1)</script>).';
    signIns.ended = { ok: false, detail, connection: null, workspaceId: null, returnTo: null, by: null };
    const failed = await api.call<{ text: string }>('GET', '/v1/oauth/callback?state=x', { token: null });
    signIns.ended = before;
    expect(failed.status).toBe(400);
    expect(failed.body.text).toContain('Refused (&lt;script&gt;');
    expect(failed.body.text).not.toContain('<script');
  });

  it('show on their connection, can be watched, and end when somebody signs out', async () => {
    const item = async (name = 'mine') =>
      (await api.call<ConnectionItem>('GET', `/v1/connections/${name}`)).body.signIn;
    expect(await item('plain')).toBeNull();
    expect(await item()).toMatchObject({ state: 'needed', by: null });
    await api.query(
      `INSERT INTO connection_tokens (workspace_id, connection, client, state, scopes, signed_in_by)
       VALUES ('default', 'mine', 'c', 'signed-in', 'a b', 'ann')`,
    );
    await api.query(
      `INSERT INTO connection_sign_ins (id, state_hash, workspace_id, connection, sealed, started_by, expires_at)
       VALUES ($1, '', 'default', 'mine', '', 'ann', clock_timestamp() + interval '1 hour')`,
      [ID],
    );
    expect(await item()).toMatchObject({ state: 'signed-in', by: 'ann', scopes: 'a b' });
    const watch = (token?: string) =>
      api.call<SignInAttempt>('GET', `/v1/connections/mine/authorization/${ID}`, token ? { token } : {});
    expect((await watch()).body.status).toBe('open');
    expect((await watch(await api.tokenOf('elsewhere'))).status).toBe(404);
    await api.query(`UPDATE connection_sign_ins SET expires_at = clock_timestamp() - interval '1 second'`);
    expect((await watch()).body.status).toBe('expired');
    await api.query(`UPDATE connection_sign_ins SET status = 'failed', detail = 'no'`);
    expect((await watch()).body).toMatchObject({ status: 'failed', detail: 'no' });
    const signOut = () => api.call('DELETE', '/v1/connections/mine/authorization');
    expect((await signOut()).status).toBe(204);
    expect((await signOut()).status).toBe(404);
    expect(await item()).toMatchObject({ state: 'needed' });
  });
});
