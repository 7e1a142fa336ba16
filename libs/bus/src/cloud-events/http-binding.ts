import type { CloudEvent } from '@tutti/contracts';
import { TRACEPARENT_HEADER } from '@tutti/telemetry';
import {
  attributesOf,
  BATCH_TYPE,
  checkedEvent,
  CloudEventError,
  eventOfParts,
  mediaTypeOf,
  parseJson,
  partsOf,
  STRUCTURED_TYPE,
} from './event-data.js';

/** Headers as Node gives them: names in lower case. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const PREFIX = 'ce-';

/** An event in binary mode (HTTP binding, section 3.1). */
export function toHttp(event: CloudEvent): { headers: Record<string, string>; body: Buffer } {
  const headers: Record<string, string> = {};
  for (const [name, value] of attributesOf(event)) headers[PREFIX + name] = escapeHeader(value);
  const { contentType, body } = partsOf(event);
  if (contentType !== undefined) headers['content-type'] = contentType;
  if (typeof event.traceparent === 'string') headers[TRACEPARENT_HEADER] = event.traceparent;
  return { headers, body };
}

/** What a request holds: one event, or a batch whose events are not checked yet. */
export type HttpEvents = { event: CloudEvent } | { batch: unknown[] };

/**
 * The events of a request in binary, structured or batch mode. Throws CloudEventError where there is none. A
 * batch is only read: `checkedEvent` checks each of its events, so that a wrong one can be named.
 */
export function fromHttp(headers: HttpHeaders, body: Uint8Array): HttpEvents {
  const type = mediaTypeOf(one(headers['content-type']));
  if (type === BATCH_TYPE) {
    const batch = parseJson(body, 'The batch');
    if (!Array.isArray(batch)) throw new CloudEventError('A batch of events is a JSON array.');
    return { batch };
  }
  if (type === STRUCTURED_TYPE) return { event: traced(headers, checkedEvent(parseJson(body, 'The event'))) };
  if (type.startsWith('application/cloudevents'))
    throw new CloudEventError(
      `Events of the type "${type}" cannot be read; send ${STRUCTURED_TYPE} or ${BATCH_TYPE}.`,
    );
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = one(value);
    if (name.startsWith(PREFIX) && text !== undefined)
      attributes[name.slice(PREFIX.length)] = unescapeHeader(text);
  }
  const contentType = one(headers['content-type']);
  if (contentType !== undefined) attributes.datacontenttype = contentType;
  return { event: traced(headers, eventOfParts(attributes, body)) };
}

/**
 * The position of the sender's request is where the event is handled from; that of its making stays without
 * one.
 */
function traced(headers: HttpHeaders, event: CloudEvent): CloudEvent {
  const traceparent = one(headers[TRACEPARENT_HEADER]);
  return traceparent === undefined ? event : { ...event, traceparent };
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/** Section 3.1.3.2: what is no printable ASCII, and space, quote and percent, as percent-encoded UTF-8. */
function escapeHeader(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]+/gu, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function unescapeHeader(value: string): string {
  const plain = /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  return plain.replace(/(?:%[\da-fA-F]{2})+/g, (part) =>
    Buffer.from(part.replaceAll('%', ''), 'hex').toString(),
  );
}
