import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Returns the text without what must not be stored. Called for every text that leaves through a span. */
export type Redact = (text: string) => string;

/**
 * Redacts a finished span in place: name, status message, attributes, and the attributes of its events and
 * links.
 */
export function redactSpan(span: ReadableSpan, redact: Redact): void {
  const writable = span as { name: string; status: { code: number; message?: string } };
  writable.name = redact(span.name);
  if (span.status.message !== undefined)
    writable.status = { ...span.status, message: redact(span.status.message) };
  redactAttributes(span.attributes, redact);
  for (const event of span.events) redactAttributes(event.attributes, redact);
  for (const link of span.links) redactAttributes(link.attributes, redact);
}

function redactAttributes(attributes: object | undefined, redact: Redact): void {
  if (attributes === undefined) return;
  const values = attributes as Record<string, unknown>;
  for (const key in values) values[key] = redactValue(values[key], redact);
}

/** Redacts every string inside a value; lists and objects are walked, other values stay. */
export function redactValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact));
  if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, redact)]));
  }
  return value;
}
