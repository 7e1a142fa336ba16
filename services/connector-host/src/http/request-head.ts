import type { HttpDefaults, HttpQuery } from '@tutti/plugin-sdk';

export function basicHeaders(basicAuth: HttpDefaults['basicAuth']): Record<string, string> {
  if (basicAuth === undefined) return {};
  const encoded = Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64');
  return { authorization: `Basic ${encoded}` };
}

export function addHeaders(target: Record<string, string>, headers: Record<string, string> = {}): void {
  for (const [name, value] of Object.entries(headers)) target[name.toLowerCase()] = value;
}

export function addQuery(url: URL, query: HttpQuery = {}): void {
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(item));
  }
}
