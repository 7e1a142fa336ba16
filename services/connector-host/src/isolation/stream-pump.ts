import type { StreamItem } from '@tutti/plugin-sdk';
import type { StreamPart } from './messages.js';

/** Characters that wait for a plugin; with more of them the other side waits. */
const WAITING_LENGTH_MAX = 256 * 1024;

/** A stream that a plugin in another process takes part by part, as fast as it can. */
export class StreamPump {
  #items: StreamItem[] = [];
  #length = 0;
  #ended = false;
  readonly #stopped = new AbortController();
  #error: unknown = null;
  #onChange: () => void = () => undefined;

  /** `open`: begins the stream, which ends with the signal. */
  constructor(open: (signal: AbortSignal) => AsyncIterable<StreamItem>) {
    void this.#run(open(this.#stopped.signal));
  }

  /** What came since the last part, or what comes next. Rejects with what broke the stream. */
  async next(): Promise<StreamPart> {
    while (this.#items.length === 0 && !this.#ended) await this.#change();
    if (this.#items.length === 0 && this.#error !== null) throw this.#error as Error;
    const items = this.#items;
    this.#items = [];
    this.#length = 0;
    this.#onChange();
    return { items, ended: items.length === 0 };
  }

  stop(): void {
    this.#stopped.abort();
    this.#onChange();
  }

  async #run(source: AsyncIterable<StreamItem>): Promise<void> {
    try {
      for await (const item of source) {
        this.#items.push(item);
        this.#length += item.data.length;
        this.#onChange();
        while (this.#length > WAITING_LENGTH_MAX && !this.#stopped.signal.aborted) await this.#change();
        if (this.#stopped.signal.aborted) break;
      }
    } catch (error) {
      this.#error = error;
    }
    this.#ended = true;
    this.#onChange();
  }

  #change(): Promise<void> {
    const before = this.#onChange;
    return new Promise((resolve) => {
      this.#onChange = () => {
        before();
        resolve();
      };
    });
  }
}
