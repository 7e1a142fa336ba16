import { LIMITS } from '../limits.js';
import { ConnectorHost } from '../connector-host.module.js';
import { json } from '../testing/http-stub.js';
import { capabilityRequest, failed, output } from '../testing/requests.js';
import { TestHub, testPlugin } from '../testing/test-plugin.js';
import { VaultStub } from '../testing/vault-stub.js';
import type { VaultConfig } from './vault-client.js';

const hub = TestHub.use();
const CANARY = 'canary-of-the-vault-71';
let vault: VaultStub;
let host: ConnectorHost | null = null;

beforeEach(async () => {
  vault = await VaultStub.start();
  vault.secrets.set('kv/crm/main', { token: CANARY, port: 7 });
});
afterEach(async () => {
  await host?.close();
  await vault.stop();
});

/** A host of its own whose connection has these settings. */
async function hostWith(
  settings: Record<string, unknown>,
  { ttlMs = 300_000, ...more }: Partial<VaultConfig> & { environment?: Record<string, string> } = {},
): Promise<ConnectorHost> {
  const { environment = {}, ...login } = more;
  const config: VaultConfig = { address: vault.address, login: { token: 'root' }, ttlMs, ...login };
  host = new ConnectorHost(
    {
      masterKey: hub.host.masterKey,
      blockPrivateAddresses: false,
      secretEnvAllowed: ['CRM_*', 'PLAIN'],
      environment,
      vault: config,
    },
    hub.host.database,
    { log: { write: (level, line) => hub.host.lines.push(`${level} ${line}`) } },
  );
  await host.registry.register(testPlugin, '1.0.0');
  await hub.host.database.query(
    `UPDATE connections SET settings = $1, secrets = NULL, revision = revision + 1 WHERE name = 'main'`,
    [JSON.stringify({ baseUrl: hub.stub.origin, ...settings })],
  );
  hub.stub.behaviour = (seen, response) => json(response, 200, { echo: seen.headers.authorization });
  return host;
}

const call = async () =>
  (await (host as ConnectorHost).executor.execute(capabilityRequest('util.fetch', { path: '/x' }))).outcome;
const refusal = async () => {
  const { error, fate } = failed(await call());
  return `${fate} ${error.status}: ${error.detail}`;
};

it('takes values from the environment and from Vault, and never shows them', async () => {
  await hostWith(
    { token: { $vault: 'kv/crm/main#token' }, other: { $env: 'CRM_OTHER' } },
    {
      environment: { CRM_OTHER: 'other-canary.test' },
      namespace: 'team',
    },
  );
  const outcome = await call();
  expect(hub.stub.last.headers.authorization).toBe(`Bearer ${CANARY}`);
  expect(output(outcome)).toEqual({ value: { echo: 'Bearer [redacted]' } });
  expect(vault.seen).toEqual([
    { method: 'GET', path: '/v1/kv/data/crm/main', token: 'root', namespace: 'team' },
  ]);
  await call();
  expect(vault.seen).toHaveLength(1);
  expect(JSON.stringify([outcome, hub.host.lines])).not.toContain('canary-of');
  expect((host as ConnectorHost).knownSecrets.redact(`${CANARY} other-canary.test`)).toBe(
    '[redacted] [redacted]',
  );
});

it.each([
  [
    'is not allowed',
    { $env: 'HOME' },
    /permanent 400: .*"token" has no value: the variable HOME may not be read/,
  ],
  ['is of the hub', { $env: 'TUTTI_MASTER_KEY' }, /the variable TUTTI_MASTER_KEY may not be read/],
  ['is not set', { $env: 'CRM_TOKEN' }, /the variable CRM_TOKEN is not set at this connector host/],
  ['has no place', { $vault: 'kv/../sys#x' }, /names no place in Vault/],
  ['is not in Vault', { $vault: 'kv/none#token' }, /permanent 400: .*has nothing at "kv\/none" \(404\)/],
  ['has no such field', { $vault: 'kv/crm/main#other' }, /has no text called "other"/],
  ['is no text', { $vault: 'kv/crm/main#port' }, /has no text called "port"/],
])('a reference that %s fails the call for good and says why', async (_what, token, why) => {
  await hostWith({ token }, { environment: { HOME: '/x', TUTTI_MASTER_KEY: CANARY } });
  expect(await refusal()).toMatch(why);
});

it.each([
  [503, /transient 503: .*Vault is sealed or not ready \(503: Vault is sealed\)/],
  [500, /transient 503: .*Vault answers 500: broken/],
  ['silent', /transient 503: .*Vault does not answer \(no answer within 5 s\)/],
] as const)('a Vault that is away (%s) fails calls for now', async (failing, why) => {
  await hostWith({ token: { $vault: 'kv/crm/main#token' } });
  vault.failing = failing;
  expect(await refusal()).toMatch(why);
  vault.failing = null;
  (host as ConnectorHost).directory.notify();
  expect(output(await call())).toBeDefined();
});

it('a token that Vault does not take is refused for good, without the token', async () => {
  await hostWith({ token: { $vault: 'kv/crm/main#token' } }, { login: { token: 'hvs.canary' } });
  const told = await refusal();
  expect(told).toMatch(/permanent 400: .*Vault refuses "kv\/crm\/main" \(403: .*permission denied/s);
  expect(told).not.toContain('hvs.canary');
});

describe('a value that was read', () => {
  const fresh = LIMITS.vaultFreshMs;
  beforeEach(() => Object.assign(LIMITS, { vaultFreshMs: 0 }));
  afterEach(() => Object.assign(LIMITS, { vaultFreshMs: fresh }));

  it('serves while Vault is away, and is read again when it is back', async () => {
    const { directory } = await hostWith({ token: { $vault: 'kv/crm/main#token' } });
    await call();
    vault.failing = 503;
    directory.notify();
    expect(output(await call())).toBeDefined();
    vault.failing = null;
    vault.secrets.set('kv/crm/main', { token: 'another-canary' });
    directory.notify();
    await call();
    expect(hub.stub.last.headers.authorization).toBe('Bearer another-canary');
  });

  it('serves no longer than its time, and not after Vault said that it is gone', async () => {
    const { directory } = await hostWith({ token: { $vault: 'kv/crm/main#token' } }, { ttlMs: 0 });
    await call();
    vault.failing = 503;
    directory.notify();
    expect(await refusal()).toMatch(/^transient/);
    vault.failing = null;
    vault.secrets.clear();
    directory.notify();
    expect(await refusal()).toMatch(/^permanent.*404/);
  });

  it('is read with a token of an AppRole, which is fetched anew when Vault has revoked it', async () => {
    const login = { roleId: 'role', secretId: 'secret-id', mount: 'approle' };
    const { directory } = await hostWith({ token: { $vault: 'kv/crm/main#token' } }, { login });
    await call();
    directory.notify();
    await call();
    expect(vault.logins).toBe(1);
    vault.tokens.clear();
    directory.notify();
    expect(output(await call())).toBeDefined();
    expect(vault.logins).toBe(2);
  });
});

it('says that an AppRole is not known', async () => {
  const login = { roleId: 'role', secretId: 'wrong-canary', mount: 'approle' };
  await hostWith({ token: { $vault: 'kv/crm/main#token' } }, { login });
  expect(await refusal()).toMatch(/Vault answers 400: invalid role or secret ID for "auth\/approle\/login"/);
});
