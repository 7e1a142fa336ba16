import type { Session } from '@/session/session';
import { SESSION_COOKIE } from '@/session/cookie';
import { dashboardConfig } from '@/session/config';
import { seal } from '@/session/seal';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

/**
 * Leaves for a page by a refresh instead of a redirect: a SameSite=Strict cookie is not sent on a redirect
 * that another site began, such as a link in a web mailer, but is on a navigation that this page begins.
 */
function leaveFor(path: string, cookie?: string): Response {
  const target = path.startsWith('/') && !path.startsWith('//') && !path.includes('\\') ? path : '/';
  const href = target.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  if (cookie !== undefined) headers.set('set-cookie', cookie);
  return new Response(
    `<!doctype html><html lang="en"><title>Signing in</title><meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="0;url=${href}"><p><a href="${href}">Continue to Tutti</a></p></html>`,
    { headers },
  );
}

function sessionCookie(request: Request, session: Session): string {
  const secure =
    request.headers.get('x-forwarded-proto') === 'https' || new URL(request.url).protocol === 'https:';
  const value = seal(session.token, dashboardConfig().secret);
  const expires = new Date(session.expiresAt).toUTCString();
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Expires=${expires}${secure ? '; Secure' : ''}`;
}

/**
 * `/sign-in?code=`: exchanges the one-time code for a session of the API and keeps its token in the sealed
 * cookie.
 */
export async function GET(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  let answer: Response;
  try {
    answer = await fetch(`${dashboardConfig().apiUrl}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: searchParams.get('code') }),
    });
  } catch (error) {
    console.error(
      `The API did not answer a sign-in: ${String(error instanceof Error ? (error.cause ?? error) : error)}`,
    );
    return leaveFor('/sign-in?problem=unavailable');
  }
  if (!answer.ok) return leaveFor(`/sign-in?problem=${answer.status >= 500 ? 'unavailable' : 'link-used'}`);
  return leaveFor(searchParams.get('next') ?? '/', sessionCookie(request, (await answer.json()) as Session));
}
