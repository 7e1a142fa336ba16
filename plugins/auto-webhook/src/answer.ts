import type { AutoJobRunOutput } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { isRunning, jobAnswerOf, type RunningJob } from '@tutti/plugin-sdk/auto';
import { z } from 'zod';
import type { Settings } from './settings.js';

/** What was said of a job, its result held to the schema of the connection. */
export function answerOf(said: unknown, { resultSchema }: Settings): AutoJobRunOutput | RunningJob {
  const answer = jobAnswerOf(said);
  if (isRunning(answer) || resultSchema === undefined) return answer;
  const schema = z.fromJSONSchema(JSON.parse(resultSchema) as z.core.JSONSchema.JSONSchema);
  const found = schema.safeParse(answer.result);
  if (found.success) return answer;
  throw new PermanentError(
    `The result does not match the schema of the connection. ${z.prettifyError(found.error)}`,
    { status: 502, reason: 'invalid-output', reply: answer.result },
  );
}
