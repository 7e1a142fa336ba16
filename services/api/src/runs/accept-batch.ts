import type { AcceptedRun } from '@tutti/store';

interface Pending<Run> {
  run: Run;
  resolve: (accepted: AcceptedRun) => void;
  reject: (reason: unknown) => void;
}

export interface AcceptBatchOptions<Run> {
  batchMax: number;
  queueMax: number;
  accept: (runs: readonly Run[]) => Promise<AcceptedRun[]>;
}

/**
 * Group commit of accepted runs: what arrives while an insert is under way goes into the next one. With one
 * insert at a time a batch grows by itself
 * exactly as far as the load demands, and a lone request waits for nobody.
 */
export class AcceptBatch<Run> {
  private queue: Pending<Run>[] = [];
  private busy = false;
  private scheduled = false;

  constructor(private readonly options: AcceptBatchOptions<Run>) {}

  /** True when no more runs can be taken now. */
  get full(): boolean {
    return this.queue.length >= this.options.queueMax;
  }

  /** Resolves after the commit. */
  add(run: Run): Promise<AcceptedRun> {
    return new Promise((resolve, reject) => {
      this.queue.push({ run, resolve, reject });
      this.schedule();
    });
  }

  /**
   * The first insert starts after the requests that were read from the sockets in this turn of the event
   * loop.
   */
  private schedule(): void {
    if (this.busy || this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    this.busy = true;
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, this.options.batchMax);
      try {
        const accepted = await this.options.accept(batch.map((pending) => pending.run));
        batch.forEach((pending, i) => pending.resolve(accepted[i] as AcceptedRun));
      } catch (error) {
        for (const pending of batch) pending.reject(error);
      }
    }
    this.busy = false;
  }
}
