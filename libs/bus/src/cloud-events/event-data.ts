import { type CloudEvent, cloudEventFault } from '@tutti/contracts';

/** What was to be a CloudEvent and is none; the message says why. */
export class CloudEventError extends Error {}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$|^text\/json$/;
const TEXT_TYPE = /^text\/|^application\/(?:[\w.+-]+\+)?(?:xml|yaml|x-www-form-urlencoded)$/;
/** Structured mode: the whole event is the body. */
export const STRUCTURED_TYPE = 'application/cloudevents+json';
/** Batch mode: a JSON array of events. */
export const BATCH_TYPE = 'application/cloudevents-batch+json';

/** The media type without its parameters; empty for none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
}

export function isJsonType(contentType: string | undefined): boolean {
  return JSON_TYPE.test(mediaTypeOf(contentType));
}

/** The event, checked; attributes that are null are left out, as the JSON format has it. */
export function checkedEvent(value: unknown): CloudEvent {
  const fault = cloudEventFault(value);
  if (fault !== undefined) throw new CloudEventError(fault);
  const entries = Object.entries(value as CloudEvent).filter(
    ([name, one]) => one !== null || name === 'data',
  );
  return Object.fromEntries(entries) as CloudEvent;
}

/** One event of binary mode: its attributes came apart from its data. */
export function eventOfParts(attributes: Record<string, unknown>, body: Uint8Array): CloudEvent {
  return checkedEvent({
    ...attributes,
    ...dataOf(attributes.datacontenttype as string | undefined, Buffer.from(body)),
  });
}

function dataOf(contentType: string | undefined, body: Buffer): Pick<CloudEvent, 'data' | 'data_base64'> {
  if (body.length === 0) return {};
  if (isJsonType(contentType)) return { data: parseJson(body, 'The data') };
  if (TEXT_TYPE.test(mediaTypeOf(contentType))) return { data: utf8(body, 'The data') };
  return { data_base64: body.toString('base64') };
}

export function parseJson(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(utf8(body, what)) as unknown;
  } catch (error) {
    if (error instanceof CloudEventError) throw error;
    throw new CloudEventError(`${what} cannot be read as JSON: ${(error as Error).message}`);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function utf8(body: Uint8Array, what: string): string {
  try {
    return decoder.decode(body);
  } catch {
    // The decoder's own message names neither the text nor the place.
    throw new CloudEventError(`${what} is not valid UTF-8.`);
  }
}

/** What stands for the data of an event in binary mode, with the media type that belongs to it. */
export function partsOf(event: CloudEvent): { contentType: string | undefined; body: Buffer } {
  const { data, data_base64: base64, datacontenttype } = event;
  if (typeof base64 === 'string')
    return { contentType: datacontenttype, body: Buffer.from(base64, 'base64') };
  if (data === undefined) return { contentType: datacontenttype, body: Buffer.alloc(0) };
  if (typeof data === 'string' && datacontenttype !== undefined && !isJsonType(datacontenttype))
    return { contentType: datacontenttype, body: Buffer.from(data) };
  // Data without a media type is JSON in the JSON format; in binary mode that has to be said.
  return { contentType: datacontenttype ?? 'application/json', body: Buffer.from(JSON.stringify(data)) };
}

/** The attributes of an event that travel as headers, as text. */
export function attributesOf(event: CloudEvent): [name: string, value: string][] {
  return Object.entries(event)
    .filter(([name, value]) => !BODY.has(name) && value !== undefined && value !== null)
    .map(([name, value]) => [name, String(value)]);
}

const BODY = new Set(['data', 'data_base64', 'datacontenttype']);
