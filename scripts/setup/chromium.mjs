import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { lastLines, runChild } from './run-child.mjs';

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing or not executable: the next path is tried.
    return false;
  }
}

function isDebianRoot() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** The browser for the browser tests, or null. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return isExecutable(named) ? named : null;
  return usualPaths.find(isExecutable) ?? null;
}

/**
 * Finds Chromium, and installs it where that is possible without asking anyone (Debian, as root). Resolves
 * with its path, or with what the person has to do.
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return { path: found };
  const remedy =
    'Install Chromium (Debian: apt-get install chromium), or name an installed one with CHROMIUM_PATH.';
  if (process.env.CHROMIUM_PATH || !isDebianRoot()) return { path: null, remedy };
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await runChild('apt-get', ['update', '-q'], { env });
  const flags = ['install', '-y', '-q', '--no-install-recommends'];
  const packages = ['chromium', 'fonts-liberation'];
  const result = update.code === 0 ? await runChild('apt-get', [...flags, ...packages], { env }) : update;
  if (result.code !== 0)
    return { path: null, remedy: `${remedy} apt-get said:\n${lastLines(result.output, 8)}` };
  return { path: findChromium(), remedy };
}
