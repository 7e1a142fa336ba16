import { readFileSync } from 'node:fs';

/** Whether a process runs. A killed one that nobody has waited for is still listed, as a zombie. */
export function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
