import type { Finding } from '@tutti/contracts';
import { unwrapExpression } from '../expression.js';
import { pointerToken } from '../pointer.js';
import { isObject, warning } from './walk.js';

/**
 * Forms of keys that their makers gave a mark of their own, so that a match is no accident. Repeats that
 * something has to follow are bounded: the text is anybody's, and may be a megabyte long.
 */
const FORMATS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{20,}/],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ['a Slack webhook address', /hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]+/],
  ['a Stripe key', /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/],
  ['an Anthropic key', /(?<![\w-])sk-ant-[A-Za-z0-9_-]{20,}/],
  ['an OpenAI key', /(?<![\w-])sk-(?=[A-Za-z_-]{0,80}\d)[A-Za-z0-9_-]{20,}/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}/],
  ['a Google client secret', /\bGOCSPX-[A-Za-z0-9_-]{20,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/],
  ['a HubSpot token', /\bpat-(?:na|eu)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/],
  ['a JSON web token', /(?<![\w-])eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,}/],
  ['a bearer token', /\bBearer\s{1,5}(?=[A-Za-z._~+/=-]{0,80}\d)[A-Za-z0-9._~+/=-]{16,}/i],
  ['basic credentials', /^Basic\s+[A-Za-z0-9+/]{8,}={0,2}$/i],
  ['a password in an address', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@{}$]{1,200}:[^\s/@{}$]{1,200}@/i],
  [
    'a key in an address',
    /[?&](?:api[_-]?key|key|token|access_token|sig|secret)=(?=[A-Za-z_-]{0,80}\d)[A-Za-z0-9_-]{16,}/i,
  ],
];
/** The same for every place in a text; a form that is a whole value is none in the middle of a sentence. */
const REDACTED = FORMATS.filter(([, { source }]) => !source.startsWith('^')).map(
  ([, { source, flags }]) => new RegExp(source, `g${flags}`),
);
/** Names under which a secret stands; the end of the name decides, so that `tokenUrl` is none. */
const NAMES =
  /(?:passwo?r?d|passwd|passphrase|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|auth[_-]?key)$/i;
const PASSWORDS = /(?:passwo?r?d|passwd|passphrase|pwd)$/i;
/** Objects of an authentication whose literal values are credentials, whatever they look like. */
const SLOTS: Record<string, readonly string[]> = {
  basic: ['password'],
  digest: ['password'],
  bearer: ['token'],
  client: ['secret', 'assertion'],
  oauth2: ['password'],
  oidc: ['password'],
};
/** Words that stand in for a secret in a text that people are to fill in. */
const STAND_INS = /^(?:<.*>|\*+|x+|\.\.\.|your[-_ ].*|change[-_ ]?me.*|example.*|redacted|placeholder.*)$/i;
const DEPTH_MAX = 64;
/** So many values are looked for in the messages; one document with more is no accident. */
const SECRETS_MAX = 2_000;

interface Value {
  key: string;
  /** Names of the objects around it, the nearest last. */
  around: readonly string[];
  text: string;
}

/**
 * Values that look like tokens, keys or passwords. A finding says which kind and where, never the value: it
 * is shown, sent and logged where the document is not.
 */
export function secretFindings(document: unknown): Finding[] {
  const findings: Finding[] = [];
  visit(document, { pointer: '', around: [], findings });
  return findings;
}

/** A text of a finding without what looks like a secret. */
export function withoutSecrets(message: string): string {
  return REDACTED.reduce((clean, format) => clean.replace(format, '[secret]'), message);
}

/** Every text of a value that is taken for a secret. */
export function secretsIn(document: unknown): string[] {
  const secrets: string[] = [];
  visit(document, { pointer: '', around: [], findings: [], secrets });
  return secrets;
}

interface Visit {
  pointer: string;
  around: readonly string[];
  findings: Finding[];
  secrets?: string[];
}

function visit(value: unknown, at: Visit): void {
  if (at.around.length > DEPTH_MAX) return;
  if (typeof value === 'string') {
    judge(value, at);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => visit(item, { ...at, pointer: `${at.pointer}/${index}` }));
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, { ...at, pointer: `${at.pointer}/${pointerToken(key)}`, around: [...at.around, key] });
    }
  }
}

function judge(written: string, { pointer, around, findings, secrets }: Visit): void {
  const value = { text: literalOf(written), key: around.at(-1) ?? '', around };
  const kind = kindOf(written, value);
  if (kind === undefined) return;
  if (secrets !== undefined && secrets.length < SECRETS_MAX) secrets.push(value.text, written);
  findings.push(
    warning('secret-in-text', pointer, {
      message: `This looks like ${kind}; every version of a workflow is kept and can be read by all who see it`,
      fix: 'Keep it in a connection (tutti connections add) and call a capability, and replace the secret at its issuer.',
    }),
  );
}

function kindOf(written: string, value: Value): string | undefined {
  const format = FORMATS.find(([, pattern]) => pattern.test(value.text) || pattern.test(written));
  if (format !== undefined) return format[0];
  if (value.text === '' || unwrapExpression(value.text) !== undefined || STAND_INS.test(value.text))
    return undefined;
  const [parent, key] = value.around.slice(-2);
  if (
    parent !== undefined &&
    key !== undefined &&
    Object.hasOwn(SLOTS, parent) &&
    SLOTS[parent]?.includes(key) &&
    inAuthentication(value)
  ) {
    return `a literal ${key} of an authentication`;
  }
  return NAMES.test(value.key) && looksRandom(value) ? `a secret ("${value.key}")` : undefined;
}

function inAuthentication({ around }: Value): boolean {
  return around.some((name) => name === 'authentication' || name === 'authentications');
}

/** An expression that is nothing but a text hides no more than the text would. */
function literalOf(written: string): string {
  return /^\s*"([^"\\]*)"\s*$/.exec(unwrapExpression(written) ?? '')?.[1] ?? written;
}

/** A password need only be one word with a digit or sign; a key is long and has no pattern. */
function looksRandom({ key, text }: Value): boolean {
  if (/\s/.test(text) || /^(?:[a-z]+:)?\/\//i.test(text) || /^[.$/]/.test(text)) return false;
  if (PASSWORDS.test(key)) return text.length >= 6 && /[^A-Za-z]/.test(text);
  return text.length >= 16 && /\d/.test(text) && bitsPerCharacter(text) >= 3;
}

/** Shannon entropy of the characters, in bits. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
