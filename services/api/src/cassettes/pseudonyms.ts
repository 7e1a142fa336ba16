/** Names of properties whose texts are secrets, whatever they are called in front of it. */
const SECRET_NAME =
  /(?:^|[-_.])(?:authorization|cookie|passw(?:or)?d|secret|api[-_]?key|credentials?|(?:access|refresh|id|auth|bearer)?[-_]?token)$/i;
const CAMEL_SECRET = /(?:Authorization|Cookie|Password|Secret|ApiKey|Credentials?|Token)$/;
const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu;
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g;
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;
const PHONE = /(?<![\w.])\+\d[\d ()/-]{6,18}\d\b/g;
const REDACTED = '[redacted]';
/** Shorter values of named properties are replaced where they stand, and not looked for in other texts. */
const SOUGHT_LENGTH_MIN = 3;

type Kind = 'email' | 'iban' | 'card' | 'phone' | 'secret' | 'named';

/**
 * Replaces what is personal in values of JSON, the same value by the same replacement everywhere, so that
 * what belongs together still does: e-mail addresses, IBANs, card and phone numbers wherever they stand, and
 * the values of named properties. Replacements have the form of what they stand for (an IBAN keeps country,
 * length and a true checksum), and are counted from 1, so that a second recording differs in nothing.
 */
export class Pseudonyms {
  readonly #known = new Map<Kind, Map<string, string>>();
  readonly #names: ReadonlySet<string>;
  #sought: RegExp | null = null;

  /** `names`: properties whose values are replaced. */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** Reads the values of the named properties, so that they are found in other texts too. */
  learn(value: unknown): void {
    if (this.#names.size === 0) return;
    this.#learn(value, null);
    const texts = [...(this.#known.get('named')?.keys() ?? [])]
      .filter(({ length }) => length >= SOUGHT_LENGTH_MIN)
      .sort((one, other) => other.length - one.length);
    this.#sought = texts.length === 0 ? null : new RegExp(texts.map(escaped).join('|'), 'g');
  }

  /** A copy without what is personal. */
  of<T>(value: T): T {
    return this.#of(value, null) as T;
  }

  /** How many different values were replaced, by kind. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#known].map(([kind, values]) => [kind, values.size]));
  }

  #learn(value: unknown, name: string | null): void {
    if (typeof value === 'string' && name !== null && value !== '') this.#named(value, name);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      const own = Array.isArray(value) ? name : this.#names.has(key) ? key : name;
      this.#learn(part, own);
    }
  }

  #of(value: unknown, name: string | null): unknown {
    if (typeof value === 'string') return this.#text(value, name);
    if (typeof value === 'number') return name === null ? value : 1;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((part) => this.#of(part, name));
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        if (typeof part === 'string' && isSecretName(key))
          return [key, this.#as('secret', part, () => REDACTED)];
        return [key, this.#of(part, this.#names.has(key) ? key : name)];
      }),
    );
  }

  #text(text: string, name: string | null): string {
    if (name !== null && text !== '') return this.#named(text, name);
    const named =
      this.#sought === null ? text : text.replace(this.#sought, (found) => this.#named(found, ''));
    return named
      .replace(EMAIL, (found) => this.#as('email', found, (n) => `person-${n}@example.com`))
      .replace(IBAN, (found) => (isIban(found) ? this.#as('iban', found, (n) => ibanLike(found, n)) : found))
      .replace(CARD, (found) => (isCard(found) ? this.#as('card', found, cardNumber) : found))
      .replace(PHONE, (found) => this.#as('phone', found, (n) => `+1 555 ${String(n).padStart(7, '0')}`));
  }

  #named(text: string, name: string): string {
    return this.#as('named', text, (n) => `${name}-${n}`);
  }

  #as(kind: Kind, value: string, made: (ordinal: number) => string): string {
    const values = this.#known.get(kind) ?? new Map<string, string>();
    this.#known.set(kind, values);
    const known = values.get(value) ?? made(values.size + 1);
    values.set(value, known);
    return known;
  }
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || CAMEL_SECRET.test(name);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** ISO 13616: country and check digits behind the account, letters as numbers, modulo 97. */
function remainder(account: string): number {
  let rest = 0;
  for (const character of account)
    for (const digit of Number.parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  return rest;
}

function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  return remainder(compact.slice(4) + compact.slice(0, 4)) === 1;
}

/** An IBAN of the same country and length, in the same groups. */
function ibanLike(text: string, ordinal: number): string {
  const compact = text.replaceAll(' ', '');
  const country = compact.slice(0, 2);
  const account = String(ordinal).padStart(compact.length - 4, '0');
  const check = String(98 - remainder(`${account}${country}00`)).padStart(2, '0');
  const digits = Array.from(`${country}${check}${account}`);
  return text.replace(/[A-Z0-9]/g, () => digits.shift() as string);
}

/** Luhn (ISO/IEC 7812-1). */
function luhnSum(digits: string): number {
  return Array.from(digits)
    .reverse()
    .reduce((sum, digit, i) => {
      const twice = Number(digit) * (i % 2 === 1 ? 2 : 1);
      return sum + (twice > 9 ? twice - 9 : twice);
    }, 0);
}

function isCard(text: string): boolean {
  return luhnSum(text.replace(/\D/g, '')) % 10 === 0;
}

function cardNumber(ordinal: number): string {
  const start = `411111${String(ordinal).padStart(9, '0')}`;
  return `${start}${(10 - (luhnSum(`${start}0`) % 10)) % 10}`;
}
