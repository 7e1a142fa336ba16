import type { FastifyReply } from 'fastify';

/** What is read and thrown away of a body that was refused for its size. */
const DISCARDED_BYTES_MAX = 128 * 1024 * 1024;
const DISCARDING_MS_MAX = 30_000;

/**
 * Lets a caller finish sending a body that is already refused. Many clients (fetch of Node among them) read
 * the answer only when their body is gone: closing the connection under them shows a broken pipe instead of
 * the problem document. Bounded in bytes and time; over either, the connection ends.
 */
export function discardBody(reply: FastifyReply): void {
  const request = reply.request.raw;
  if (request.complete || request.destroyed) return;
  // Fastify would close the connection as soon as the answer is written.
  reply.removeHeader('connection');
  let bytes = 0;
  const end = setTimeout(() => request.destroy(), DISCARDING_MS_MAX).unref();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARDED_BYTES_MAX) request.destroy();
  });
  request.once('close', () => clearTimeout(end));
  request.resume();
}
