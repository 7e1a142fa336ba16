import type { SpanRow } from '@tutti/store';

/** Rows of one request; settled when they are committed. */
interface Waiting {
  rows: readonly SpanRow[];
  resolve(rejected: number): void;
  reject(error: unknown): void;
}

/**
 * SQLSTATE classes of bad data: 22 data exception, 23 integrity violation. Anything else would hit every row
 * alike.
 */
const BAD_DATA = /^2[23]/;

/**
 * One insert statement for whatever arrived while the last was under way. A failure of the database fails
 * every request of the statement; a failure of the data is narrowed down to the rows that cause it, so that
 * one bad span never takes others with it.
 */
export class GroupCommit {
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(
    private readonly insert: (rows: readonly SpanRow[]) => Promise<unknown>,
    private readonly statementRowsMax: number,
  ) {}

  /** Resolves after the commit with the number of rows that the database refused. */
  add(rows: readonly SpanRow[]): Promise<number> {
    if (rows.length === 0) return Promise.resolve(0);
    const done = new Promise<number>((resolve, reject) => this.#waiting.push({ rows, resolve, reject }));
    this.#running ??= this.#run();
    return done;
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests of the same tick come along with the first one.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#take());
    this.#running = undefined;
  }

  #take(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const one of this.#waiting) {
      if (count > 0 && rows + one.rows.length > this.statementRowsMax) break;
      rows += one.rows.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(taken: readonly Waiting[]): Promise<void> {
    const rows = taken.length === 1 ? (taken[0] as Waiting).rows : taken.flatMap((one) => one.rows);
    try {
      await this.insert(rows);
      for (const one of taken) one.resolve(0);
    } catch (error) {
      if (isBadData(error)) for (const one of taken) await this.#commitAlone(one);
      else for (const one of taken) one.reject(error);
    }
  }

  async #commitAlone(one: Waiting): Promise<void> {
    try {
      one.resolve(await this.#narrow(one.rows));
    } catch (error) {
      one.reject(error);
    }
  }

  /** Halves the rows until the bad ones stand alone; returns how many they are. */
  async #narrow(rows: readonly SpanRow[]): Promise<number> {
    try {
      await this.insert(rows);
      return 0;
    } catch (error) {
      if (!isBadData(error)) throw error;
      if (rows.length === 1) return 1;
      const middle = rows.length >> 1;
      return (await this.#narrow(rows.slice(0, middle))) + (await this.#narrow(rows.slice(middle)));
    }
  }
}

function isBadData(error: unknown): boolean {
  return BAD_DATA.test((error as { code?: string }).code ?? '');
}
