import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../limits.js';
import type { Guards } from './guards.js';

const SOURCE = import.meta.url.endsWith('.ts');
const HERE = dirname(fileURLToPath(import.meta.url));
/** In tests, which run from sources, Node reads the TypeScript itself. */
const ENTRY = join(HERE, `child.${SOURCE ? 'ts' : 'js'}`);

/** A plugin to be started: its module as a file URL, and the folder that it may read. */
export interface Launch {
  module: string;
  folder: string;
}

/** Starts the process of a plugin: empty environment, a group and session of its own, the pipe as file 3. */
export function launch(of: Launch, guards: Guards): ChildProcess {
  const folder = realpathSync(of.folder);
  const own = ownFolders();
  const readable = [folder, ...own, ...own.map(linkOf)];
  const strange = readable.find((path) => /[*,]/.test(path));
  if (strange !== undefined)
    throw new Error(`The folder ${strange} cannot be made readable for a plugin: its name has a "*" or ",".`);
  const command = [
    ...guards.wrap,
    process.execPath,
    ...GUARDS_OF_NODE,
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...(SOURCE ? ['--conditions=@tutti/source'] : []),
    ENTRY,
    of.module,
    folder,
    ...own,
  ];
  const [file, ...given] = command as [string, ...string[]];
  return spawn(file, given, {
    cwd: folder,
    env: {},
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

const GUARDS_OF_NODE = [
  '--permission',
  '--frozen-intrinsics',
  '--disallow-code-generation-from-strings',
  '--disable-proto=delete',
  '--disable-sigusr1',
  '--no-addons',
  '--no-warnings',
  `--max-old-space-size=${LIMITS.pluginHeapMbMax}`,
];

/** The host's own code that the process loads: this folder, and the packages that every plugin is given. */
function ownFolders(): string[] {
  const sdk = packageFolder('@tutti/plugin-sdk', HERE);
  const contracts = packageFolder('@tutti/contracts', sdk);
  return [HERE, join(HERE, '../validation'), sdk, contracts, packageFolder('zod', HERE)];
}

/** As `import` finds it: the nearest node_modules that has it. */
function packageFolder(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) {
      const real = realpathSync(candidate);
      LINKS.set(real, candidate);
      return real;
    }
    if (folder === dirname(folder)) throw new Error(`The package ${name} is not installed.`);
  }
}

/** Packages of this repository are found by a link, which is read too. */
const LINKS = new Map<string, string>();

function linkOf(folder: string): string {
  return LINKS.get(folder) ?? folder;
}
