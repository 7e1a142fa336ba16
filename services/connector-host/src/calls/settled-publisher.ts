import { Logger } from '@nestjs/common';
import type { Bus } from '@tutti/bus';
import { TOPICS, type CallSettled } from '@tutti/contracts';
import { NEVER } from '../claims/claims.js';

interface Waiting {
  settled: CallSettled;
  published: () => void;
}

/** Answers to the run inbox, everything that settled in one tick in one batch. */
export class SettledPublisher {
  readonly #logger = new Logger('CallController');
  readonly #bus: Bus;
  #waiting: Waiting[] = [];

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * Resolves once the bus keeps the result durably; never when the bus is closed before, because the call is
   * then undone and given to a host again.
   */
  publish(settled: CallSettled): Promise<void> {
    return new Promise((published) => {
      this.#waiting.push({ settled, published });
      if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#bus.publish(
        TOPICS.runInbox,
        batch.map(({ settled }) => settled),
      );
    } catch (error) {
      this.#logger.warn(`${batch.length} results were not published: ${(error as Error).message}`);
      await NEVER;
    }
    for (const { published } of batch) published();
  }
}
