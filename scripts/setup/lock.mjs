import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError, explainFileError } from './setup-error.mjs';
import { lockFile as setupLockFile } from './paths.mjs';

const waitMsMax = 20 * 60_000;

/** A pid alone can be someone else's after a reboot; the start time makes it unique where /proc tells it. */
function startTimeOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19];
  } catch {
    // No /proc on this system, or no such process: the pid alone decides.
    return null;
  }
}

function isAlive({ pid, startTime }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return startTime === null || startTimeOf(pid) === startTime;
}

function readHolder(lockFile) {
  try {
    const text = readFileSync(lockFile, 'utf8');
    return { text, ...JSON.parse(text) };
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    // Its writer has created the file and not filled it yet, or died in between: look again, then take it
    // over.
    return { text: null, pid: 0, startTime: null, unreadable: true };
  }
}

/** Moves a dead holder's lock away; whoever moves the wrong one (a third process was faster) puts it back. */
function removeStale(lockFile, holder) {
  const aside = `${lockFile}.${process.pid}`;
  try {
    renameSync(lockFile, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (holder.text !== null && readFileSync(aside, 'utf8') !== holder.text) renameSync(aside, lockFile);
  else rmSync(aside, { force: true });
}

function tryTake(lockFile) {
  const startTime = startTimeOf(process.pid);
  const content = JSON.stringify({
    pid: process.pid,
    startTime,
    command: process.env.npm_lifecycle_event ?? 'node',
  });
  try {
    writeFileSync(lockFile, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw explainFileError(error, lockFile);
  }
}

/**
 * Takes the clone's set-up lock, so that two commands started at once do not install over one another. Waits
 * while another living process holds it. Taking it is also the test that the folder can be written to.
 */
export async function takeLock(lockFile = setupLockFile) {
  const startedAt = Date.now();
  let told = false;
  let unreadableSince = null;
  while (!tryTake(lockFile)) {
    const holder = readHolder(lockFile);
    if (!holder) continue;
    unreadableSince = holder.unreadable ? (unreadableSince ?? Date.now()) : null;
    const dead = holder.unreadable ? Date.now() - unreadableSince > 2_000 : !isAlive(holder);
    if (dead) {
      removeStale(lockFile, holder);
      continue;
    }
    if (!told && !holder.unreadable) {
      console.log(`npm ${holder.command} (process ${holder.pid}) is setting up this folder; waiting for it.`);
      told = true;
    }
    if (Date.now() - startedAt > waitMsMax) {
      throw new SetupError(
        `Process ${holder.pid} has held ${lockFile} for more than ${waitMsMax / 60_000} minutes.`,
        {
          remedy: `Look at what it does (ps -fp ${holder.pid}); stop it when it hangs, then start again.`,
        },
      );
    }
    await delay(250);
  }
  const release = () => rmSync(lockFile, { force: true });
  process.once('exit', release);
  return () => {
    process.removeListener('exit', release);
    release();
  };
}
