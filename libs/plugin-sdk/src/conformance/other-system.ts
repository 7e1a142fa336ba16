import type { Fetch } from '../testing/http-port.js';
import type { Fault, ScriptedReply } from './table.js';

/** A request as it arrived at the other system. */
export interface SeenRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Whether the reply that it got says that it changes nothing. */
  read: boolean;
}

/** What happens in the place of one reply; `hang`: nothing, until the request is cancelled. */
export interface Injection {
  /** Which request, from 0. */
  at: number;
  fault: Fault | 'hang';
}

/** What the suite asks a busy system to say. */
export const RETRY_AFTER_MS = 7_000;
const JSON_TYPE = { 'content-type': 'application/json' };

/** The other system as an example tells it: answers in their order, one of them in the place of another. */
export class OtherSystem {
  readonly seen: SeenRequest[] = [];
  /** What is wrong with the requests themselves, as far as the example says what they are to be. */
  readonly complaints: string[] = [];
  readonly #replies: readonly ScriptedReply[];
  readonly #injection: Injection | undefined;
  readonly #goesOn: boolean;
  /** Resolves when the request is there that hangs. */
  readonly hanging: Promise<void>;
  #arrived: () => void = () => undefined;

  constructor(of: { replies: readonly ScriptedReply[]; injection?: Injection; goesOn?: boolean }) {
    const { replies, injection, goesOn = false } = of;
    this.#goesOn = goesOn;
    this.#replies = replies;
    this.#injection = injection;
    this.hanging = new Promise((resolve) => (this.#arrived = resolve));
  }

  readonly fetch: Fetch = async (url, init) => {
    const at = this.seen.length;
    const reply = this.#replies[at];
    this.seen.push(seenRequest(url, init, reply?.read ?? false));
    if (this.#injection?.at === at) return this.#injected(this.#injection.fault, reply, init.signal);
    if (reply === undefined && this.#goesOn) return this.#injected('hang', reply, init.signal);
    if (reply === undefined) {
      this.complaints.push(
        `It makes request ${at + 1}, ${init.method} ${url.pathname}, for which the example has no reply.`,
      );
      throw new Error('The example has no reply for this request.');
    }
    const complaint = misdirected(reply.request, url, init.method ?? 'GET');
    if (complaint !== null) this.complaints.push(`Request ${at + 1} ${complaint}`);
    return new Response(bodyOf(reply), { status: reply.status, headers: headersOf(reply) });
  };

  #injected(
    fault: Injection['fault'],
    reply: ScriptedReply | undefined,
    signal: AbortSignal | null | undefined,
  ): Promise<Response> {
    switch (fault) {
      case 'hang':
        return new Promise((_resolve, reject) => {
          const end = () => reject(signal?.reason as Error);
          if (signal?.aborted === true) return end();
          signal?.addEventListener('abort', end, { once: true });
          this.#arrived();
        });
      case 'timeout':
        return Promise.reject(new DOMException('No complete reply in time.', 'TimeoutError'));
      case 'cut':
        return Promise.resolve(new Response(cutBody(reply), { status: 200, headers: cutHeaders(reply) }));
      case 'broken-json':
        return Promise.resolve(new Response('{"broken": ', { status: 200, headers: JSON_TYPE }));
      case 'wrong-shape':
        return Promise.resolve(Response.json({ 'tutti-conformance': 'of another shape' }));
      default:
        return Promise.resolve(refusal(Number(fault), reply));
    }
  }
}

function seenRequest(url: URL, { method = 'GET', headers, body }: RequestInit, read: boolean): SeenRequest {
  const text = body instanceof Uint8Array ? new TextDecoder('latin1').decode(body) : bodyText(body);
  return { method, url, headers: Object.fromEntries(new Headers(headers)), body: text, read };
}

function bodyText(body: RequestInit['body']): string {
  if (typeof body === 'string') return body;
  return body instanceof URLSearchParams ? body.toString() : '';
}

function misdirected(wanted: string | undefined, url: URL, method: string): string | null {
  if (wanted === undefined) return null;
  const [wantedMethod = '', address = ''] = wanted.split(' ');
  const target = new URL(address, url);
  const sameQuery = [...target.searchParams].every(([name, value]) =>
    url.searchParams.getAll(name).includes(value),
  );
  // A base address may have a path of its own, which the example need not repeat.
  const samePath = url.pathname === target.pathname || url.pathname.endsWith(target.pathname);
  if (method === wantedMethod && samePath && sameQuery) return null;
  return `is ${method} ${url.pathname}${url.search}, where the example has ${wanted}.`;
}

function bodyOf({ json, text, status }: ScriptedReply): string | null {
  if (status === 204 || status === 304) return null;
  return json === undefined ? (text ?? null) : JSON.stringify(json);
}

function headersOf({ json, text, headers }: ScriptedReply): Headers {
  const own = json === undefined ? (text === undefined ? {} : { 'content-type': 'text/plain' }) : JSON_TYPE;
  return new Headers({ ...own, ...headers });
}

function refusal(status: number, reply: ScriptedReply | undefined): Response {
  const headers = status === 429 ? { 'retry-after': String(RETRY_AFTER_MS / 1000) } : undefined;
  const error = `tutti-conformance answers ${status}`;
  return reply?.json === undefined
    ? new Response(error, { status, headers: { 'content-type': 'text/plain', ...headers } })
    : Response.json({ error }, { status, ...(headers && { headers }) });
}

function cutHeaders(reply: ScriptedReply | undefined): Headers | typeof JSON_TYPE {
  return reply?.text === undefined ? JSON_TYPE : headersOf(reply);
}

/** Half of a text, which a stream is; a beginning of JSON otherwise. */
function cutBody(reply: ScriptedReply | undefined): ReadableStream {
  const { text = '{"half": ' } = reply ?? {};
  const half = reply?.text === undefined ? text : text.slice(0, Math.ceil(text.length / 2));
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new Error('The connection was lost.'));
      sent = true;
      controller.enqueue(new TextEncoder().encode(half));
    },
  });
}
