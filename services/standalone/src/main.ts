import { type RunningHub, startHub } from './hub.js';
import { explain, runUntilSignal } from './signals.js';
import { readConfig, USAGE } from './standalone.config.js';

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2));
  if (config === null) {
    process.stdout.write(USAGE);
    return;
  }
  const hub = await runUntilSignal('Tutti', () => startHub(config, (step) => console.log(`  ${step}`)));
  if (hub) console.log(readyLine(hub));
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
  explain('Tutti', error);
  process.exit(1);
});
