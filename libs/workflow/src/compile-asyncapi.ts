import { objectOf, recordIn, textIn, textsIn } from './call-template.js';
import { inside, type Place } from './compilation.js';
import { compileAuthorization } from './compile-authorization.js';
import { ASYNCAPI_DOCUMENT, compileDocument } from './compile-document.js';
import { compileSubscription, type SubscriptionDefinition } from './compile-subscription.js';
import { eachMessage } from './compile-each-message.js';
import type { CompiledTemplate, DoTask, ProtocolTask } from './compiled.types.js';
import { taskHints } from './hints.js';
import type { TaskJob } from './task-job.js';
import { constantTemplate } from './template.js';

interface AsyncApiDefinition {
  document: { endpoint: unknown };
  channel?: string;
  operation?: string;
  server?: { name: string; variables?: unknown };
  protocol?: string;
  message?: { payload?: unknown; headers?: unknown };
  subscription?: SubscriptionDefinition;
  authentication?: unknown;
}

/** Those of the document that are spoken; `kafka` and `http` stand for their secured forms too. */
const PROTOCOLS = ['kafka', 'http'];

/** Compiles `call: asyncapi`. The document is read when the call is performed. */
export function compileAsyncApi(job: TaskJob): ProtocolTask | DoTask {
  const definition = job.definition.with as AsyncApiDefinition;
  const { compilation } = job;
  const place = inside(job.place, 'with');
  const { protocol, message } = definition;
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    const { pointer } = inside(place, 'protocol');
    compilation.error('unsupported', pointer, `The protocol "${protocol}" of AsyncAPI is not supported`);
    compilation.fix(`Use one of ${PROTOCOLS.join(', ')}.`);
  }
  const at = inside(place, 'document/endpoint');
  const document = compileDocument(compilation, definition.document.endpoint, {
    place: at,
    kind: ASYNCAPI_DOCUMENT,
  });
  const subscription =
    definition.subscription &&
    compileSubscription(compilation, definition.subscription, inside(place, 'subscription'));
  const call = objectOf({
    document: objectOf({ ...document, uri: textIn(document.uri, 'The endpoint') }),
    ...namesOf(job, definition, place),
    message: message && messageOf(job, message, inside(place, 'message')),
    subscription: subscription?.template,
    authorization: compileAuthorization(compilation, definition, place),
  });
  const effect = taskHints(job.definition).effect ?? (subscription ? 'read' : 'idempotent-write');
  const task: ProtocolTask = {
    ...job.common,
    type: 'call',
    target: { kind: 'asyncapi' },
    protocol: { call, effect, ...(subscription && { timeout: subscription.timeout }) },
  };
  const foreach = definition.subscription?.foreach;
  return foreach === undefined ? task : eachMessage(job, task, foreach);
}

/** What the document is asked for. */
function namesOf(
  { compilation }: TaskJob,
  { channel, operation, server, protocol }: AsyncApiDefinition,
  place: Place,
): Record<string, CompiledTemplate | undefined> {
  const text = (path: string, value: string | undefined) =>
    textIn(compilation.optional(value, inside(place, path)), `The ${path.replace('/', ' ')}`);
  const variables = server?.variables;
  return {
    channel: text('channel', channel),
    operation: text('operation', operation),
    server:
      server &&
      objectOf({
        name: text('server/name', server.name),
        variables: textsIn(
          compilation.optional(variables, inside(place, 'server/variables')),
          'The variables',
        ),
      }),
    protocol: protocol === undefined ? undefined : constantTemplate(protocol),
  };
}

function messageOf(
  { compilation }: TaskJob,
  { payload, headers }: NonNullable<AsyncApiDefinition['message']>,
  place: Place,
): CompiledTemplate {
  return objectOf({
    payload: recordIn(compilation.optional(payload, inside(place, 'payload')), 'The payload'),
    headers: textsIn(compilation.optional(headers, inside(place, 'headers')), 'The headers'),
  });
}
