/** A position in a trace, as W3C Trace Context names it. */
export interface TracePosition {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Name of the header and of the message key that carries a position. */
export const TRACEPARENT_HEADER = 'traceparent';

/**
 * The `traceparent` value under which the next process continues; the hub records every run, so the sampled
 * flag is always set.
 */
export function formatTraceparent(position: TracePosition): string {
  return `00-${position.traceId}-${position.spanId}-01`;
}

/**
 * Reads a `traceparent`; undefined when it is missing or breaks the format, in which case a new trace is to
 * be started.
 */
export function parseTraceparent(header: string | undefined): TracePosition | undefined {
  const match = TRACEPARENT.exec(header?.trim() ?? '');
  const [, version, traceId, spanId, , rest] = match ?? [];
  if (
    traceId === undefined ||
    spanId === undefined ||
    version === 'ff' ||
    traceId === NO_TRACE ||
    spanId === NO_SPAN
  )
    return undefined;
  // Version 00 has exactly four fields; later versions may add more.
  return version === '00' && rest !== undefined ? undefined : { traceId, spanId };
}
