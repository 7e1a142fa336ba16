import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's top folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Stamps live in node_modules, so that whoever deletes node_modules deletes what the stamps say about it. */
export const stampFolder = join(root, 'node_modules', '.tutti');

/** The lock lives outside node_modules, because `npm ci` empties that folder. */
export const lockFile = join(root, '.tutti-setup.lock');

/** The entry of the hub itself. */
/**
 * Node's flags for the hub: a small young generation costs a tenth of the garbage collector's time, which is
 * little here, and saves about 100 MiB.
 */
export const hubNodeFlags = ['--max-semi-space-size=8'];
export const hubEntry = join(root, 'services', 'standalone', 'dist', 'main.js');
