import protobuf from 'protobufjs/minimal.js';

/** The encodings of OTLP over HTTP. */
export type Encoding = 'protobuf' | 'json';
export type Signal = 'traces' | 'metrics' | 'logs';

/** What was refused of a request, and why; nothing when all was accepted. */
export interface Partial {
  rejected: number;
  message: string | undefined;
}

/** The name of the count in each signal's partial success. */
const REJECTED: Record<Signal, string> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
};

/** Codes of google.rpc.Code for the answers this receiver gives. */
export const RPC_CODES = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** An Export*ServiceResponse. Without a refusal `partial_success` stays unset, as the specification wants. */
export function encodeSuccess(encoding: Encoding, signal: Signal, partial: Partial): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify(jsonSuccess(signal, partial)));
  const writer = protobuf.Writer.create();
  if (partial.message === undefined) return Buffer.alloc(0);
  writer.uint32(10).fork();
  if (partial.rejected > 0) writer.uint32(8).int64(partial.rejected);
  writer.uint32(18).string(partial.message).ldelim();
  return Buffer.from(writer.finish());
}

function jsonSuccess(signal: Signal, { rejected, message }: Partial): object {
  if (message === undefined) return {};
  return {
    partialSuccess: { ...(rejected > 0 && { [REJECTED[signal]]: String(rejected) }), errorMessage: message },
  };
}

/**
 * What went wrong as a google.rpc.Status; with a delay it carries RetryInfo, so that a client may come again.
 */
export interface RpcStatus {
  code: number;
  message: string;
  retryAfterMs?: number | undefined;
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

export function encodeStatus(encoding: Encoding, status: RpcStatus): Buffer {
  return encoding === 'json' ? Buffer.from(JSON.stringify(jsonStatus(status))) : protobufStatus(status);
}

function jsonStatus({ code, message, retryAfterMs }: RpcStatus): object {
  if (retryAfterMs === undefined) return { code, message };
  return { code, message, details: [{ '@type': RETRY_INFO, retryDelay: `${retryAfterMs / 1000}s` }] };
}

function protobufStatus({ code, message, retryAfterMs }: RpcStatus): Buffer {
  const writer = protobuf.Writer.create().uint32(8).int32(code).uint32(18).string(message);
  if (retryAfterMs !== undefined)
    writer.uint32(26).fork().uint32(10).string(RETRY_INFO).uint32(18).bytes(retryInfo(retryAfterMs)).ldelim();
  return Buffer.from(writer.finish());
}

/** google.rpc.RetryInfo { Duration retry_delay = 1 }. */
function retryInfo(retryAfterMs: number): Uint8Array {
  const seconds = Math.floor(retryAfterMs / 1000);
  const writer = protobuf.Writer.create().uint32(10).fork();
  return writer
    .uint32(8)
    .int64(seconds)
    .uint32(16)
    .int32((retryAfterMs - seconds * 1000) * 1_000_000)
    .ldelim()
    .finish();
}
