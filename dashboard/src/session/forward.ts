/** Headers of a request that may pass on to the API; cookies and the browser's own authorization never do. */
const REQUEST_HEADERS = [
  'accept',
  'content-type',
  'content-length',
  'idempotency-key',
  'prefer',
  'last-event-id',
  'range',
  'if-match',
  'if-none-match',
  'traceparent',
];
/** Headers of an answer that may pass on to the browser. */
const ANSWER_HEADERS = [
  'content-type',
  'content-length',
  'location',
  'etag',
  'retry-after',
  'content-range',
  'accept-ranges',
  'content-disposition',
];

/**
 * Media types that a browser may show in place; anything else is downloaded, because it could carry script.
 */
const SHOWN_IN_PLACE = new Set([
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'text/plain',
]);

const pick = (from: Headers, names: readonly string[]): Headers => {
  const to = new Headers();
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) to.set(name, value);
  }
  return to;
};

export function requestHeaders(from: Headers, token: string): Headers {
  const headers = pick(from, REQUEST_HEADERS);
  headers.set('authorization', `Bearer ${token}`);
  // The API has to know by which address people reach the hub.
  const host = from.get('x-forwarded-host') ?? from.get('host');
  if (host !== null) headers.set('x-forwarded-host', host);
  return headers;
}

/**
 * A request that changes something must come from a page of this dashboard. Browsers send Sec-Fetch-Site on
 * every request and Origin on every one that is not a GET; a request with neither is not from a browser's
 * page and has no cookie to misuse, but is refused all the same.
 */
export function isForgedWrite(method: string, headers: Headers): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin';
  const origin = headers.get('origin');
  if (origin === null || !URL.canParse(origin)) return true;
  return new URL(origin).host !== headers.get('host');
}

/**
 * The API path of a proxied request, or undefined when it is not one: only `/v1/...`, with no way out of it.
 */
export function apiPath(segments: readonly string[], search: string): string | undefined {
  if (segments[0] !== 'v1' || segments.length < 2) return undefined;
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  return `/${segments.map(encodeURIComponent).join('/')}${search}`;
}

/**
 * Headers of the answer, with documents made safe: no sniffing, no script, and only harmless types shown in
 * place.
 */
export function answerHeaders(from: Headers, path: string): Headers {
  const headers = pick(from, ANSWER_HEADERS);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-resource-policy', 'same-origin');
  // `no-transform` keeps the server's compression from holding back events.
  headers.set('cache-control', 'private, no-store, no-transform');
  if (/^\/v1\/artifacts\/[^/]+\/content/.test(path)) makeDocumentSafe(headers);
  else headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  return headers;
}

function makeDocumentSafe(headers: Headers): void {
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  // Chromium's PDF viewer refuses to start in a sandboxed document, and runs outside the page's origin by
  // itself.
  const sandbox = type === 'application/pdf' ? "object-src 'self'" : 'sandbox';
  headers.set(
    'content-security-policy',
    `default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; ${sandbox}`,
  );
  if (!SHOWN_IN_PLACE.has(type)) {
    headers.set('content-type', 'application/octet-stream');
    headers.set('content-disposition', 'attachment');
  } else {
    headers.set('content-disposition', 'inline');
  }
}
