const REPLACEMENT = '[redacted]';
/** Shorter values stand in ordinary text by chance; settings that short protect nothing. */
const SECRET_LENGTH_MIN = 4;

/**
 * Spellings up to this length are looked for in one pass, with a pattern; longer ones (certificates, keys)
 * one by one. The engine refuses a pattern that is too large, with a message that holds all of it.
 */
const PATTERN_PART_LENGTH_MAX = 256;
/** Length of one pattern; with more secrets there are several. */
const PATTERN_LENGTH_MAX = 4_096;

/** Takes secrets out of text by their value, in the spellings in which they travel. */
export class SecretRedactor {
  /** The longest first, so that no secret is cut by a shorter one inside it. */
  readonly #long: readonly string[];
  readonly #patterns: readonly RegExp[];

  constructor(secrets: Iterable<string>) {
    const spellings = new Set(
      [...secrets].filter((secret) => secret.length >= SECRET_LENGTH_MIN).flatMap(spellingsOf),
    );
    const sorted = [...spellings].sort((one, other) => other.length - one.length);
    this.tailLengthMax = Math.max(0, (sorted[0]?.length ?? 0) - 1);
    this.#long = sorted.filter(({ length }) => length > PATTERN_PART_LENGTH_MAX);
    this.#patterns = patternsOf(sorted.slice(this.#long.length).map(escaped));
  }

  /** How much of the end of a text may be the beginning of a secret that goes on in what comes after it. */
  readonly tailLengthMax: number;

  /** The text without secrets. */
  readonly text = (text: string): string => {
    let clean = text;
    for (const spelling of this.#long) clean = clean.replaceAll(spelling, REPLACEMENT);
    for (const pattern of this.#patterns) clean = clean.replace(pattern, REPLACEMENT);
    return clean;
  };

  /**
   * A value of JSON without secrets in any of its texts, names of properties and numbers included; the same
   * value when there are none.
   */
  value<T>(value: T): T {
    if (this.#long.length + this.#patterns.length === 0) return value;
    return this.#clean(value) as T;
  }

  #clean(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : REPLACEMENT;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#clean(item));
      return items.every((item, i) => item === value[i]) ? value : items;
    }
    const before = Object.entries(value);
    const after = before.map(([name, part]) => [this.text(name), this.#clean(part)] as const);
    const same = after.every(([name, part], i) => name === before[i]?.[0] && part === before[i][1]);
    return same ? value : Object.fromEntries(after);
  }
}

function patternsOf(sources: readonly string[]): RegExp[] {
  const patterns: string[] = [];
  for (const source of sources) {
    const last = patterns.at(-1);
    if (last !== undefined && last.length + source.length < PATTERN_LENGTH_MAX)
      patterns[patterns.length - 1] = `${last}|${source}`;
    else patterns.push(source);
  }
  return patterns.map((pattern) => new RegExp(pattern, 'g'));
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

/** What travels for a user and a password: their encoding holds the password in a spelling of its own. */
export function secretsOfUser(basicAuth: { user: string; password: string } | undefined): string[] {
  if (basicAuth === undefined) return [];
  return [basicAuth.password, Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64')];
}
