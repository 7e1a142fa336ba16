import protobuf from 'protobufjs';
import type { Effect, GrpcCall } from '@tutti/contracts';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';

/** A method that can be called. */
export interface GrpcMethod {
  /** `/shop.v1.Orders/Get`. */
  path: string;
  request: protobuf.Type;
  response: protobuf.Type;
  /** Whether it answers with any number of messages. */
  streams: boolean;
  /** What the document says that a repeat does; null: nothing. */
  effect: Effect | null;
}

const NAMED_MAX = 20;

/** The method of a call. Throws OpenApiError when the document has none of that name. */
export function methodOf(root: protobuf.Root, call: Pick<GrpcCall, 'service' | 'method'>): GrpcMethod {
  const service = serviceOf(root, call.service);
  const method = service.methods[call.method];
  if (method === undefined) {
    const others = Object.keys(service.methods);
    throw new OpenApiError(
      'configuration',
      `The service "${call.service}" has no method "${call.method}". It has: ${listed(others)}.`,
    );
  }
  method.resolve();
  return {
    path: `/${service.fullName.slice(1)}/${method.name}`,
    request: method.resolvedRequestType as protobuf.Type,
    response: method.resolvedResponseType as protobuf.Type,
    streams: method.responseStream === true,
    effect: effectOf(method),
  };
}

/** By its full name, or by its own name when there is only one of that. */
function serviceOf(root: protobuf.Root, name: string): protobuf.Service {
  const all = servicesIn(root);
  const full = all.find((service) => service.fullName === `.${name}`);
  if (full !== undefined) return full;
  const [only, ...others] = all.filter((service) => service.name === name);
  if (only !== undefined && others.length === 0) return only;
  const names = all.map((service) => service.fullName.slice(1));
  throw new OpenApiError(
    'configuration',
    `The proto document has no service "${name}". It has: ${listed(names)}.`,
  );
}

function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((inner) => {
    if (inner instanceof protobuf.Service) return [inner];
    return inner instanceof protobuf.Namespace ? servicesIn(inner) : [];
  });
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  return names.slice(0, NAMED_MAX).join(', ') + more;
}

/** The standard option `idempotency_level` of a method. */
function effectOf(method: protobuf.Method): Effect | null {
  const level: unknown = (method.options as Record<string, unknown> | undefined)?.idempotency_level;
  if (level === 'NO_SIDE_EFFECTS') return 'read';
  return level === 'IDEMPOTENT' ? 'idempotent-write' : null;
}
