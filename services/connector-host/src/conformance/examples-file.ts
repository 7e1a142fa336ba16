import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const NAMES = ['yaml', 'yml', 'json', 'ts', 'mts', 'mjs', 'js'].map((end) => `conformance.${end}`);
const Manifest = z.object({ tutti: z.object({ conformance: z.string().optional() }).optional() });

/**
 * The examples of a plugin: the file that `tutti.conformance` in its package.json names, else the
 * `conformance.yaml`, `.json` or module beside it; none when there is no such file. A module is run as it is,
 * in this process.
 */
export async function examplesOf(folder: string): Promise<unknown> {
  const named = await namedFile(folder);
  const path = named ?? NAMES.map((name) => join(folder, name)).find(existsSync);
  if (path === undefined) return {};
  if (/\.(ya?ml|json)$/.test(path)) return parse(await readFile(path, 'utf8')) ?? {};
  return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default ?? {};
}

async function namedFile(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const named = Manifest.safeParse(JSON.parse(text)).data?.tutti?.conformance;
  return named === undefined ? undefined : resolve(folder, named);
}
