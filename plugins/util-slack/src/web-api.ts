import { type HttpPort, PermanentError, TransientError } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** Errors after which a repeat may help (Slack: "errors" of each method). */
const TRANSIENT: Readonly<Record<string, number>> = {
  ratelimited: 429,
  rate_limited: 429,
  request_timeout: 408,
  service_unavailable: 503,
  team_added_to_org: 503,
  internal_error: 500,
  fatal_error: 500,
};
/** What the other errors are as statuses; those not named are refusals of the content. */
const PERMANENT: Readonly<Record<string, number>> = {
  not_authed: 401,
  invalid_auth: 401,
  account_inactive: 401,
  token_revoked: 401,
  token_expired: 401,
  missing_scope: 403,
  not_in_channel: 403,
  no_permission: 403,
  restricted_action: 403,
  ekm_access_denied: 403,
  is_archived: 409,
  channel_not_found: 404,
  user_not_found: 404,
  users_not_found: 404,
  message_not_found: 404,
  thread_not_found: 404,
};

const Answer = z.looseObject({
  ok: z.boolean(),
  error: z.string().optional(),
  needed: z.string().optional(),
});

/**
 * Calls a method of Slack's Web API. Slack answers 200 to what it refuses and says so in the body: it is
 * thrown with the status that other systems would have answered.
 */
export async function slack<Reply extends z.ZodType>(
  http: HttpPort,
  method: string,
  { reply, ...parameters }: { reply: Reply } & Record<string, unknown>,
): Promise<z.output<Reply>> {
  const answer = await http.post(`/${method}`, { body: formOf(parameters), reply: Answer });
  if (!answer.ok) throw refusal(method, answer);
  const read = reply.safeParse(answer);
  if (read.success) return read.data;
  throw new PermanentError(`${method} answered in another form: ${z.prettifyError(read.error)}`, {
    status: 502,
    reason: 'invalid-output',
    reply: answer,
  });
}

/** Few methods that read take JSON; all take a form with JSON in it, which Slack's own SDK sends too. */
function formOf(parameters: Record<string, unknown>): URLSearchParams {
  const texts = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(texts as [string, string][]);
}

function refusal(method: string, answer: z.output<typeof Answer>): Error {
  const { error = 'unknown_error', needed } = answer;
  const scope = needed === undefined ? '' : ` (it needs the scope ${needed})`;
  const message = `Slack refused ${method}: ${error}${scope}.`;
  const status = TRANSIENT[error];
  if (status !== undefined)
    return new TransientError(message, { status, reason: status === 429 ? 'throttled' : 'unavailable' });
  return new PermanentError(message, { status: PERMANENT[error] ?? 422, reply: answer });
}
