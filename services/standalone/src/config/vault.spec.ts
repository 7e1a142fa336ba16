import { readReferenceSources } from './vault.js';

const VAULT = { TUTTI_VAULT_ADDRESS: 'https://vault.test:8200' };
const read = (given: Record<string, string>, withLogin = true) => readReferenceSources(given, { withLogin });

it('has no sources unless they are given', () => {
  expect(read({})).toEqual({ sources: { secretEnvAllowed: [], vault: null }, problems: [] });
});

it('takes variables, and a Vault with a token or an AppRole', () => {
  const given = { ...VAULT, TUTTI_SECRET_ENV_ALLOWED: 'CRM_TOKEN, ERP_*', TUTTI_VAULT_NAMESPACE: 'team' };
  expect(read({ ...given, TUTTI_VAULT_TOKEN: 't', TUTTI_VAULT_TTL_SECONDS: '60' }).sources).toMatchObject({
    secretEnvAllowed: ['CRM_TOKEN', 'ERP_*'],
    vault: { address: 'https://vault.test:8200', login: { token: 't' }, namespace: 'team', ttlMs: 60_000 },
  });
  const role = { TUTTI_VAULT_ROLE_ID: 'r', TUTTI_VAULT_SECRET_ID: 's' };
  expect(read({ ...given, ...role }).sources.vault?.login).toEqual({
    roleId: 'r',
    secretId: 's',
    mount: 'approle',
  });
});

it.each([
  [{ ...VAULT }, /TUTTI_VAULT_TOKEN is missing/],
  [{ ...VAULT, TUTTI_VAULT_TOKEN: 't', TUTTI_VAULT_ROLE_ID: 'r' }, /keep one way to sign in/],
  [{ ...VAULT, TUTTI_VAULT_TOKEN: 't', TUTTI_VAULT_TOKEN_FILE: '/no/file' }, /keep one of them/],
  [{ TUTTI_VAULT_ADDRESS: 'vault:8200', TUTTI_VAULT_TOKEN: 't' }, /is no URL/],
  [
    { ...VAULT, TUTTI_VAULT_TOKEN: 't', TUTTI_VAULT_CA_FILE: '/no/file' },
    /TUTTI_VAULT_CA_FILE cannot be read/,
  ],
  [{ ...VAULT, TUTTI_VAULT_TOKEN: 't', TUTTI_VAULT_TTL_SECONDS: 'x' }, /whole number of seconds/],
  [{ TUTTI_SECRET_ENV_ALLOWED: 'A*B' }, /no names of variables: A\*B/],
])('tells what is wrong: %j', (given, problem) => {
  expect(read(given).problems.join('\n')).toMatch(problem);
});

it('lets a process that does not read Vault know of it without signing in', () => {
  expect(read(VAULT, false)).toMatchObject({
    sources: { vault: { address: VAULT.TUTTI_VAULT_ADDRESS } },
    problems: [],
  });
});
