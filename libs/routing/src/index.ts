import type { Finding } from '@tutti/contracts';
import type { Choice, ChoiceRequest, CompiledPolicy } from './policy.types.js';

export type * from './policy.types.js';
/** A policy as written: `apiVersion`, `kind`, `metadata`, `spec`. */
export interface RoutingPolicyDocument {
  apiVersion: 'tutti/v1';
  kind: 'RoutingPolicy';
  metadata: { name: string };
  spec: { capability: string };
}
/** YAML or JSON text to a policy; `policy` is absent when a finding is an error. */
export declare function parsePolicy(text: string): { policy?: RoutingPolicyDocument; findings: Finding[] };
/** Parses the conditions once. Throws PolicyRefused (with `findings`) when one does not parse. */
export declare function compilePolicy(policy: RoutingPolicyDocument): CompiledPolicy;
/** The policy of a capability that has none: all connections that offer it, by name. */
export declare function defaultPolicy(capability: string): CompiledPolicy;
/** Chooses the next candidate of a call; pure. */
export declare function chooseCandidate(policy: CompiledPolicy, request: ChoiceRequest): Choice;
