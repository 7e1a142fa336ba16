interface Line<T> {
  weight: number;
  /** How many may still go before the next line has its turn. */
  left: number;
  items: T[];
}

/**
 * What waits, in lines that take turns (weighted round robin): a line with weight 2 sends two where one with
 * weight 1 sends one, so a long line never keeps a short one waiting longer than one round.
 */
export class Turns<T> {
  /** The line at the front has its turn. */
  readonly #lines = new Map<string, Line<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(name: string, weight: number, item: T): void {
    const line = this.#lines.get(name);
    this.#size += 1;
    if (line === undefined) this.#lines.set(name, { weight, left: weight, items: [item] });
    else line.items.push(item);
  }

  shift(): T | undefined {
    for (const [name, line] of this.#lines) {
      const item = line.items.shift();
      line.left -= 1;
      this.#size -= 1;
      if (line.items.length === 0) this.#lines.delete(name);
      else if (line.left === 0) this.#toTheEnd(name, line);
      return item;
    }
    return undefined;
  }

  /** Takes out what the test finds, wherever it waits. */
  remove(test: (item: T) => boolean): T[] {
    const removed: T[] = [];
    for (const [name, line] of this.#lines) {
      if (!line.items.some(test)) continue;
      removed.push(...line.items.filter(test));
      line.items = line.items.filter((item) => !test(item));
      if (line.items.length === 0) this.#lines.delete(name);
    }
    this.#size -= removed.length;
    return removed;
  }

  #toTheEnd(name: string, line: Line<T>): void {
    line.left = line.weight;
    this.#lines.delete(name);
    this.#lines.set(name, line);
  }
}
