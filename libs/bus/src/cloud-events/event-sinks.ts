import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { KafkaConfig } from '../kafka/kafka-config.js';
import type { EventSink } from './event-sink.js';
import { HttpEventSink, type HttpEventSinkOptions } from './http-event-sink.js';
import { KafkaEventSink } from './kafka-event-sink.js';

const SinkUrl = z.url({ protocol: /^https?$/ });

/**
 * The URL of TUTTI_EVENTS_SINK with its bearer token, TUTTI_EVENTS_SINK_TOKEN or the content of
 * TUTTI_EVENTS_SINK_TOKEN_FILE; null when none is set. Throws an error that names the variable and the
 * remedy.
 */
export function readEventTarget(
  env: Readonly<Record<string, string | undefined>>,
): HttpEventSinkOptions | null {
  const { TUTTI_EVENTS_SINK: url, TUTTI_EVENTS_SINK_TOKEN_FILE: file } = env;
  if (url === undefined || url === '') return null;
  if (!SinkUrl.safeParse(url).success)
    throw new Error(`TUTTI_EVENTS_SINK is "${url}". Set it to a URL that begins with http:// or https://.`);
  const token = env.TUTTI_EVENTS_SINK_TOKEN || (file ? tokenOf(file) : '');
  return token === '' ? { url } : { url, token };
}

function tokenOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`TUTTI_EVENTS_SINK_TOKEN_FILE cannot be read: ${(error as Error).message}.`);
  }
}

/** Where the events that runs emit go: the hub's Kafka, the URL, both, or nowhere but the journal. */
export function eventSinks(kafka: KafkaConfig | null, target: HttpEventSinkOptions | null): EventSink[] {
  return [
    ...(kafka === null ? [] : [new KafkaEventSink(kafka)]),
    ...(target === null ? [] : [new HttpEventSink(target)]),
  ];
}
