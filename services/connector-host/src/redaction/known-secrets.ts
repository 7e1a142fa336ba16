import { SecretRedactor } from './secret-redactor.js';

/**
 * The secrets that this process knows, those of all connections and those of workspaces that calls asked for:
 * what the hub's own spans and logs are redacted with.
 */
export class KnownSecrets {
  /** By a name for the connection, or for the secret of a workspace. */
  readonly #byOwner = new Map<string, readonly string[]>();
  #redactor: SecretRedactor | null = null;

  set(owner: string, secrets: readonly string[]): void {
    const before = this.#byOwner.get(owner);
    if (before?.length === secrets.length && before.every((one, i) => one === secrets[i])) return;
    this.#byOwner.set(owner, secrets);
    this.#redactor = null;
  }

  delete(owner: string): void {
    if (this.#byOwner.delete(owner)) this.#redactor = null;
  }

  /** Hand this to `startTelemetry({ redact })`. */
  readonly redact = (text: string): string => this.#current.text(text);

  /** A value of JSON without secrets in any of its texts. Its spelling as JSON is never cut into. */
  readonly redactValue = <T>(value: T): T => this.#current.value(value);

  get #current(): SecretRedactor {
    this.#redactor ??= new SecretRedactor([...this.#byOwner.values()].flat());
    return this.#redactor;
  }
}
