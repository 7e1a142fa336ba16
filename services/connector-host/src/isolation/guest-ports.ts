import { WORKFLOW_ERROR_BASE, type ArtifactRef } from '@tutti/contracts';
import {
  PermanentError,
  type FilesPort,
  type HttpMethod,
  type HttpPort,
  type HttpRequestFor,
  type HttpStreamRequest,
  type StreamItem,
  type TriggerBatch,
} from '@tutti/plugin-sdk';
import type { z } from 'zod';
import { issuesOf, tellIssues } from '../validation/issues.js';
import { GuestPartial } from './guest-partial.js';
import type { Answered, Ask, ChildMessage, StreamPart } from './messages.js';
import { bytesOf, packBody, unpack } from './packed.js';
import { errorOf, type ToldError } from './told-error.js';

type Method = Extract<Ask, { port: 'http' }>['method'];

interface Waiting {
  call: number;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

const COMMUNICATION = `${WORKFLOW_ERROR_BASE}communication`;

/** One call under way in the process of a plugin. */
export class GuestCall {
  readonly #controller = new AbortController();
  readonly partial: GuestPartial;

  constructor(tell: (text: string) => void) {
    this.partial = new GuestPartial(tell);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(why: string): void {
    this.#controller.abort(new DOMException(why, 'TimeoutError'));
  }
}

/** The ports that a plugin works with: its host does what they promise. */
export class GuestPorts {
  readonly #send: (message: ChildMessage) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(send: (message: ChildMessage) => void) {
    this.#send = send;
  }

  of(call: number): { http: HttpPort; files: FilesPort } {
    const method = (name: Method) => this.#method(call, name);
    return {
      http: {
        get: method('get'),
        head: method('head'),
        post: method('post'),
        put: method('put'),
        patch: method('patch'),
        delete: method('delete'),
        stream: (path, request) => this.#stream(call, path, request),
      },
      files: {
        read: async ({ $artifact }) => bytesOf(await this.#ask(call, { port: 'read', artifact: $artifact })),
        write: (bytes, { mediaType, name }) => {
          const packed = Buffer.from(bytes).toString('base64');
          return this.#ask(call, { port: 'write', bytes: packed, mediaType, name }) as Promise<ArtifactRef>;
        },
      },
    };
  }

  /** What a stream of this call emits goes to the host, which answers when it is stored. */
  emitterOf(call: number): (batch: TriggerBatch) => Promise<void> {
    return async (batch) => {
      await this.#ask(call, { port: 'emit', batch });
    };
  }

  answered(ask: number, value: unknown): void {
    this.#take(ask)?.resolve(value);
  }

  denied(ask: number, error: ToldError): void {
    this.#take(ask)?.reject(errorOf(error));
  }

  /** The call is over: what it did not wait for is answered to nobody. */
  forget(call: number): void {
    for (const [id, waiting] of this.#waiting) if (waiting.call === call) this.#waiting.delete(id);
  }

  #take(ask: number): Waiting | undefined {
    const waiting = this.#waiting.get(ask);
    this.#waiting.delete(ask);
    return waiting;
  }

  #ask(call: number, of: Ask): Promise<unknown> {
    const ask = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#send({ kind: 'ask', call, ask, of });
      this.#waiting.set(ask, { call, resolve, reject });
    });
  }

  async *#stream(
    call: number,
    path: string,
    { method, query, headers, body, signal }: HttpStreamRequest = {},
  ): AsyncGenerator<StreamItem> {
    const stream = ++this.#last;
    await this.#ask(call, { port: 'open', stream, method, path, query, headers, body: packBody(body) });
    const stop = () => void this.#ask(call, { port: 'stop', stream }).catch(() => undefined);
    signal?.addEventListener('abort', stop);
    try {
      for (let ended = false; !ended;) {
        const part = (await this.#ask(call, { port: 'next', stream })) as StreamPart;
        yield* part.items;
        ({ ended } = part);
      }
      signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener('abort', stop);
      stop();
    }
  }

  #method(call: number, method: Method): HttpMethod {
    const send = async (path: string, request: Partial<HttpRequestFor<z.ZodType>> = {}): Promise<unknown> => {
      const { query, headers, body, into, reply, answered } = request;
      const told = answered !== undefined;
      const given = await this.#ask(call, {
        port: 'http',
        method,
        path,
        query,
        headers,
        body: packBody(body),
        into,
        ...(told && { told }),
      });
      if (told) answered((given as Answered).answer);
      const value = unpack(told ? (given as Answered).value : given);
      if (reply === undefined) return value;
      const checked = reply.safeParse(value);
      if (checked.success) return checked.data;
      const message =
        `${method.toUpperCase()} ${path} answered with a reply that breaks its schema: ` +
        tellIssues(issuesOf(checked.error));
      throw new PermanentError(message, { type: COMMUNICATION, status: 502, reason: 'invalid-output' });
    };
    return send as HttpMethod;
  }
}
