import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { ConnectionLimits } from '@tutti/contracts';
import { parse } from 'yaml';
import { CliError, EXIT, type Io } from '../session/io.js';

/** A connection as a list of connections writes it. */
export interface ConnectionDocument {
  name: string;
  plugin: string;
  settings?: Record<string, unknown>;
  /** In place of the limits that its plugin declares; the hub says what is wrong with them. */
  limits?: ConnectionLimits;
  owner?: string;
  environment?: string;
}

/** Something that can be applied, in the file it was found in. */
export type Definition =
  | { file: string; kind: 'Connections'; connections: ConnectionDocument[] }
  | { file: string; kind: 'RoutingPolicy' | 'Trigger' | 'Workflow'; text: string };

/** What is applied later may name what is applied earlier. */
const ORDER: Record<Definition['kind'], number> = {
  Connections: 0,
  RoutingPolicy: 1,
  Workflow: 2,
  Trigger: 3,
};

/** The definitions of files and folders, in the order in which they are to be applied. */
export function definitionsAt(io: Io, paths: readonly string[]): Definition[] {
  return paths.flatMap((path) => definitionsOf(io, path)).sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
}

/** A file's state, or what is the matter with it. */
export function statOf(full: string, shown: string) {
  try {
    return statSync(full);
  } catch (error) {
    throw new CliError(`${shown} cannot be read (${(error as NodeJS.ErrnoException).code}).`, EXIT.usage);
  }
}

function definitionsOf(io: Io, path: string): Definition[] {
  const full = resolve(io.cwd, path);
  const folder = statOf(full, path).isDirectory();
  return (folder ? filesBelow(full) : [full]).flatMap((file) => {
    const shown = relative(io.cwd, file) || file;
    const texts = documentsOf(readFileSync(file, 'utf8'));
    const definitions = texts.flatMap((text, index) => {
      const place = texts.length === 1 ? shown : `${shown} (document ${index + 1})`;
      return definitionOf(place, text) ?? [];
    });
    if (definitions.length > 0) return definitions;
    // A folder may hold data beside its definitions; a file that was named must be one.
    if (folder) return [];
    throw new CliError(
      `${shown} is no workflow (it has no "document"), no RoutingPolicy and no Trigger (it has no "kind") and no list of connections.`,
      EXIT.usage,
    );
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) && !/node_modules/.test(entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The documents of a YAML stream; one without a line `---` is one document, as it stands. */
function documentsOf(text: string): string[] {
  const parts = text.split(/^---(?:[ \t].*)?\r?\n/m).filter((part) => /^[^#\s]/m.test(part));
  return parts.length > 1 ? parts : [text];
}

/** A text that does not parse goes by its first words: the hub then says in which line it is wrong. */
function definitionOf(file: string, text: string): Definition | null {
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'silent' });
  } catch {
    const kind = /^kind:\s*(RoutingPolicy|Trigger)\b/m.exec(text)?.[1] as
      'RoutingPolicy' | 'Trigger' | undefined;
    if (kind !== undefined) return { file, kind, text };
    return /^document:/m.test(text) ? { file, kind: 'Workflow', text } : null;
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isConnection))
    return { file, kind: 'Connections', connections: value };
  if (typeof value !== 'object' || value === null) return null;
  if ('kind' in value && (value.kind === 'RoutingPolicy' || value.kind === 'Trigger'))
    return { file, kind: value.kind, text };
  return 'document' in value && typeof value.document === 'object' ? { file, kind: 'Workflow', text } : null;
}

function isConnection(value: unknown): value is ConnectionDocument {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'plugin' in value &&
    typeof value.name === 'string' &&
    typeof value.plugin === 'string'
  );
}
