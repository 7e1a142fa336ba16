/** The limits of the connector host, each with its name; over one of them is a clear error. */
export const LIMITS = {
  /** Largest reply of another system, after decompression. */
  replyBytesMax: 20 * 1024 * 1024,
  /** Largest output that travels in messages; larger replies of `call: http` become artifacts. */
  outputBytesMax: 1024 * 1024,
  /** How much of a reply an error may carry. */
  errorReplyBytesMax: 4 * 1024,
  /** How much text an error may carry. */
  errorTextLengthMax: 4_096,
  /** Redirects that one request may follow. */
  redirectsMax: 5,
  /** Sockets to one origin. */
  socketsPerOriginMax: 128,
  /** Origins whose sockets are kept. */
  originsMax: 512,
  connectTimeoutMs: 10_000,
  /** The longest deadline of a call; longer ones are cut. */
  callTimeoutMsMax: 3_600_000,
  /** Calls that run at once over one connection, unless the capability says otherwise. */
  callsPerConnectionMax: 16,
  /** `call: http` exchanges that run at once. */
  httpCallsMax: 1_024,
  /** Calls that wait for their turn, over all connections. */
  waitingCallsMax: 10_000,
  /** When a call that found the queue full is to come back. */
  overflowRetryAfterMs: 1_000,
  /** How long a plugin that ignores its deadline keeps its place before another call may take it. */
  overrunGraceMs: 30_000,
  healthTimeoutMs: 10_000,
  /** How old the knowledge of connections may be when a call starts. */
  connectionsAgeMsMax: 1_000,
  databaseConnectionsPerPluginMax: 8,
  databaseStatementTimeoutMs: 30_000,
  databaseTransactionAttempts: 3,
} as const;
