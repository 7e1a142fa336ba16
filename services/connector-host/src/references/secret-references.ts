import { isEnvAllowed, isReference, placeOf, referenceProblem, type SecretReference } from '@tutti/contracts';
import { UnresolvedReference } from './unresolved-reference.js';
import { VaultClient, type VaultConfig } from './vault-client.js';

export interface SecretReferencesParts {
  /** Names of variables that settings may name; `*` at the end stands for anything. */
  envAllowed: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Null: the operator named none. */
  vault: VaultClient | null;
}

/** Puts values in the place of references, where settings are used and nowhere else. */
export class SecretReferences {
  readonly #parts: SecretReferencesParts;

  constructor(parts: SecretReferencesParts) {
    this.#parts = parts;
  }

  /** Which settings are references. */
  namesIn(settings: Readonly<Record<string, unknown>>): string[] {
    return Object.keys(settings).filter((name) => isReference(settings[name]));
  }

  /** The values of the settings that are references. Throws UnresolvedReference that names the setting. */
  async resolve(settings: Readonly<Record<string, unknown>>): Promise<Record<string, string>> {
    const names = this.namesIn(settings);
    const values = await Promise.all(
      names.map((name) => this.#valueFor(name, settings[name] as SecretReference)),
    );
    return Object.fromEntries(names.map((name, at) => [name, values[at] as string]));
  }

  async close(): Promise<void> {
    await this.#parts.vault?.close();
  }

  async #valueFor(name: string, reference: SecretReference): Promise<string> {
    try {
      const problem = referenceProblem(reference);
      if (problem !== null) throw new UnresolvedReference(`It ${problem}.`, { away: false });
      return '$env' in reference ? this.#variable(reference.$env) : await this.#vaultField(reference.$vault);
    } catch (error) {
      if (!(error instanceof UnresolvedReference)) throw error;
      const message = `The setting "${name}" has no value: ${error.message}`;
      throw new UnresolvedReference(message, { away: error.away, cause: error });
    }
  }

  #variable(name: string): string {
    if (!isEnvAllowed(name, this.#parts.envAllowed))
      throw new UnresolvedReference(
        `the variable ${name} may not be read: the operator names those that may in TUTTI_SECRET_ENV_ALLOWED.`,
        { away: false },
      );
    const value = this.#parts.environment[name];
    if (value === undefined || value === '')
      throw new UnresolvedReference(`the variable ${name} is not set at this connector host.`, {
        away: false,
      });
    return value;
  }

  async #vaultField(text: string): Promise<string> {
    const place = placeOf(text);
    if (this.#parts.vault === null || place === null)
      throw new UnresolvedReference('this connector host has no Vault (TUTTI_VAULT_ADDRESS).', {
        away: false,
      });
    const fields = await this.#parts.vault.read(place.mount, place.path);
    const value = Object.hasOwn(fields, place.field) ? fields[place.field] : undefined;
    if (typeof value !== 'string')
      throw new UnresolvedReference(
        `the secret "${place.mount}/${place.path}" of Vault has no text called "${place.field}".`,
        { away: false },
      );
    return value;
  }
}

/** The references that the operator lets settings have. */
export function referencesOf({
  secretEnvAllowed: envAllowed = [],
  environment = {},
  vault = null,
}: {
  secretEnvAllowed?: readonly string[];
  environment?: Readonly<Record<string, string | undefined>>;
  vault?: VaultConfig | null;
}): SecretReferences {
  return new SecretReferences({
    envAllowed,
    environment,
    vault: vault === null ? null : new VaultClient(vault),
  });
}
