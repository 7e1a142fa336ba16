import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { checkSpace } from './platform.mjs';
import { npmCommand, pinnedNode } from './install.mjs';
import { lastLines, runChild } from './run-child.mjs';
import { fingerprint, stampSays, writeStamp } from './stamps.mjs';
import { root } from './paths.mjs';

const serverSources = [
  'libs',
  'services',
  'plugins',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
];
const dashboardSources = [
  'dashboard',
  'libs/contracts',
  'libs/client',
  'package-lock.json',
  'tsconfig.base.json',
];
const buildMiB = 600;

/** The PATH under which every tool of the repository runs on the pinned Node. */
export const toolPath = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;

function builtProjects() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.every(({ path }) => existsSync(join(root, path, 'dist')));
}

/** Whether the compiled services are those of the present sources. */
export function isServerBuilt() {
  return builtProjects() && stampSays('server', fingerprint(serverSources));
}

/** Whether the built dashboard is that of the present sources. */
export function isDashboardBuilt() {
  return (
    existsSync(join(root, 'dashboard', '.next', 'BUILD_ID')) &&
    stampSays('dashboard', fingerprint(dashboardSources))
  );
}

function explainBuildFailure(what, output) {
  const full = /ENOSPC|no space left/i.test(output);
  return new SetupError(full ? 'The disk is full.' : `Building ${what} failed.`, {
    details: lastLines(output),
    remedy: full
      ? 'Free some space and start again; the step is repeated by itself.'
      : "The compiler's messages are above. `git status` shows what differs from the commit.",
  });
}

/** Compiles every library, service and plugin; unchanged ones are skipped by the compiler itself. */
export async function buildServer() {
  checkSpace(buildMiB, 'Building');
  const stamp = fingerprint(serverSources);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await runChild(pinnedNode, [tsc, '-b'], { cwd: root, env: { PATH: toolPath } });
  if (code !== 0) throw explainBuildFailure('the services', output);
  writeStamp('server', stamp);
}

/** Builds the dashboard with Next. */
export async function buildDashboard() {
  checkSpace(buildMiB, 'Building');
  const stamp = fingerprint(dashboardSources);
  const [command, args] = npmCommand(pinnedNode);
  const env = { PATH: toolPath, NEXT_TELEMETRY_DISABLED: '1' };
  const { code, output } = await runChild(command, [...args, 'run', 'build', '-w', '@tutti/dashboard'], {
    cwd: root,
    env,
  });
  if (code !== 0) throw explainBuildFailure('the dashboard', output);
  writeStamp('dashboard', stamp);
}

/** Folders of plugins and services that have sources, for messages and checks. */
export function workspaceFolders() {
  const kinds = ['libs', 'services', 'plugins'];
  const inside = kinds.flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`));
  return [...inside, 'dashboard'].filter((folder) => existsSync(join(root, folder, 'package.json')));
}
