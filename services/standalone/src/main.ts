import { StartError } from '@tutti/store';
import { type RunningHub, startHub } from './hub.js';
import { readConfig, USAGE } from './standalone.config.js';

/** What an operating system says of a full disk, wherever in the hub it comes up. */
const DISK_FULL = /ENOSPC|No space left on device|could not extend file/i;

/** Signals this close together are one. */
const SAME_SIGNAL_MS = 500;

/** Prints one error as a person can use it: expected ones without a stack. */
function explain(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof StartError) console.error(`\nTutti cannot start:\n${text}\n`);
  else if (DISK_FULL.test(text))
    console.error(
      '\nTutti stopped: the disk is full. Free some space and start again; what was accepted is kept.\n' +
        `${text}\n`,
    );
  else console.error('\nTutti stopped on an unexpected error:\n', error);
}

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2));
  if (config === null) {
    process.stdout.write(USAGE);
    return;
  }
  let hub: RunningHub | null = null;
  let stopping: Promise<void> | null = null;
  let stoppingSince = 0;
  const stop = (signal: string): void => {
    if (stopping) {
      // npm passes on signals that the terminal sent to the whole group, so one Ctrl-C arrives twice.
      if (performance.now() - stoppingSince < SAME_SIGNAL_MS) return;
      // The second Ctrl-C: do not wait for anything. The next start finds everything in the database.
      console.error('Stopped at once. Runs in flight go on with the next start.');
      hub?.kill();
      process.exit(130);
    }
    stoppingSince = performance.now();
    console.log(`${signal}: finishing what is under way; once more stops at once.`);
    stopping = (async () => {
      await starting.catch(() => undefined);
      await hub?.stop();
      process.exit(0);
    })().catch((error: unknown) => {
      explain(error);
      process.exit(1);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));

  const starting = startHub(config, (step) => console.log(`  ${step}`));
  hub = await starting;
  if (stopping) return;
  console.log(readyLine(hub));
}

function readyLine({ urls, signInUrl }: RunningHub): string {
  const parts = [
    ...(urls.dashboard ? [`dashboard ${urls.dashboard}`] : []),
    `API ${urls.api}`,
    `OTLP ${urls.otlp}`,
    `OTLP/gRPC ${urls.otlpGrpc}`,
    ...(signInUrl ? [`sign in (once): ${signInUrl}`] : []),
  ];
  return `Tutti is ready  ${parts.join('  ')}`;
}

main().catch((error: unknown) => {
  explain(error);
  process.exit(1);
});
