import { availableParallelism } from 'node:os';

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
  /** How much a server that was started for a call may say about itself on its standard error. */
  processErrorBytesMax: 4 * 1024,
  /** How long such a server may take to end when it has answered, before it is killed. */
  processFarewellMs: 2_000,
  /** How long the farewell to a Kafka may take, after the answer. */
  farewellTimeoutMs: 5_000,
  /** Redirects that one request may follow. */
  redirectsMax: 5,
  /** Sockets to one origin. */
  socketsPerOriginMax: 128,
  /** Origins whose sockets are kept. */
  originsMax: 512,
  /** One OpenAPI document, after decompression; how many are kept, and their bytes together. */
  openApiDocumentBytesMax: 10 * 1024 * 1024,
  /** One in YAML, which takes some hundred times as long to read as JSON. */
  openApiYamlBytesMax: 2 * 1024 * 1024,
  openApiDocumentsMax: 64,
  openApiDocumentsBytesMax: 32 * 1024 * 1024,
  /** How long the fetch of a document may take. */
  openApiDocumentTimeoutMs: 10_000,
  /** How long a document serves that says nothing about it, and any at most, before it is asked for anew. */
  openApiDocumentFreshMs: 300_000,
  openApiDocumentFreshMsMax: 3_600_000,
  /** How long the last document serves while its server is away, and how often that is asked meanwhile. */
  openApiDocumentStaleMsMax: 24 * 3_600_000,
  openApiDocumentRetryMs: 30_000,
  /** One proto document in characters, and how many files it may be made of. */
  protoDocumentBytesMax: 1024 * 1024,
  protoImportsMax: 64,
  /** Messages that are collected from one stream. */
  streamMessagesMax: 10_000,
  /** Scripts that run at once, each in a worker thread; a core is left to the host itself. */
  scriptsAtOnceMax: Math.min(4, Math.max(1, availableParallelism() - 1)),
  /** Code of one script. */
  scriptBytesMax: 256 * 1024,
  /** All memory of one script, the interpreter included, and the part of it that is the stack. */
  scriptMemoryBytesMax: 64 * 1024 * 1024,
  scriptStackBytesMax: 256 * 1024,
  /** Processor time of one script. */
  scriptCpuMsMax: 10_000,
  /** Scripts that a worker thread runs before another one takes its place; how long it waits for one. */
  scriptsPerWorkerMax: 100,
  scriptWorkerIdleMs: 60_000,
  /** Commands, containers and servers that were started for a call, at once. */
  processesAtOnceMax: 16,
  /** How long a container may take to end when it is asked to, and the engine to do anything of the kind. */
  containerStopMs: 5_000,
  containerStopMsMax: 10_000,
  /** How often containers are looked for that nobody needs any more. */
  containersClearMs: 60_000,
  /** One file that a command writes, and the processor time of each of its processes. */
  processFileBytesMax: 1024 * 1024 * 1024,
  processCpuSecondsMax: 3_600,
  /** Standard output and error of a script, command or container together. */
  processOutputBytesMax: 512 * 1024,
  /** How old the knowledge of a secret may be when a call starts, and how many are kept. */
  secretsAgeMsMax: 1_000,
  secretsMax: 10_000,
  /** How long a token may take, how long one serves that says nothing about it, and how many are kept. */
  tokenTimeoutMs: 10_000,
  tokenFreshMs: 300_000,
  tokensMax: 1_000,
  /** How long before it expires a token is asked for anew; at most a tenth of its time. */
  tokenMarginMs: 30_000,
  /** Connections whose tokens are renewed at once, and how long a person may take to sign in. */
  tokenRenewalsAtOnceMax: 3,
  signInMs: 600_000,
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
  /** How often calls that wait are looked after, and each how many times their deadlines are. */
  gatesBeatMs: 25,
  beatsPerExpiry: 4,
  /** How often shares of limits are asked for while calls wait. */
  limitsRoundMs: 100,
  /** How old a share of a limit may be while its connection is in use. */
  leaseRenewMs: 500,
  /** How often other hosts are looked for. */
  hostsPollMs: 1_000,
  /** How long a host that saw no other takes itself to be alone. */
  aloneMsMax: 1_750,
  /** How long a call is under way before it is claimed, so that a repeat elsewhere waits for it. */
  unclaimedMsMax: 1_000,
  /** How often a repeat looks again at the claim of another host. */
  claimsPollMs: 500,
  /** How often claims that no repeat will ask for are deleted. */
  claimsSweepMs: 600_000,
  /** Of a run younger than this no claim was deleted, so that an attempt without one never began. */
  claimsCertainMs: 1_800_000,
  /** How far the clocks of two machines may lie apart. */
  clockSkewMsMax: 10_000,
  /** Results that are remembered, to answer repeats without performing them. */
  settledCallsMax: 1_024,
  /** A result with more values or text than this is not remembered. */
  settledCallSizeMax: 16_384,
  /** How long calls under way may take when the process is asked to end. */
  drainMsMax: 10_000,
  healthTimeoutMs: 10_000,
  /** A plugin in a process of its own: memory that is no heap included, the heap, and files it has open. */
  pluginDataBytesMax: 1024 * 1024 * 1024,
  pluginHeapMbMax: 256,
  pluginOpenFilesMax: 64,
  /** What it may really use of the machine's memory. */
  pluginResidentBytesMax: 512 * 1024 * 1024,
  /** How long it may take to start, how often it is looked at, and how long it may be silent. */
  pluginStartTimeoutMs: 60_000,
  pluginBeatMs: 2_000,
  pluginSilenceMsMax: 20_000,
  /** Processor time that it may use without a call. */
  pluginIdleCpuMsMax: 20_000,
  /** How long it may go on with a call that was cancelled. */
  pluginCancelGraceMs: 10_000,
  /** Requests to the host that one plugin may have under way. */
  pluginAsksMax: 512,
  /** Lines and refusals that its process may send in one second; above, it is ended. */
  pluginLinesPerSecondMax: 1_000,
  /** What it may say on standard output and error, which no honest plugin uses. */
  pluginOutputBytesMax: 64 * 1024,
  /** How long it is left alone after its end, the first time and at most. */
  pluginBackOffMs: 500,
  pluginBackOffMsMax: 30_000,
  /** With so many ends in so long it is quarantined. */
  pluginEndsMax: 5,
  pluginEndsWithinMs: 600_000,
  /** Connections that its process keeps open. */
  pluginConnectionsMax: 1_000,
  /** What it may tell about itself. */
  pluginDescriptionBytesMax: 1024 * 1024,
  /** The lines of a plugin version that a host keeps for its page, and their characters together and each. */
  pluginLogLinesMax: 200,
  pluginLogLengthMax: 65_536,
  pluginLogLineLengthMax: 4_096,
  /** How often they are written, and of how many hosts that are gone they stay. */
  pluginLogFlushMs: 1_000,
  pluginLogHostsMax: 3,
  /** How often a host looks for tests that it was not told of, and how many it performs at once. */
  connectionTestsPollMs: 1_000,
  connectionTestsAtOnceMax: 4,
  /** Capabilities that a connection may find, the JSON of one, of all, and how many are told as left out. */
  discoveredCapabilitiesMax: 500,
  discoveredCapabilityBytesMax: 128 * 1024,
  discoveryBytesMax: 4 * 1024 * 1024,
  discoveryLeftOutMax: 100,
  /** How long a connection may take to say what it can do, and how often it is asked. */
  discoveryTimeoutMs: 30_000,
  discoveryIntervalMs: 3_600_000,
  discoveryRetryMs: 60_000,
  /** How often a host looks for connections that are to be asked, and how many it asks at once. */
  discoveryPollMs: 2_000,
  discoveriesAtOnceMax: 2,
  /** How often a host looks for plugins that it was not told of, and tries one again that did not load. */
  pluginsPollMs: 1_000,
  pluginRetryMs: 30_000,
  /** How old the knowledge of connections may be when a call starts. */
  connectionsAgeMsMax: 1_000,
  /** How long the values of references are used before they are looked at again. */
  referencesAgeMsMax: 5_000,
  /** A value of Vault is read again after so long. */
  vaultFreshMs: 30_000,
  vaultTimeoutMs: 5_000,
  vaultReplyBytesMax: 1024 * 1024,
  vaultSecretsMax: 1_000,
  /** How often a host looks for triggers that are due, and how many it works on at once. */
  triggersPollMs: 1_000,
  triggersAtOnceMax: 128,
  /** How long a host that is silent keeps a trigger. */
  triggerLeaseMs: 30_000,
  /** How long one poll may take, one request of a stream, and one request to a hook. */
  triggerPollTimeoutMs: 60_000,
  triggerRequestTimeoutMs: 120_000,
  hookTimeoutMs: 10_000,
  /**
   * How often requests to hooks are looked for that a host was not told of, and how many it reads at once.
   */
  hooksPollMs: 500,
  hooksAtOnceMax: 32,
  /** Until the next try after a failure, the first time (sooner where repeating may help) and at most. */
  triggerRetryMs: 5_000,
  triggerRefusedRetryMs: 60_000,
  triggerRetryMsMax: 900_000,
  /** Until a stream that ended is begun again, and the next look at a hook. */
  triggerPauseMs: 1_000,
  triggerHookLookMs: 60_000,
  /** Events that one look may find, the JSON of one, and that of a cursor. */
  triggerEventsMax: 1_000,
  triggerEventBytesMax: 256 * 1024,
  triggerCursorBytesMax: 64 * 1024,
  /** Events of one trigger that wait to become runs; above, it looks no further. */
  triggerWaitingMax: 5_000,
  /** How long a trigger waits for room, and its removal for the other system, in tries. */
  triggerRoomMs: 1_000,
  unsubscribeTriesMax: 10,
  /** Of a call that is answered later: how long at most, how soon again, and what the plugin keeps. */
  laterMsMax: 30 * 86_400_000,
  laterAgainMsMin: 100,
  laterStateLengthMax: 64 * 1024,
  /** What a plugin may answer to a request to its hook. */
  hookAnswerLengthMax: 64 * 1024,
  databaseConnectionsPerPluginMax: 8,
  databaseStatementTimeoutMs: 30_000,
  databaseTransactionAttempts: 3,
} as const;

/** Those of a plugin in a process of its own: tests wait for none of the long ones. */
export type IsolationLimits = Record<Extract<keyof typeof LIMITS, `plugin${string}`>, number>;
