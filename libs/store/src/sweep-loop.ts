import type { Logger } from '@nestjs/common';

/** After a start and after a failure it looks again by itself in so long. */
const AGAIN_MS = 500;

/** What a loop does, and what it says when that fails and when it works again. */
export interface Sweep {
  /** Takes what is due; answers in how many ms it looks again by itself, 0: there may be more. */
  sweep: () => Promise<number>;
  logger: Logger;
  failed: string;
  works: string;
}

/** Looks for what is due when it is told to and at the time that its last look named, never twice at once. */
export class SweepLoop {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private again = false;
  private started = false;
  private stopped = false;
  private failing = false;

  constructor(private readonly of: Sweep) {}

  /** From now on it looks by itself, too. */
  start(): void {
    this.started = true;
    this.arm(AGAIN_MS);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** Looks at once, or again when it looks just now. */
  look(): void {
    if (this.stopped) return;
    this.again = true;
    this.sweeping ??= this.sweepAll().finally(() => {
      this.sweeping = null;
      if (this.again) this.look();
    });
  }

  private arm(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.started && !this.stopped) this.timer = setTimeout(() => this.look(), afterMs).unref();
  }

  /** A sweep that fails (the database restarts) changed nothing and comes again by itself. */
  private async sweepAll(): Promise<void> {
    const { sweep, logger, failed, works } = this.of;
    let afterMs = AGAIN_MS;
    try {
      do {
        this.again = false;
        afterMs = await sweep();
      } while ((this.again || afterMs <= 0) && !this.stopped);
      if (this.failing) logger.log(works);
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped) logger.warn(`${failed}: ${(error as Error).message}`);
      this.failing = true;
      this.again = false;
      afterMs = AGAIN_MS;
    }
    this.arm(afterMs);
  }
}
