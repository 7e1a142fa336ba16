import type { HttpDefaults } from '../../plugin.js';
import type { Findings } from '../findings.js';
import type { Spoken } from '../trial.js';

/** Shorter ones stand in ordinary texts by chance. */
const SECRET_LENGTH_MIN = 8;
/** What an isolated plugin is given in the place of a secret: to name it is to have meant the secret. */
const MARK = /tutti-secret-[0-9a-f]{24}-\d+/;

export interface SecretsParts {
  /** By the name of their setting. */
  secrets: Readonly<Record<string, string>>;
  http: HttpDefaults | undefined;
  spoken: readonly Spoken[];
}

/** Whether a secret, in whatever spelling, is in a line of the log or in an error. */
export function checkSecrets(findings: Findings, { secrets, http, spoken }: SecretsParts): void {
  const marked = spoken.find(({ text }) => MARK.test(text));
  for (const [name, value] of Object.entries(secrets)) {
    const place = `settings/${name}`;
    if (value.length < SECRET_LENGTH_MIN) {
      findings.warn(
        'secrets',
        place,
        `It is too short to be looked for: ${SECRET_LENGTH_MIN} characters do.`,
      );
      continue;
    }
    const spellings = spellingsOf(value, http);
    const found = spoken.find(({ text }) => spellings.some((spelling) => text.includes(spelling))) ?? marked;
    findings.judge('secrets', place, found === undefined ? [] : [`It is in ${found.where}: leave it out.`]);
  }
}

function spellingsOf(value: string, http: HttpDefaults | undefined): string[] {
  const { user, password } = http?.basicAuth ?? {};
  const texts = [value, ...(password === value ? [`${user}:${password}`] : [])];
  const encoded = texts.flatMap((text) => {
    const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(text)));
    return [base64, base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')];
  });
  const hex = [...new TextEncoder().encode(value)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), hex, ...encoded];
}
