import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type KafkaConfig, KafkaConfigError } from '../kafka/kafka-config.js';
import type { EventSink } from './event-sink.js';
import { HttpEventSink } from './http-event-sink.js';
import { KafkaEventSink } from './kafka-event-sink.js';

const SinkUrl = z.url({ protocol: /^https?$/ });

/**
 * Where the events that runs emit go: the hub's Kafka where there is one, and the URL of TUTTI_EVENTS_SINK (with
 * TUTTI_EVENTS_SINK_TOKEN or _TOKEN_FILE as its bearer token). None: events are in the journal alone.
 */
export function readEventSinks(
  env: Readonly<Record<string, string | undefined>>,
  kafka: KafkaConfig | null,
): EventSink[] {
  const sinks: EventSink[] = kafka === null ? [] : [new KafkaEventSink(kafka)];
  const { TUTTI_EVENTS_SINK: url, TUTTI_EVENTS_SINK_TOKEN_FILE: file } = env;
  if (url === undefined || url === '') return sinks;
  if (!SinkUrl.safeParse(url).success)
    throw new KafkaConfigError(
      `TUTTI_EVENTS_SINK is "${url}". Set it to a URL that begins with http: or https:.`,
    );
  const token = file ? readFileSync(file, 'utf8').trim() : env.TUTTI_EVENTS_SINK_TOKEN;
  return [...sinks, new HttpEventSink({ url, token: token === '' ? undefined : token })];
}
