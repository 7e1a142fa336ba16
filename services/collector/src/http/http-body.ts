import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/** What is read and thrown away of a body that was refused for its size. */
const DISCARDED_BYTES_MAX = 128 * 1024 ** 2;
const DISCARDING_MS_MAX = 30_000;

/** A request that is answered with this status before its content matters. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Reads a body of at most `bytesMax`; `onBytes` learns of every piece as it arrives, so that all requests
 * together can be bounded.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
  onBytes: (count: number) => void,
): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax, 'The body');
  const pieces: Buffer[] = [];
  let bytes = 0;
  // Kept open on a refusal: the answer still has to go out on its connection.
  const arriving = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const piece of arriving) {
    bytes += piece.length;
    onBytes(piece.length);
    if (bytes > bytesMax) throw tooLarge(bytesMax, 'The body');
    pieces.push(piece);
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, bytes);
}

/**
 * Undoes the content encoding; a body that grows over the limit is refused, so that a small bomb stays small.
 */
export async function decompress(
  body: Buffer,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  if (name !== 'gzip')
    throw new HttpRefusal(415, `The content encoding ${name} is not supported; send gzip or none.`);
  try {
    return await gunzipAsync(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(bytesMax, 'The decompressed body');
    throw new HttpRefusal(400, 'The body is not valid gzip.', { cause: error });
  }
}

function tooLarge(bytesMax: number, what: string): HttpRefusal {
  return new HttpRefusal(413, `${what} is larger than ${bytesMax} bytes; send smaller batches.`);
}

/**
 * Lets a sender finish a body that is already refused for its size. Many clients (fetch of Node among them)
 * read the answer only when their body is gone, and would see a broken pipe, and send it all again, where a
 * 413 tells them not to. Bounded in bytes and time; over either, the connection ends.
 */
export function discardBody(request: IncomingMessage): void {
  let bytes = 0;
  const end = setTimeout(() => request.destroy(), DISCARDING_MS_MAX).unref();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARDED_BYTES_MAX) request.destroy();
  });
  request.once('close', () => clearTimeout(end));
  request.resume();
}
