import { randomBytes } from 'node:crypto';
import { SecretRedactor } from '../redaction/secret-redactor.js';

const MARK = /tutti-secret-[0-9a-f]{24}-\d+/g;
/** Shorter values stand in ordinary replies by chance. */
const HIDDEN_LENGTH_MIN = 4;

/**
 * Marks in the place of the secrets of one connection, for a plugin that must not see them: put on when
 * something goes to its process, taken off when its requests go out. A mark means nothing to any other
 * connection, and is other after every start.
 */
export class SecretVeil {
  /** The settings with marks in the place of secrets. */
  readonly settings: Record<string, unknown>;
  readonly #valueOf = new Map<string, string>();
  #spellings: readonly string[] = [];
  #tokens: readonly string[] = [];
  #redactor: SecretRedactor;

  constructor(settings: Record<string, unknown>, secretNames: readonly string[]) {
    const prefix = `tutti-secret-${randomBytes(12).toString('hex')}`;
    this.settings = { ...settings };
    for (const [at, name] of secretNames.entries()) {
      const value = settings[name];
      if (typeof value !== 'string' || value === '') continue;
      this.settings[name] = `${prefix}-${at}`;
      this.#valueOf.set(`${prefix}-${at}`, value);
    }
    this.#redactor = new SecretRedactor(this.#valueOf.values());
  }

  /** What travels besides the secrets themselves, such as an encoded password: hidden from now on. */
  alsoHide(spellings: readonly string[]): void {
    this.#spellings = spellings;
    this.#hideAll();
  }

  /** The access tokens that the host adds to requests; those of before are forgotten. */
  hideTokens(tokens: readonly string[]): void {
    if (tokens.length === this.#tokens.length && tokens.every((one, i) => one === this.#tokens[i])) return;
    this.#tokens = tokens;
    this.#hideAll();
  }

  #hideAll(): void {
    this.#redactor = new SecretRedactor([...this.#valueOf.values(), ...this.#spellings, ...this.#tokens]);
  }

  /** With the secrets in it: a value of JSON, bytes and forms as they are sent. */
  readonly off = <T>(value: T): T =>
    this.#valueOf.size === 0 ? value : (mapTexts(value, (text) => this.#filled(text)) as T);

  /** An address with the secrets in it, encoded but for one with which it begins. */
  readonly offAddress = (address: string): string =>
    this.#filled(address, (value, at) => (at === 0 ? value : encodeURIComponent(value)));

  /**
   * Without the secrets: their marks in the place of their values, nothing legible in that of other
   * spellings.
   */
  readonly on = <T>(value: T): T =>
    this.#valueOf.size + this.#tokens.length === 0
      ? value
      : (mapTexts(value, (text) => this.#hidden(text)) as T);

  #filled(text: string, spell: (value: string, at: number) => string = (value) => value): string {
    if (!text.includes('tutti-secret-')) return text;
    return text.replace(MARK, (mark, at: number) => {
      const value = this.#valueOf.get(mark);
      return value === undefined ? mark : spell(value, at);
    });
  }

  #hidden(text: string): string {
    let hidden = text;
    for (const [mark, value] of this.#valueOf) {
      if (value.length >= HIDDEN_LENGTH_MIN) hidden = hidden.replaceAll(value, mark);
    }
    return this.#redactor.text(hidden);
  }
}

/** The same value with other texts in it, names of properties included. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return mapBytes(value, change);
  if (value instanceof URLSearchParams)
    return new URLSearchParams(
      [...value].map(([name, text]): [string, string] => [change(name), change(text)]),
    );
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [change(name), mapTexts(item, change)]),
  );
}

/** Each byte stands for itself in latin1, so that bytes which are no text stay what they are. */
function mapBytes(bytes: Uint8Array, change: (text: string) => string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const changed = change(text);
  return changed === text ? bytes : new Uint8Array(Buffer.from(changed, 'latin1'));
}
