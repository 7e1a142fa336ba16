import type { TraceParent } from '@tutti/contracts';
import type { TriggerDocument } from '../document/trigger.document.js';

/** What came from outside, as bytes, with what names it. */
export interface SourceRecord {
  topic: string;
  partition: number;
  /** Decimal text: Kafka's offsets do not fit a number. */
  offset: string;
  key: string | null;
  headers: Record<string, string>;
  payload: Uint8Array | null;
  /** ISO 8601. */
  timestamp: string;
  /** Why it can be no run, as far as that was seen before. */
  problem?: string;
}

/** What `filter` and `input` of a trigger see. */
export interface RecordView {
  key: string | null;
  headers: Record<string, string>;
  value: unknown;
  topic: string;
  partition: number;
  offset: number | string;
  timestamp: string;
  /** The attributes of a CloudEvent; `value` is then its data. */
  event?: Record<string, unknown>;
}

/** A record that cannot be read: its reason goes into the dead letter. */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused';

  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

type Format = NonNullable<TriggerDocument['spec']['kafka']>['format'];

/** Decodes a record. Throws RecordRefused, which says what is wrong with it. */
export function viewOf(record: SourceRecord, format: Format): RecordView {
  const { key, headers, topic, partition, timestamp } = record;
  const number = Number(record.offset);
  const offset = Number.isSafeInteger(number) ? number : record.offset;
  const decoded = decode(record, format);
  return { key, headers, topic, partition, offset, timestamp, ...decoded };
}

function decode(record: SourceRecord, format: Format): Pick<RecordView, 'value' | 'event'> {
  if (format === 'cloudevent') return eventOf(record);
  if (record.payload === null) return { value: null };
  return { value: format === 'text' ? textOf(record.payload) : jsonOf(record.payload) };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function textOf(payload: Uint8Array): string {
  try {
    return UTF8.decode(payload);
  } catch {
    throw new RecordRefused('malformed', 'The value is not UTF-8 text.');
  }
}

function jsonOf(payload: Uint8Array): unknown {
  if (payload[0] === 0 && payload.length >= 5) {
    throw new RecordRefused(
      'malformed',
      'The value is not JSON; it begins as a message of a schema registry does (Avro or Protobuf), which is not read.',
    );
  }
  try {
    return JSON.parse(textOf(payload)) as unknown;
  } catch (error) {
    if (error instanceof RecordRefused) throw error;
    throw new RecordRefused('malformed', `The value is not JSON: ${(error as Error).message}`);
  }
}

const BINARY_PREFIX = 'ce_';
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;

/** CloudEvents 1.0 over Kafka: structured mode by the content type, else binary mode by the headers. */
function eventOf({ headers, payload }: SourceRecord): Pick<RecordView, 'value' | 'event'> {
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith('application/cloudevents')) return structured(payload);
  const event: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(BINARY_PREFIX)) event[name.slice(BINARY_PREFIX.length)] = value;
  }
  if (contentType !== '') event.datacontenttype = contentType;
  checkAttributes(event);
  if (payload === null) return { value: null, event };
  const json = contentType === '' || /[/+]json\b/.test(contentType);
  return { value: json ? jsonOf(payload) : textOf(payload), event };
}

function structured(payload: Uint8Array | null): Pick<RecordView, 'value' | 'event'> {
  const whole = payload === null ? null : jsonOf(payload);
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
    throw new RecordRefused(
      'malformed',
      'The value is no CloudEvent in structured mode: it is no JSON object.',
    );
  const { data, data_base64: base64, ...event } = whole as Record<string, unknown>;
  checkAttributes(event);
  return { value: data ?? base64 ?? null, event };
}

function checkAttributes(event: Record<string, unknown>): void {
  const missing = REQUIRED.filter((name) => typeof event[name] !== 'string' || event[name] === '');
  if (missing.length > 0)
    throw new RecordRefused('malformed', `The record is no CloudEvent: it has no ${missing.join(', no ')}.`);
}

/** The producer's place in its trace: `traceparent`, or the CloudEvents extension of that name. */
export function traceOf(record: SourceRecord, view: RecordView | null): TraceParent | null {
  const { headers } = record;
  const attribute = view?.event?.traceparent;
  return parseTraceparent(
    headers.traceparent ?? headers.ce_traceparent ?? (typeof attribute === 'string' ? attribute : undefined),
  );
}

/** W3C Trace Context, level 1; null for what is not valid, as the standard asks. */
export function parseTraceparent(text: string | undefined): TraceParent | null {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-|$)/.exec(text?.trim() ?? '');
  if (match === null || match[1] === 'ff') return null;
  const [, , traceId, spanId] = match as unknown as [string, string, string, string];
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? null : { traceId, spanId };
}
