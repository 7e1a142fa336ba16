/** A setting whose value lies elsewhere: in the environment of connector hosts, or in Vault. */
export type SecretReference = { $env: string } | { $vault: string };

/** Where a value lies in a KV engine of version 2: `mount/path#field`. The mount is the first segment. */
export interface VaultPlace {
  mount: string;
  path: string;
  field: string;
}

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const VAULT_PLACE = /^([\w.-]{1,64})\/((?:[\w.-]{1,128}\/){0,15}[\w.-]{1,128})#([^\s#]{1,128})$/;
/** The hub's own variables hold what must not leave it. */
const OWN_NAME = /^TUTTI_/;

/** Whether a setting is meant as a reference, be it right or wrong. */
export function isReference(value: unknown): value is SecretReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Object.hasOwn(value, '$env') || Object.hasOwn(value, '$vault'))
  );
}

/** What is wrong with a reference; null: nothing. */
export function referenceProblem(reference: SecretReference): string | null {
  const [name, ...more] = Object.keys(reference);
  const value = (reference as Record<string, unknown>)[name as string];
  if (more.length > 0 || typeof value !== 'string')
    return 'is no reference: write { "$env": "NAME" } or { "$vault": "mount/path#field" }';
  if (name === '$env')
    return ENV_NAME.test(value) ? null : `names no variable: ${JSON.stringify(value.slice(0, 64))}`;
  return placeOf(value) === null
    ? `names no place in Vault: write "mount/path#field", not ${JSON.stringify(value.slice(0, 64))}`
    : null;
}

/** The place that `$vault` names; null: none. */
export function placeOf(text: string): VaultPlace | null {
  const [, mount, path, field] = VAULT_PLACE.exec(text) ?? [];
  if (mount === undefined || path === undefined || field === undefined) return null;
  return /(?:^|\/)\.\.?(?:\/|$)/.test(`${mount}/${path}`) ? null : { mount, path, field };
}

/** Whether the operator lets settings name this variable: by its name, or by a pattern that ends with `*`. */
export function isEnvAllowed(name: string, allowed: readonly string[]): boolean {
  if (OWN_NAME.test(name)) return false;
  return allowed.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
}
