// Plain ESM for Node 18 and newer, without a dependency: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkPlatform } from './setup/platform.mjs';
import { install, isInstalled, pinnedNode } from './setup/install.mjs';
import { buildDashboard, buildServer, isDashboardBuilt, isServerBuilt, toolPath } from './setup/build.mjs';
import { takeLock } from './setup/lock.mjs';
import { stampFolder } from './setup/paths.mjs';
import { step } from './setup/progress.mjs';
import { explainFileError, printError } from './setup/setup-error.mjs';

function isReady({ build, dashboard }) {
  return isInstalled() && (!build || isServerBuilt()) && (!build || !dashboard || isDashboardBuilt());
}

/**
 * Makes the clone ready: installs and builds what has changed since the last time, and nothing when nothing
 * has. Throws a SetupError with the remedy when it cannot.
 */
export async function bootstrap({ build = true, dashboard = true } = {}) {
  checkPlatform();
  if (isReady({ build, dashboard })) return;
  const release = await takeLock();
  try {
    if (!isInstalled()) await step('Installing packages', install);
    if (build && !isServerBuilt()) await step('Building the services', buildServer);
    if (build && dashboard && !isDashboardBuilt()) await step('Building the dashboard', buildDashboard);
  } finally {
    release();
  }
}

/** Runs `work` and ends the process with a clear message and code 1 when it fails. */
export async function orExplain(work) {
  try {
    return await work();
  } catch (error) {
    printError(error.code ? explainFileError(error) : error);
    process.exit(1);
  }
}

/**
 * Runs a script on the pinned Node, in this process's place. Where the running Node can replace itself (22.15
 * and newer) no launcher stays behind; an older one stays as the parent and passes signals on.
 */
export function become(script, args, nodeFlags = []) {
  // Compiled code is kept between starts; it is some tenths of a second less each time.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(stampFolder, 'compile-cache');
  const env = { ...process.env, PATH: toolPath, NODE_COMPILE_CACHE: cache };
  if (process.execve) {
    process.execve(pinnedNode, [pinnedNode, ...nodeFlags, script, ...args], env);
  }
  const child = spawn(pinnedNode, [...nodeFlags, script, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      // A terminal's Ctrl-C reaches the whole process group, the child included: passing it on would count it
      // twice.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once('error', (error) => {
    console.error(`Cannot run ${pinnedNode}: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
