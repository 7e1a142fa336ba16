import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const WAIT_MS_MAX = 300_000;

/**
 * Holds a lock among the test processes of this machine while `work` runs. The file names its holder, so the
 * lock of one that was killed is taken over, and one that only works slowly is waited for.
 */
export async function withProcessLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + WAIT_MS_MAX;
  while (!take(file)) {
    if (performance.now() > end)
      throw new Error(`The lock ${file} is held too long by the process it names: end that one.`);
    removeDead(file);
    await new Promise((done) => setTimeout(done, 50));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A file of its own with the holder in it is linked to the name, because a file just made would be empty. */
function take(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function removeDead(file: string): void {
  const holder = holderOf(file);
  if (holder === null || isAlive(holder)) return;
  // Only one of those who see a dead holder can move its file away.
  const moved = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  // Another one was quicker and holds the lock anew: it gets it back.
  if (holderOf(moved) !== holder) linkSync(moved, file);
  rmSync(moved, { force: true });
}

function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
