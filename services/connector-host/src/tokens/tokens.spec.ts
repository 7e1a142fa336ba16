import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { CallAuthentication, CallOutcome, CallRequest } from '@tutti/contracts';
import { SecretMarks } from '@tutti/store';
import { secretMark } from '@tutti/contracts';
import { Authority } from '../testing/authority.js';
import { ClientProof } from '../testing/client-proof.js';
import { json } from '../testing/http-stub.js';
import { failed, httpRequest, output } from '../testing/requests.js';
import { TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();
const SECRET = 'canary-client-secret';
let authority: Authority;

beforeEach(async () => {
  authority = await Authority.start();
});
afterEach(() => authority.stop());

type OAuth = Extract<CallAuthentication, { authority: string }>;
const oauth2 = (more: Partial<OAuth> = {}): OAuth => ({
  scheme: 'oauth2',
  authority: authority.origin,
  grant: 'client_credentials',
  client: { id: 'hub', secret: SECRET },
  ...more,
});
const asked = (authentication: OAuth, more: Partial<CallRequest> = {}) =>
  httpRequest({ uri: `${hub.stub.origin}/api`, authentication }, more);
const perform = async (request: CallRequest): Promise<CallOutcome> =>
  (await hub.host.host.executor.execute(request)).outcome;
const bearers = () => hub.stub.seen.map(({ headers }) => headers.authorization);

describe('OAuth 2.0', () => {
  it('sends calls with a token that is asked for once', async () => {
    for (let i = 0; i < 3; i += 1) expect(output(await perform(asked(oauth2())))).toEqual({ ok: true });
    expect(bearers()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
    expect(authority.asked).toEqual([
      {
        fields: { grant_type: ['client_credentials'], client_id: ['hub'], client_secret: [SECRET] },
        authorization: undefined,
        contentType: 'application/x-www-form-urlencoded',
      },
    ]);
  });

  it('asks once for calls that come together', async () => {
    let open = () => {};
    authority.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const calls = Array.from({ length: 20 }, () => perform(asked(oauth2())));
    open();
    for (const outcome of await Promise.all(calls)) expect(output(outcome)).toEqual({ ok: true });
    expect(authority.asked).toHaveLength(1);
  });

  it.each([
    ['one that has expired', { expires_in: 1e-9 }],
    ['one for other scopes', { expires_in: 3_600 }],
  ])('asks anew for %s', async (what, extra) => {
    authority.extra = extra;
    await perform(asked(oauth2({ scopes: ['a'] })));
    await perform(asked(oauth2({ scopes: what.includes('expired') ? ['a'] : ['b'] })));
    expect(bearers()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it.each([
    ['client_secret_post', { client_id: ['hub'], client_secret: ['s e/c'] }, undefined],
    ['client_secret_basic', {}, `Basic ${Buffer.from('hub:s+e%2Fc').toString('base64')}`],
    ['none', { client_id: ['hub'] }, undefined],
    [
      'private_key_jwt',
      {
        client_id: ['hub'],
        client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
        client_assertion: ['a.b.c'],
      },
      undefined,
    ],
  ])('authenticates the client by %s', async (by, fields, authorization) => {
    const client = { id: 'hub', secret: 's e/c', assertion: 'a.b.c', authentication: by };
    expect(output(await perform(asked(oauth2({ client }))))).toEqual({ ok: true });
    expect(authority.asked).toMatchObject([
      { fields: { grant_type: ['client_credentials'], ...fields }, authorization },
    ]);
    expect(Object.keys(authority.asked[0]?.fields ?? {}).sort()).toEqual(
      ['grant_type', ...Object.keys(fields)].sort(),
    );
  });

  it('asks with password, scopes and audiences, at its own endpoint, as a form or in JSON', async () => {
    const more = {
      grant: 'password',
      username: 'ann',
      password: SECRET,
      scopes: ['read', 'write'],
      audiences: ['one', 'two'],
      endpoints: { token: '/own/token' },
    };
    await perform(asked(oauth2(more)));
    await perform(asked(oauth2({ ...more, request: { encoding: 'application/json' } })));
    const fields = {
      grant_type: ['password'],
      scope: ['read write'],
      audience: ['one', 'two'],
      username: ['ann'],
      password: [SECRET],
      client_id: ['hub'],
      client_secret: [SECRET],
    };
    expect(authority.asked.map((one) => one.fields)).toEqual([fields, fields]);
    expect(authority.asked[1]?.contentType).toBe('application/json');
  });

  it('gets another token when the server refuses the first, once, and does the call again', async () => {
    hub.stub.behaviour = ({ headers }, response) =>
      json(response, headers.authorization === 'Bearer token-1' ? 401 : 200, { ok: true });
    expect(output(await perform(asked(oauth2(), { effect: 'write' })))).toEqual({ ok: true });
    expect(bearers()).toEqual(['Bearer token-1', 'Bearer token-2']);
    hub.stub.behaviour = (_request, response) => json(response, 401, {});
    expect(failed(await perform(asked(oauth2()))).error.status).toBe(401);
    expect(bearers().slice(2)).toEqual(['Bearer token-2', 'Bearer token-3']);
  });

  it.each([
    [
      'refuses',
      { status: 400, body: { error: 'invalid_client', error_description: `bad: client_secret=${SECRET}` } },
      'permanent',
      401,
    ],
    ['is away', { status: 503, body: {} }, 'transient', 503],
    ['answers nonsense', { status: 200, body: { token: 'x' } }, 'permanent', 401],
  ])('makes no call when the authority %s', async (_, refusal, fate, status) => {
    authority.refusals.push(refusal);
    const outcome = failed(await perform(asked(oauth2())));
    expect({ fate: outcome.fate, status: outcome.error.status }).toEqual({ fate, status });
    expect(outcome.error.title).toBe('No token for the call');
    expect(JSON.stringify(outcome)).not.toContain(SECRET);
    expect(hub.stub.seen).toEqual([]);
    expect(output(await perform(asked(oauth2())))).toEqual({ ok: true });
  });

  it('records a reply that cannot be read as one exchange', async () => {
    authority.refusals.push({ status: 200, body: {}, headers: { 'content-encoding': 'gzip' } });
    const outcome = failed(await perform(asked(oauth2())));
    expect(outcome.error.detail).toContain('The gzip reply is broken.');
    expect(hub.host.spans).toEqual([
      expect.objectContaining({
        name: 'POST',
        attributes: expect.objectContaining({ 'http.response.status_code': 200 }),
      }),
    ]);
  });

  it('makes no call when the authority cannot be reached', async () => {
    const request = asked(oauth2());
    await authority.stop();
    const outcome = failed(await perform(request));
    expect(outcome).toMatchObject({ fate: 'transient', error: { title: 'No token for the call' } });
    authority = await Authority.start();
  });

  it('keeps tokens and credentials out of outcome, log and span', async () => {
    hub.stub.behaviour = ({ headers }, response) => json(response, 200, { echo: headers.authorization });
    const outcome = await perform(asked(oauth2()));
    expect(output(outcome)).toEqual({ echo: 'Bearer [redacted]' });
    const everything = JSON.stringify([outcome, hub.host.lines, hub.host.spans]);
    expect(everything).not.toContain('token-1');
    expect(everything).not.toContain(SECRET);
  });

  it('takes its credentials from secrets, whole or in parts', async () => {
    const { host } = hub;
    const marks = await SecretMarks.load(host.database);
    const value = {
      authority: authority.origin,
      grant: 'client_credentials',
      client: { id: 'hub', secret: SECRET },
    };
    for (const [name, content] of [
      ['oauth', value],
      ['client-secret', SECRET],
    ] as const) {
      const owner = { workspaceId: 'default', secret: name };
      const sealed = host.host.secretBox.seal({ value: JSON.stringify(content) }, owner);
      await host.database.query(
        `INSERT INTO secrets (workspace_id, name, sealed, updated_by) VALUES ('default', $1, $2, 'test')`,
        [name, sealed],
      );
    }
    const bare = httpRequest({
      uri: `${hub.stub.origin}/`,
      authentication: { scheme: 'oauth2', use: 'oauth' },
    });
    const names = ['oauth', 'client-secret'];
    expect(output(await perform({ ...bare, secrets: { names, runId: bare.runId } }))).toEqual({ ok: true });
    const parts = asked(oauth2());
    const { runId } = parts;
    const mac = marks.macOf({ workspaceId: 'default', runId, reference: 'client-secret' });
    const client = { id: 'hub', secret: secretMark('client-secret', mac) };
    const input = { ...(parts.input as object), authentication: oauth2({ client, scopes: ['x'] }) };
    expect(output(await perform({ ...parts, input, secrets: { names, runId } }))).toEqual({ ok: true });
    expect(authority.asked.map(({ fields }) => fields.client_secret)).toEqual([[SECRET], [SECRET]]);
  });
});

describe('the assertion of a client', () => {
  const pem = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }));
  const pairs = {
    RSA: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
    'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    Ed25519: generateKeyPairSync('ed25519'),
  };
  const signedWith = (key: string) =>
    asked(oauth2({ client: { id: 'hub', key, authentication: 'private_key_jwt' } }));

  it.each(Object.entries(pairs))('is signed with its key (%s), anew for each token', async (_, pair) => {
    authority.proof = new ClientProof('hub', pair.publicKey);
    const client = { id: 'hub', key: pem(pair.privateKey), authentication: 'private_key_jwt' };
    for (const scope of ['a', 'b'])
      expect(output(await perform(asked(oauth2({ client, scopes: [scope] }))))).toEqual({ ok: true });
    expect(authority.asked).toHaveLength(2);
    expect(JSON.stringify(authority.asked)).not.toContain('PRIVATE KEY');
  });

  it('is signed with its secret, which is not sent', async () => {
    authority.proof = new ClientProof('hub', SECRET);
    const client = { id: 'hub', secret: SECRET, authentication: 'client_secret_jwt' };
    expect(output(await perform(asked(oauth2({ client }))))).toEqual({ ok: true });
    expect(JSON.stringify(authority.asked)).not.toContain(SECRET);
  });

  it('is refused by an authority that knows another key, and tells nothing of its own', async () => {
    authority.proof = new ClientProof('hub', pairs.RSA.publicKey);
    const outcome = failed(await perform(signedWith(pem(pairs.Ed25519.privateKey))));
    expect(outcome).toMatchObject({ fate: 'permanent', error: { status: 401 } });
    expect(outcome.error.detail).toContain('not signed by it');
    expect(JSON.stringify([outcome, hub.host.spans])).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['that is none', 'canary-no-key', 'is no private key in PEM'],
    [
      'of another type',
      pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
      'is of the type ec secp256k1',
    ],
  ])('cannot be made with a key %s', async (_, key, detail) => {
    const outcome = failed(await perform(signedWith(key)));
    expect(outcome).toMatchObject({ fate: 'permanent', error: { status: 401 } });
    expect(outcome.error.detail).toContain(detail);
    expect(JSON.stringify(outcome)).not.toMatch(/canary|PRIVATE KEY/);
    expect(authority.asked).toEqual([]);
  });
});

it('exchanges a token for another one, in the name of an actor', async () => {
  const type = 'urn:ietf:params:oauth:token-type:access_token';
  const exchange = {
    grant: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject: { token: 'canary-subject', type },
    actor: { token: 'canary-actor', type },
  };
  hub.stub.behaviour = (_request, response) => json(response, 200, { echo: 'canary-subject canary-actor' });
  const outcome = await perform(asked(oauth2(exchange)));
  expect(output(outcome)).toEqual({ echo: '[redacted] [redacted]' });
  expect(authority.asked[0]?.fields).toEqual({
    grant_type: [exchange.grant],
    subject_token: ['canary-subject'],
    subject_token_type: [type],
    actor_token: ['canary-actor'],
    actor_token_type: [type],
    client_id: ['hub'],
    client_secret: [SECRET],
  });
});

describe('OpenID Connect', () => {
  const oidc = (more: Partial<OAuth> = {}) =>
    oauth2({ scheme: 'oidc', authority: `${authority.origin}/realm/`, ...more });

  it('finds the token endpoint by discovery', async () => {
    expect(output(await perform(asked(oidc())))).toEqual({ ok: true });
    expect(output(await perform(asked(oidc())))).toEqual({ ok: true });
    expect([authority.discovered, authority.asked.length]).toEqual([1, 1]);
  });

  it('discovers for oauth2 too where the authority is the address of the configuration', async () => {
    const at = `${authority.origin}/realm/.well-known/openid-configuration`;
    expect(output(await perform(asked(oauth2({ authority: at }))))).toEqual({ ok: true });
    expect(authority.discovered).toBe(1);
  });

  it('takes no token of an issuer that is not named', async () => {
    authority.issuer = 'https://issuer.example';
    const issuers = ['https://issuer.example'];
    expect(output(await perform(asked(oidc({ issuers }))))).toEqual({ ok: true });
    authority.issuer = 'https://other.example';
    const refused = failed(await perform(asked(oidc({ issuers, scopes: ['new'] }))));
    expect(refused.error.detail).toContain('its issuer is "https://other.example"');
    authority.issuer = 'https://issuer.example';
    const payload = Buffer.from('{"iss":"https://other.example"}').toString('base64url');
    authority.extra = { access_token: `e30.${payload}.c2ln` };
    const jwt = failed(await perform(asked(oidc({ issuers, scopes: ['jwt'] }))));
    expect(jwt.error.detail).toContain('its issuer is "https://other.example"');
    expect(hub.stub.seen).toHaveLength(1);
  });

  it('says so when there is no configuration', async () => {
    const outcome = failed(await perform(asked(oidc({ authority: `${authority.origin}/nowhere` }))));
    expect(outcome).toMatchObject({ fate: 'permanent', error: { status: 401 } });
    expect(outcome.error.detail).toContain('/nowhere/.well-known/openid-configuration answered 404');
  });
});
