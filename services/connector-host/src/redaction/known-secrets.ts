import { SecretRedactor } from './secret-redactor.js';

/** The secrets of all connections of this process: what the hub's own spans and logs are redacted with. */
export class KnownSecrets {
  readonly #byConnection = new Map<string, readonly string[]>();
  #redactor: SecretRedactor | null = null;

  set(connection: string, secrets: readonly string[]): void {
    const before = this.#byConnection.get(connection);
    if (before?.length === secrets.length && before.every((one, i) => one === secrets[i])) return;
    this.#byConnection.set(connection, secrets);
    this.#redactor = null;
  }

  delete(connection: string): void {
    if (this.#byConnection.delete(connection)) this.#redactor = null;
  }

  /** Hand this to `startTelemetry({ redact })`. */
  readonly redact = (text: string): string => {
    this.#redactor ??= new SecretRedactor([...this.#byConnection.values()].flat());
    return this.#redactor.text(text);
  };
}
