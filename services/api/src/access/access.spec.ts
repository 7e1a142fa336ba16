import { ApiHarness } from '../testing/api-harness.js';

describe('access', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start({ config: { tokenCacheMs: 0, dashboardUrl: 'http://127.0.0.1:3999' } });
  });
  afterAll(() => api.close());

  async function signIn(): Promise<string> {
    const link = await api.call<{ code: string }>('POST', '/v1/sign-in-links');
    const session = await api.call<{ token: string }>('POST', '/v1/sessions', {
      token: null,
      body: { code: link.body.code },
    });
    return session.body.token;
  }

  it('tells who the caller is', async () => {
    expect((await api.call('GET', '/v1/me')).body).toEqual({
      workspaceId: 'default',
      subject: 'admin',
      kind: 'admin',
    });
  });

  it('exchanges a code once for a session', async () => {
    const link = await api.call<{ code: string; url: string }>('POST', '/v1/sign-in-links');
    expect(link.status).toBe(201);
    expect(link.body.url).toBe(`http://127.0.0.1:3999/sign-in?code=${link.body.code}`);
    const first = await api.call<{ token: string }>('POST', '/v1/sessions', {
      token: null,
      body: { code: link.body.code },
    });
    expect(first.status).toBe(201);
    const second = await api.call('POST', '/v1/sessions', { token: null, body: { code: link.body.code } });
    expect(second).toMatchObject({ status: 410, body: { type: 'https://tutti.dev/problems/link-used' } });
    expect((await api.call('GET', '/v1/me', { token: first.body.token })).body).toMatchObject({
      kind: 'session',
      subject: 'admin',
    });
  });

  it('gives one session to two simultaneous exchanges of one code', async () => {
    const {
      body: { code },
    } = await api.call<{ code: string }>('POST', '/v1/sign-in-links');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.call('POST', '/v1/sessions', { token: null, body: { code } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(410)]);
  });

  it('refuses an unknown and an old code alike', async () => {
    const {
      body: { code },
    } = await api.call<{ code: string }>('POST', '/v1/sign-in-links');
    await api.query(
      `UPDATE access_tokens SET expires_at = clock_timestamp() - interval '1 second' WHERE kind = 'sign-in' AND used_at IS NULL`,
    );
    const old = await api.call('POST', '/v1/sessions', { token: null, body: { code } });
    const unknown = await api.call('POST', '/v1/sessions', { token: null, body: { code: 'x'.repeat(43) } });
    expect([old.status, unknown.status]).toEqual([410, 410]);
    expect(old.body.detail).toBe(unknown.body.detail);
  });

  it('does not take a sign-in code for a token', async () => {
    const {
      body: { code },
    } = await api.call<{ code: string }>('POST', '/v1/sign-in-links');
    expect((await api.call('GET', '/v1/me', { token: code })).status).toBe(401);
  });

  it('ends a session for good, and only a session', async () => {
    const token = await signIn();
    expect((await api.call('DELETE', '/v1/sessions/current', { token })).status).toBe(204);
    expect((await api.call('GET', '/v1/me', { token })).status).toBe(401);
    expect((await api.call('DELETE', '/v1/sessions/current')).status).toBe(403);
  });

  it('refuses an expired session and lengthens one in use', async () => {
    const token = await signIn();
    await api.query(
      `UPDATE access_tokens SET expires_at = clock_timestamp() + interval '1 minute' WHERE kind = 'session'`,
    );
    expect((await api.call('GET', '/v1/me', { token })).status).toBe(200);
    expect(
      await api.query(
        `SELECT bool_or(expires_at > clock_timestamp() + interval '11 hours') AS longer FROM access_tokens WHERE kind = 'session'`,
      ),
    ).toEqual([{ longer: true }]);
    await api.query(
      `UPDATE access_tokens SET expires_at = clock_timestamp() - interval '1 second' WHERE kind = 'session'`,
    );
    expect((await api.call('GET', '/v1/me', { token })).status).toBe(401);
  });

  it('stores no token and no code that could be used', async () => {
    const token = await signIn();
    const rows = await api.query<{ row: string }>(
      `SELECT a::text || encode(secret_hash, 'escape') AS row FROM access_tokens a`,
    );
    const audit = await api.query<{ row: string }>('SELECT e::text AS row FROM audit_events e');
    expect([...rows, ...audit].filter(({ row }) => row.includes(token) || row.includes(api.token))).toEqual(
      [],
    );
  });
});
