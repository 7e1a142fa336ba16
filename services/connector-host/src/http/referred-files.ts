import { PermanentError, type FilesPort, type HttpRequest, type SentBody } from '@tutti/plugin-sdk';
import type { ExchangeReply } from './exchange.js';

const noFiles = () => Promise.reject(new PermanentError('There are no artifacts here, as in a trigger.'));
/** For those who work for no run. */
export const NO_FILES: FilesPort = { read: noFiles, write: noFiles };

/** Bytes of artifacts in the place of what refers to them. */
export function withBody<Request extends HttpRequest>(
  request: Request,
  { bytes, contentType }: SentBody,
): Request {
  const named = Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  const headers = named ? request.headers : { ...request.headers, 'content-type': contentType };
  return { ...request, body: bytes, ...(headers !== undefined && { headers }) };
}

/** As a plugin is told of them. */
export function flatHeaders(headers: ExchangeReply['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
}
