import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import type { CallOutcome, CallRequest, GrpcCall } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import { failure, type Failure } from '../calls/outcomes.js';
import type { AddressGuard } from '../http/address-guard.js';
import { ExchangeError, exchangeErrorOf } from '../http/exchange.js';
import type { OriginPools } from '../http/origin-pools.js';
import { certificateIn, shown, wireAuthentication } from '../http/wire-authentication.js';
import { LIMITS } from '../limits.js';
import { DocumentCache, type Follow } from '../openapi/document-cache.js';
import type { DocumentFiles } from '../openapi/document-files.js';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';
import type { ProtocolAttempt, ProtocolClient } from '../protocols/protocol-client.js';
import { cut, notPossible, notUnderstood } from '../protocols/protocol-outcomes.js';
import { grpcFailure, statusName } from './grpc-outcomes.js';
import { methodOf, type GrpcMethod } from './grpc-method.js';
import { PROTO_DOCUMENT, ProtoRoots } from './proto-document.js';
import { toJson, toMessage } from './proto-json.js';

export interface GrpcParts {
  pools: OriginPools;
  guard: AddressGuard;
  follow: Follow;
  files: DocumentFiles;
}

/** Where a call goes. */
interface Target {
  address: string;
  credentials: grpc.ChannelCredentials;
  options: grpc.ChannelOptions;
}

/** A method and the message for it, ready to be sent. */
interface Prepared {
  method: GrpcMethod;
  message: Buffer;
}

const TITLE = 'The method cannot be called';
const NO_TLS =
  'A certificate can be shown over TLS only: use port 443, or say metadata: { tutti: { tls: true } } on the task.';

/** Performs `call: grpc`: methods that answer with one message, or with a stream of them. */
export class GrpcCalls implements ProtocolClient {
  readonly name = 'gRPC';
  readonly #parts: GrpcParts;
  readonly #roots: ProtoRoots;

  constructor(parts: GrpcParts) {
    this.#parts = parts;
    this.#roots = new ProtoRoots(new DocumentCache(parts.follow, { ...PROTO_DOCUMENT, files: parts.files }));
  }

  spanOf({ input }: CallRequest): { name: string; attributes: Record<string, string | number> } {
    const call = input as GrpcCall;
    const method = `${call.service}/${call.method}`;
    const { hostname, port } = addressOf(call);
    return {
      name: method,
      attributes: {
        [ATTR.rpcSystem]: 'grpc',
        [ATTR.rpcMethod]: method,
        [ATTR.serverAddress]: hostname,
        [ATTR.serverPort]: port === '' ? 443 : Number(port),
      },
    };
  }

  async perform(attempt: ProtocolAttempt): Promise<CallOutcome> {
    const { request } = attempt;
    const call = request.input as GrpcCall;
    const prepared = await this.#prepared(attempt, call);
    // Until the method itself is called, nothing was done to anybody.
    if ('status' in prepared) return { ...prepared, effect: 'read' };
    const { method } = prepared;
    const effect = call.effectGiven === true ? request.effect : (method.effect ?? request.effect);
    const told = { ...attempt, request: { ...request, effect } };
    const target = await this.#target(call);
    if ('status' in target) return { ...target, effect: 'read' };
    const client = new grpc.Client(target.address, target.credentials, target.options);
    try {
      const outcome = await ask(client, told, prepared);
      return { ...outcome, effect };
    } finally {
      client.close();
    }
  }

  async #prepared({ request, span }: ProtocolAttempt, call: GrpcCall): Promise<Prepared | Failure> {
    const { authorization } = call;
    if (typeof authorization === 'object' && certificateIn(wireAuthentication(authorization)) === undefined)
      return notPossible(TITLE, `Authentication by ${authorization.scheme} is not a part of gRPC.`);
    try {
      const root = await this.#roots.find({ ...request, trace: span.trace }, call.document);
      if ('status' in root) return root;
      const method = methodOf(root as protobuf.Root, call);
      const message = method.request.fromObject(toMessage(method.request, call.arguments));
      return { method, message: Buffer.from(method.request.encode(message).finish()) };
    } catch (error) {
      if (!(error instanceof OpenApiError)) throw error;
      const { kind, message } = error;
      return failure({ fate: 'permanent', kind, status: 400, title: TITLE, detail: cut(message) });
    }
  }

  /** Resolves the name here, so that the address that was checked is the one that is connected to. */
  async #target(call: GrpcCall): Promise<Target | Failure> {
    const asked = addressOf(call);
    const url = this.#parts.pools.addressOf(asked);
    const secure = url.protocol === 'https:';
    const credentials = credentialsOf(call, secure);
    if ('status' in credentials) return credentials;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = await this.#resolved(host);
    const port = url.port === '' ? (secure ? '443' : '80') : url.port;
    const [{ family }] = addresses as [LookupAddress];
    const same = addresses.filter((address) => address.family === family);
    const listed = same.map(({ address }) => (family === 6 ? `[${address}]:${port}` : `${address}:${port}`));
    return {
      address: `ipv${family}:${listed.join(',')}`,
      credentials,
      options: {
        'grpc.default_authority': url.host,
        ...(secure ? { 'grpc.ssl_target_name_override': host } : {}),
        'grpc.max_receive_message_length': LIMITS.replyBytesMax,
        'grpc.max_send_message_length': LIMITS.replyBytesMax,
        // Neither a proxy of the environment nor a repeat that nobody decided on.
        'grpc.enable_http_proxy': 0,
        'grpc.enable_retries': 0,
        'grpc.service_config_disable_resolution': 1,
      },
    };
  }

  #resolved(host: string): Promise<LookupAddress[]> {
    const { guard } = this.#parts;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(exchangeErrorOf(error, false));
      try {
        guard.checkHost(host);
      } catch (error) {
        return fail(error as Error);
      }
      const family = isIP(host);
      if (family !== 0) return resolve([{ address: host, family }]);
      guard.lookup(host, { all: true }, (error, found) => {
        if (error) fail(error);
        else resolve(found as LookupAddress[]);
      });
    });
  }
}

/** How the connection is made: plain, or by TLS with a certificate where the call has one. */
function credentialsOf({ authorization }: GrpcCall, secure: boolean): grpc.ChannelCredentials | Failure {
  const certificate = certificateIn(wireAuthentication(authorization));
  if (certificate === undefined)
    return secure ? grpc.credentials.createSsl() : grpc.credentials.createInsecure();
  if (!secure) return notPossible(TITLE, NO_TLS);
  try {
    return grpc.credentials.createFromSecureContext(createSecureContext(shown(certificate)));
  } catch (error) {
    return notPossible(TITLE, `The certificate cannot be used: ${(error as Error).message}.`);
  }
}

/** TLS where the workflow says so, else on port 443, which is also the port when none is given. */
function addressOf({ host, port = 443, tls = port === 443 }: GrpcCall): URL {
  return new URL(`${tls ? 'https' : 'http'}://${host}:${port}`);
}

function metadataOf({ request, span }: ProtocolAttempt): grpc.Metadata {
  const metadata = new grpc.Metadata();
  const { authorization } = request.input as GrpcCall;
  metadata.set('traceparent', span.traceparent);
  if (request.effect !== 'read') metadata.set('idempotency-key', request.idempotencyKey);
  if (typeof authorization === 'string') metadata.set('authorization', authorization);
  return metadata;
}

async function ask(
  client: grpc.Client,
  attempt: ProtocolAttempt,
  { method, message }: Prepared,
): Promise<CallOutcome> {
  const { request, span } = attempt;
  const deadline = Date.now() + attempt.remainingMs();
  const call = client.makeServerStreamRequest(
    method.path,
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    message,
    metadataOf(attempt),
    { deadline },
  );
  try {
    const replies = await collected(call, method);
    span.set(ATTR.rpcResponseStatus, 'OK');
    if (method.streams) return { status: 'succeeded', output: replies };
    return replies.length === 1
      ? { status: 'succeeded', output: replies[0] }
      : notUnderstood(`${method.path} answered with ${replies.length} messages in the place of one.`);
  } catch (error) {
    call.cancel();
    if (error instanceof OpenApiError) return notUnderstood(`${method.path}: ${error.message}`);
    // A status of gRPC has a number; anything else is no answer of the server.
    if (typeof (error as { code?: unknown }).code !== 'number') throw error;
    const status = error as grpc.ServiceError;
    const name = statusName(status.code);
    span.set(ATTR.rpcResponseStatus, name);
    span.set(ATTR.errorType, name);
    return grpcFailure(request, status, method.path);
  }
}

/** All messages of an answer as JSON. */
async function collected(call: AsyncIterable<Buffer>, { path, response }: GrpcMethod): Promise<unknown[]> {
  const replies: unknown[] = [];
  let bytes = 0;
  for await (const reply of call) {
    bytes += reply.length;
    if (bytes > LIMITS.replyBytesMax || replies.length >= LIMITS.streamMessagesMax)
      throw new ExchangeError(
        `${path} answered with more than ${LIMITS.streamMessagesMax} messages or ${LIMITS.replyBytesMax} bytes.`,
        { failure: 'too-large', sent: true },
      );
    replies.push(toJson(response, decoded(response, reply)));
  }
  return replies;
}

function decoded(type: protobuf.Type, bytes: Buffer): Record<string, unknown> {
  try {
    return type.decode(bytes) as unknown as Record<string, unknown>;
  } catch (error) {
    throw new OpenApiError('configuration', `Its answer is no ${type.name}: ${(error as Error).message}`);
  }
}
