import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { toolPath } from './setup/build.mjs';
import { ensureChromium } from './setup/chromium.mjs';
import { pinnedNode } from './setup/install.mjs';
import { root } from './setup/paths.mjs';
import { formatSeconds } from './setup/progress.mjs';
import { runChild } from './setup/run-child.mjs';
import { ensureTestServers } from './setup/test-servers.mjs';
import { SetupError, explainFileError, printError } from './setup/setup-error.mjs';

/**
 * Tests on real servers, which kill processes on a machine that others use too, are run a second time when
 * they fail. More failing files than this in a stage are no accident.
 */
const FILES_RUN_AGAIN_MAX = 2;
/** Files that failed once and then passed: listed at the end, since that is a defect of test or hub. */
const unsteady = [];
const totals = { passed: 0, failed: 0, skipped: 0 };
const times = [];
const scratch = mkdtempSync(join(tmpdir(), 'tutti-test-'));
const patterns = process.argv.slice(2);

function add(counts) {
  for (const key of Object.keys(totals)) totals[key] += counts[key];
}

/** Runs one stage; one that throws or says false counts as one failure. */
async function stage(label, work) {
  const startedAt = Date.now();
  console.log(`\n== ${label}`);
  let passed = false;
  try {
    passed = (await work()) !== false;
  } catch (error) {
    printError(error.code ? explainFileError(error) : error);
  }
  times.push([label, Date.now() - startedAt]);
  if (!passed) totals.failed += 1;
  return passed;
}

/**
 * Jest in its own process. Files that failed are run again once, alone, and that counts. True when the counts
 * could be read: a failed test is counted, not a failed stage.
 */
async function jest(config, options = {}) {
  const { counts, ok } = await countTests(config, options);
  if (!counts) return false;
  add(counts);
  const failed = Object.entries(counts.failedFiles);
  if (failed.length === 0 || failed.length > FILES_RUN_AGAIN_MAX) return ok;
  console.log(`\nRun again, alone: ${failed.map(([file]) => file).join(', ')}`);
  const second = await countTests(config, { ...options, files: failed.map(([file]) => file) });
  if (!second.counts) return false;
  for (const [, first] of failed) for (const key of Object.keys(totals)) totals[key] -= first[key];
  add(second.counts);
  unsteady.push(...failed.map(([file]) => file).filter((file) => !(file in second.counts.failedFiles)));
  return second.ok;
}

async function countTests(config, { flags = [], env = {}, files = patterns }) {
  const countsFile = join(scratch, `${config}.json`);
  rmSync(countsFile, { force: true });
  const jestEntry = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const nodeFlags = ['--experimental-vm-modules', '--no-warnings', '--max-old-space-size=3072'];
  const args = [
    ...nodeFlags,
    jestEntry,
    '--config',
    join(root, config),
    '--ci',
    '--passWithNoTests',
    ...flags,
    ...files,
  ];
  const { code } = await runChild(pinnedNode, args, {
    cwd: root,
    inherit: true,
    env: { ...env, PATH: toolPath, TUTTI_TEST_COUNTS: countsFile },
  });
  if (!existsSync(countsFile)) {
    console.error(`Jest ended with code ${code} before it had counted its tests.`);
    return { counts: null, ok: false };
  }
  const counts = JSON.parse(readFileSync(countsFile, 'utf8'));
  if (files.length === 0 && counts.passed + counts.failed + counts.skipped === 0) {
    console.error(`${config} found no test at all.`);
    return { counts, ok: false };
  }
  if (code !== 0 && counts.failed === 0) console.error(`All tests passed, yet jest ended with code ${code}.`);
  return { counts, ok: code === 0 || counts.failed > 0 };
}

/** The tests' PostgreSQL; resolves with its environment and how to end it. */
async function startDatabase() {
  const child = fork(join(root, 'scripts', 'test-database.mjs'), [], { execPath: pinnedNode, cwd: root });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`The tests' database ended with code ${code} before it was ready.`);
  });
  const [{ socketDir }] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {});
  return {
    env: { TUTTI_TEST_SOCKET: socketDir },
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/**
 * The tests' Kafka: the one of TUTTI_TEST_KAFKA, else one of their own. Resolves with its environment and how
 * to end it, or with why there is none: then the tests that need it fail with that message, and no others.
 */
async function startKafka() {
  if (process.env.TUTTI_TEST_KAFKA) return { env: {}, stop: () => undefined };
  const child = fork(join(root, 'scripts', 'test-kafka.mjs'), [], { execPath: pinnedNode, cwd: root });
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => ({
    failure: { message: `Kafka's starter ended with code ${code}.` },
  }));
  const first = once(child, 'message').then(([message]) => message);
  const { bootstrap, failure } = await Promise.race([first, failed]);
  const text = failure && ['message', 'remedy', 'details'].map((key) => failure[key] ?? '').join('\n');
  return {
    env: failure ? { TUTTI_TEST_KAFKA_FAILURE: text.trim() } : { TUTTI_TEST_KAFKA: bootstrap },
    failure,
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** Says why there is no Kafka, when there is none. */
function checkKafka({ failure }) {
  if (failure) throw new SetupError(failure.message, failure);
}

async function lint() {
  const { code } = await runChild(pinnedNode, [join(root, 'scripts', 'lint.mjs')], {
    cwd: root,
    inherit: true,
    env: { PATH: toolPath },
  });
  return code === 0;
}

async function endToEnd(chromium, serverEnv) {
  const { path, remedy } = await chromium;
  if (!path) console.error(`No Chromium was found: the browser tests will fail.\nWhat to do: ${remedy}`);
  // Without a browser the tests are run all the same, and fail with their own message: never skipped in
  // silence.
  return jest('jest.e2e.config.mjs', {
    flags: ['--runInBand'],
    env: path ? { ...serverEnv, CHROMIUM_PATH: path } : serverEnv,
  });
}

/** How many test files there are by name, to notice a stage that would find none. */
function countFiles(suffix) {
  const skipped = new Set(['node_modules', 'dist', '.next']);
  const count = (folder) =>
    readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      if (entry.isDirectory()) return sum + (skipped.has(entry.name) ? 0 : count(join(folder, entry.name)));
      return sum + (suffix.test(entry.name) ? 1 : 0);
    }, 0);
  return ['libs', 'services', 'plugins', 'dashboard', 'scripts'].reduce(
    (sum, folder) => sum + count(join(root, folder)),
    0,
  );
}

function finish() {
  rmSync(scratch, { recursive: true, force: true });
  if (totals.passed + totals.failed === 0) {
    console.error('\nNo test was run.');
    totals.failed = 1;
  }
  console.log('\nTime per stage:');
  for (const [label, ms] of times) console.log(`  ${label}: ${formatSeconds(ms)}`);
  if (unsteady.length > 0)
    console.log(`\nUnsteady (failed, then passed alone; mend them): ${unsteady.join(', ')}`);
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

async function runTests() {
  // Where it has to be installed first, Chromium arrives while the other stages run. So does Kafka.
  const chromium = ensureChromium();
  // The systems that connectors are tested against come after it; a test that needs one waits for it.
  if (patterns.length === 0) void chromium.then(ensureTestServers, ensureTestServers);
  const starting = startKafka();
  try {
    if (patterns.length === 0) await stage('Lint', lint);
    let database;
    if (!(await stage("The tests' database", async () => (database = await startDatabase())))) return;
    try {
      await stage("The tests' Kafka", async () => checkKafka(await starting));
      await runJest({ chromium, env: { ...database.env, ...(await starting).env } });
    } finally {
      await database.stop();
    }
  } finally {
    await (await starting).stop();
  }
}

async function runJest({ chromium, env }) {
  await stage(`Unit and integration tests (${countFiles(/\.spec\.(tsx?|mjs)$/)} files)`, () =>
    jest('jest.config.mjs', { env }),
  );
  await stage(`End-to-end, crash and browser tests (${countFiles(/\.e2e\.ts$/)} files)`, () =>
    endToEnd(chromium, env),
  );
}

if (await stage('Install and build', () => bootstrap())) await runTests();
finish();
