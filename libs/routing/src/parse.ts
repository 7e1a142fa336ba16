import type { Finding } from '@tutti/contracts';
import { POLICY_LIMITS, RoutingPolicyDocument } from './policy-document.js';
import { readDocument } from './read-document.js';

/** YAML or JSON text to a policy; `policy` is absent when a finding is an error. Never throws. */
export function parsePolicy(text: string): { policy?: RoutingPolicyDocument; findings: Finding[] } {
  const { value, findings } = readDocument(text, {
    schema: RoutingPolicyDocument,
    word: 'policy',
    bytesMax: POLICY_LIMITS.bytes,
    findingsMax: POLICY_LIMITS.findings,
  });
  return { ...(value === undefined ? {} : { policy: value }), findings };
}
