import type { Finding } from '@tutti/contracts';
import type { WorkflowDocument } from '../document.types.js';
import { callFindings, type CapabilityKnowledge } from './calls.js';
import { expressionFindings } from './expressions.js';
import { flowFindings } from './flow.js';
import { listenFindings } from './listening.js';
import { retryFindings } from './retries.js';
import { secretFindings } from './secrets.js';
import { switchFindings, type OperatorSwitch } from './switches.js';
import { unreadFindings } from './unread.js';
import { walkDocument } from './walk.js';

/** What the document says by itself, whether or not the hub can run all of it. */
export function documentFindings(
  document: WorkflowDocument,
  {
    capabilities,
    unread,
    switchedOff,
  }: {
    capabilities: CapabilityKnowledge | undefined;
    unread: ReadonlyMap<string, string>;
    switchedOff: readonly OperatorSwitch[];
  },
): Finding[] {
  const linted = walkDocument(document);
  return [
    ...flowFindings(linted),
    ...expressionFindings(linted),
    ...callFindings(linted, capabilities),
    ...unreadFindings(linted, unread),
    ...switchFindings(linted, switchedOff),
    ...retryFindings(linted),
    ...listenFindings(linted),
    ...secretFindings(document),
  ];
}

/** Findings that are told of one document; a hundred times more would not be read. */
const FINDINGS_MAX = 1_000;

/** At most so many findings as a person can use, the errors first. */
export function foremost(findings: readonly Finding[]): Finding[] {
  if (findings.length <= FINDINGS_MAX) return [...findings];
  const errors = findings.filter(({ severity }) => severity === 'error');
  const others = findings.filter(({ severity }) => severity !== 'error');
  return [...errors, ...others].slice(0, FINDINGS_MAX);
}

/** One finding for each place and code; the first one stays. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, pointer, message }) => {
    const key = `${code}\n${pointer ?? message}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** In the order of the text; what has no place comes first. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
