import { problemOf } from './problem';

/** Headers of a request whose body is a document. */
export const YAML = { 'content-type': 'application/yaml' };

type Query = Record<string, string | number | boolean | undefined | null>;
export interface HubRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** Where a path of the API is reached through the dashboard's own server. */
export function hubUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/hub${path}${text === '' ? '' : `?${text}`}`;
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Calls the API; throws a HubProblem for every answer that is not a success. */
export async function hub<T>(
  path: string,
  { method = 'GET', query, body, signal, headers = {} }: HubRequest = {},
): Promise<T> {
  const response = await fetch(hubUrl(path, query), {
    method,
    signal,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answer = await read(response);
  if (!response.ok) throw problemOf(response.status, answer);
  return answer as T;
}

/** Stores a file and gives its reference back. */
export async function upload<T>(file: File): Promise<T> {
  const response = await fetch(hubUrl('/v1/artifacts', { name: file.name }), {
    method: 'POST',
    headers: { 'content-type': file.type || 'application/octet-stream' },
    body: file,
  });
  const answer = await read(response);
  if (!response.ok) throw problemOf(response.status, answer);
  return answer as T;
}

/** A page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
