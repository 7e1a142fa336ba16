// One Kafka broker for all tests of one `npm test`, as a child of it: each test makes topics of its own in
// it.
//
// With `--shared <folder>` it is the broker of tests that are run without `npm test`: it writes its address
// into the folder, lives as long as one of the processes that have put their id into <folder>/users, and a
// while longer for the next run.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../deploy/kafka-local/index.mjs';
import { printError } from './setup/setup-error.mjs';

const idleMsMax = 180_000;
const lookEveryMs = 2_000;
const heapMb = 384;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** Whether a process that lives uses the broker; the marks of those that are gone are removed. */
function hasUsers(users) {
  const [living, gone] = [[], []];
  for (const pid of readdirSync(users)) (isAlive(Number(pid)) ? living : gone).push(pid);
  for (const pid of gone) rmSync(join(users, pid), { force: true });
  return living.length > 0;
}

async function serveShared(folder) {
  const users = join(folder, 'users');
  const readyFile = join(folder, 'ready.json');
  mkdirSync(users, { recursive: true });
  const kafka = await startKafka({ heapMb });
  const ready = JSON.stringify({ bootstrap: kafka.bootstrap, pid: process.pid });
  writeFileSync(readyFile, ready);
  let usedAt = Date.now();
  const endWhenIdle = async () => {
    const running = kafka.brokers[0].pid !== null;
    if (hasUsers(users)) usedAt = Date.now();
    if (running && Date.now() - usedAt < idleMsMax) return;
    // First nobody new may find it; then, whoever found it just before has left a mark.
    if (readFileSync(readyFile, 'utf8') === ready) rmSync(readyFile);
    if (running && hasUsers(users)) {
      writeFileSync(readyFile, ready);
      return;
    }
    clearInterval(timer);
    await kafka.stop();
    process.exit(0);
  };
  const fail = (error) => {
    // The folder was deleted, so that nobody can find this broker any more: its guard ends it with this
    // process.
    printError(error);
    process.exit(1);
  };
  const timer = setInterval(() => void endWhenIdle().catch(fail), lookEveryMs);
}

async function serveParent() {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-test-kafka-'));
  let kafka;
  const end = async () => {
    // Its data concerns nobody any more, so it need not end in order.
    await kafka?.brokers[0].kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  process.once('disconnect', () => void end());
  // A Ctrl-C reaches the whole group; the parent ends first and disconnects.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  try {
    kafka = await startKafka({ dir: folder, heapMb });
    process.send({ bootstrap: kafka.bootstrap });
  } catch ({ message, remedy, details, stack }) {
    process.send({ failure: { message, remedy, details: details ?? (remedy ? undefined : stack) } });
  }
}

try {
  const [flag, folder] = process.argv.slice(2);
  await (flag === '--shared' ? serveShared(folder) : serveParent());
} catch (error) {
  printError(error);
  process.exit(1);
}
