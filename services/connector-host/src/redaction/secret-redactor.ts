const REPLACEMENT = '[redacted]';
/** Shorter values stand in ordinary text by chance; settings that short protect nothing. */
const SECRET_LENGTH_MIN = 4;

/** Takes secrets out of text by their value, in the spellings in which they travel. */
export class SecretRedactor {
  readonly #pattern: RegExp | null;

  constructor(secrets: Iterable<string>) {
    const spellings = new Set(
      [...secrets].filter((secret) => secret.length >= SECRET_LENGTH_MIN).flatMap(spellingsOf),
    );
    // The longest first, so that no secret is cut by a shorter one inside it.
    const sorted = [...spellings].sort((one, other) => other.length - one.length);
    this.#pattern = sorted.length === 0 ? null : new RegExp(sorted.map(escaped).join('|'), 'g');
  }

  /** The text without secrets. */
  readonly text = (text: string): string => {
    return this.#pattern === null ? text : text.replace(this.#pattern, REPLACEMENT);
  };

  /**
   * A value of JSON without secrets in any of its texts, names of properties included; the same value when
   * there are none.
   */
  value<T>(value: T): T {
    if (this.#pattern === null || value === undefined) return value;
    const json = JSON.stringify(value);
    if (json === undefined || json.search(this.#pattern) < 0) return value;
    return JSON.parse(json.replace(this.#pattern, REPLACEMENT)) as T;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function spellingsOf(secret: string): string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret, 'utf8').toString('base64url'),
    Buffer.from(secret, 'utf8').toString('hex'),
  ];
}

/** The parts of credential headers: `Basic dXNlcjpwYXNz` holds the secret in a spelling of its own. */
export function secretsOfHeaders(headers: Record<string, string> = {}): string[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|cookie|token|key|secret/i.test(name))
    .flatMap(([, value]) => value.split(/\s+/))
    .filter((part) => part.length >= 8);
}
