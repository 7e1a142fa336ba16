import { readFile } from 'node:fs/promises';
import type { IsolationLimits } from '../limits.js';

export interface Watched {
  limits: IsolationLimits;
  /** Whether calls are under way, which may use the processor. */
  busy(): boolean;
  ping(): void;
  over(why: string): void;
}

/** Ticks of a processor in one second, as Linux tells them to programs on every machine. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** Looks after one process: that it answers, and that it keeps to its memory and processor time. */
export class ProcessWatch {
  readonly #pid: number | undefined;
  readonly #watched: Watched;
  readonly #beat: NodeJS.Timeout;
  /** Beats without a word from it. A host that was itself asleep does not count that time. */
  #silentBeats = 0;
  #started = false;
  #cpuMs = 0;
  #idleCpuMs = 0;

  constructor(pid: number | undefined, watched: Watched) {
    this.#pid = pid;
    this.#watched = watched;
    this.#beat = setInterval(() => this.#look(), watched.limits.pluginBeatMs).unref();
  }

  /** It said something. */
  heard(): void {
    this.#silentBeats = 0;
    this.#started = true;
  }

  stop(): void {
    clearInterval(this.#beat);
  }

  #look(): void {
    const { pluginBeatMs, pluginSilenceMsMax, pluginStartTimeoutMs } = this.#watched.limits;
    this.#silentBeats += 1;
    const silentMs = this.#silentBeats * pluginBeatMs;
    const silentMsMax = this.#started ? pluginSilenceMsMax : pluginStartTimeoutMs;
    if (silentMs > silentMsMax) return this.#watched.over(`It did not answer for ${silentMs} ms.`);
    if (this.#started) this.#watched.ping();
    void this.#measure().catch(() => undefined);
  }

  /** Only Linux tells; elsewhere the heap's limit and the heartbeat are all there is. */
  async #measure(): Promise<void> {
    const { limits } = this.#watched;
    const used = await usageOf(this.#pid);
    if (used === null) return;
    if (used.residentBytes > limits.pluginResidentBytesMax)
      return this.#watched.over(`It used ${used.residentBytes >> 20} MiB of memory.`);
    const spentMs = used.cpuMs - this.#cpuMs;
    this.#cpuMs = used.cpuMs;
    this.#idleCpuMs = this.#watched.busy() || !this.#started ? 0 : this.#idleCpuMs + spentMs;
    if (spentMs < limits.pluginBeatMs / 10) this.#idleCpuMs = 0;
    if (this.#idleCpuMs > limits.pluginIdleCpuMsMax)
      this.#watched.over(`It used ${this.#idleCpuMs} ms of the processor without a call.`);
  }
}

/** What a process uses; one that only waits for its child is told as that child. Null: nobody knows. */
async function usageOf(pid: number | undefined): Promise<{ residentBytes: number; cpuMs: number } | null> {
  if (process.platform !== 'linux' || pid === undefined) return null;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const real = children.trim() === '' ? String(pid) : (children.trim().split(' ')[0] as string);
  const [statm, stat] = await Promise.all([
    readFile(`/proc/${real}/statm`, 'utf8'),
    readFile(`/proc/${real}/stat`, 'utf8'),
  ]);
  const residentBytes = Number(statm.split(' ')[1]) * PAGE_BYTES;
  // The name of the program stands in brackets and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { residentBytes, cpuMs: (ticks / TICKS_PER_SECOND) * 1_000 };
}
