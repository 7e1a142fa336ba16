import { checkedEvent, CloudEventError, fromHttp, type HttpHeaders } from '@tutti/bus';
import { type CloudEvent, EVENT_LENGTH_MAX, RUN_ENDED, type SignalTaken, uuidv7 } from '@tutti/contracts';
import { HOT_POOL, inTransaction } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Caller } from '../access/access.types.js';
import { isUuid } from '../database/page.js';
import { queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { lockRun } from '../runs/runs.queries.js';
import { EventDelivery } from './event.delivery.js';

interface Sent {
  headers: HttpHeaders;
  body: Uint8Array;
}

/** Gives an event to one run. */
@Injectable()
export class SignalsService {
  constructor(
    @Inject(HOT_POOL) private readonly pool: Pool,
    @Inject(EventDelivery) private readonly delivery: EventDelivery,
  ) {}

  /** Under a lock of the run's row: a run that ends meanwhile ends after it has the event. */
  async send(caller: Caller, runId: string, request: Sent): Promise<SignalTaken> {
    const event = signalOf(runId, request);
    const { workspaceId, subject: by } = caller;
    const taken = await inTransaction(this.pool, async (client) => {
      const run = isUuid(runId) ? await lockRun(queryable(client), workspaceId, runId) : undefined;
      if (run === undefined) throw new ProblemError('not-found', `There is no run ${runId}.`);
      if (RUN_ENDED.has(run.status))
        throw new ProblemError(
          'conflict',
          `The run has ended (${run.status}), so it takes no events. Start a new one, or retry it.`,
        );
      return this.delivery.store({ workspaceId, event, by, runId, keep: true }, client);
    });
    this.delivery.tell(taken);
    const { id, source, type } = event;
    return { id, source, type, repeated: taken.kind === 'repeated' };
  }
}

function signalOf(runId: string, request: Sent): CloudEvent {
  try {
    const event = isCloudEvent(request.headers) ? wholeEvent(request) : filledEvent(runId, request.body);
    if (JSON.stringify(event).length <= EVENT_LENGTH_MAX) return event;
    throw new CloudEventError(
      `The event is larger than ${EVENT_LENGTH_MAX} characters of JSON. Send a reference in the place of the data.`,
    );
  } catch (error) {
    if (error instanceof CloudEventError) throw new ProblemError('invalid-request', error.message);
    throw error;
  }
}

function isCloudEvent(headers: HttpHeaders): boolean {
  const type = String(headers['content-type'] ?? '');
  return headers['ce-specversion'] !== undefined || type.startsWith('application/cloudevents');
}

function wholeEvent({ headers, body }: Sent): CloudEvent {
  const read = fromHttp(headers, body);
  if ('event' in read) return read.event;
  throw new CloudEventError('One event at a time is sent to a run, and this is a batch.');
}

/** What is left out is filled in; a name of its own makes each request another event. */
function filledEvent(runId: string, body: Uint8Array): CloudEvent {
  let written: unknown;
  try {
    written = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new CloudEventError('The body is no JSON. Send {"type": "...", "data": ...}.');
  }
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw new CloudEventError('The body is no object. Send {"type": "...", "data": ...}.');
  return checkedEvent({
    specversion: '1.0',
    id: uuidv7(),
    source: `/v1/runs/${runId}`,
    time: new Date().toISOString(),
    ...written,
  });
}
