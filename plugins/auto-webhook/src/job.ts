import type { AutoJobRunInput, AutoJobRunOutput } from '@tutti/contracts';
import {
  type HttpAnswer,
  later,
  type Later,
  markOf,
  PermanentError,
  type ResumeContext,
  type RunContext,
} from '@tutti/plugin-sdk';
import { isRunning, nextLookMs, type RunningJob } from '@tutti/plugin-sdk/auto';
import { z } from 'zod';
import { answerOf } from './answer.js';
import type { Settings } from './settings.js';
import { signatureHeaders } from './signature.js';

type JobContext = RunContext<AutoJobRunInput, Settings, undefined>;

const HOUR_MS = 3_600_000;

/** What is kept while a job goes on: its names, and how often was looked. */
const Kept = z.object({
  execution: z.string().nullable(),
  statusUrl: z.string().nullable(),
  looks: z.int().nonnegative(),
});

/** Starts a job. */
export async function start(context: JobContext): Promise<AutoJobRunOutput | Later> {
  const { input, settings, http, idempotencyKey, callback } = context;
  const { job, data = null } = input;
  const id = await markOf(idempotencyKey);
  const body = JSON.stringify({
    id,
    ...(job !== undefined && { job }),
    data,
    ...(settings.answers === 'callback' && { callbackUrl: await callback() }),
  });
  const signature =
    settings.signingSecret === undefined
      ? {}
      : await signatureHeaders(settings.signingSecret, { id, at: new Date(), body });
  let headers: HttpAnswer['headers'] = {};
  const said = await http.post(addressOf(settings, job), {
    headers: { 'content-type': 'application/json', 'idempotency-key': id, ...signature },
    // Bytes, because they are what was signed.
    body: new TextEncoder().encode(body),
    reply: z.unknown(),
    answered: (answer) => (headers = answer.headers),
  });
  if (settings.answers === 'callback') return promised(settledBy(said, settings), settings);
  const answer = answerOf(said, settings);
  const location = headers.location === undefined ? null : new URL(headers.location, settings.baseUrl).href;
  if (settings.answers === 'status' && !isRunning(answer) && location !== null)
    return waiting({ execution: null, statusUrl: location }, { settings, looks: 0 });
  return isRunning(answer)
    ? waiting({ ...answer, statusUrl: answer.statusUrl ?? location }, { settings, looks: 0 })
    : answer;
}

/** Goes on with a job: with its callback, or by a look at its status. */
export async function goOn(
  context: ResumeContext<AutoJobRunInput, Settings, undefined>,
): Promise<AutoJobRunOutput | Later> {
  const { later: known, settings, http } = context;
  const kept = Kept.safeParse(known.state).data ?? { execution: null, statusUrl: null, looks: 0 };
  const said =
    'answer' in known
      ? known.answer
      : await http.get(kept.statusUrl ?? '', { reply: z.looseObject({ status: z.string() }) });
  const answer = answerOf(said, settings);
  if (!isRunning(answer)) return { ...answer, execution: answer.execution ?? kept.execution };
  const running = {
    execution: answer.execution ?? kept.execution,
    statusUrl: answer.statusUrl ?? kept.statusUrl,
  };
  return waiting(running, { settings, looks: kept.looks + 1 });
}

function addressOf({ baseUrl }: Settings, job: string | undefined): string {
  if (job === undefined) return baseUrl;
  return `${baseUrl.replace(/\/+$/, '')}/${job.split('/').map(encodeURIComponent).join('/')}`;
}

/** A reply to a request whose callback counts: only what it names of the job matters, or its failure. */
function settledBy(said: unknown, settings: Settings): RunningJob | AutoJobRunOutput {
  const isObject = typeof said === 'object' && said !== null && 'status' in said;
  return isObject ? answerOf(said, settings) : { execution: null, statusUrl: null };
}

function promised(answer: RunningJob | AutoJobRunOutput, settings: Settings): AutoJobRunOutput | Later {
  return isRunning(answer) ? waiting(answer, { settings, looks: 0 }) : answer;
}

function waiting(
  { execution, statusUrl }: RunningJob,
  { settings, looks }: { settings: Settings; looks: number },
): Later {
  if (settings.answers === 'reply' || (settings.answers === 'status' && statusUrl === null))
    throw new PermanentError(
      'The automation goes on, and does not say where to ask for its end: answer with "statusUrl" or a ' +
        'Location header, or set "answers" of the connection to "callback".',
      { status: 502, reason: 'invalid-output' },
    );
  return later({
    state: { execution, statusUrl, looks },
    forMs: settings.waitHours * HOUR_MS,
    ...(statusUrl !== null && { againAfterMs: nextLookMs(looks) }),
  });
}
