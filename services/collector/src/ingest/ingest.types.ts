/** Limits of the intake, each with its name. */
export interface IngestLimits {
  /** Bytes that may wait for a commit; over it senders are told to come back later. */
  pendingBytesMax: number;
  /** Spans of one insert statement. */
  statementSpansMax: number;
  /** JSON text of one span's attributes; longer values inside are cut and marked. */
  attributesCharsMax: number;
  eventsMax: number;
  linksMax: number;
  /** A span older than this has no partition any more and is refused. */
  ageDaysMax: number;
  /** A span that begins later than this was sent by a wrong clock and is refused. */
  aheadMsMax: number;
}

export const INGEST_LIMITS: IngestLimits = {
  pendingBytesMax: 64 * 1024 ** 2,
  statementSpansMax: 8_192,
  attributesCharsMax: 256 * 1024,
  eventsMax: 128,
  linksMax: 128,
  ageDaysMax: 30,
  aheadMsMax: 86_400_000,
};

/** What became of a batch after its commit. */
export interface IngestResult {
  /** Stored, or stored before. */
  accepted: number;
  rejected: number;
  /** Why spans were rejected; undefined when none was. */
  message: string | undefined;
}

/**
 * Too much waits for the database, or the database does not answer: the sender is to repeat the whole
 * request.
 */
export class IngestUnavailable extends Error {
  constructor(
    readonly reason: 'overloaded' | 'unavailable',
    readonly retryAfterMs: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'IngestUnavailable';
  }
}
