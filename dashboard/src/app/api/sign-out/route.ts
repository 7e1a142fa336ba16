import { cookies } from 'next/headers';
import { SESSION_COOKIE } from '@/session/cookie';
import { dashboardConfig } from '@/session/config';
import { isForgedWrite } from '@/session/forward';
import { problemAnswer } from '@/session/problem-answer';
import { unseal } from '@/session/seal';

export const dynamic = 'force-dynamic';

/**
 * Ends the session at the API and forgets the cookie. The cookie goes even when the API cannot be reached.
 */
export async function POST(request: Request): Promise<Response> {
  if (isForgedWrite('POST', request.headers)) {
    return problemAnswer(403, 'forbidden', {
      title: 'The request was refused',
      detail: 'It did not come from a page of this dashboard.',
    });
  }
  const { apiUrl, secret } = dashboardConfig();
  const jar = await cookies();
  const token = unseal(jar.get(SESSION_COOKIE)?.value ?? '', secret);
  jar.delete(SESSION_COOKIE);
  if (token !== undefined) {
    await fetch(`${apiUrl}/v1/sessions/current`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    }).catch((error: unknown) => console.error(`The session was not ended at the API: ${String(error)}`));
  }
  return new Response(null, { status: 204 });
}
