import { createHash } from 'node:crypto';
import { compile as compileJq, JqLimitError, JqRuntimeError, JqSyntaxError } from '@tutti/jq';
import type { FallbackReason, Finding } from '@tutti/contracts';
import { durationMs } from './duration.js';
import type { CandidateDocument, RetryDocument, RoutingPolicyDocument } from './policy-document.js';
import type { CompiledCandidate, CompiledPolicy, RetryRule } from './policy.types.js';

/** The retries of a candidate when neither it nor its policy says anything. */
export const DEFAULT_RETRY: RetryRule = {
  attempts: 3,
  delayMs: 500,
  backoff: 'exponential',
  maxDelayMs: 30_000,
};
const DEFAULT_FALLBACK: ReadonlySet<FallbackReason> = new Set<FallbackReason>([
  'timeout',
  'unavailable',
  'throttled',
]);
const WRAPPED = /^\s*\$\{([\s\S]*)\}\s*$/;

/** The policy cannot be used; `findings` say why. */
export class PolicyRefused extends Error {
  override readonly name = 'PolicyRefused';
  readonly findings: Finding[];

  constructor(findings: Finding[]) {
    super(findings.map(({ pointer, message }) => `${pointer ?? ''}: ${message}`).join('; '));
    this.findings = findings;
  }
}

/** Parses the conditions once. Throws PolicyRefused (with `findings`) when one does not parse. */
export function compilePolicy(document: RoutingPolicyDocument): CompiledPolicy {
  const { spec } = document;
  const findings: Finding[] = [];
  const candidates = spec.candidates.map((candidate, index) =>
    compileCandidate(candidate, { spec, pointer: `/spec/candidates/${index}`, findings }),
  );
  if (findings.length > 0) throw new PolicyRefused(findings);
  const timeoutMs = durationMs(spec.review?.timeout);
  return {
    name: document.metadata.name,
    version: createHash('sha256')
      .update(JSON.stringify(sorted(document)))
      .digest('hex'),
    capability: spec.capability,
    objective: spec.objective,
    candidates,
    ...(spec.confidence && { confidence: spec.confidence }),
    fallbackOn: new Set(spec.fallbackOn),
    exhausted: spec.exhausted,
    review: {
      timeoutThen: spec.review?.timeoutThen ?? 'fail',
      ...(spec.review?.title !== undefined && { title: spec.review.title }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
    document,
  };
}

/**
 * The policy of a capability that has none: all connections that offer it, by name, with the default retries.
 */
export function defaultPolicy(capability: string): CompiledPolicy {
  return {
    name: 'default',
    version: 'default',
    capability,
    objective: 'ordered',
    fallbackOn: DEFAULT_FALLBACK,
    exhausted: 'fail',
    review: { timeoutThen: 'fail' },
    document: null,
  };
}

interface CandidateContext {
  spec: RoutingPolicyDocument['spec'];
  pointer: string;
  findings: Finding[];
}

function compileCandidate(candidate: CandidateDocument, context: CandidateContext): CompiledCandidate {
  const { spec, pointer, findings } = context;
  const timeoutMs = durationMs(candidate.timeout ?? spec.timeout);
  const when =
    candidate.when === undefined ? undefined : condition(candidate.when, `${pointer}/when`, findings);
  return {
    connection: candidate.connection,
    weight: candidate.weight ?? 1,
    retry: retryRule({ ...spec.retry, ...candidate.retry }),
    ...(when && { when }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function retryRule({ attempts, delay, backoff, maxDelay }: RetryDocument): RetryRule {
  return {
    attempts: attempts ?? DEFAULT_RETRY.attempts,
    delayMs: durationMs(delay) ?? DEFAULT_RETRY.delayMs,
    backoff: backoff ?? DEFAULT_RETRY.backoff,
    maxDelayMs: durationMs(maxDelay) ?? DEFAULT_RETRY.maxDelayMs,
  };
}

function condition(source: string, pointer: string, findings: Finding[]): CompiledCandidate['when'] {
  try {
    const text = WRAPPED.exec(source)?.[1] ?? source;
    compileJq(text, { variables: ['input', 'context'] });
    // jq's own `now` reads the machine's clock: a choice must be the same when it is made again.
    const program = compileJq(`def now: $clock; ${text}`, { variables: ['input', 'context', 'clock'] });
    return {
      source,
      holds: ({ input, context, nowMs }) =>
        holds(() => program.first(input, { input, context, clock: nowMs / 1000 })),
    };
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) throw error;
    findings.push({
      severity: 'error',
      code: 'expression-syntax',
      pointer,
      message: `The condition ${source} is not jq: ${error.message}`,
    });
    return undefined;
  }
}

/** A condition that fails does not hold, and the verdict says why: it must not stop the other candidates. */
function holds(evaluate: () => unknown): { holds: boolean; error?: string } {
  try {
    const value = evaluate() ?? null;
    return { holds: value !== null && value !== false };
  } catch (error) {
    if (error instanceof JqRuntimeError || error instanceof JqLimitError) {
      return { holds: false, error: error.message };
    }
    throw error;
  }
}

/** Sorted keys, so that two spellings of one policy have one version. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
