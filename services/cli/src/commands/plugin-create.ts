import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CONTRACT_VERSION, PLUGIN_KINDS } from '@tutti/plugin-sdk';
import { CliError, EXIT } from '../session/io.js';
import { ROOT } from '../session/locate.js';
import type { Session } from '../session/session.js';
import { sdkVersions, writeSdkPackage } from './sdk-package.js';

const TEMPLATES = join(ROOT, 'services', 'cli', 'templates', 'plugin');
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;

export interface PluginCreateOptions {
  kind?: string;
  dir?: string;
  sdkOnly?: boolean;
}

/** `tutti plugin create NAME`: the folder of a connector that builds, passes its tests and installs. */
export function createPlugin(session: Session, given: string, options: PluginCreateOptions): void {
  if (options.sdkOnly === true) return renewSdk(session, session.path(options.dir ?? '.'));
  const { name, kind } = named(given, options.kind);
  const folder = session.path(options.dir ?? name);
  if (isInUse(folder))
    throw new CliError(`${folder} is there and not empty: name another with --dir.`, EXIT.usage);
  const versions = sdkVersions();
  const sdkFile = sdkFileOf(versions.sdkVersion);
  const vendor = name.slice(kind.length + 1);
  const values = {
    name,
    kind,
    vendor,
    noun: `${vendor}-contact`,
    contract: CONTRACT_VERSION,
    sdkFile,
    ...versions,
  };
  // First, because it is what may fail.
  writeSdk(folder, sdkFile);
  const files = readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.tmpl'),
  );
  for (const path of files) {
    const target = join(folder, path.slice(0, -'.tmpl'.length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, filled(readFileSync(join(TEMPLATES, path), 'utf8'), values));
  }
  const there = relative(session.io.cwd, folder) || '.';
  session.print(
    { name, kind, folder },
    () => `${name} is in ${there}. Next: cd ${there} && npm install && npm test\n`,
  );
}

function named(given: string, kind: string | undefined): { name: string; kind: string } {
  const known: readonly string[] = PLUGIN_KINDS;
  const first = given.split('-')[0] ?? '';
  const chosen = kind ?? (known.includes(first) ? first : undefined);
  if (chosen === undefined || !known.includes(chosen))
    throw new CliError(
      `Say what kind of connector it is, with --kind or in the name (crm-acme): ${known.join(', ')}.`,
      EXIT.usage,
    );
  const name = first === chosen ? given : `${chosen}-${given}`;
  if (NAME.test(name)) return { name, kind: chosen };
  throw new CliError(
    `"${given}" is no name of a plugin: write <kind>-<vendor> in lower case, such as crm-acme.`,
    EXIT.usage,
  );
}

function isInUse(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new CliError(`${folder} is no folder (${(error as NodeJS.ErrnoException).code}).`, EXIT.usage);
  }
}

function sdkFileOf(version: string): string {
  return `vendor/tutti-plugin-sdk-${version}.tgz`;
}

function writeSdk(folder: string, sdkFile: string): void {
  mkdirSync(join(folder, dirname(sdkFile)), { recursive: true });
  writeSdkPackage(join(folder, sdkFile));
}

/** Puts the SDK of this hub in the place of an older one. */
function renewSdk(session: Session, folder: string): void {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    devDependencies?: Record<string, string>;
  };
  const { sdkVersion } = sdkVersions();
  const sdkFile = sdkFileOf(sdkVersion);
  writeSdk(folder, sdkFile);
  manifest.devDependencies = { ...manifest.devDependencies, '@tutti/plugin-sdk': `file:${sdkFile}` };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  session.print(
    { folder, sdkVersion, sdkFile },
    () => `${sdkFile} is the SDK ${sdkVersion}. Next: npm install\n`,
  );
}

/** Every `{{name}}` by its value. Throws for one that has none, which is a defect of the template. */
function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_mark, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The template has {{${name}}}, for which there is no value.`);
    return String(value);
  });
}
