import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError, EXIT, type Io } from '../session/io.js';

/** `namespace/name`, as a workflow is named on the command line. */
export function splitName(text: string): { namespace: string; name: string } {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0)
    throw new CliError(`"${text}" does not name a workflow; write NAMESPACE/NAME.`, EXIT.usage);
  return { namespace, name };
}

/** `key=value`; the value may hold further equals signs. */
export function splitPair(text: string, option: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`${option} wants KEY=VALUE; "${text}" is not.`, EXIT.usage);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** JSON on the command line: as it is, `@file`, or `-` for standard input. */
export async function readJson(io: Io, text: string, option: string): Promise<unknown> {
  const source = text === '-' ? await io.stdin() : text.startsWith('@') ? readText(io, text.slice(1)) : text;
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    throw new CliError(`${option} is not JSON: ${(error as Error).message}`, EXIT.usage);
  }
}

export function readText(io: Io, path: string): string {
  return readBytes(io, path).toString('utf8');
}

export function readBytes(io: Io, path: string): Buffer {
  try {
    return readFileSync(resolve(io.cwd, path));
  } catch (error) {
    throw new CliError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, EXIT.usage);
  }
}

/** A number of an option. */
export function numberOf(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new CliError(`${option} wants a number; "${text}" is none.`, EXIT.usage);
  return value;
}

/** Only the properties that are there: an absent option must not become an empty parameter. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
