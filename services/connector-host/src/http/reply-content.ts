import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { LIMITS } from '../limits.js';
import { ExchangeError, type ExchangeReply } from './exchange.js';

const DECODERS: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip) as never,
  'x-gzip': promisify(gunzip) as never,
  deflate: promisify(inflate) as never,
  br: promisify(brotliDecompress) as never,
};

/**
 * The bytes of the reply as they were before compression. A reply that is too large or broken rejects with
 * `ExchangeError`.
 */
export async function decodedBody(
  reply: ExchangeReply,
  bytesMax: number = LIMITS.replyBytesMax,
): Promise<Buffer> {
  const encoding = reply.headers['content-encoding']?.toLowerCase().trim();
  if (encoding === undefined || encoding === 'identity' || reply.body.length === 0) return reply.body;
  const decode = DECODERS[encoding];
  if (decode === undefined) {
    throw new ExchangeError(`The reply is encoded as "${encoding}", which was not asked for.`, {
      failure: 'invalid',
      sent: true,
    });
  }
  try {
    return await decode(reply.body, { maxOutputLength: bytesMax });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const message = tooLarge
      ? `The reply is larger than ${bytesMax} bytes.`
      : `The ${encoding} reply is broken.`;
    throw new ExchangeError(message, {
      failure: tooLarge ? 'too-large' : 'invalid',
      sent: true,
      cause: error,
    });
  }
}

/** Media type without parameters, lower case; empty when the reply has none. */
export function mediaTypeOf(headers: IncomingHttpHeaders): string {
  const value = headers['content-type'];
  if (value === undefined) return '';
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}

export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json') || mediaType === 'text/json';
}

const TEXT =
  /^(text\/|application\/(xml|yaml|x-yaml|graphql|javascript|x-www-form-urlencoded)$)|\+xml$|\+yaml$/;

export function isText(mediaType: string): boolean {
  return TEXT.test(mediaType);
}

/**
 * The beginning of a reply for an error: parsed when it is small JSON, else text that is cut; bytes that are
 * no text are only counted.
 */
export function replyExcerpt(body: Buffer, mediaType: string): unknown {
  if (body.length === 0) return undefined;
  if (!isJson(mediaType) && !isText(mediaType) && mediaType !== '')
    return `${body.length} bytes of ${mediaType}`;
  if (isJson(mediaType) && body.length <= LIMITS.errorReplyBytesMax) {
    try {
      return JSON.parse(body.toString('utf8')) as unknown;
    } catch {
      // Not what its content type says: shown as the text it is.
    }
  }
  const text = body.subarray(0, LIMITS.errorReplyBytesMax).toString('utf8');
  return body.length > LIMITS.errorReplyBytesMax ? `${text}… (${body.length} bytes)` : text;
}
