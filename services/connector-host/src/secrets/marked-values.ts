import type { CallRequest } from '@tutti/contracts';
import type { SecretMarks } from '@tutti/store';
import { SecretError } from './secret-error.js';
import type { SecretValue } from './secret-directory.js';

/** Puts the values of secrets in the place of their marks. */
export class MarkedValues {
  readonly #marks: SecretMarks;
  readonly #of: { workspaceId: string; runId: string };
  readonly #secrets: ReadonlyMap<string, SecretValue>;
  /** What was put in. */
  readonly used = new Set<string>();

  constructor(marks: SecretMarks, request: CallRequest, secrets: ReadonlyMap<string, SecretValue>) {
    const { workspaceId, runId } = request;
    this.#marks = marks;
    this.#of = { workspaceId, runId: request.secrets?.runId ?? runId };
    this.#secrets = secrets;
  }

  /** A copy of a value of JSON with the secrets in it. `name` is that of the property that it stands in. */
  fill(value: unknown, name = ''): unknown {
    if (typeof value === 'string') return this.#fillText(value, name === 'uri');
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item, key)]));
  }

  /** In an address a secret is encoded, but for one with which the address begins. */
  #fillText(text: string, isAddress: boolean): string {
    if (!text.includes('~secret~')) return text;
    return this.#marks.replace(text, this.#of, (reference, at) => {
      const value = this.#valueOf(reference);
      this.used.add(value);
      return isAddress && at > 0 ? encodeURIComponent(value) : value;
    });
  }

  #valueOf(reference: string): string {
    const [name = '', field] = reference.split('~');
    const secret = this.#secrets.get(name);
    if (field === undefined) {
      if (typeof secret === 'string') return secret;
      throw new SecretError(`The secret "${name}" has parts: read one of them, as in $secrets.${name}.part.`);
    }
    const value = typeof secret === 'object' && Object.hasOwn(secret, field) ? secret[field] : undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new SecretError(`The secret "${name}" has no text called "${field}".`);
  }
}
