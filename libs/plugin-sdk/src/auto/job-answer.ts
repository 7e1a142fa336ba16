import type { AutoJobRunOutput } from '@tutti/contracts';
import { z } from 'zod';
import { PermanentError } from '../errors.js';

/** What an automation says of a job: in its reply, its callback, or at its status address. */
const Said = z.looseObject({
  status: z.enum(['running', 'completed', 'failed']),
  result: z.unknown().optional(),
  error: z.union([z.string(), z.looseObject({ message: z.string() })]).optional(),
  execution: z.union([z.string(), z.number()]).optional(),
  statusUrl: z.string().optional(),
});

/** A job that goes on. */
export interface RunningJob {
  execution: string | null;
  /** Where to ask; null: nowhere. */
  statusUrl: string | null;
}

/** Whether a job goes on. */
export function isRunning(said: AutoJobRunOutput | RunningJob): said is RunningJob {
  return 'statusUrl' in said;
}

/**
 * What was said of a job: `{ status, result, error, execution, statusUrl }`. JSON without one of the known
 * statuses is its result. Throws a `PermanentError` of status 422 with the automation's words when it failed.
 */
export function jobAnswerOf(said: unknown): AutoJobRunOutput | RunningJob {
  const parsed = Said.safeParse(said);
  if (!parsed.success) return { result: said ?? null, execution: null };
  const { status, result = null, error = '', execution, statusUrl = null } = parsed.data;
  const name = execution === undefined ? null : String(execution);
  if (status === 'running') return { execution: name, statusUrl };
  if (status === 'completed') return { result, execution: name };
  throw jobFailed(typeof error === 'string' ? error : error.message, said);
}

/** A job that failed, with the automation's words. */
export function jobFailed(words: string, reply: unknown): PermanentError {
  return new PermanentError(`The automation failed${words === '' ? '.' : `: ${words}`}`, {
    status: 422,
    reason: 'rejected',
    reply,
  });
}

const LOOK_MS = 2_000;
const LOOK_MS_MAX = 300_000;

/** How long until the next look at a job: 2 s at first, every 5 minutes in the end. */
export function nextLookMs(looks: number): number {
  return Math.min(LOOK_MS * 1.5 ** looks, LOOK_MS_MAX);
}
