import { JqLimitError, JqRuntimeError, JqSyntaxError } from '@tutti/jq';
import type {
  AsyncApiCall,
  AsyncApiSubscription,
  CallOutcome,
  CallRequest,
  HttpCall,
} from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import { failure, type Failure } from '../calls/outcomes.js';
import type { PlainHttpCalls } from '../calls/plain-http-call.js';
import { DocumentCache } from '../openapi/document-cache.js';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';
import type { ProtocolAttempt, ProtocolClient } from '../protocols/protocol-client.js';
import { cut } from '../protocols/protocol-outcomes.js';
import { ASYNCAPI_DOCUMENT, channelOf, type AsyncApiDocument } from './asyncapi-document.js';
import type { KafkaParts } from './kafka-connection.js';
import { subscribeOverHttp } from './http-subscribe.js';
import { publishToKafka } from './kafka-publish.js';
import { subscribeToKafka } from './kafka-subscribe.js';
import { routeOf, type Route } from './route.js';
import { Collected, Patience } from './subscription.js';

/** Performs `call: asyncapi` over Kafka and HTTP. */
export class AsyncApiCalls implements ProtocolClient {
  readonly name = 'AsyncAPI';
  readonly #parts: KafkaParts & { http: PlainHttpCalls };
  readonly #documents: DocumentCache<AsyncApiDocument>;

  constructor(parts: KafkaParts & { http: PlainHttpCalls }) {
    this.#parts = parts;
    this.#documents = new DocumentCache((...asked) => parts.http.follow(...asked), ASYNCAPI_DOCUMENT);
  }

  spanOf({ input }: CallRequest): { name: string; attributes: Record<string, string | number> } {
    const { channel, operation, message } = input as AsyncApiCall;
    const verb = message === undefined ? 'receive' : 'send';
    return { name: `${verb} ${operation ?? channel}`, attributes: { [ATTR.messagingOperation]: verb } };
  }

  async perform(attempt: ProtocolAttempt): Promise<CallOutcome> {
    const route = await this.#routeOf(attempt);
    // Until the message itself goes out, nothing was done to anybody.
    if ('status' in route) return { ...route, effect: 'read' };
    record(attempt, route);
    try {
      const { subscription } = attempt.request.input as AsyncApiCall;
      if (subscription !== undefined) return await this.#subscribe(attempt, route, subscription);
      if (route.protocol === 'kafka') return await publishToKafka(this.#parts, attempt, route);
      return await this.#publishOverHttp(attempt, route);
    } catch (error) {
      if (error instanceof OpenApiError) return { ...notPossible(error), effect: 'read' };
      throw error;
    }
  }

  async #subscribe(
    attempt: ProtocolAttempt,
    route: Route,
    subscription: AsyncApiSubscription,
  ): Promise<CallOutcome> {
    const patience = new Patience(subscription.forMs);
    try {
      const about = { route, collected: new Collected(subscription), patience };
      if (route.protocol === 'kafka') return await subscribeToKafka(this.#parts, attempt, about);
      return await subscribeOverHttp(attempt, about);
    } catch (error) {
      if (!isExpressionError(error)) throw error;
      const title = 'An expression of the subscription failed';
      const detail = cut((error as Error).message);
      return failure({ fate: 'permanent', kind: 'expression', status: 400, title, detail });
    } finally {
      patience.end();
    }
  }

  async #routeOf({ request, span }: ProtocolAttempt): Promise<Route | Failure> {
    const call = request.input as AsyncApiCall;
    const found = await this.#documents.find({ ...request, trace: span.trace }, call.document);
    if ('status' in found) return found;
    try {
      return routeOf(found, channelOf(found, call), call);
    } catch (error) {
      if (error instanceof OpenApiError) return notPossible(error);
      throw error;
    }
  }

  /** As `call: http` does it, with its idempotency key. */
  #publishOverHttp(attempt: ProtocolAttempt, route: Route): Promise<CallOutcome> {
    const { request, span } = attempt;
    const { message, authorization } = request.input as AsyncApiCall;
    const header = typeof authorization === 'string';
    const input: HttpCall = {
      method: route.method,
      uri: route.server + route.destination,
      headers: {
        'content-type': route.contentType,
        ...message?.headers,
        ...(header && { authorization }),
      },
      ...(message?.payload !== undefined && { body: message.payload }),
      ...(authorization !== undefined && !header && { authentication: authorization }),
      output: 'content',
      redirect: false,
    };
    return this.#parts.http.perform({
      ...request,
      trace: span.trace,
      timeoutMs: attempt.remainingMs(),
      input,
    });
  }
}

function isExpressionError(error: unknown): boolean {
  return [JqRuntimeError, JqLimitError, JqSyntaxError].some((kind) => error instanceof kind);
}

function record({ span, request }: ProtocolAttempt, { protocol, destination }: Route): void {
  if (protocol !== 'kafka') return;
  const verb = (request.input as AsyncApiCall).message === undefined ? 'receive' : 'send';
  span.rename(`${verb} ${destination}`, verb === 'send' ? 'producer' : 'client');
  span.set(ATTR.messagingSystem, 'kafka');
  span.set(ATTR.messagingOperationType, verb);
  span.set(ATTR.messagingDestination, destination);
}

function notPossible({ kind, message }: OpenApiError): Failure {
  const title = 'The operation cannot be called';
  return failure({ fate: 'permanent', kind, status: 400, title, detail: cut(message) });
}
