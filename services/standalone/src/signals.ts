import { StartError } from '@tutti/store';

/** What an operating system says of a full disk, wherever in the hub it comes up. */
const DISK_FULL = /ENOSPC|No space left on device|could not extend file/i;
/** Signals this close together are one. */
const SAME_SIGNAL_MS = 500;

/** Prints one error as a person can use it: expected ones without a stack. */
export function explain(name: string, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof StartError) console.error(`\n${name} cannot start:\n${text}\n`);
  else if (DISK_FULL.test(text))
    console.error(
      `\n${name} stopped: the disk is full. Free some space and start again; what was accepted is kept.\n` +
        `${text}\n`,
    );
  else console.error(`\n${name} stopped on an unexpected error:\n`, error);
}

/** A process that can be ended. */
export interface Stoppable {
  /** Finishes what is under way. */
  stop(): Promise<void>;
  /** Ends what would outlive the process. */
  kill(): void;
}

/**
 * Starts, and ends with exit code 0 after SIGTERM or SIGINT: what is under way is finished first. The second
 * signal waits for nothing. Answers what was started, or null when a signal came before it was.
 */
export async function runUntilSignal<T extends Stoppable>(
  name: string,
  start: (stopped: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const aborted = new AbortController();
  let started: T | null = null;
  let stopping: Promise<void> | null = null;
  let stoppingSince = 0;
  const stop = (signal: string): void => {
    if (stopping) {
      // npm passes on signals that the terminal sent to the whole group, so one Ctrl-C arrives twice.
      if (performance.now() - stoppingSince < SAME_SIGNAL_MS) return;
      // The second Ctrl-C: do not wait for anything. The next start finds everything in the database.
      console.error('Stopped at once. Runs in flight go on with the next start.');
      started?.kill();
      process.exit(130);
    }
    stoppingSince = performance.now();
    console.log(`${signal}: finishing what is under way; once more stops at once.`);
    aborted.abort();
    stopping = (async () => {
      await starting.catch(() => undefined);
      await started?.stop();
      process.exit(0);
    })().catch((error: unknown) => {
      explain(name, error);
      process.exit(1);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  const starting = start(aborted.signal);
  try {
    started = await starting;
  } catch (error) {
    // A start that a signal broke off is no failure.
    if (!stopping) throw error;
  }
  return stopping ? null : started;
}
