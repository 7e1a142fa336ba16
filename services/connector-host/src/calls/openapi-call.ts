import {
  methodEffect,
  type CallOutcome,
  type CallRequest,
  type HttpCall,
  type OpenApiCall,
} from '@tutti/contracts';
import { buildRequest, type OpenApiDocument, OpenApiError } from '@tutti/plugin-sdk/openapi';
import { DocumentCache } from '../openapi/document-cache.js';
import { OPENAPI_DOCUMENT } from '../openapi/openapi-document.js';
import { failure, timedOut, type Failure } from './outcomes.js';
import { alreadySent, defect, type PlainHttpCalls } from './plain-http-call.js';

/**
 * Performs `call: openapi`: reads the document, makes the operation's request, and sends it as plain HTTP.
 */
export class OpenApiCalls {
  readonly #http: PlainHttpCalls;
  readonly #documents: DocumentCache<OpenApiDocument>;

  constructor(http: PlainHttpCalls) {
    this.#http = http;
    this.#documents = new DocumentCache((...asked) => http.follow(...asked), OPENAPI_DOCUMENT);
  }

  /** Never rejects: whatever goes wrong is a failed outcome. */
  async perform(request: CallRequest): Promise<CallOutcome> {
    if (request.redelivered && request.effect === 'write') return alreadySent(request);
    const endMs = performance.now() + request.timeoutMs;
    const call = request.input as OpenApiCall;
    const made = await this.#requestOf(request, call);
    // Until the operation's own request goes out, nothing was done to anybody.
    if ('status' in made) return { ...made, effect: 'read' };
    const timeoutMs = Math.round(endMs - performance.now());
    if (timeoutMs < 1)
      return { ...timedOut('The fetch of the OpenAPI document', request.timeoutMs), effect: 'read' };
    const effect = call.effectGiven === true ? request.effect : methodEffect(made.method);
    const outcome = await this.#http.perform({ ...request, effect, timeoutMs, input: made });
    return { ...outcome, effect };
  }

  async #requestOf(request: CallRequest, call: OpenApiCall): Promise<HttpCall | Failure> {
    try {
      const document = await this.#documents.find(request, call.document);
      return 'status' in document ? document : await buildRequest(document, call);
    } catch (error) {
      if (!(error instanceof OpenApiError)) return defect(`The operation "${call.operationId}"`, error);
      const { kind, message } = error;
      const title = 'The operation cannot be called';
      return failure({ fate: 'permanent', kind, status: 400, title, detail: message });
    }
  }
}
