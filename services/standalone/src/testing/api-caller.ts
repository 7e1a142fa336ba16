import { request } from 'undici';

export interface Answer {
  status: number;
  // The tests look into answers of many shapes; each checks what it reads.
  body: Record<string, never> | undefined;
}

export interface CallOptions {
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

/** A request to an API with a token; JSON in and out. */
export async function callApi(
  at: { api: string; token: string },
  [method, path]: readonly [method: string, path: string],
  options: CallOptions = {},
): Promise<Answer> {
  const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const type = options.text ? 'application/yaml' : 'application/json';
  const answer = await request(at.api + path, {
    method: method as 'GET',
    ...(body === undefined ? {} : { body }),
    headers: {
      authorization: `Bearer ${at.token}`,
      ...(body === undefined ? {} : { 'content-type': type }),
      ...options.headers,
    },
  });
  const text = await answer.body.text();
  return {
    status: answer.statusCode,
    body: text === '' ? undefined : (JSON.parse(text) as Record<string, never>),
  };
}
