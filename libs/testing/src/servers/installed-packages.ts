import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparedOnce, run } from './prepared.js';

/**
 * A copy of a folder with a `package-lock.json` (npm) or a `requirements.txt` (pip, then with a virtual
 * environment in `venv`), and with those packages installed: once per machine, and again when a file of it
 * changes. For systems of others that tests run, and that nobody else needs.
 */
export function installedPackages(name: string, folder: string): Promise<string> {
  const files = readdirSync(folder).sort();
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
  return preparedOnce(`${name}-${hash.digest('hex').slice(0, 16)}`, async (into) => {
    cpSync(folder, into, { recursive: true });
    await (files.includes('requirements.txt') ? installPython(into) : installNode(into));
  });
}

async function installNode(folder: string): Promise<void> {
  // Not `ci`: it refuses lock files that lack packages of other platforms, as registries may do.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', { args, folder });
}

async function installPython(folder: string): Promise<void> {
  await run('python3', { args: ['-m', 'venv', 'venv'], folder });
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'];
  await run(join(folder, 'venv/bin/python'), { args, folder });
}
