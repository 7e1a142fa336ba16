import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { UnreadableDocument } from './unreadable-document.js';

/**
 * The largest that one compressed stream of a PDF may become, in bytes: an A4 page of RGB pixels at 400 dpi
 * has 46 MiB.
 */
export const STREAM_BYTES_MAX = 64 * 1024 * 1024;
/** The largest that all compressed streams of a PDF may become together, in bytes. */
export const STREAMS_BYTES_MAX = 512 * 1024 * 1024;

const inflateAsync = promisify(inflate);

/**
 * pdf.js unpacks a stream as far as it goes, and 20 MiB of deflate can hold 20 GiB. So every deflated stream
 * is unpacked here first, with a limit. Streams that cannot be unpacked are left to pdf.js, which treats them
 * as damaged.
 */
export async function refuseDecompressionBombs(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let total = 0;
  for (let at = file.indexOf('stream'); at !== -1; at = file.indexOf('stream', at + 6)) {
    const start = dataStart(file, at);
    if (start === null) continue;
    const dictionary = file.subarray(Math.max(0, at - 1024), at).toString('latin1');
    refuseNestedDeflate(dictionary);
    if (!/\/(?:FlateDecode|Fl)\b/.test(dictionary)) continue;
    signal.throwIfAborted();
    const end = file.indexOf('endstream', start);
    total += await unpackedBytes(file.subarray(start, end === -1 ? file.length : end));
    if (total > STREAMS_BYTES_MAX) refuse(STREAMS_BYTES_MAX, 'all streams together');
  }
}

/** The data begin after the line end that follows the keyword; `endstream` is no start. */
function dataStart(file: Buffer, keywordAt: number): number | null {
  if (file.subarray(Math.max(0, keywordAt - 3), keywordAt).toString('latin1') === 'end') return null;
  const next = keywordAt + 6;
  if (file[next] === 0x0a) return next + 1;
  return file[next] === 0x0d ? next + (file[next + 1] === 0x0a ? 2 : 1) : null;
}

function refuseNestedDeflate(dictionary: string): void {
  const own = dictionary.slice(dictionary.lastIndexOf(' obj') + 1);
  if (/\/Fl(?:ateDecode)?\s*\/Fl(?:ateDecode)?\b/.test(own)) {
    throw new UnreadableDocument(
      'a stream of the PDF is compressed twice, which no invoice needs; it is refused as unsafe',
    );
  }
}

async function unpackedBytes(packed: Buffer): Promise<number> {
  try {
    return (await inflateAsync(packed, { maxOutputLength: STREAM_BYTES_MAX })).length;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') refuse(STREAM_BYTES_MAX, 'one stream');
    return 0;
  }
}

function refuse(limit: number, what: string): never {
  throw new UnreadableDocument(
    `${what} of the PDF would unpack to more than ${limit / 1024 / 1024} MiB; it is refused as unsafe`,
  );
}
