import type { AsyncApiCall, CallOutcome } from '@tutti/contracts';
import { eventsOf } from '../http/event-stream.js';
import { LIMITS } from '../limits.js';
import type { ProtocolAttempt } from '../protocols/protocol-client.js';
import { notUnderstood, refusedWith } from '../protocols/protocol-outcomes.js';
import type { Route } from './route.js';
import { payloadOf, type Collected, type Patience } from './subscription.js';

/** Collects the events of a stream (SSE) until the subscription has what it wants, or its time is over. */
export async function subscribeOverHttp(
  attempt: ProtocolAttempt,
  { route, collected, patience }: { route: Route; collected: Collected; patience: Patience },
): Promise<CallOutcome> {
  const { authorization } = attempt.request.input as AsyncApiCall;
  const http = attempt.http(typeof authorization === 'object' ? authorization : undefined);
  const where = `GET ${route.server}${route.destination}`;
  if (collected.complete) return { status: 'succeeded', output: [] };
  try {
    const reply = await http.fetch(route.server + route.destination, {
      headers: {
        accept: 'text/event-stream',
        ...(typeof authorization === 'string' && { authorization }),
      },
      signal: patience.signal,
    });
    if (http.refusal !== null) {
      const detail = (await reply.text()).slice(0, LIMITS.errorReplyBytesMax);
      return refusedWith(attempt.request, http.refusal, { where, detail, asked: false });
    }
    if (reply.headers.get('content-type')?.startsWith('text/event-stream') !== true)
      return notUnderstood(`${where} answered with no stream of events.`);
    patience.start();
    for await (const { data, event, id } of eventsOf(reply)) {
      const headers = { ...(event !== undefined && { event }), ...(id !== undefined && { id }) };
      if (collected.take({ payload: payloadOf(data), headers }, data.length)) break;
    }
  } catch (error) {
    // Its time is over: what came is the result.
    if (!patience.signal.aborted || attempt.signal.aborted) throw error;
  }
  return { status: 'succeeded', output: collected.messages };
}
