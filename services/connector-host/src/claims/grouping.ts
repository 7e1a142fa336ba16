interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers what arrives in one tick, and what arrives while the last statement is under way, into one
 * statement: the cost of the database is shared by all that wait.
 */
export class Grouping<T, R> {
  readonly #work: (items: T[]) => Promise<readonly R[]>;
  #waiting: Waiting<T, R>[] = [];
  #running = false;

  /** `work` answers in the order of its items. */
  constructor(work: (items: T[]) => Promise<readonly R[]>) {
    this.#work = work;
  }

  add(item: T): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#finish(group);
      } catch (error) {
        // One item that the database refuses must not take the others with it.
        for (const one of group) await this.#finishAlone(one, group.length === 1 ? error : undefined);
      }
    }
    this.#running = false;
  }

  async #finish(group: readonly Waiting<T, R>[]): Promise<void> {
    const results = await this.#work(group.map(({ item }) => item));
    for (const [i, { resolve }] of group.entries()) resolve(results[i] as R);
  }

  async #finishAlone(one: Waiting<T, R>, known: unknown): Promise<void> {
    if (known !== undefined) return one.reject(known);
    await this.#finish([one]).catch(one.reject);
  }
}
