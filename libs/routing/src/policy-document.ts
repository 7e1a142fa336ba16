import { FallbackReason } from '@tutti/contracts';
import { z } from 'zod';
import { durationMs } from './duration.js';

/** The longest delay, timeout and review period that a policy may ask for. */
export const POLICY_LIMITS = {
  attempts: 20,
  candidates: 100,
  delayMs: 24 * 3600_000,
  bytes: 256 * 1024,
  findings: 50,
} as const;

const Duration = z
  .union([
    z.string(),
    z.strictObject({
      days: z.int().nonnegative().optional(),
      hours: z.int().nonnegative().optional(),
      minutes: z.int().nonnegative().optional(),
      seconds: z.int().nonnegative().optional(),
      milliseconds: z.int().nonnegative().optional(),
    }),
  ])
  .refine((value) => durationMs(value) !== undefined, 'a duration such as PT30S, 30s or { seconds: 30 }');

const Retry = z.strictObject({
  /** Attempts on this candidate, the first one included. */
  attempts: z.int().min(1).max(POLICY_LIMITS.attempts).optional(),
  delay: Duration.optional(),
  backoff: z.enum(['constant', 'linear', 'exponential']).optional(),
  maxDelay: Duration.optional(),
});

const Candidate = z.strictObject({
  connection: z.string().min(1),
  /** jq over the input (`.`, `$input`) and `$context`; the candidate is passed over when it does not hold. */
  when: z.string().optional(),
  weight: z.number().positive().optional(),
  timeout: Duration.optional(),
  retry: Retry.optional(),
});

const Amount = z.strictObject({
  costMicros: z.int().nonnegative().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  tokens: z.int().nonnegative().optional(),
});

/** A routing policy as written. Unknown keys are refused by name. */
export const RoutingPolicyDocument = z.strictObject({
  apiVersion: z.literal('tutti/v1'),
  kind: z.literal('RoutingPolicy'),
  metadata: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, dashes and dots'),
    summary: z.string().optional(),
  }),
  spec: z.strictObject({
    capability: z.string().min(1),
    objective: z.enum(['ordered', 'weighted', 'cheapest', 'fastest']).default('ordered'),
    candidates: z.array(Candidate).min(1).max(POLICY_LIMITS.candidates),
    retry: Retry.optional(),
    timeout: Duration.optional(),
    fallbackOn: z.array(FallbackReason).default(['timeout', 'unavailable', 'throttled']),
    confidence: z
      .strictObject({ floor: z.number().min(0).max(1), below: z.enum(['next', 'review']).default('next') })
      .optional(),
    exhausted: z.enum(['fail', 'review']).default('fail'),
    review: z
      .strictObject({
        title: z.string().optional(),
        timeout: Duration.optional(),
        timeoutThen: z.enum(['fail', 'reject']).default('fail'),
      })
      .optional(),
    budget: z
      .strictObject({
        call: Amount.optional(),
        run: Amount.optional(),
        workflow: Amount.optional(),
        day: Amount.optional(),
      })
      .optional(),
  }),
});
export type RoutingPolicyDocument = z.infer<typeof RoutingPolicyDocument>;
export type RetryDocument = z.infer<typeof Retry>;
export type CandidateDocument = z.infer<typeof Candidate>;
