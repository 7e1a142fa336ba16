import type { Finding } from '@tutti/contracts';
import { plural } from '@/format/format';

const NOUNS = { error: 'error', warning: 'warning', info: 'note' } as const;

/** `2 errors, 1 warning`. Apart from the places of findings, which take a parser of jq along. */
export function countFindings(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return count === 0 ? [] : [plural(count, NOUNS[severity])];
  });
  return counts.length === 0 ? 'No findings' : counts.join(', ');
}
