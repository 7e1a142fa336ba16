import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HubProcess } from './hub-process.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');
const TUTTI = join(ROOT, 'services', 'cli', 'bin', 'tutti.mjs');

/** Somebody who writes a connector in a folder of its own, beside a hub. */
export class PluginAuthor {
  constructor(
    private readonly folder: string,
    private readonly hub: HubProcess,
  ) {}

  /** One command of the command line; throws with what it said when it fails. */
  tutti(...args: string[]): string {
    return this.run(process.execPath, [
      TUTTI,
      ...args,
      '--api-url',
      this.hub.api,
      '--data-dir',
      this.hub.dataDir,
    ]);
  }

  npm(...args: string[]): string {
    return this.run('npm', args);
  }

  /** Packages that npm would fetch are taken from the hub's own folder: tests have no network. */
  withoutNetwork(): void {
    const file = join(this.folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { devDependencies: Record<string, string> };
    for (const name of ['typescript', 'zod'])
      manifest.devDependencies[name] = `file:${join(ROOT, 'node_modules', name)}`;
    writeFileSync(file, JSON.stringify(manifest));
  }

  private run(command: string, args: readonly string[]): string {
    const { PATH = '', HOME = '' } = process.env;
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { PATH: `${dirname(process.execPath)}:${PATH}`, HOME },
    });
    if (status === 0) return stdout;
    throw new Error(
      `${command} ${args.join(' ')}: ${error?.message ?? `code ${status}`}\n${stdout}\n${stderr}`,
    );
  }
}
