import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

/** An OTLP export request on its way to the collector, over the topic of spans. */
export interface SpooledTelemetry {
  signal: 'traces' | 'metrics' | 'logs';
  encoding: 'protobuf' | 'json';
  /** True for the hub's own spans; what came in by OTLP never is. */
  fromHub: boolean;
  body: Uint8Array;
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The format's version, in the first byte of a message. */
const VERSION = 1;
const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const ENCODINGS = ['protobuf', 'json'] as const;
const FROM_HUB = 0x10;
/** Bytes before the body: version and kind. */
const HEAD_BYTES = 2;

/**
 * A message of the topic of spans: version, one byte for signal, encoding and origin, and the request
 * compressed with Zstandard, because OTLP repeats itself and a broker counts bytes.
 */
export async function encodeSpooled(telemetry: SpooledTelemetry): Promise<Uint8Array> {
  const kind =
    SIGNALS.indexOf(telemetry.signal) |
    (ENCODINGS.indexOf(telemetry.encoding) << 2) |
    (telemetry.fromHub ? FROM_HUB : 0);
  return Buffer.concat([Buffer.of(VERSION, kind), await compress(telemetry.body)]);
}

/** Throws for anything else than such a message, and for a body of more bytes than `bodyBytesMax`. */
export async function decodeSpooled(message: Uint8Array, bodyBytesMax: number): Promise<SpooledTelemetry> {
  const [version, kind = 0] = message;
  if (version !== VERSION)
    throw new Error(`The message begins with the byte ${version}, and telemetry of the hub with ${VERSION}.`);
  const signal = SIGNALS[kind & 0x03];
  const encoding = ENCODINGS[(kind >> 2) & 0x03];
  if (signal === undefined || encoding === undefined)
    throw new Error(`${kind} names no signal and encoding of telemetry.`);
  const body = await decompress(message.subarray(HEAD_BYTES), { maxOutputLength: bodyBytesMax });
  return { signal, encoding, fromHub: (kind & FROM_HUB) !== 0, body };
}
