import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { GivenKeys } from '@tutti/store';

type Environment = Readonly<Record<string, string | undefined>>;

const KEY = /^[0-9a-f]{64}$/i;
const COMMAND_MS_MAX = 30_000;
const OUTPUT_BYTES_MAX = 64 * 1024;
const STDERR_LENGTH_MAX = 500;

/** The master keys that the environment gives, and what is wrong with them: one line each. */
export interface EnvironmentKeys extends Omit<GivenKeys, 'masterKey'> {
  /** Absent: none is given. */
  masterKey?: string | undefined;
}

/**
 * Reads `TUTTI_MASTER_KEY` and `TUTTI_MASTER_KEY_PREVIOUS`, each from one of a variable, a file (`_FILE`) and
 * a command (`_COMMAND`), which is run once and without a shell. Problems are one line each, without a key.
 */
export function readMasterKeys(environment: Environment): { keys: EnvironmentKeys; problems: string[] } {
  const problems: string[] = [];
  const read = (name: string) => readKey(environment, name, problems);
  const masterKey = read('TUTTI_MASTER_KEY');
  const previousKey = read('TUTTI_MASTER_KEY_PREVIOUS');
  const lostKeyId = environment.TUTTI_MASTER_KEY_LOST || undefined;
  if (masterKey !== undefined && masterKey === previousKey)
    problems.push('TUTTI_MASTER_KEY_PREVIOUS is the same key as TUTTI_MASTER_KEY: leave it out.');
  return { keys: { masterKey, previousKey, lostKeyId }, problems };
}

function readKey(environment: Environment, name: string, problems: string[]): string | undefined {
  const given = [name, `${name}_FILE`, `${name}_COMMAND`].filter((one) => environment[one]);
  if (given.length > 1)
    problems.push(`${given.join(' and ')} are ${given.length === 2 ? 'both' : 'all'} set: keep one of them.`);
  const [source] = given;
  if (source === undefined || given.length > 1) return undefined;
  const value = environment[source] as string;
  try {
    const key = keyOf(source, value).trim().toLowerCase();
    if (KEY.test(key)) return key;
    const where = source === name ? '' : ` (of ${source})`;
    problems.push(`${name}${where} must have 64 hex digits: make one with \`openssl rand -hex 32\`.`);
  } catch (error) {
    problems.push((error as Error).message);
  }
  return undefined;
}

function keyOf(source: string, value: string): string {
  if (source.endsWith('_COMMAND')) return outputOf(source, value);
  return source.endsWith('_FILE') ? contentOf(source, value) : value;
}

function contentOf(source: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${source} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

/** What a command prints. What it prints besides is told when it fails, its output never. */
function outputOf(source: string, command: string): string {
  const [file, ...args] = wordsOf(source, command);
  try {
    return execFileSync(file as string, args, {
      timeout: COMMAND_MS_MAX,
      maxBuffer: OUTPUT_BYTES_MAX,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
    });
  } catch (error) {
    // The error itself holds the output.
    throw new Error(`${source} ${failureOf(error as CommandError)}`);
  }
}

interface CommandError {
  code?: string;
  status?: number | null;
  signal?: string | null;
  stderr?: string | null;
}

function failureOf({ code, status, signal, stderr }: CommandError): string {
  if (code === 'ETIMEDOUT') return `gave no key within ${COMMAND_MS_MAX / 1_000} s.`;
  if (code === 'ENOBUFS') return 'printed more than a key.';
  if (code !== undefined && status == null && !signal) return `cannot be started: ${code}.`;
  const said = (stderr ?? '').trim().slice(-STDERR_LENGTH_MAX);
  const how = signal ? `was ended by ${signal}` : `failed with exit code ${status ?? code}`;
  return `${how}${said === '' ? '.' : `: ${said}`}`;
}

/** Words with blanks between them, or a JSON array of texts where a word has blanks in it. */
function wordsOf(source: string, command: string): string[] {
  const text = command.trim();
  if (!text.startsWith('[')) return text.split(/\s+/);
  try {
    const words = JSON.parse(text) as unknown;
    if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string'))
      return words as string[];
  } catch {
    // Told below.
  }
  throw new Error(`${source} is no JSON array of texts: write ["program", "argument with blanks"].`);
}
