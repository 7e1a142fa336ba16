/** Something that is over at a moment of the monotonic clock. */
export interface Deadline {
  /** On the clock of `performance.now()`. */
  readonly dueMs: number;
  expire(): void;
}

const SWEEP_MS = 25;

/**
 * The deadlines of all calls under way, looked after by one timer: thousands of calls a second each with
 * timers of their own would cost more than the calls. A deadline is noticed at most 25 ms late.
 */
export class Deadlines {
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;

  add(deadline: Deadline): void {
    this.#open.add(deadline);
    // Unreferenced: a call that is under way keeps the process alive by its socket, a deadline alone need
    // not.
    this.#timer ??= setInterval(() => {
      this.#sweep();
    }, SWEEP_MS).unref();
  }

  delete(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const deadline of this.#open) {
      if (deadline.dueMs > nowMs) continue;
      this.#open.delete(deadline);
      deadline.expire();
    }
    if (this.#open.size === 0) this.close();
  }
}
