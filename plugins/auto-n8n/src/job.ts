import type { AutoJobRunInput, AutoJobRunOutput } from '@tutti/contracts';
import {
  explaining,
  type HttpFailure,
  later,
  type Later,
  markOf,
  PermanentError,
  type ResumeContext,
  retold,
  type RunContext,
} from '@tutti/plugin-sdk';
import { isRunning, jobAnswerOf, jobFailed, nextLookMs, type RunningJob } from '@tutti/plugin-sdk/auto';
import { z } from 'zod';
import { outcomeOf, readExecution } from './executions.js';
import { type Settings, webhookHeaders } from './settings.js';

type JobContext = RunContext<AutoJobRunInput, Settings, undefined>;

const HOUR_MS = 3_600_000;
const Begun = z.looseObject({ executionId: z.union([z.string(), z.number()]).transform(String) });
const Kept = z.object({ execution: z.string().nullable(), looks: z.int().nonnegative() });
const Refusal = z.looseObject({ message: z.string(), hint: z.string().optional() });

/** Starts a workflow by its webhook. */
export async function start(context: JobContext): Promise<AutoJobRunOutput | Later> {
  const { input, settings, idempotencyKey, callback } = context;
  const { job, data } = input;
  if (job === undefined)
    throw new PermanentError('Name the path of the webhook in "job".', { status: 400, reason: 'rejected' });
  const http = explaining(context.http, explain);
  const said = await http.post(webhookPath(settings, job), {
    headers: {
      'idempotency-key': await markOf(idempotencyKey),
      ...webhookHeaders(settings),
      ...(settings.answers === 'callback' && { 'x-tutti-callback-url': await callback() }),
    },
    body: data ?? {},
    reply: z.unknown(),
  });
  if (settings.answers === 'reply') return { result: said, execution: null };
  const execution = Begun.safeParse(said).data?.executionId ?? null;
  if (settings.answers === 'execution' && execution === null)
    throw new PermanentError(
      'The webhook answered without "executionId": let its node "Respond to Webhook" give ' +
        '{ "executionId": "{{ $execution.id }}" }, or set "answers" of the connection to "reply".',
      { status: 502, reason: 'invalid-output' },
    );
  return waiting({ execution, looks: 0 }, settings);
}

/** Goes on with a workflow: with its callback, or by a look at its execution. */
export async function goOn(
  context: ResumeContext<AutoJobRunInput, Settings, undefined>,
): Promise<AutoJobRunOutput | Later> {
  const { later: known, settings, http } = context;
  const kept = Kept.safeParse(known.state).data ?? { execution: null, looks: 0 };
  const answer = await lookedAt();
  const execution = answer.execution ?? kept.execution;
  return isRunning(answer)
    ? waiting({ execution, looks: kept.looks + 1 }, settings)
    : { ...answer, execution };

  async function lookedAt(): Promise<AutoJobRunOutput | RunningJob> {
    if ('answer' in known) return jobAnswerOf(known.answer);
    return outcomeOf(await readExecution(http, settings, kept.execution ?? ''));
  }
}

/** An execution can be looked at where its name and the key of the API are known. */
function waiting(state: { execution: string | null; looks: number }, settings: Settings): Later {
  const looks = state.execution !== null && settings.apiKey !== undefined;
  return later({
    state,
    forMs: settings.waitHours * HOUR_MS,
    ...(looks && { againAfterMs: nextLookMs(state.looks) }),
  });
}

function webhookPath({ address }: Settings, job: string): string {
  const path = job.split('/').map(encodeURIComponent).join('/');
  return `/${address === 'test' ? 'webhook-test' : 'webhook'}/${path}`;
}

/** n8n's words; a workflow that failed is answered with 500, and is not made well by starting it again. */
function explain(error: HttpFailure): Error {
  const refusal = Refusal.safeParse(error.reply).data;
  if (refusal === undefined) return error;
  if (error.status === 500 && /workflow/i.test(refusal.message))
    return jobFailed(refusal.message, error.reply);
  return retold(error, `n8n: ${refusal.message}${refusal.hint === undefined ? '' : ` ${refusal.hint}`}`);
}
