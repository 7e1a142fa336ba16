import {
  EVENT_LENGTH_MAX,
  EVENTS_TOPIC,
  LIFECYCLE_EVENTS,
  REVIEW_STATUSES,
  RUN_STATUSES,
  TOPICS,
  VALUE_BYTES_MAX,
} from '@tutti/contracts';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

type Json = Record<string, unknown>;

const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });

/** Attributes that every event has, as headers of its record. */
const HEADERS: Json = {
  ce_specversion: { type: 'string', const: '1.0' },
  ce_id: text('Names the event together with ce_source: what comes twice under both is a repeat.'),
  ce_source: text('Where the event happened, a URI reference: /v1/workflows/{namespace}/{name} for a run.'),
  ce_type: text('What happened.'),
  ce_time: text('When it happened, UTC.', { format: 'date-time' }),
  'content-type': text('Media type of the value.'),
  traceparent: text("W3C Trace Context of the run's root span; ce_traceparent says the same."),
};

/** Attributes by which the hub's own processes follow the runs; others may use them too. */
const EXTENSIONS: Json = {
  ce_subject: text('The id of the run.', { format: 'uuid' }),
  ce_partitionkey: text(
    'The id of the run, and the key of the record: the events of a run come in their order.',
  ),
  ce_tuttiposition: text('Of a task in a loop: which of its instances.'),
  ce_tuttidata: text(
    `The data is larger than ${VALUE_BYTES_MAX} bytes and was left out: the path of the API where it is read.`,
  ),
  ce_tuttirevision: text('On the last event of a turn: how many turns the run has had, a whole number.'),
  ce_tuttistatus: { type: 'string', enum: RUN_STATUSES, description: 'On the last event of a turn.' },
  ce_tuttiworkspace: text('On the last event of a turn: the workspace of the run.'),
  ce_tuttiworkflow: text('On the last event of a turn: namespace/name/version/id of the version.'),
  ce_tutticalls: text(
    'On the last event of a turn: the calls that ended in it, a JSON array of [connection, start, end, status].',
  ),
};

const OWN_DATA: Readonly<Record<string, z.ZodType>> = {
  'io.tutti.run.changed.v1': z.object({
    runId: z.uuid(),
    status: z.enum(RUN_STATUSES),
    revision: z.int(),
    output: z.unknown().optional(),
    error: z.unknown().optional(),
  }),
  'io.tutti.review.changed.v1': z.object({
    reviewId: z.uuid(),
    runId: z.uuid(),
    workspaceId: z.string(),
    status: z.enum(REVIEW_STATUSES),
  }),
};

const INTERNAL: readonly { id: string; topic: string; summary: string; contentType: string }[] = [
  {
    id: 'control',
    topic: TOPICS.control,
    summary: "What the hub's processes tell each other.",
    contentType: 'application/json',
  },
  {
    id: 'runInbox',
    topic: TOPICS.runInbox,
    summary: 'What is to be decided about runs.',
    contentType: 'application/json',
  },
  {
    id: 'calls',
    topic: TOPICS.calls,
    summary: 'Calls for the connector hosts.',
    contentType: 'application/json',
  },
  {
    id: 'spans',
    topic: TOPICS.spans,
    summary: 'Telemetry on its way to the collector.',
    contentType: 'application/octet-stream',
  },
];

/** The AsyncAPI 3.0 description of the hub's topics, made from the schemas of the contracts. */
export function asyncApiDocument(): Json {
  const messages = { ...lifecycleMessages(), ...eventMessages(), ...internalMessages() };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tutti',
      version: '1',
      description:
        'The topics of a hub that runs over Kafka. The lifecycle of the runs and the events that they emit are for everyone; ' +
        'the other topics are between the processes of the hub and change without notice. See docs/events.md.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: channels(messages),
    operations: operations(),
    components: {
      schemas: schemas(),
      messages,
      messageTraits: {
        cloudEvent: {
          headers: {
            type: 'object',
            required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'],
            properties: HEADERS,
          },
          bindings: { kafka: { key: { type: 'string' }, bindingVersion: '0.5.0' } },
        },
      },
    },
  };
}

type Messages = Record<string, Json & { 'x-channel': string }>;

function lifecycleMessages(): Messages {
  const all = { ...LIFECYCLE_EVENTS, ...OWN_DATA };
  return Object.fromEntries(
    Object.keys(all).map((type) => [
      messageName(type),
      {
        'x-channel': 'lifecycle',
        name: type,
        title: title(type),
        contentType: 'application/json',
        traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
        headers: { type: 'object', properties: { ce_type: { const: type }, ...EXTENSIONS } },
        payload: { $ref: `#/components/schemas/${messageName(type)}` },
      },
    ]),
  );
}

function eventMessages(): Messages {
  return {
    emitted: {
      'x-channel': 'events',
      name: 'emitted',
      title: 'An event that a run emits',
      summary: `The attributes and the data are what the task wrote; at most ${EVENT_LENGTH_MAX} characters of JSON.`,
      traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
      headers: {
        type: 'object',
        properties: { ce_partitionkey: text('The id of the run, where the task wrote none.') },
        additionalProperties: true,
      },
      payload: {},
    },
  };
}

function internalMessages(): Messages {
  return Object.fromEntries(
    INTERNAL.map(({ id, summary, contentType }) => [
      id,
      { 'x-channel': id, 'x-internal': true, name: id, title: summary, contentType, payload: {} },
    ]),
  );
}

function channels(messages: Messages): Json {
  const channel = (id: string, topic: string, more: Json) => ({
    address: `{prefix}${topic.slice('tutti'.length)}`,
    parameters: { prefix: { default: 'tutti', description: 'TUTTI_KAFKA_PREFIX' } },
    messages: Object.fromEntries(
      Object.keys(messages)
        .filter((name) => messages[name]?.['x-channel'] === id)
        .map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    ...more,
  });
  return {
    lifecycle: channel('lifecycle', TOPICS.lifecycle, {
      title: 'The lives of the runs',
      description: 'CloudEvents in Kafka binary mode, at least once; those of one run in their order.',
    }),
    events: channel('events', EVENTS_TOPIC, {
      title: 'Events that runs emit',
      description: 'CloudEvents in Kafka binary mode, at least once. A task may name another topic.',
    }),
    ...Object.fromEntries(
      INTERNAL.map(({ id, topic, summary }) => [
        id,
        channel(id, topic, {
          title: summary,
          description: 'Internal: it changes without notice.',
          'x-internal': true,
        }),
      ]),
    ),
  };
}

function operations(): Json {
  const send = (channel: string, summary: string) => ({
    action: 'send',
    channel: { $ref: `#/channels/${channel}` },
    summary,
  });
  return {
    publishLifecycle: send('lifecycle', 'The hub tells what happens to its runs.'),
    publishEvents: send('events', 'The hub sends what the emit tasks of its runs emit.'),
  };
}

function schemas(): Json {
  const entries = Object.entries({ ...LIFECYCLE_EVENTS, ...OWN_DATA } as Record<string, z.ZodType>);
  return Object.fromEntries(entries.map(([type, schema]) => [messageName(type), plain(schema)]));
}

/** AsyncAPI's own schema format is JSON Schema draft-07. */
function plain(schema: z.ZodType): Json {
  const {
    $schema: _dialect,
    id: _id,
    ...rest
  } = z.toJSONSchema(schema, { target: 'draft-07', io: 'output' }) as Json;
  return rest;
}

/** `io.serverlessworkflow.task.started.v1` is `taskStarted`; our own ones likewise. */
export function messageName(type: string): string {
  const [, , of = '', what = ''] = type.split('.');
  return (
    of +
    what
      .split('-')
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
      .join('')
  );
}

function title(type: string): string {
  const [, , of = '', what = ''] = type.split('.');
  return `${of.charAt(0).toUpperCase()}${of.slice(1)} ${what.replace('-', ' ')}`;
}

/** Serves the description at /asyncapi.json; made once, when it is first asked for. */
export function serveAsyncApi(instance: FastifyInstance): void {
  let json: string | undefined;
  instance.get('/asyncapi.json', { config: { public: true } }, async (_request, reply) => {
    json ??= JSON.stringify(asyncApiDocument());
    return reply.header('content-type', 'application/json; charset=utf-8').send(json);
  });
}
