import type { Problem } from '@tutti/contracts';

/** A problem document made by the dashboard's own server, in the shape of the API's. */
export function problemAnswer(
  status: number,
  code: string,
  text: { title: string; detail: string },
): Response {
  const body: Problem = { type: `https://tutti.dev/problems/${code}`, status, ...text };
  return Response.json(body, {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}
