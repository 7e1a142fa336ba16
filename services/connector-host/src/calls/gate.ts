/** Counts the calls that wait over all gates, so that all queues together have one bound. */
export class WaitingRoom {
  readonly #max: number;
  #waiting = 0;

  constructor(max: number) {
    this.#max = max;
  }

  enter(): boolean {
    if (this.#waiting >= this.#max) return false;
    this.#waiting += 1;
    return true;
  }

  leave(): void {
    this.#waiting -= 1;
  }
}

/** Lets a bounded number of calls run at once; the others wait in order. */
export class Gate {
  readonly #concurrency: number;
  readonly #room: WaitingRoom;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(concurrency: number, room: WaitingRoom) {
    this.#concurrency = concurrency;
    this.#room = room;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes a place when one is free. */
  tryEnter(): boolean {
    if (this.#running >= this.#concurrency) return false;
    this.#running += 1;
    return true;
  }

  /** Waits for a place; resolves false when too many calls wait already. */
  async enter(): Promise<boolean> {
    if (this.tryEnter()) return true;
    if (!this.#room.enter()) return false;
    await new Promise<void>((proceed) => this.#queue.push(proceed));
    this.#room.leave();
    return true;
  }

  /** Gives the place to the next in line. */
  leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
