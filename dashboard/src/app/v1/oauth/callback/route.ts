import { dashboardConfig } from '@/session/config';
import { problemAnswer } from '@/session/problem-answer';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

const PASSED_ON = [
  'content-type',
  'content-security-policy',
  'cache-control',
  'referrer-policy',
  'x-content-type-options',
];

/**
 * The end of a sign-in to a connection: authorities know one address of the hub, and this is where people
 * reach it. No session is needed, because the browser comes from elsewhere and sends no cookie; the state in
 * the address is what the API checks.
 */
export async function GET(request: Request): Promise<Response> {
  try {
    const url = new URL('/v1/oauth/callback', dashboardConfig().apiUrl);
    url.search = new URL(request.url).search;
    const answer = await fetch(url, { redirect: 'manual', signal: request.signal });
    const headers = new Headers();
    for (const name of PASSED_ON) {
      const value = answer.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    return new Response(answer.body, { status: answer.status, headers });
  } catch (error) {
    console.error(`The API did not answer the end of a sign-in: ${String(error)}`);
    return problemAnswer(502, 'unavailable', {
      title: 'The hub does not answer',
      detail: 'The dashboard could not reach the API. Begin the sign-in again when it is back.',
    });
  }
}
