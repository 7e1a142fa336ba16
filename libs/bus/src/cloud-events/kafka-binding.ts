import type { CloudEvent } from '@tutti/contracts';
import { TRACEPARENT_HEADER } from '@tutti/telemetry';
import {
  attributesOf,
  checkedEvent,
  CloudEventError,
  eventOfParts,
  mediaTypeOf,
  parseJson,
  partsOf,
  STRUCTURED_TYPE,
} from './event-data.js';

/** Headers as Kafka clients hand them over. */
export type RecordHeaders = Readonly<
  Record<string, Uint8Array | string | null | readonly (Uint8Array | string | null)[] | undefined>
>;

const PREFIX = 'ce_';
const CONTENT_TYPE = 'content-type';

/** The text of a header; of several with one name the first. */
export function headerText(value: RecordHeaders[string]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString() : headerText(value[0]);
}

/**
 * The record of an event in binary mode (Kafka binding, section 3.2); without a key of its own the partition
 * key.
 */
export function toKafka(event: CloudEvent): {
  key: string | null;
  headers: Record<string, string>;
  value: Buffer | null;
} {
  const headers: Record<string, string> = {};
  for (const [name, value] of attributesOf(event)) headers[PREFIX + name] = value;
  const { contentType, body } = partsOf(event);
  if (contentType !== undefined) headers[CONTENT_TYPE] = contentType;
  // No binding of Trace Context to Kafka exists; the plain header is the one that others read.
  if (typeof event.traceparent === 'string') headers[TRACEPARENT_HEADER] = event.traceparent;
  const { partitionkey } = event;
  const key = partitionkey === undefined ? null : String(partitionkey as string);
  return { key, headers, value: body.length === 0 && event.data === undefined ? null : body };
}

/**
 * The event of a record, in binary or structured mode. The trace context is that of the plain header where
 * there is one. Throws CloudEventError where the record is no event, or says it is one and is not.
 */
export function fromKafka(headers: RecordHeaders, value: Uint8Array | null): CloudEvent {
  const event = read(lowerCase(headers), value ?? Buffer.alloc(0));
  const traceparent = headerText(headers[TRACEPARENT_HEADER]);
  return traceparent === undefined ? event : { ...event, traceparent };
}

function read(headers: Record<string, string>, body: Uint8Array): CloudEvent {
  const contentType = headers[CONTENT_TYPE];
  if (mediaTypeOf(contentType).startsWith('application/cloudevents')) {
    if (mediaTypeOf(contentType) !== STRUCTURED_TYPE)
      throw new CloudEventError(
        `Events of the type "${contentType}" cannot be read; send ${STRUCTURED_TYPE}.`,
      );
    return checkedEvent(parseJson(body, 'The event'));
  }
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith(PREFIX)) attributes[name.slice(PREFIX.length)] = value;
  if (contentType !== undefined) attributes.datacontenttype = contentType;
  return eventOfParts(attributes, body);
}

/** Whether a record says that it is a CloudEvent: other records are data without an envelope. */
export function isCloudEvent(headers: RecordHeaders): boolean {
  const names = lowerCase(headers);
  return (
    names[`${PREFIX}specversion`] !== undefined ||
    mediaTypeOf(names[CONTENT_TYPE]).startsWith('application/cloudevents')
  );
}

function lowerCase(headers: RecordHeaders): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headerText(headers[name]);
    if (value !== undefined) texts[name.toLowerCase()] = value;
  }
  return texts;
}
