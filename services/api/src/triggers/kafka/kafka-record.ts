import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { SourceRecord } from '../intake/trigger-record.js';

/** A message of kafkajs as the triggers know records. */
export function recordOf(message: KafkaMessage, at: { topic: string; partition: number }): SourceRecord {
  const timestampMs = Number(message.timestamp);
  return {
    topic: at.topic,
    partition: at.partition,
    offset: message.offset,
    key: message.key === null ? null : textOf(message.key),
    headers: headersOf(message.headers),
    payload: message.value,
    // Producers may send anything: a time that is none becomes the first of all times.
    timestamp: new Date(Number.isFinite(timestampMs) && timestampMs > 0 ? timestampMs : 0).toISOString(),
  };
}

/** A key that is no text is shown as hex, so that different keys stay different. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') || text.includes('\0') ? `0x${bytes.toString('hex')}` : text;
}

/** Of a header that comes several times the last counts, as with Kafka's own `lastHeader`. */
function headersOf(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name] = last.toString('utf8');
  }
  return texts;
}
