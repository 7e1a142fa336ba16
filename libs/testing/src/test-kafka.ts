import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type KafkaOptions, type LocalKafka, startKafka } from '../../../deploy/kafka-local/index.mjs';
import { withProcessLock } from './process-lock.js';

export type { KafkaOptions, LocalKafka } from '../../../deploy/kafka-local/index.mjs';

/** A place of one test's own on the shared broker. */
export interface TestKafka {
  /** host:port, or several with commas between. */
  bootstrap: string;
  /** Put before the names of the test's topics, groups and transactional ids. */
  prefix: string;
}

/**
 * The shared Kafka of the tests: the one of TUTTI_TEST_KAFKA (started and stopped by `npm test`, or one of
 * yours), else one of this user, which ends by itself a few minutes after its last test. Stop it never: a
 * test that has to starts its own with `startTestKafkaCluster`.
 */
export async function testKafka(): Promise<TestKafka> {
  failIfKnown();
  const bootstrap = process.env.TUTTI_TEST_KAFKA ?? (await sharedBroker());
  return { bootstrap, prefix: `test-${process.pid}-${randomBytes(6).toString('hex')}.` };
}

/** Starts brokers of one test's own, which it may kill and start again. Stop them at the end. */
export async function startTestKafkaCluster(options: KafkaOptions = {}): Promise<LocalKafka> {
  failIfKnown();
  return startKafka(options);
}

/** `npm test` has tried already: no test has to find out again, and slowly, what is missing. */
function failIfKnown(): void {
  const failure = process.env.TUTTI_TEST_KAFKA_FAILURE;
  if (failure !== undefined) throw new Error(failure);
}

let running: Promise<string> | undefined;

/**
 * Starts the shared broker, or finds the one that runs; a lock keeps two test processes from starting two.
 */
function sharedBroker(): Promise<string> {
  const folder = join(tmpdir(), `tutti-test-kafka-${userInfo().uid}`);
  running ??= withProcessLock(`${folder}.lock`, async () => {
    mkdirSync(join(folder, 'users'), { recursive: true });
    // The mark keeps the broker alive as long as this process. It comes first, see scripts/test-kafka.mjs.
    writeFileSync(join(folder, 'users', String(process.pid)), '');
    return runningBroker(folder) ?? (await startShared(folder));
  });
  return running;
}

/** Where the shared broker is; null when none runs. */
function runningBroker(folder: string): string | null {
  try {
    const ready = JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')) as {
      bootstrap: string;
      pid: number;
    };
    process.kill(ready.pid, 0);
    return ready.bootstrap;
  } catch {
    // It never ran, or its process is gone.
    return null;
  }
}

async function startShared(folder: string): Promise<string> {
  const logFile = join(folder, 'start.log');
  rmSync(join(folder, 'ready.json'), { force: true });
  const child = spawnDetached(folder, logFile);
  let ended = false;
  for (const event of ['exit', 'error']) child.once(event, () => (ended = true));
  for (;;) {
    const bootstrap = runningBroker(folder);
    if (bootstrap !== null) return bootstrap;
    if (ended) throw new Error(`The tests' Kafka did not start.\n${readFileSync(logFile, 'utf8')}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** It outlives this process, so that the next test file does not have to wait for a broker again. */
function spawnDetached(folder: string, logFile: string): ChildProcess {
  const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'test-kafka.mjs');
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [script, '--shared', folder], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return child;
}
