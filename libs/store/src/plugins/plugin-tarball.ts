import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';

const MEBIBYTE = 1024 * 1024;

/** The limits of one plugin package, each with its name. */
export const PLUGIN_LIMITS = {
  /** Bytes of the tarball as it is sent. */
  tarballBytesMax: 20 * MEBIBYTE,
  /** Bytes of all files together, unpacked. */
  unpackedBytesMax: 64 * MEBIBYTE,
  files: 2_000,
  /** Characters of a path inside the package. */
  pathLengthMax: 240,
  manifestBytesMax: 256 * 1024,
} as const;

/** What the host gives to a plugin; everything else has to be in the package's own files. */
const GIVEN_BY_HOST = new Set(['@tutti/plugin-sdk', 'zod']);
const PLUGIN_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;
const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
/** Semantic Versioning 2.0.0; a number has no zero before it. */
const NUMBER = '(?:0|[1-9]\\d*)';
const PRERELEASE_PART = `(?:${NUMBER}|\\d*[a-z-][0-9a-z-]*)`;
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRERELEASE_PART}(?:\\.${PRERELEASE_PART})*)?(?:\\+[0-9a-z-]+(?:\\.[0-9a-z-]+)*)?$`,
  'i',
);
/** How much of a tar archive is not in its files: a header and a padding for each, and long names. */
const ARCHIVE_BYTES_MAX = PLUGIN_LIMITS.unpackedBytesMax + PLUGIN_LIMITS.files * 4_096;
const CHUNK_BYTES = 64 * 1024;

/** A package that is not taken; the message says what to do. */
export class PluginRefused extends Error {
  override readonly name = 'PluginRefused';
}

/** One file of a package. */
export interface PluginFile {
  /** Relative to the package's folder, with `/` between the parts. */
  path: string;
  bytes: Buffer;
}

/** A package that was read and found to be in order. */
export interface PluginTarball {
  /** Name of the plugin: the package's without its scope. */
  name: string;
  version: string;
  /** Name of the package with its scope. */
  packageName: string;
  summary: string | null;
  /** Path of the module whose default export is the plugin. */
  entry: string;
  /** `sha512-<base64>` over the bytes of the tarball, as npm writes it. */
  integrity: string;
  files: PluginFile[];
}

/** `sha512-<base64>`, as npm writes it. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

/**
 * Reads an npm tarball in memory and runs nothing of it. Throws `PluginRefused` for one that breaks a limit,
 * reaches outside its folder, needs other packages, or is no plugin.
 */
export async function readPluginTarball(bytes: Buffer): Promise<PluginTarball> {
  if (bytes.length > PLUGIN_LIMITS.tarballBytesMax)
    throw new PluginRefused(`The tarball has ${bytes.length} bytes; ${limit('tarballBytesMax')}`);
  const files = await filesOf(await archiveOf(bytes));
  refuseClashes(files);
  refuseNative(files);
  return { ...manifestOf(files), integrity: integrityOf(bytes), files };
}

function limit(name: keyof typeof PLUGIN_LIMITS): string {
  return `the limit ${name} is ${PLUGIN_LIMITS[name]}.`;
}

/** The tar archive; its size is bounded before it is read, since a few bytes may become very many. */
async function archiveOf(bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: ARCHIVE_BYTES_MAX });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new PluginRefused(`The package is too large unpacked: ${limit('unpackedBytesMax')}`);
    throw noTarball(error);
  }
}

function noTarball(cause: unknown): PluginRefused {
  const why = (cause as Error).message;
  return new PluginRefused(`This is no npm tarball (${why}). Make one with "npm pack".`, { cause });
}

async function filesOf(archive: Buffer): Promise<PluginFile[]> {
  const files: PluginFile[] = [];
  let unpackedBytes = 0;
  let refusal: unknown;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      try {
        // What was refused is still read to its end, but not kept.
        if (refusal !== undefined) {
          entry.resume();
          return;
        }
        unpackedBytes += entry.size;
        if (unpackedBytes > PLUGIN_LIMITS.unpackedBytesMax)
          throw new PluginRefused(`The package is too large unpacked: ${limit('unpackedBytesMax')}`);
        collect(entry, files);
      } catch (error) {
        refusal = error;
        entry.resume();
      }
    },
  });
  // Behind its end an archive may have any number of zeros, which the parser is very slow with.
  let over = false;
  parser.on('eof', () => {
    over = true;
  });
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('end', resolve);
    parser.on('error', reject);
  });
  // A rejection that comes while bytes are written is looked at below.
  ended.catch(() => undefined);
  for (let at = 0; at < archive.length && !over && refusal === undefined; at += CHUNK_BYTES)
    parser.write(archive.subarray(at, at + CHUNK_BYTES));
  if (refusal !== undefined) throw refusal as Error;
  parser.end();
  try {
    await ended;
  } catch (error) {
    throw noTarball(error);
  }
  if (refusal !== undefined) throw refusal as Error;
  return files;
}

function collect(entry: ReadEntry, files: PluginFile[]): void {
  if (entry.type === 'Directory') {
    entry.resume();
    return;
  }
  const path = pathOf(entry);
  if (files.length >= PLUGIN_LIMITS.files)
    throw new PluginRefused(`The package has too many files: ${limit('files')}`);
  const chunks: Buffer[] = [];
  const file: PluginFile = { path, bytes: Buffer.alloc(0) };
  files.push(file);
  entry.on('data', (chunk: Buffer) => chunks.push(chunk));
  entry.on('end', () => {
    file.bytes = Buffer.concat(chunks);
  });
}

/** npm puts all files below one folder, whose name does not matter. */
function pathOf(entry: ReadEntry): string {
  const told = JSON.stringify(entry.path.slice(0, PLUGIN_LIMITS.pathLengthMax));
  if (!['File', 'OldFile', 'ContiguousFile'].includes(entry.type))
    throw new PluginRefused(`${told} is a ${entry.type}; a plugin package has plain files only.`);
  const [top, ...parts] = entry.path.split('/');
  const path = parts.join('/');
  // eslint-disable-next-line no-control-regex
  const odd = /[\\:\u0000-\u001f\u007f]/.test(entry.path);
  const strange = [top, ...parts].some((part) => part === '' || part === '.' || part === '..');
  if (odd || strange || parts.length === 0)
    throw new PluginRefused(`The path ${told} does not stay in the package's folder.`);
  if (path.length > PLUGIN_LIMITS.pathLengthMax)
    throw new PluginRefused(`The path ${told} is too long: ${limit('pathLengthMax')}`);
  return path;
}

/** Two files that are one on some file systems, and files that are folders as well. */
function refuseClashes(files: readonly PluginFile[]): void {
  const seen = new Map<string, string>();
  for (const { path } of files) {
    const key = path.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) throw new PluginRefused(`The package has ${path} twice (as ${other}).`);
    seen.set(key, path);
  }
  for (const key of seen.keys()) {
    for (let at = key.indexOf('/'); at > 0; at = key.indexOf('/', at + 1)) {
      const file = seen.get(key.slice(0, at));
      if (file !== undefined) throw new PluginRefused(`The package has ${file} as a file and as a folder.`);
    }
  }
}

function refuseNative(files: readonly PluginFile[]): void {
  for (const { path } of files) {
    if (path.endsWith('.node') || /(^|\/)binding\.gyp$/.test(path))
      throw new PluginRefused(
        `The package has native code (${path}), which cannot be isolated. Use what is plain JavaScript.`,
      );
    if (/(^|\/)node_modules\//.test(path))
      throw new PluginRefused(
        `The package has a folder node_modules (${path}). Bundle what the plugin needs into its own files.`,
      );
  }
}

interface Manifest {
  name?: unknown;
  version?: unknown;
  description?: unknown;
  tutti?: { plugin?: unknown };
}

function manifestOf(files: readonly PluginFile[]): Omit<PluginTarball, 'files' | 'integrity'> {
  const manifest = parseManifest(files);
  const { name: packageName, version, description } = manifest;
  if (typeof packageName !== 'string' || packageName.length > 214 || !PACKAGE_NAME.test(packageName))
    throw new PluginRefused('The package.json has no valid "name".');
  const name = packageName.replace(/^@[^/]+\//, '');
  if (!PLUGIN_NAME.test(name) || name.length > 64)
    throw new PluginRefused(
      `The package is called "${packageName}"; without its scope a plugin is <kind>-<vendor>, such as "crm-acme".`,
    );
  if (typeof version !== 'string' || version.length > 128 || !VERSION.test(version))
    throw new PluginRefused(`The package.json of ${packageName} has no semantic "version".`);
  refuseDependencies(manifest as Record<string, unknown>, packageName);
  const entry = entryOf(manifest, files);
  return {
    name,
    version,
    packageName,
    summary: typeof description === 'string' ? description.slice(0, 500) : null,
    entry,
  };
}

function parseManifest(files: readonly PluginFile[]): Manifest {
  const file = files.find(({ path }) => path === 'package.json');
  if (file === undefined) throw new PluginRefused('The package has no package.json.');
  if (file.bytes.length > PLUGIN_LIMITS.manifestBytesMax)
    throw new PluginRefused(`The package.json is too large: ${limit('manifestBytesMax')}`);
  try {
    const manifest: unknown = JSON.parse(file.bytes.toString('utf8'));
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest;
  } catch {
    // Told below.
  }
  throw new PluginRefused('The package.json is not a JSON object.');
}

function refuseDependencies(manifest: Record<string, unknown>, packageName: string): void {
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
    const named = Object.keys((manifest[kind] ?? {}) as object).filter((name) => !GIVEN_BY_HOST.has(name));
    if (named.length > 0)
      throw new PluginRefused(
        `${packageName} has ${kind}: ${named.slice(0, 10).join(', ')}. Nothing is installed for a plugin: bundle ` +
          'them into its own files (for example with "esbuild --bundle --platform=node --format=esm ' +
          '--external:@tutti/plugin-sdk --external:zod") and name them in devDependencies.',
      );
  }
}

function entryOf({ tutti, name }: Manifest, files: readonly PluginFile[]): string {
  const told = tutti?.plugin;
  if (typeof told !== 'string')
    throw new PluginRefused(
      `${String(name)} does not say that it is a plugin: add "tutti": {"plugin": "./dist/index.js"} to its package.json.`,
    );
  const entry = told.replace(/^\.\//, '');
  if (!files.some(({ path }) => path === entry))
    throw new PluginRefused(`The module "${told}" that package.json names is not in the package.`);
  return entry;
}
