import { readFileSync } from 'node:fs';
import type { VaultConfig } from '@tutti/connector-host/references';
import { names } from './variables.js';

type Given = Readonly<Record<string, string | undefined>>;

const TTL_SECONDS = 300;

/** Where settings of connections may lie besides the database. */
export interface ReferenceSources {
  secretEnvAllowed: string[];
  /** Null: there is no Vault. */
  vault: VaultConfig | null;
}

/**
 * Reads `TUTTI_SECRET_ENV_ALLOWED` and `TUTTI_VAULT_*`. `withLogin`: whether this process reads Vault, or
 * only knows that there is one. Problems are one line each.
 */
export function readReferenceSources(
  given: Given,
  { withLogin }: { withLogin: boolean },
): { sources: ReferenceSources; problems: string[] } {
  const problems: string[] = [];
  const secretEnvAllowed = names('').parse(given.TUTTI_SECRET_ENV_ALLOWED || undefined);
  const wrong = secretEnvAllowed.filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*\*?$|^\*$/.test(name));
  if (wrong.length > 0)
    problems.push(
      `TUTTI_SECRET_ENV_ALLOWED has no names of variables: ${wrong.join(', ')}. Write NAME,PREFIX_*.`,
    );
  const address = given.TUTTI_VAULT_ADDRESS || undefined;
  if (address === undefined) return { sources: { secretEnvAllowed, vault: null }, problems };
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    problems.push('TUTTI_VAULT_ADDRESS is no URL: write https://vault.example:8200.');
  const login = loginOf(given, withLogin, problems);
  const vault = {
    address,
    login,
    namespace: given.TUTTI_VAULT_NAMESPACE || undefined,
    ca: caOf(given, problems),
    ttlMs: ttlOf(given, problems),
  };
  return { sources: { secretEnvAllowed, vault }, problems };
}

function loginOf(given: Given, isNeeded: boolean, problems: string[]): VaultConfig['login'] {
  const token = secretOf(given, 'TUTTI_VAULT_TOKEN', problems);
  const secretId = secretOf(given, 'TUTTI_VAULT_SECRET_ID', problems);
  const roleId = given.TUTTI_VAULT_ROLE_ID || undefined;
  if (token !== undefined && (roleId !== undefined || secretId !== undefined))
    problems.push('TUTTI_VAULT_TOKEN and TUTTI_VAULT_ROLE_ID are both set: keep one way to sign in.');
  if (token !== undefined) return { token };
  if (roleId !== undefined && secretId !== undefined)
    return { roleId, secretId, mount: given.TUTTI_VAULT_APPROLE_MOUNT || 'approle' };
  if (isNeeded)
    problems.push(
      'TUTTI_VAULT_TOKEN is missing: a token for TUTTI_VAULT_ADDRESS, or TUTTI_VAULT_ROLE_ID and TUTTI_VAULT_SECRET_ID.',
    );
  return { token: '' };
}

function secretOf(given: Given, name: string, problems: string[]): string | undefined {
  const file = given[`${name}_FILE`] || undefined;
  const value = given[name] || undefined;
  if (file === undefined) return value;
  if (value !== undefined) problems.push(`${name} and ${name}_FILE are both set: keep one of them.`);
  return contentOf(`${name}_FILE`, file, problems)?.trim();
}

function caOf(given: Given, problems: string[]): string | undefined {
  const file = given.TUTTI_VAULT_CA_FILE || undefined;
  return file === undefined ? undefined : contentOf('TUTTI_VAULT_CA_FILE', file, problems);
}

function contentOf(name: string, file: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.push(`${name} cannot be read: ${(error as Error).message}.`);
    return undefined;
  }
}

function ttlOf(given: Given, problems: string[]): number {
  const text = given.TUTTI_VAULT_TTL_SECONDS || String(TTL_SECONDS);
  if (!/^\d{1,6}$/.test(text)) problems.push('TUTTI_VAULT_TTL_SECONDS must be a whole number of seconds.');
  return Number(text) * 1_000;
}
