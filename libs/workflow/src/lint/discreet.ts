import type { Finding } from '@tutti/contracts';
import { secretsIn, withoutSecrets } from './secrets.js';

/** The shortest secret that is taken out of messages: a shorter one would take words out with it. */
const SECRET_LENGTH_MIN = 4;

/** Findings whose texts repeat nothing that looks like a secret of the document. */
export function discreet(findings: readonly Finding[], document: unknown): Finding[] {
  const secrets = byStart(secretsIn(document));
  const clean = (text: string) => withoutSecrets(secrets.size === 0 ? text : without(text, secrets));
  return findings.map((finding) => ({
    ...finding,
    message: clean(finding.message),
    ...(finding.fix !== undefined && { fix: clean(finding.fix) }),
  }));
}

/** Secrets by their first characters, so that a text is read once and not once for each secret. */
function byStart(secrets: readonly string[]): Map<string, string[]> {
  const starts = new Map<string, string[]>();
  for (const secret of new Set(secrets)) {
    if (secret.length < SECRET_LENGTH_MIN) continue;
    const start = secret.slice(0, SECRET_LENGTH_MIN);
    const known = starts.get(start);
    if (known === undefined) starts.set(start, [secret]);
    else known.push(secret);
  }
  return starts;
}

function without(text: string, secrets: Map<string, string[]>): string {
  let clean = '';
  for (let at = 0; at < text.length; at += 1) {
    const candidates = secrets.get(text.slice(at, at + SECRET_LENGTH_MIN)) ?? [];
    const found = candidates.find((secret) => text.startsWith(secret, at));
    clean += found === undefined ? text[at] : '[secret]';
    if (found !== undefined) at += found.length - 1;
  }
  return clean;
}
