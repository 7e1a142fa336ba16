import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnDebian } from '../../../scripts/setup/debian.mjs';
import { withProcessLock } from './process-lock.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Exact, as everything that is installed. */
const PACKAGE = 'kafka-python==3.0.12';
const CACHE = join(ROOT, 'node_modules', '.cache', 'tutti');
const VENV = join(CACHE, PACKAGE.replace('==', '-'));
const SCRIPT = join(ROOT, 'libs', 'testing', 'src', 'foreign-kafka.py');
const CONSUME_MS = 30_000;

/** A record for a client that is not ours; text is UTF-8. */
export interface ForeignRecord {
  key?: string | null;
  value: string | Uint8Array | null;
  headers?: Record<string, string>;
  partition?: number;
}

/** A record as that client read it. Headers of one name come in their order. */
export interface ForeignRecordRead {
  partition: number;
  offset: number;
  key: string | null;
  headers: Record<string, string>;
  value: Buffer | null;
}

/** A Kafka client in Python that knows nothing of the hub. */
export interface ForeignKafka {
  produce(topic: string, records: readonly ForeignRecord[]): Promise<{ partition: number; offset: number }[]>;
  /**
   * The first `count` records of a topic, in the order of each partition; fewer when they do not come in
   * time.
   */
  consume(topic: string, of: { count: number; timeoutMs?: number }): Promise<ForeignRecordRead[]>;
}

/**
 * The client in Python (kafka-python, which implements the protocol by itself). It is installed once, into
 * node_modules/.cache; Debian's root gets Python's venv too. Throws with what is to be installed.
 */
export async function foreignKafka(bootstrap: string): Promise<ForeignKafka> {
  const python = await pythonWithKafka();
  const ask = async <T>(request: object): Promise<T> => {
    const input = JSON.stringify({ bootstrap: bootstrap.split(','), ...request });
    return JSON.parse(await output(python, [SCRIPT], input)) as T;
  };
  return {
    produce: (topic, records) => ask({ do: 'produce', topic, records: records.map(encoded) }),
    consume: async (topic, { count, timeoutMs = CONSUME_MS }) =>
      (await ask<EncodedRecord[]>({ do: 'consume', topic, count, timeoutMs })).map(decoded),
  };
}

/**
 * Runs kcat, the usual command line for Kafka, and answers what it printed. Debian's root gets it installed.
 */
export async function kcat(args: readonly string[], input = ''): Promise<string> {
  const path = await kcatPath();
  return output(path, args, input);
}

let kcatFound: Promise<string> | undefined;

function kcatPath(): Promise<string> {
  kcatFound ??= locked('kcat', async () => {
    for (const name of ['kcat', 'kafkacat']) if (await runs(name, ['-V'])) return name;
    const failure = await installOnDebian(['kcat']);
    if (await runs('kcat', ['-V'])) return 'kcat';
    throw new Error(`The tests need kcat. Install it (Debian: apt-get install kcat). ${failure ?? ''}`);
  });
  return kcatFound;
}

let pythonFound: Promise<string> | undefined;

function pythonWithKafka(): Promise<string> {
  pythonFound ??= locked('python', async () => {
    const python = join(VENV, 'bin', 'python');
    const done = join(VENV, 'installed');
    if (existsSync(done)) return python;
    await makeVenv();
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE];
    await output(python, pip).catch((error: unknown) => {
      throw new Error(`${PACKAGE} could not be installed from PyPI: ${(error as Error).message}`);
    });
    writeFileSync(done, '');
    return python;
  });
  return pythonFound;
}

/** A folder that was left half-made is made again. */
async function makeVenv(): Promise<void> {
  rmSync(VENV, { recursive: true, force: true });
  if (await runs('python3', ['-m', 'venv', VENV])) return;
  const failure = await installOnDebian(['python3', 'python3-venv']);
  rmSync(VENV, { recursive: true, force: true });
  if (await runs('python3', ['-m', 'venv', VENV])) return;
  throw new Error(
    `The tests need Python with venv. Install it (Debian: apt-get install python3-venv). ${failure ?? ''}`,
  );
}

function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(CACHE, { recursive: true });
  return withProcessLock(join(CACHE, `${name}.lock`), work);
}

async function runs(command: string, args: readonly string[]): Promise<boolean> {
  return output(command, args).then(
    () => true,
    // Missing or not usable is the answer.
    () => false,
  );
}

function output(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const texts = { out: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.error += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(texts.out);
      else reject(new Error(`${command} ended with ${code}: ${texts.error.slice(-2_000)}`));
    });
    // It may end before it has read everything; its exit code says why.
    child.stdin.on('error', () => undefined).end(input);
  });
}

interface EncodedRecord {
  partition: number;
  offset: number;
  key: string | null;
  headers: [string, string][];
  value: string | null;
}

function encoded({ key, value, headers = {}, partition }: ForeignRecord): object {
  return {
    key: base64(key),
    value: base64(value),
    headers: Object.entries(headers).map(([name, text]) => [name, base64(text)]),
    ...(partition === undefined ? {} : { partition }),
  };
}

function base64(value: string | Uint8Array | null | undefined): string | null {
  return value === null || value === undefined ? null : Buffer.from(value as string).toString('base64');
}

function decoded({ key, value, headers, partition, offset }: EncodedRecord): ForeignRecordRead {
  const text = (content: string) => Buffer.from(content, 'base64').toString();
  return {
    partition,
    offset,
    key: key === null ? null : text(key),
    headers: Object.fromEntries(headers.map(([name, content]) => [name, text(content)])),
    value: value === null ? null : Buffer.from(value, 'base64'),
  };
}
