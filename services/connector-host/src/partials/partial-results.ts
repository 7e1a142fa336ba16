import type { CallRequest } from '@tutti/contracts';
import type { PartialStore } from '@tutti/store';
import type { SecretRedactor } from '../redaction/secret-redactor.js';

/** How often what was told is written, over all calls of the process. */
const WRITE_EVERY_MS = 250;
/** Characters of one call that are kept for people; what comes after them is counted only. */
const TEXT_LENGTH_MAX = 64 * 1024;

/** What one call has told of its output so far. */
export class PartialResult {
  readonly request: CallRequest;
  readonly #redactor: SecretRedactor;
  #text = '';
  #dropped = 0;
  /** Something was told since it was written. */
  isNew = false;
  wasWritten = false;
  ended = false;

  constructor(request: CallRequest, redactor: SecretRedactor) {
    this.request = request;
    this.#redactor = redactor;
  }

  add(text: string): void {
    const kept = text.slice(0, TEXT_LENGTH_MAX - this.#text.length);
    this.#text += kept;
    this.#dropped += text.length - kept.length;
    this.isNew = true;
  }

  /**
   * As people may see it. The end is left out as far as a secret may have begun in it, which is known by
   * what comes next.
   */
  shown(): { text: string; dropped: number } {
    const text = this.#redactor.text(this.#text);
    return { text: text.slice(0, text.length - this.#redactor.tailLengthMax), dropped: this.#dropped };
  }
}

/**
 * What the calls of this process tell of their outputs, for the people who watch their runs. Nothing is done
 * for calls that tell nothing, and one question in a quarter of a second while no run is watched.
 */
export class PartialResults {
  readonly #store: PartialStore;
  readonly #onFailure: (error: Error) => void;
  readonly #calls = new Set<PartialResult>();
  #timer: NodeJS.Timeout | undefined;
  #writing = false;

  constructor(store: PartialStore, onFailure: (error: Error) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  begin(request: CallRequest, redactor: SecretRedactor): PartialResult {
    const result = new PartialResult(request, redactor);
    this.#calls.add(result);
    this.#timer ??= setInterval(() => void this.#beat(), WRITE_EVERY_MS).unref();
    return result;
  }

  /** The output is there. */
  end(result: PartialResult): void {
    result.ended = true;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      await this.#write();
      await this.#forget();
    } catch (error) {
      // It is only for people: the next beat tries again.
      this.#onFailure(error as Error);
    }
    this.#writing = false;
    if (this.#calls.size === 0) this.close();
  }

  async #write(): Promise<void> {
    const told = [...this.#calls].filter(({ isNew, ended }) => isNew && !ended);
    if (told.length === 0) return;
    const watched = await this.#store.watched([...new Set(told.map(({ request }) => request.runId))]);
    const shown = told.filter(({ request }) => watched.has(request.runId));
    if (shown.length === 0) return;
    const rows = shown.map((result) => {
      const { runId, callId, attempt, task } = result.request;
      result.isNew = false;
      result.wasWritten = true;
      return { runId, callId, attempt, task, ...result.shown() };
    });
    await this.#store.write(rows);
  }

  async #forget(): Promise<void> {
    const ended = [...this.#calls].filter((result) => result.ended);
    const written = ended.filter(({ wasWritten }) => wasWritten).map(({ request }) => request);
    if (written.length > 0) await this.#store.forget(written);
    for (const result of ended) this.#calls.delete(result);
  }
}
