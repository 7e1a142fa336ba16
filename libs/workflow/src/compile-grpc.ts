import { objectOf, recordIn, textIn } from './call-template.js';
import { inside } from './compilation.js';
import { compileAuthorization } from './compile-authorization.js';
import { compileDocument, PROTO_DOCUMENT } from './compile-document.js';
import type { ProtocolTask } from './compiled.types.js';
import { taskHints } from './hints.js';
import type { TaskJob } from './task-job.js';
import { constantTemplate } from './template.js';

interface GrpcDefinition {
  proto: { endpoint: unknown };
  service: { name: string; host: string; port?: number; authentication?: unknown };
  method: string;
  arguments?: Record<string, unknown>;
}

/**
 * Compiles `call: grpc`. The proto document is read when the call is performed, so what it says is checked
 * then.
 */
export function compileGrpc(job: TaskJob): ProtocolTask {
  const definition = job.definition.with as GrpcDefinition;
  const { compilation } = job;
  const place = inside(job.place, 'with');
  const { proto, service, method } = definition;
  const at = inside(place, 'proto/endpoint');
  const document = compileDocument(compilation, proto.endpoint, { place: at, kind: PROTO_DOCUMENT });
  const text = (path: string, value: string, what: string) =>
    textIn(compilation.template(value, inside(place, path)), what);
  const args = compilation.template(definition.arguments ?? {}, inside(place, 'arguments'));
  const { effect, tls } = taskHints(job.definition);
  const call = objectOf({
    document: objectOf({ ...document, uri: textIn(document.uri, 'The endpoint') }),
    service: text('service/name', service.name, 'The name of the service'),
    host: constantTemplate(service.host),
    port: service.port === undefined ? undefined : constantTemplate(service.port),
    tls: tls === undefined ? undefined : constantTemplate(tls),
    effectGiven: effect && constantTemplate(true),
    method: text('method', method, 'The method'),
    arguments: recordIn(args, 'The arguments'),
    authorization: compileAuthorization(compilation, service, inside(place, 'service')),
  });
  return {
    ...job.common,
    type: 'call',
    target: { kind: 'grpc' },
    protocol: { call, effect: effect ?? 'idempotent-write' },
  };
}
