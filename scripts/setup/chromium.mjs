import { accessSync, constants } from 'node:fs';
import { installOnDebian } from './debian.mjs';

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
  if (process.env.CHROMIUM_PATH) return { path: null, remedy };
  const failure = await installOnDebian(['chromium', 'fonts-liberation']);
  return failure === null ? { path: findChromium(), remedy } : { path: null, remedy: `${remedy} ${failure}` };
}
