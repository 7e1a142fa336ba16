import type { Logger } from '@nestjs/common';

/** How often is looked for what this process was not told of: so late a run may begin. */
const LOOK_MS = 500;

/** What a loop does, and what it says when that fails and when it works again. */
export interface Sweep {
  /** Takes what is due; answers whether there may be more. */
  sweep: () => Promise<boolean>;
  logger: Logger;
  failed: string;
  works: string;
}

/** Looks twice a second for what is due, and goes on while there is more; one look at a time. */
export class SweepLoop {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private failing = false;

  constructor(private readonly of: Sweep) {}

  start(): void {
    this.timer = setInterval(() => {
      if (this.sweeping === null) this.look();
    }, LOOK_MS).unref();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Looks at once, or again when it looks just now. */
  look(): void {
    this.again = true;
    this.sweeping ??= this.sweep().finally(() => {
      this.sweeping = null;
    });
  }

  /** A sweep that fails (the database restarts) changed nothing and comes again by itself. */
  private async sweep(): Promise<void> {
    const { sweep, logger, failed, works } = this.of;
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        if (await sweep()) this.again = true;
      }
      if (this.failing) logger.log(works);
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped) logger.warn(`${failed}: ${(error as Error).message}`);
      this.failing = true;
    }
  }
}
