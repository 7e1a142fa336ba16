/**
 * An event as CloudEvents 1.0.2 has it, in the form of its JSON format. Extension attributes stand beside the
 * others.
 */
export interface CloudEvent {
  specversion: '1.0';
  /** Together with `source` it names the event: what comes twice under both is a repeat. */
  id: string;
  /** URI reference. */
  source: string;
  type: string;
  subject?: string;
  /** RFC 3339. */
  time?: string;
  /** Media type of the data; absent: `application/json`. */
  datacontenttype?: string;
  dataschema?: string;
  data?: unknown;
  /** Data that is no text, in base64; never together with `data`. */
  data_base64?: string;
  [extension: string]: unknown;
}

/** The topic of the events that runs emit. */
export const EVENTS_TOPIC = 'tutti.events.v1';
/**
 * The largest event that a task may emit or a request may hold, in characters of JSON: Kafka takes a megabyte
 * a record.
 */
export const EVENT_LENGTH_MAX = 256 * 1024;
/** The longest value of an attribute, in characters. */
export const EVENT_ATTRIBUTE_LENGTH_MAX = 4_096;
/** The most attributes of an event, extensions included. */
export const EVENT_ATTRIBUTES_MAX = 64;

const REQUIRED = ['id', 'source', 'type'] as const;
const TEXTS = ['subject', 'datacontenttype', 'dataschema', 'time'] as const;
const DATA = new Set(['data', 'data_base64']);
const NAME = /^[a-z0-9]+$/;
const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
/** Control characters, and halves of surrogate pairs (CloudEvents 1.0.2, section "Type System"). */
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * What keeps a value from being a CloudEvent 1.0, as one sentence; undefined when nothing does. An attribute
 * that is null counts as absent (JSON format, section 2.2).
 */
export function cloudEventFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'A CloudEvent is a JSON object.';
  const event = value as Record<string, unknown>;
  if (event.specversion !== '1.0')
    return `The specversion of a CloudEvent is "1.0"; this one has ${JSON.stringify(event.specversion)}.`;
  for (const name of REQUIRED) {
    if (typeof event[name] !== 'string' || event[name] === '')
      return (
        `The attribute ${name} of a CloudEvent is a text that is not empty; ` +
        `this one has ${JSON.stringify(event[name])}.`
      );
  }
  for (const name of TEXTS) {
    const text = event[name] ?? undefined;
    if (text !== undefined && (typeof text !== 'string' || text === ''))
      return `The attribute ${name} of a CloudEvent is a text that is not empty, or absent.`;
  }
  if (typeof event.time === 'string' && (!TIME.test(event.time) || Number.isNaN(Date.parse(event.time))))
    return (
      'The attribute time of a CloudEvent is a time of RFC 3339, such as 2026-11-22T04:30:00Z, ' +
      `not "${event.time.slice(0, 64)}".`
    );
  return attributesFault(event) ?? dataFault(event);
}

function attributesFault(event: Record<string, unknown>): string | undefined {
  const names = Object.keys(event).filter((name) => !DATA.has(name));
  if (names.length > EVENT_ATTRIBUTES_MAX)
    return `A CloudEvent has at most ${EVENT_ATTRIBUTES_MAX} attributes here; this one has ${names.length}.`;
  for (const name of names) {
    if (!NAME.test(name))
      return `"${name.slice(0, 64)}" is no name of an attribute: lower-case letters and digits are allowed.`;
    const value = event[name];
    if (typeof value === 'string' ? value.length > EVENT_ATTRIBUTE_LENGTH_MAX : !isScalar(value))
      return `The attribute ${name} is a text of at most ${EVENT_ATTRIBUTE_LENGTH_MAX} characters, a whole number or a boolean.`;
    const [forbidden] = (typeof value === 'string' && FORBIDDEN.exec(value)) || [];
    if (forbidden !== undefined)
      return (
        `The attribute ${name} of a CloudEvent has the character ${codePoint(forbidden)}: ` +
        'control characters and halves of surrogate pairs are not allowed in an attribute.'
      );
  }
  return undefined;
}

function codePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** CloudEvents has booleans and integers of 32 bits beside texts. */
function isScalar(value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return true;
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 31;
}

function dataFault({ data, data_base64: base64 }: Record<string, unknown>): string | undefined {
  if (base64 === undefined || base64 === null) return undefined;
  if (data !== undefined) return 'A CloudEvent has data or data_base64, not both.';
  return typeof base64 === 'string' && BASE64.test(base64)
    ? undefined
    : 'The attribute data_base64 of a CloudEvent is base64.';
}
