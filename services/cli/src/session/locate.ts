import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, EXIT, type Io } from './io.js';

const DEFAULT_API_URL = 'http://127.0.0.1:4000';

/** The clone's top folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

export interface Flags {
  apiUrl?: string;
  dataDir?: string;
}

/** The data folder: as told, else `.tutti` here, else the one of the clone. */
export function dataDirOf(io: Io, flags: Flags): string {
  const told = flags.dataDir ?? io.env.TUTTI_DATA_DIR;
  if (told) return resolve(io.cwd, told);
  const here = resolve(io.cwd, '.tutti');
  return existsSync(here) ? here : join(ROOT, '.tutti');
}

/** The API: as told, else where the running hub says it is, else the default port. */
export function apiUrlOf(io: Io, flags: Flags): string {
  const told = flags.apiUrl ?? io.env.TUTTI_API_URL;
  if (told) return checkedUrl(told);
  return hubFileOf(dataDirOf(io, flags))?.urls.api ?? DEFAULT_API_URL;
}

/** The token: TUTTI_TOKEN, else the admin token of the data folder. */
export function tokenOf(io: Io, flags: Flags): string {
  if (io.env.TUTTI_TOKEN) return io.env.TUTTI_TOKEN.trim();
  const file = join(dataDirOf(io, flags), 'admin-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CliError(
      `There is no token: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}). ` +
        'Start the hub with "npx tutti up", name its data folder with --data-dir, or set TUTTI_TOKEN.',
    );
  }
}

export interface HubFile {
  pid: number;
  version: string;
  urls: { api: string; dashboard: string | null; otlp: string; otlpGrpc: string };
  /** Whether calls reach no private addresses; absent: a hub from before there was the setting. */
  blockPrivateAddresses?: boolean;
}

/** What the hub of a data folder wrote about itself at its last start. */
export function hubFileOf(dataDir: string): HubFile | null {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'hub.json'), 'utf8')) as HubFile;
  } catch {
    return null;
  }
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new CliError(`"${text}" is not the URL of an API; write it like ${DEFAULT_API_URL}.`, EXIT.usage);
}
