import { Turns } from './turns.js';

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

/** What lets the calls of a gate begin. */
export interface Leave {
  /** How many may be under way now. */
  slots(): number;
  /** Uses the leave for one call to begin at this moment; false when it has to wait, whatever is free. */
  take(): boolean;
}

/** Who waits at a gate, and how long at most. */
export interface Waiter {
  /** Calls of one name wait in one line, and the lines take turns. */
  name: string;
  /** How many calls of the line go in one round; 1 unless said otherwise. */
  weight?: number;
  /** On the clock of `performance.now()`. */
  dueMs?: number;
}

/** How the wait at a gate ended: with a place, at its deadline, or at once because too many wait. */
export type Entry = 'entered' | 'late' | 'full';

interface Place {
  dueMs: number;
  proceed: (entry: Entry) => void;
}

const ANYONE: Waiter = { name: '' };
export const WEIGHT_MAX = 100;

/** Lets a bounded number of calls run at once; the others wait in lines that take turns. */
export class Gate {
  readonly #leave: Leave;
  readonly #room: WaitingRoom;
  readonly #turns = new Turns<Place>();
  #running = 0;

  /** The bound is a number, or what is lent to this process over time. */
  constructor(bound: number | Leave, room: WaitingRoom) {
    this.#leave = typeof bound === 'number' ? { slots: () => bound, take: () => true } : bound;
    this.#room = room;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#turns.size;
  }

  /** Takes a place when one is free and nobody waits for it. */
  tryEnter(): boolean {
    if (this.#turns.size > 0 || this.#running >= this.#leave.slots() || !this.#leave.take()) return false;
    this.#running += 1;
    return true;
  }

  /** Waits for a place. */
  async enter(waiter: Waiter = ANYONE): Promise<Entry> {
    if (this.tryEnter()) return 'entered';
    if (!this.#room.enter()) return 'full';
    const weight = Math.min(Math.max(1, Math.floor(waiter.weight ?? 1)), WEIGHT_MAX);
    const entry = await new Promise<Entry>((proceed) => {
      this.#turns.push(waiter.name, weight, { dueMs: waiter.dueMs ?? Infinity, proceed });
    });
    this.#room.leave();
    return entry;
  }

  /** Gives the place to the next in turn. */
  leave(): void {
    this.#running -= 1;
    this.admit();
  }

  /** Lets in whoever may begin now. */
  admit(): void {
    while (this.#turns.size > 0 && this.#running < this.#leave.slots() && this.#leave.take()) {
      this.#running += 1;
      this.#turns.shift()?.proceed('entered');
    }
  }

  /** Sends those away whose deadline is over. */
  expire(nowMs: number = performance.now()): void {
    for (const place of this.#turns.remove(({ dueMs }) => dueMs <= nowMs)) place.proceed('late');
  }
}
