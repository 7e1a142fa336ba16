import type { CandidateVerdict, Effect, FallbackReason } from '@tutti/contracts';

/** What the engine knows of a configured connection. */
export interface ConnectionInfo {
  name: string;
  plugin: string;
  pluginVersion: string;
  /** Capabilities by name. */
  capabilities: Record<string, ConnectionCapability>;
}
export interface ConnectionCapability {
  effect: Effect;
  reconciles: boolean;
  /** Mean cost of a call in micro-units, for the objective `cheapest`; absent: unknown. */
  costMicros?: number;
  /** Median duration of a call, for the objective `fastest`; absent: unknown. */
  latencyMs?: number;
}

/** Retries of one candidate on transient failures. `attempts` counts the first one. */
export interface RetryRule {
  attempts: number;
  delayMs: number;
  backoff: 'constant' | 'linear' | 'exponential';
  maxDelayMs: number;
}

/** A candidate with everything that a call over it needs. */
export interface ChosenCandidate {
  connection: ConnectionInfo;
  capability: ConnectionCapability;
  timeoutMs?: number;
  retry: RetryRule;
}

/**
 * What was chosen, and why; `exhausted` when no candidate is left, `then` says what the policy does in that
 * case.
 */
export type Choice =
  | { kind: 'candidate'; candidate: ChosenCandidate; verdicts: CandidateVerdict[] }
  | { kind: 'exhausted'; then: 'fail' | 'review'; verdicts: CandidateVerdict[] };

export interface ChoiceRequest {
  /**
   * Input of the call and the run's context: what `when` of a candidate sees as `.` / `$input` and
   * `$context`.
   */
  input: unknown;
  context: unknown;
  connections: readonly ConnectionInfo[];
  /** Candidates that failed already, in order. */
  tried: readonly { connection: string; reason: FallbackReason; because?: string }[];
  /** Names the call, so that `weighted` gives the same order again: run id and position. */
  seed: string;
  nowMs: number;
}

/** A candidate as a policy lists it. */
export interface CompiledCandidate {
  readonly connection: string;
  readonly weight: number;
  readonly when?: {
    readonly source: string;
    /** Never throws: a condition that fails does not hold. */
    holds(request: { input: unknown; context: unknown; nowMs: number }): { holds: boolean; error?: string };
  };
  readonly timeoutMs?: number;
  readonly retry: RetryRule;
}

/** A policy that is ready to choose. Immutable. */
export interface CompiledPolicy {
  readonly name: string;
  /** Content hash. */
  readonly version: string;
  readonly capability: string;
  readonly objective: 'ordered' | 'weighted' | 'cheapest' | 'fastest';
  /** Absent: all connections that offer the capability, by name. */
  readonly candidates?: readonly CompiledCandidate[];
  readonly confidence?: { readonly floor: number; readonly below: 'next' | 'review' };
  readonly fallbackOn: ReadonlySet<FallbackReason>;
  readonly exhausted: 'fail' | 'review';
  readonly review: {
    readonly title?: string;
    readonly timeoutMs?: number;
    readonly timeoutThen: 'fail' | 'reject';
  };
  /** The policy document as JSON. */
  readonly document: unknown;
}
