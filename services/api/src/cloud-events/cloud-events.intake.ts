import { checkedEvent, CloudEventError, fromHttp, type HttpHeaders } from '@tutti/bus';
import { type CloudEvent, EVENT_BATCH_MAX, EVENT_LENGTH_MAX, type EventsTaken } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { counted } from '../problems/counted.js';
import { EventDelivery, type StoredEvent } from './event.delivery.js';
import { ProblemError } from '../problems/problem.error.js';
import type { Caller } from '../access/access.types.js';
import { type Delivered, TriggerIntake } from '../triggers/intake/trigger.intake.js';

type EventTaken = EventsTaken['events'][number];
/** A type, because a problem's errors may have more members and an interface has not. */
type Refusal = { pointer: string; detail: string };

/**
 * Takes CloudEvents over HTTP: each goes to the runs that listen for it and to the workflows that it starts
 * (`schedule.on`), and starts a run of every trigger that wants it.
 */
@Injectable()
export class CloudEventsIntake {
  constructor(
    @Inject(TriggerIntake) private readonly triggers: TriggerIntake,
    @Inject(EventDelivery) private readonly delivery: EventDelivery,
  ) {}

  /**
   * Takes all events of a request. One that is no event makes the whole request wrong before anything starts.
   * One that a trigger refuses does not keep the others from starting: the sender may send all of them again,
   * because an event starts a run once.
   */
  async take(caller: Caller, request: { headers: HttpHeaders; body: Uint8Array }): Promise<EventsTaken> {
    const { workspaceId, subject: by } = caller;
    const { events, isBatch } = eventsOf(request);
    const taken: EventTaken[] = [];
    const refusals: Refusal[] = [];
    for (const [i, event] of events.entries()) {
      const stored = await this.delivery.take({ workspaceId, event, by });
      const delivered = await this.triggers.deliver(workspaceId, deliveryOf(event, request.headers));
      taken.push(takenOf(event, stored, delivered));
      refusals.push(...refusalsOf(delivered, isBatch ? `/${i}` : ''));
    }
    if (refusals.length > 0) throw refused(refusals, taken);
    return { events: taken };
  }
}

function eventsOf({ headers, body }: { headers: HttpHeaders; body: Uint8Array }): {
  events: CloudEvent[];
  isBatch: boolean;
} {
  try {
    const read = fromHttp(headers, body);
    return 'event' in read
      ? { events: [sized(read.event)], isBatch: false }
      : { events: checkedBatch(read.batch), isBatch: true };
  } catch (error) {
    if (error instanceof CloudEventError) throw new ProblemError('invalid-request', error.message);
    throw error;
  }
}

function checkedBatch(batch: readonly unknown[]): CloudEvent[] {
  if (batch.length > EVENT_BATCH_MAX)
    throw new ProblemError(
      'payload-too-large',
      `A batch has at most ${EVENT_BATCH_MAX} events; this one has ${batch.length}. Send it in parts.`,
    );
  const errors: Refusal[] = [];
  const events = batch.flatMap((one, i) => {
    try {
      return [sized(checkedEvent(one))];
    } catch (error) {
      if (!(error instanceof CloudEventError)) throw error;
      errors.push({ pointer: `/${i}`, detail: error.message });
      return [];
    }
  });
  const [first] = errors;
  if (first === undefined) return events;
  throw new ProblemError(
    'invalid-request',
    `${counted(errors.length, 'event')} of the batch cannot be taken, and none was: ` +
      `${first.pointer}: ${first.detail}`,
    { more: { errors } },
  );
}

function sized(event: CloudEvent): CloudEvent {
  if (JSON.stringify(event).length <= EVENT_LENGTH_MAX) return event;
  throw new CloudEventError(
    `The event is larger than ${EVENT_LENGTH_MAX} characters of JSON. Send a reference in the place of the data.`,
  );
}

function deliveryOf({ data, data_base64: base64, ...attributes }: CloudEvent, headers: HttpHeaders) {
  const { traceparent } = headers;
  // Of the request's headers only what belongs to the event: never the token of its sender.
  return {
    attributes,
    data: data ?? base64 ?? null,
    ...(typeof traceparent === 'string' && { headers: { traceparent } }),
  };
}

function takenOf(
  { id, source }: CloudEvent,
  stored: StoredEvent,
  delivered: readonly Delivered[],
): EventTaken {
  const runs = delivered.flatMap((one) =>
    one.kind === 'started' ? [{ trigger: one.trigger, runId: one.runId, repeated: one.repeated }] : [],
  );
  const listeners = stored.kind === 'taken' ? stored.bells.length : 0;
  return { id, source, repeated: stored.kind === 'repeated', listeners, runs };
}

function refusalsOf(delivered: readonly Delivered[], pointer: string): Refusal[] {
  return delivered.flatMap((one) =>
    one.kind === 'dead' ? [{ pointer, detail: `The trigger ${one.trigger} refused it: ${one.detail}` }] : [],
  );
}

function refused(errors: Refusal[], taken: readonly EventTaken[]): ProblemError {
  const started = taken.reduce((sum, { runs }) => sum + runs.length, 0);
  const others = started === 0 ? '' : ` ${counted(started, 'run')} started for what was not refused.`;
  const first = errors[0] as Refusal;
  return new ProblemError('invalid-input', `${first.pointer} ${first.detail}${others}`.trim(), {
    more: { errors, events: taken },
  });
}
