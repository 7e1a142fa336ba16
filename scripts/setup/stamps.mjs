import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainFileError } from './setup-error.mjs';
import { root, stampFolder } from './paths.mjs';

const skippedFolders = new Set(['node_modules', 'dist', '.next', '.nx', '.git', 'coverage', 'test-results']);

const testFile = /\.(spec|e2e)\.[cm]?tsx?$/;

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) yield* filesUnder(path);
    } else if (entry.isFile() && !testFile.test(entry.name)) {
      yield path;
    }
  }
}

/**
 * A fingerprint of paths, sizes and times, not of contents: it reads no file, so that a start that has
 * nothing to build does not pay for finding that out. Tests are not part of any build.
 */
export function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths
    .map((name) => join(root, name))
    .filter((name) => existsSync(name))
    .sort()) {
    const files = statSync(path).isDirectory() ? [...filesUnder(path)].sort() : [path];
    for (const file of files) {
      const { mtimeMs, size } = statSync(file);
      hash.update(`${file}\0${mtimeMs}\0${size}\n`);
    }
  }
  return hash.digest('hex');
}

/** The hash of one file's content. */
export function contentHash(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Whether the named stamp says exactly this. */
export function stampSays(name, value) {
  const path = join(stampFolder, name);
  return existsSync(path) && readFileSync(path, 'utf8') === value;
}

/** Writes a stamp: always the last act of its step, so that a half-done step is done again. */
export function writeStamp(name, value) {
  const path = join(stampFolder, name);
  try {
    mkdirSync(stampFolder, { recursive: true });
    writeFileSync(path, value);
  } catch (error) {
    throw explainFileError(error, path);
  }
}
