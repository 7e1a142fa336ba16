/** Limits of a run, by name. Over one of them the run faults with a `runtime` error that names it. */
export const RUN_LIMITS = {
  /** Tasks that a run may start. */
  activations: 1_000_000,
  /** Turns of one loop, and jumps back within one list. */
  loopTurns: 100_000,
  /** Retries of one `try`. */
  tryRetries: 1_000,
  /** Attempts of one call, over all candidates and retries. */
  callAttempts: 1_000,
  /** Events that one `listen` consumes and hands on. */
  listenEvents: 10_000,
  /** Events that wait in one `listen` for the `foreach` of the one before. */
  listenQueue: 1_000,
  /** Events sent to a run that wait for a `listen`; a further one is refused. */
  signals: 100,
  /** Instances inside one another, functions included. */
  depth: 64,
  /** Runs under way that a run started without waiting for them, and that are cancelled with it. */
  followers: 1_000,
} as const;

/**
 * After so many tasks a turn ends; the run goes on with the next one (`wakeAt` says: at once), so that no run
 * holds up others.
 */
export const TURN_ACTIVATIONS = 2_000;

/** When the start of a sub-workflow that found no room in its turn is asked for again. */
export const START_AGAIN_MS = 1_000;

/** Default time of a call that is not one of a capability, in milliseconds. */
export const HTTP_TIMEOUT_MS = 30_000;
/** Default time of a capability call, in milliseconds. */
export const CAPABILITY_TIMEOUT_MS = 60_000;
/** The longest time of an attempt, whatever its task says; longer ones are cut. */
export const CALL_TIMEOUT_MS_MAX = 3_600_000;
/** Default time of `run: script`, in milliseconds. */
export const SCRIPT_TIMEOUT_MS = 30_000;
/** Default time of `run: shell` and `run: container`, in milliseconds. */
export const PROCESS_TIMEOUT_MS = 300_000;
/** What a host gets beyond the call's own time to say itself that it timed out. */
export const CALL_GRACE_MS = 2_000;
/** The longest delay that the other side may ask for with `Retry-After`. */
export const RETRY_AFTER_MS_MAX = 3_600_000;
/** The longest delay that a backoff grows to. */
export const BACKOFF_MS_MAX = 24 * 3_600_000;
/**
 * Attempts on one candidate when the plugin has a bug: a second one only shows whether it is there always.
 */
export const DEFECT_ATTEMPTS = 2;
