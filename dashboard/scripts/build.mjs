// Builds the standalone server and puts the static files where it looks for them: `next build` leaves that to
// whoever deploys.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const here = dirname(import.meta.dirname);
const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
const built = spawnSync(process.execPath, [next, 'build'], {
  cwd: here,
  stdio: 'inherit',
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
});
if (built.status !== 0) process.exit(built.status ?? 1);

const standalone = join(here, '.next', 'standalone', 'dashboard');
for (const [from, to] of [
  ['.next/static', '.next/static'],
  ['public', 'public'],
]) {
  if (!existsSync(join(here, from))) continue;
  rmSync(join(standalone, to), { recursive: true, force: true });
  cpSync(join(here, from), join(standalone, to), { recursive: true });
}
console.log(`The dashboard is built: node ${join(standalone, 'server.js')}`);
