import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's top folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Stamps live in node_modules, so that whoever deletes node_modules deletes what the stamps say about it. */
export const stampFolder = join(root, 'node_modules', '.tutti');

/** The lock lives outside node_modules, because `npm ci` empties that folder. */
export const lockFile = join(root, '.tutti-setup.lock');

/**
 * Node's flags for the hub. 66 MiB of its heap are alive under load; left alone, V8 lets it grow to four
 * times that and keeps a young generation of 50 MiB. With these the hub stays under 400 MiB at the same
 * speed.
 */
export const hubNodeFlags = ['--max-semi-space-size=8', '--heap-growing-percent=200'];

/**
 * The same for a process that is one role: most of what it handles lives for one batch, and with a young
 * generation that holds it, collecting costs a tenth less processor time, for up to 48 MiB more.
 */
export const serviceNodeFlags = ['--max-semi-space-size=32', '--heap-growing-percent=200'];

/** The entry of the hub itself. */
export const hubEntry = join(root, 'services', 'standalone', 'dist', 'main.js');

/** The entry of a process that is one role of the distributed hub. */
export const serviceEntry = join(root, 'services', 'standalone', 'dist', 'service.js');
