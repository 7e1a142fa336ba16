import type { z } from 'zod';
import { isClassifiedError } from './errors.js';
import type {
  HttpMethod,
  HttpPort,
  HttpPortMethod,
  HttpRequest,
  HttpRequestFor,
  HttpStreamRequest,
  StreamItem,
} from './ports.js';

/** For systems that one signs in to: how a session is opened. */
export interface SessionDeclaration<Settings> {
  /**
   * Signs in, and gives the headers that the session's requests carry. The host keeps them for all calls of a
   * connection, shows them to nobody, and signs in again when a request is answered 401.
   */
  open(context: { settings: Settings; http: HttpPort }): Promise<Record<string, string>>;
}

/** The ports of a call that works in a session. */
export interface SessionPorts {
  http: HttpPort;
  /** What the session is opened with. */
  opening: HttpPort;
}

type Headers = Record<string, string>;

/**
 * One session that many calls share: opened by the first that needs it, while the others wait; opened anew by
 * the first that is answered 401, whose request is then repeated once. A 401 is a refusal, so nothing is done
 * twice.
 */
export class Session {
  readonly #open: (http: HttpPort) => Promise<Headers>;
  #headers: Promise<Headers> | null = null;

  constructor(open: (http: HttpPort) => Promise<Headers>) {
    this.#open = open;
  }

  /** The port whose requests carry the session. */
  over(ports: SessionPorts): HttpPort {
    const method = (name: HttpPortMethod): HttpMethod =>
      ((path: string, request?: HttpRequest | HttpRequestFor<z.ZodType>) =>
        this.#send(ports, (headers) =>
          ports.http[name](path, { ...request, headers: { ...headers, ...request?.headers } }),
        )) as HttpMethod;
    return {
      get: method('get'),
      head: method('head'),
      post: method('post'),
      put: method('put'),
      patch: method('patch'),
      delete: method('delete'),
      stream: (path, request) => this.#stream(ports, path, request),
    };
  }

  async *#stream(
    ports: SessionPorts,
    path: string,
    request: HttpStreamRequest = {},
  ): AsyncGenerator<StreamItem> {
    const items = (headers: Headers) =>
      ports.http.stream(path, { ...request, headers: { ...headers, ...request.headers } });
    const headers = await this.#current(ports.opening);
    let hasBegun = false;
    try {
      for await (const item of items(headers)) {
        hasBegun = true;
        yield item;
      }
      return;
    } catch (error) {
      if (hasBegun || !isRefusal(error)) throw error;
    }
    await this.#forget(headers);
    yield* items(await this.#current(ports.opening));
  }

  async #send(ports: SessionPorts, send: (headers: Headers) => Promise<unknown>): Promise<unknown> {
    const headers = await this.#current(ports.opening);
    try {
      return await send(headers);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#forget(headers);
      return send(await this.#current(ports.opening));
    }
  }

  async #current(opening: HttpPort): Promise<Headers> {
    while (this.#headers !== null) {
      const shared = this.#headers;
      try {
        return await shared;
      } catch (error) {
        if (isClassifiedError(error) && error.fate === 'permanent') throw error;
        // The call that opened it was cancelled or met a system that was away: this one tries for itself.
        if (this.#headers === shared) this.#headers = null;
      }
    }
    return this.#opened(opening);
  }

  async #opened(opening: HttpPort): Promise<Headers> {
    const mine = this.#open(opening);
    this.#headers = mine;
    try {
      return await mine;
    } catch (error) {
      if (this.#headers === mine) this.#headers = null;
      throw error;
    }
  }

  /** Only the session that was refused: another call may have opened a new one already. */
  async #forget(refused: Headers): Promise<void> {
    const shared = this.#headers;
    if (shared === null || (await shared.catch(() => null)) !== refused) return;
    if (this.#headers === shared) this.#headers = null;
  }
}

function isRefusal(error: unknown): boolean {
  return isClassifiedError(error) && error.status === 401;
}
