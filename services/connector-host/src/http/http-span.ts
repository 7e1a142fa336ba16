import { newSpanId, type TraceParent } from '@tutti/contracts';
import { ATTR, formatTraceparent, type FinishedSpan } from '@tutti/telemetry';

/** Where finished spans go; `writeSpan` of the telemetry library in the hub. */
export interface SpanSink {
  write(span: FinishedSpan): void;
}

/** Epoch milliseconds with fractions: a call to a near system takes less than one of them. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

type Attributes = FinishedSpan['attributes'];

/** The span of one HTTP exchange while it is under way. */
export class HttpSpan {
  readonly #sink: SpanSink;
  readonly #parent: TraceParent;
  readonly #spanId = newSpanId();
  readonly #startMs = nowMs();
  readonly #method: string;
  readonly #attributes: Attributes;
  #written = false;

  constructor(
    sink: SpanSink,
    parent: TraceParent,
    about: { method: string; url: URL; attributes?: Attributes },
  ) {
    this.#sink = sink;
    this.#parent = parent;
    this.#method = about.method;
    this.#attributes = httpAttributes(about.method, about.url, about.attributes);
  }

  /** The `traceparent` header under which the other side continues. */
  get traceparent(): string {
    return formatTraceparent({ traceId: this.#parent.traceId, spanId: this.#spanId });
  }

  /** The reply came. As the HTTP conventions say, 4xx and 5xx are errors of a client span. */
  replied(status: number): void {
    this.#attributes[ATTR.httpResponseStatus] = status;
    if (status >= 400) this.#attributes[ATTR.errorType] = String(status);
    this.#write(status >= 400 ? 'error' : 'unset');
  }

  /** No reply came. One that came has told of itself, even when it cannot be read then. */
  failed(errorType: string, message: string): void {
    if (this.#written) return;
    this.#attributes[ATTR.errorType] = errorType;
    this.#write('error', message);
  }

  #write(status: FinishedSpan['status'], statusMessage?: string): void {
    this.#written = true;
    this.#sink.write({
      traceId: this.#parent.traceId,
      spanId: this.#spanId,
      parentSpanId: this.#parent.spanId,
      name: this.#method,
      kind: 'client',
      startMs: this.#startMs,
      endMs: nowMs(),
      attributes: this.#attributes,
      status,
      ...(statusMessage === undefined ? {} : { statusMessage }),
    });
  }
}

function httpAttributes(method: string, url: URL, more: Attributes | undefined): Attributes {
  return {
    ...more,
    [ATTR.httpRequestMethod]: method,
    [ATTR.urlFull]: visibleUrl(url),
    [ATTR.serverAddress]: url.hostname,
    [ATTR.serverPort]: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}

const SECRET_NAME = /token|key|secret|password|passwd|sig|auth|credential|session|code/i;

/**
 * The URL for people: without user and password, and without the values of query parameters whose name tells
 * of a secret.
 */
export function visibleUrl(url: URL): string {
  if (url.username === '' && url.password === '' && url.search === '') return url.href;
  const visible = new URL(url);
  visible.username = '';
  visible.password = '';
  for (const name of new Set(visible.searchParams.keys())) {
    if (SECRET_NAME.test(name)) visible.searchParams.set(name, 'REDACTED');
  }
  return visible.href;
}
