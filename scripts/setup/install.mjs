import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { checkNpm, checkSpace, pinnedNodePath } from './platform.mjs';
import { lastLines, runChild } from './run-child.mjs';
import { contentHash, stampSays, writeStamp } from './stamps.mjs';
import { root } from './paths.mjs';

const installMiB = 2_000;

/** The Node that comes with the packages; everything but the set-up itself runs on it. */
export const pinnedNode = join(root, 'node_modules', pinnedNodePath ?? 'none');

/** npm as a command and its first arguments, whatever way this process was started. */
export function npmCommand(node = process.execPath) {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js') ? [node, [npm]] : ['npm', []];
}

function lockHash() {
  return `${contentHash(join(root, 'package-lock.json'))} ${process.platform}-${process.arch}`;
}

const readLock = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * Whether npm itself left exactly what the lock file says, installed by hand: npm writes its own list last.
 * Packages for other platforms may be missing. Spares a person who ran `npm ci` a second one, which would
 * empty node_modules first.
 */
export function holdsLocked(lockFile, npmsList) {
  if (!existsSync(npmsList)) return false;
  const [wanted, found] = [readLock(lockFile), readLock(npmsList)];
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (!path.includes('node_modules/') || link) return true;
    return found[path] ? found[path].version === version : optional === true;
  });
}

/** Whether node_modules holds what the lock file says. */
export function isInstalled() {
  if (!existsSync(pinnedNode)) return false;
  if (stampSays('installed', lockHash())) return true;
  return holdsLocked(join(root, 'package-lock.json'), join(root, 'node_modules', '.package-lock.json'));
}

// The first entry that matches decides, so the more exact ones stand first.
const causes = [
  [
    /ENOSPC|no space left/i,
    'The disk is full.',
    'Free about 2 GB and start again; the install begins anew by itself.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/,
    'The npm registry cannot be reached.',
    'Check the network, `npm config get registry` and, behind a proxy, HTTPS_PROXY; then start again. ' +
      'Only the first start, and the one after an update, needs the network.',
  ],
  [
    /E401|E403/,
    'The npm registry refused the request.',
    'Check `npm config get registry` and the sign-in for it.',
  ],
  [/EINTEGRITY/, 'A package does not match its checksum.', 'Run `npm cache verify`, then start again.'],
  [
    /EUSAGE|Missing: .* from lock file/,
    'package.json and package-lock.json do not fit together.',
    'Take both from the same commit: `git status`, then `git checkout package.json package-lock.json`.',
  ],
  [
    /EROFS|EACCES|EPERM/,
    'npm may not write to one of its folders (the path is above).',
    'Give yourself the right to it (chown -R "$USER" <folder>); npm\'s cache is in `npm config get cache`.',
  ],
];

/** What npm's output says about why it failed, with the remedy. */
export function explainInstallFailure(output) {
  const details = lastLines(output, 25);
  const found = causes.find(([pattern]) => pattern.test(output));
  return new SetupError(`Installing the packages failed. ${found?.[1] ?? "npm's own message is above."}`, {
    details,
    remedy: found?.[2] ?? 'Read the message above; `npm ci` in this folder repeats the step by itself.',
  });
}

/** Installs exactly what the lock file says. No install script is run: no package here needs one. */
export async function install() {
  checkNpm();
  checkSpace(installMiB, 'Installing');
  const [command, args] = npmCommand();
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const { code, output } = await runChild(command, [...args, ...flags], {
    cwd: root,
    env: { npm_config_engine_strict: 'false' },
  });
  if (code !== 0) throw explainInstallFailure(output);
  if (!existsSync(pinnedNode)) {
    throw new SetupError(`npm left out the optional package that holds ${pinnedNodePath}.`, {
      remedy: 'Check `npm config get omit` (it must not contain "optional"), then start again.',
    });
  }
  writeStamp('installed', lockHash());
}
