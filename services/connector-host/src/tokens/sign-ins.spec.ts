import type { CallOutcome } from '@tutti/contracts';
import { HostInstance } from '../testing/host-instance.js';
import { machinePlugin, oauthPlugin } from '../testing/oauth-plugin.js';
import { answerOf, CLIENT, OidcAuthority, REDIRECT_URI } from '../testing/oidc-authority.js';
import { capabilityRequest, failed, output } from '../testing/requests.js';
import { TestHost } from '../testing/test-host.js';

let hub: TestHost;
let authority: OidcAuthority;

beforeAll(async () => {
  hub = await TestHost.start(oauthPlugin, machinePlugin);
  authority = await OidcAuthority.start();
}, 60_000);
afterAll(async () => {
  await hub.stop();
  await authority.stop();
});
beforeEach(async () => {
  await hub.database.query('DELETE FROM connections');
  await hub.connect('util-oauth', authority.settings);
  authority.grants.length = 0;
  authority.seen.length = 0;
  hub.spans.length = 0;
  hub.lines.length = 0;
});

const call = (capability = 'util.read') => hub.call(capability, {}, { plugin: 'util-oauth' } as never);
const refusal = (outcome: CallOutcome) =>
  `${failed(outcome).error.title} ${failed(outcome).error.detail ?? ''}`;

async function begin(): Promise<string> {
  const begun = await hub.host.signIns.begin({
    workspaceId: 'default',
    connection: 'main',
    redirectUri: REDIRECT_URI,
    returnTo: '/connections/main',
    by: 'ann',
  });
  if ('error' in begun) throw new Error(begun.error);
  return begun.url;
}

async function signIn(): Promise<void> {
  const ended = await hub.host.signIns.finish(answerOf(await authority.signIn(await begin())));
  expect(ended).toEqual({
    ok: true,
    detail: 'Connection "main" is signed in.',
    connection: 'main',
    workspaceId: 'default',
    returnTo: '/connections/main',
    by: 'ann',
  });
}

/** The access token that the API was called with last. */
const lastToken = () => authority.seen.at(-1)?.token ?? '';
const expire = () =>
  hub.database.query(`UPDATE connection_tokens SET expires_at = clock_timestamp() - interval '1 second'`);
/** As a change of the connection does: hosts look at its tokens anew. */
async function forget(): Promise<void> {
  await hub.database.query('UPDATE connections SET revision = revision + 1');
  hub.host.directory.notify();
}
async function row(): Promise<Record<string, unknown>> {
  const [found] = (await hub.database.query('SELECT * FROM connection_tokens')) as Record<string, unknown>[];
  return found ?? {};
}

describe('a connection that a person signs in to', () => {
  it('says that somebody has to sign in before it is used', async () => {
    const outcome = failed(await call());
    expect(outcome).toMatchObject({ fate: 'permanent', error: { status: 401, reason: 'unavailable' } });
    expect(refusal(outcome)).toMatch(
      /needs a sign-in.*nobody has signed in yet.*connections authorize main/s,
    );
    await expect(hub.host.tester.test('default', 'main')).resolves.toMatchObject({ ok: false });
  });

  it('sends requests with the token of a sign-in with PKCE, which nothing else holds', async () => {
    const url = new URL(await begin());
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: CLIENT.id,
      redirect_uri: REDIRECT_URI,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      prompt: 'consent',
    });
    const came = answerOf(await authority.signIn(url.href));
    expect(await hub.host.signIns.finish(came)).toMatchObject({ ok: true });
    expect(output(await call())).toEqual({ said: '[redacted]' });
    expect(await hub.host.tester.test('default', 'main')).toMatchObject({ ok: true, detail: 'signed in' });
    expect(authority.grants).toEqual(['authorization_code']);
    expect(lastToken()).not.toBe('');
    const kept = await row();
    expect(kept).toMatchObject({ state: 'signed-in', signed_in_by: 'ann', scopes: 'openid offline_access' });
    const all = JSON.stringify([hub.spans, hub.lines, { ...kept, sealed: String(kept['sealed']) }]);
    for (const secret of [lastToken(), CLIENT.secret, came.code as string, came.state])
      expect(all).not.toContain(secret);
    expect(hub.lines.join()).toContain('came: [redacted]');
  });

  it('takes no answer twice, none with another state and none that is too late', async () => {
    const came = answerOf(await authority.signIn(await begin()));
    const unknown = { ok: false, connection: null, detail: expect.stringContaining('not known') };
    expect(await hub.host.signIns.finish({ ...came, state: 'made-up' })).toMatchObject(unknown);
    expect(await row()).toEqual({});
    expect(await hub.host.signIns.finish(came)).toMatchObject({ ok: true });
    expect(await hub.host.signIns.finish(came)).toMatchObject(unknown);
    const late = answerOf(await authority.signIn(await begin()));
    await hub.database.query(
      `UPDATE connection_sign_ins SET expires_at = clock_timestamp() - interval '1 second'`,
    );
    expect(await hub.host.signIns.finish(late)).toMatchObject(unknown);
    expect(authority.grants).toEqual(['authorization_code']);
  });

  it('says that access was not granted, and who else answered', async () => {
    const denied = answerOf(await authority.signIn(await begin(), { deny: true }));
    expect(await hub.host.signIns.finish(denied)).toMatchObject({
      ok: false,
      connection: 'main',
      detail: expect.stringMatching(/^Access was not granted \(access_denied/),
    });
    const came = answerOf(await authority.signIn(await begin()));
    expect(await hub.host.signIns.finish({ ...came, iss: 'https://evil.test' })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('comes from "https://evil.test"'),
    });
    expect(authority.grants).toEqual([]);
    const rows = await hub.database.query('SELECT status FROM connection_sign_ins ORDER BY id');
    expect(rows).toEqual([{ status: 'failed' }, { status: 'failed' }]);
  });

  it('says what the authority has against a code, without the code', async () => {
    const came = answerOf(await authority.signIn(await begin()));
    const ended = await hub.host.signIns.finish({ ...came, code: 'canary-code-5512' });
    expect(ended).toMatchObject({ ok: false, detail: expect.stringContaining('invalid_grant') });
    expect(JSON.stringify([ended, hub.spans, hub.lines])).not.toContain('canary-code-5512');
  });

  it('replaces a token that the API refuses, once, and repeats what may be repeated', async () => {
    await signIn();
    await call();
    for (const capability of ['util.read', 'util.put']) {
      const old = lastToken();
      await authority.revokeAccess(old);
      expect(output(await call(capability))).toEqual({ said: '[redacted]' });
      expect(lastToken()).not.toBe(old);
    }
    await authority.revokeAccess(lastToken());
    const writes = authority.seen.length;
    expect(failed(await call('util.write'))).toMatchObject({ fate: 'transient', error: { status: 401 } });
    expect(authority.seen).toHaveLength(writes + 1);
    expect(output(await call('util.write'))).toEqual({ said: '[redacted]' });
    expect(authority.grants.filter((grant) => grant === 'refresh_token')).toHaveLength(3);
  });

  it('needs a person again when the authority takes the refresh token no more', async () => {
    await signIn();
    const { refresh } = hub.host.secretBox.open((await row())['sealed'] as Buffer, {
      workspaceId: 'default',
      kind: 'tokens',
      of: 'main',
    });
    await authority.revokeRefresh(refresh as string);
    await expire();
    await forget();
    const outcome = await call();
    expect(refusal(outcome)).toMatch(/needs a sign-in.*does not take the refresh token.*invalid_grant/s);
    expect(await row()).toMatchObject({ state: 'needed', sealed: null });
    expect(refusal(await call())).toContain('needs a sign-in');
    expect(JSON.stringify([outcome, hub.spans, hub.lines, await row()])).not.toContain(refresh);
    await signIn();
    expect(output(await call())).toEqual({ said: '[redacted]' });
  });

  it('keeps its tokens while the authority is away, and renews them afterwards', async () => {
    await signIn();
    await expire();
    await forget();
    authority.away = true;
    expect(failed(await call())).toMatchObject({ fate: 'transient', error: { status: 503 } });
    authority.away = false;
    expect(output(await call())).toEqual({ said: '[redacted]' });
  });

  it('uses no tokens of another client', async () => {
    await signIn();
    await hub.connect('util-oauth', { ...authority.settings, tokenUrl: `${authority.origin}/none` });
    expect(refusal(await call())).toContain('another client than the one that signed in');
    await hub.connect('util-oauth', authority.settings);
    expect(output(await call())).toEqual({ said: '[redacted]' });
    expect(authority.grants).toEqual(['authorization_code']);
  });

  it('fetches tokens from the declared hosts only', async () => {
    await hub.connect('util-oauth', { ...authority.settings, tokenUrl: 'http://127.0.0.2:9/token' });
    const came = answerOf(await authority.signIn(await begin()));
    expect(await hub.host.signIns.finish(came)).toMatchObject({
      ok: false,
      detail: expect.stringContaining("not one of the plugin's declared hosts"),
    });
  });
});

describe('several hosts', () => {
  let others: HostInstance[];
  beforeAll(async () => {
    others = await Promise.all([HostInstance.start(hub), HostInstance.start(hub)]);
    for (const { host } of others) await host.registry.register(oauthPlugin, '1.0.0');
  }, 60_000);
  afterAll(() => Promise.all(others.map((other) => other.stop())));

  it('use a refresh token once between them, each time', async () => {
    await signIn();
    for (let round = 1; round <= 3; round += 1) {
      await expire();
      await forget();
      for (const { host } of others) host.directory.notify();
      const hosts = [hub.host, ...others.map(({ host }) => host)];
      const outcomes = await Promise.all(
        hosts.flatMap(({ executor }) =>
          Array.from({ length: 4 }, () =>
            executor.execute(capabilityRequest('util.read', {}, { plugin: 'util-oauth' })),
          ),
        ),
      );
      for (const { outcome } of outcomes) expect(output(outcome)).toEqual({ said: '[redacted]' });
      expect(authority.grants.filter((grant) => grant === 'refresh_token')).toHaveLength(round);
    }
  });
});

describe('a connection that the hub signs in to by itself', () => {
  it('needs no person', async () => {
    await hub.connect('util-machine', authority.settings, 'machine');
    const about = { connection: 'machine', plugin: 'util-machine' };
    const read = () => hub.call('util.read', {}, about as never);
    for (let i = 0; i < 2; i += 1) expect(output(await read())).toEqual({ said: '[redacted]' });
    expect(authority.grants).toEqual(['client_credentials']);
    await authority.revokeAccess(lastToken());
    expect(output(await read())).toEqual({ said: '[redacted]' });
    expect(authority.grants).toEqual(['client_credentials', 'client_credentials']);
    const begun = await hub.host.signIns.begin({
      workspaceId: 'default',
      connection: 'machine',
      redirectUri: REDIRECT_URI,
      returnTo: null,
      by: 'ann',
    });
    expect(begun).toEqual({ error: expect.stringContaining('Nobody signs in') });
  });
});
