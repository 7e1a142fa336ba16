import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from './lock.mjs';
import { lastLines, runChild } from './run-child.mjs';

function isDebianRoot() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

async function install(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await runChild('apt-get', ['update', '-q'], { env });
  if (update.code !== 0) return update;
  const flags = ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  return runChild('apt-get', [...flags, ...packages], { env });
}

// Within this process one after the other, since the lock below knows processes only.
let last = Promise.resolve();

/**
 * Installs packages where that is possible without asking anyone (Debian, as root). Resolves with null, or
 * with what apt-get said, which is nothing where it was not called.
 */
export function installOnDebian(packages) {
  const mine = last.then(async () => {
    if (!isDebianRoot()) return '';
    const release = await takeLock(join(tmpdir(), 'tutti-apt.lock'));
    try {
      const { code, output } = await install(packages);
      return code === 0 ? null : `apt-get said:\n${lastLines(output, 8)}`;
    } finally {
      release();
    }
  });
  last = mine.catch(() => undefined);
  return mine;
}
