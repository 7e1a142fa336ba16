import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { CliError } from '../session/io.js';
import { ROOT } from '../session/locate.js';
import { inTemporaryFolder } from './plugin-archives.js';

interface Manifest {
  version: string;
  exports: Record<string, Record<string, string>>;
  dependencies?: Record<string, string>;
}

/** It is on no registry either. */
const OF_HUB = '@tutti/contracts';
const SDK = join(ROOT, 'libs', 'plugin-sdk');
const CONTRACTS = join(ROOT, 'libs', 'contracts');

/** Versions that a new plugin is made with: those of this hub. */
export function sdkVersions(): { sdkVersion: string; zodVersion: string; typescriptVersion: string } {
  const { version, dependencies } = manifestOf(SDK);
  const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return {
    sdkVersion: version,
    zodVersion: dependencies?.['zod'] as string,
    typescriptVersion: root.devDependencies['typescript'] as string,
  };
}

/**
 * The SDK of this hub as an npm package: it is on no registry. The hub's contracts and everything else that
 * it needs are bundled into it, and zod is the plugin's own.
 */
export function writeSdkPackage(file: string): void {
  if (!existsSync(join(SDK, 'dist', 'index.js')))
    throw new CliError(`The SDK of this hub is not built: run "npm run build" in ${ROOT}.`);
  inTemporaryFolder((folder) => {
    const target = join(folder, 'package');
    const { version, exports, dependencies } = manifestOf(SDK);
    const { zod, [OF_HUB]: _own, ...others } = dependencies ?? {};
    copyBuilt(SDK, target, {
      name: '@tutti/plugin-sdk',
      version,
      license: 'Apache-2.0',
      type: 'module',
      exports: publicExports(exports),
      dependencies: { [OF_HUB]: version, ...others },
      bundleDependencies: [OF_HUB, ...Object.keys(others)],
      peerDependencies: { zod: `^${zod}` },
    });
    const contracts = manifestOf(CONTRACTS);
    for (const name of Object.keys(others)) copyPackage(name, target);
    copyBuilt(CONTRACTS, join(target, 'node_modules', OF_HUB), {
      name: OF_HUB,
      version: contracts.version,
      license: 'Apache-2.0',
      type: 'module',
      exports: publicExports(contracts.exports),
    });
    create({ file, cwd: folder, gzip: true, portable: true, sync: true }, ['package']);
  });
}

/** A package of a registry, as it is installed here, with what it needs. */
function copyPackage(name: string, target: string): void {
  const from = [SDK, ROOT]
    .map((folder) => join(folder, 'node_modules', name))
    .find((path) => existsSync(path));
  if (from === undefined)
    throw new CliError(`The package ${name} is not installed: run "npm ci" in ${ROOT}.`);
  const to = join(target, 'node_modules', name);
  cpSync(from, to, { recursive: true, dereference: true, filter: (path) => !path.endsWith('.map') });
  for (const needed of Object.keys(manifestOf(from).dependencies ?? {}))
    if (!existsSync(join(target, 'node_modules', needed))) copyPackage(needed, target);
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Without the sources, which are not in the package. */
function publicExports(exports: Manifest['exports']): Manifest['exports'] {
  return Object.fromEntries(
    Object.entries(exports).map(([path, { types, default: module }]) => [
      path,
      { types: types as string, default: module as string },
    ]),
  );
}

function copyBuilt(from: string, to: string, manifest: object): void {
  mkdirSync(to, { recursive: true });
  cpSync(join(from, 'dist'), join(to, 'dist'), {
    recursive: true,
    filter: (path) => !/\.map$|\.tsbuildinfo$/.test(path),
  });
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
