import type { Finding } from '@tutti/contracts';

/** The page with a section for each code, from the root of the project. */
export const FINDINGS_PAGE = 'docs/workflows/findings.md';

/** How to mend what has no better advice at the place where it is found. */
const FIXES: Record<string, string> = {
  syntax: 'Mend the YAML at this place; the parser cannot go on.',
  schema: 'Correct it at this place; the reference of the language has every property.',
  unsupported: 'Leave it out, or write it another way: the hub refuses it so that no run fails half-way.',
  limit: 'Write a number in the range, or leave it out.',
  'mcp-tool': 'Write true, or what the tool is to be called and to say.',
  address: 'Put the document where the connector hosts reach it over http or https.',
  'script-syntax': 'Correct the script; the language is JavaScript, ES2024.',
  'shell-expression': 'Use double quotes, or hand the value over as an argument ($1).',
  duration: 'Write ISO 8601 (PT15M) or parts ({ minutes: 15 }), at most a hundred years.',
  'schema-invalid': 'Correct the schema; JSON Schema 2020-12 is understood.',
  'too-deep': 'Move the inner tasks to a function under use.functions.',
  'too-many-tasks': 'Split the workflow, or loop over data with `for`.',
  'too-many-filters': 'Write one regular expression for events that are handled alike, or `any: []` for all.',
  'too-many-branches': 'Loop over data with `for`, or fork in several steps.',
  'two-defaults': 'Give all cases but one a condition.',
};

/** Findings with how to mend them and with the address of what is written about them. */
export function documented(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => {
    const fix = finding.fix ?? FIXES[finding.code];
    return { ...finding, ...(fix !== undefined && { fix }), docs: `${FINDINGS_PAGE}#${finding.code}` };
  });
}
