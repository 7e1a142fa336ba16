import type { AutoJobRunOutput } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Settings } from './settings.js';

/** What an automation says of a job: in its reply, its callback, or at its status address. */
const Said = z.looseObject({
  status: z.enum(['running', 'completed', 'failed']),
  result: z.unknown().optional(),
  error: z.union([z.string(), z.looseObject({ message: z.string() })]).optional(),
  execution: z.union([z.string(), z.number()]).optional(),
  statusUrl: z.string().optional(),
});

/** A job that goes on. */
export interface Running {
  execution: string | null;
  /** Where to ask; null: nowhere. */
  statusUrl: string | null;
}

/** Whether a job goes on. */
export function isRunning(said: AutoJobRunOutput | Running): said is Running {
  return 'statusUrl' in said;
}

/** What was said of a job. JSON without one of the known statuses is its result. */
export function answerOf(said: unknown, settings: Settings): AutoJobRunOutput | Running {
  const parsed = Said.safeParse(said);
  if (!parsed.success) return { result: checked(said ?? null, settings), execution: null };
  const { status, result = null, error = '', execution, statusUrl = null } = parsed.data;
  const name = execution === undefined ? null : String(execution);
  if (status === 'running') return { execution: name, statusUrl };
  if (status === 'completed') return { result: checked(result, settings), execution: name };
  const words = typeof error === 'string' ? error : error.message;
  throw new PermanentError(`The automation failed${words === '' ? '.' : `: ${words}`}`, {
    status: 422,
    reason: 'rejected',
    reply: said,
  });
}

function checked(result: unknown, { resultSchema }: Settings): unknown {
  if (resultSchema === undefined) return result;
  const schema = z.fromJSONSchema(JSON.parse(resultSchema) as z.core.JSONSchema.JSONSchema);
  const found = schema.safeParse(result);
  if (found.success) return result;
  throw new PermanentError(
    `The result of the automation does not match the schema of the connection. ${z.prettifyError(found.error)}`,
    { status: 502, reason: 'invalid-output', reply: result },
  );
}
