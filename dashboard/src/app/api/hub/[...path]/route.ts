import { cookies } from 'next/headers';
import { SESSION_COOKIE } from '@/session/cookie';
import { dashboardConfig } from '@/session/config';
import { answerHeaders, apiPath, isForgedWrite, requestHeaders } from '@/session/forward';
import { problemAnswer } from '@/session/problem-answer';
import { unseal } from '@/session/seal';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

interface Context {
  params: Promise<{ path: string[] }>;
}

/**
 * Passes a request of a signed-in page to the API with the session's token, which stays on this side. Streams
 * both ways.
 */
async function forward(request: Request, { params }: Context): Promise<Response> {
  if (isForgedWrite(request.method, request.headers)) {
    return problemAnswer(403, 'forbidden', {
      title: 'The request was refused',
      detail: 'It did not come from a page of this dashboard.',
    });
  }
  const { apiUrl, secret } = dashboardConfig();
  const token = unseal((await cookies()).get(SESSION_COOKIE)?.value ?? '', secret);
  if (token === undefined) {
    return problemAnswer(401, 'unauthorized', {
      title: 'You are signed out',
      detail: 'Get a new link with `npx tutti sign-in`.',
    });
  }
  const path = apiPath((await params).path, new URL(request.url).search);
  if (path === undefined) {
    return problemAnswer(404, 'not-found', {
      title: 'Not found',
      detail: 'Only the calls under /v1 of the API are passed on.',
    });
  }
  return ask(request, { url: apiUrl + path, path, token });
}

async function ask(
  request: Request,
  target: { url: string; path: string; token: string },
): Promise<Response> {
  const withBody = request.method !== 'GET' && request.method !== 'HEAD' && request.body !== null;
  try {
    const answer = await fetch(target.url, {
      method: request.method,
      headers: requestHeaders(request.headers, target.token),
      redirect: 'manual',
      signal: request.signal,
      ...(withBody ? { body: request.body, duplex: 'half' } : {}),
    } as RequestInit);
    const headers = answerHeaders(answer.headers, target.path);
    // fetch has already undone any compression of the API's answer, so its length no longer holds.
    if (answer.headers.has('content-encoding')) headers.delete('content-length');
    return new Response(answer.body, { status: answer.status, headers });
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    const reason = String(error instanceof Error ? (error.cause ?? error) : error);
    console.error(`The API did not answer ${request.method} ${target.path}: ${reason}`);
    return problemAnswer(502, 'unavailable', {
      title: 'The hub does not answer',
      detail: 'The dashboard could not reach the API. Check that the hub runs: `npx tutti doctor`.',
    });
  }
}

export { forward as GET, forward as POST, forward as PUT, forward as PATCH, forward as DELETE };
