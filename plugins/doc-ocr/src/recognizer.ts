import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TransientError } from '@tutti/plugin-sdk';
import { createWorker, OEM, PSM, type Worker } from 'tesseract.js';
import { toPgm, type GrayImage } from './gray-image.js';
import type { Word } from './word.js';

/** An engine that nobody needs takes 200 MB; it is let go after this time, in milliseconds. */
const IDLE_MS_MAX = 60_000;
/** The best integer models; the fast ones misread more digits. */
const MODELS = '4.0.0_best_int';

/** The part of Node's worker thread that matters here; tesseract.js hands it out without a type. */
interface Thread {
  ref(): void;
  unref(): void;
  once(event: 'error', listener: (error: Error) => void): void;
  once(event: 'exit', listener: (code: number) => void): void;
  terminate(): Promise<number>;
}

interface Engine {
  worker: Worker;
  thread: Thread;
  /** Rejects when the thread dies; the library itself would wait for ever. */
  died: Promise<never>;
}

/**
 * One OCR engine on one thread, started at the first picture, shared by all calls, let go when idle. Pictures
 * are read one after the other: two engines on two processors would only slow each other down.
 */
export class Recognizer {
  readonly #languages: readonly string[];
  #engine: Promise<Engine> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(languages: readonly string[]) {
    this.#languages = languages;
  }

  /**
   * The words of a picture. An abort ends the engine, because a recognition cannot be interrupted otherwise.
   */
  async recognize(image: GrayImage, signal: AbortSignal): Promise<Word[]> {
    this.#waiting += 1;
    clearTimeout(this.#idle);
    const turn = this.#queue.then(() => this.#recognizeNow(image, signal));
    this.#queue = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#idle = setTimeout(() => void this.close(), IDLE_MS_MAX).unref();
    }
  }

  /** Ends the engine; the next picture starts a new one. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const engine = this.#engine;
    this.#engine = undefined;
    const started = await engine?.catch(() => undefined);
    await started?.thread.terminate();
  }

  async #recognizeNow(image: GrayImage, signal: AbortSignal): Promise<Word[]> {
    signal.throwIfAborted();
    this.#engine ??= startEngine(this.#languages);
    const engine = await this.#engine.catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    const aborted = () => void this.close();
    signal.addEventListener('abort', aborted, { once: true });
    engine.thread.ref();
    try {
      const work = engine.worker.recognize(Buffer.from(toPgm(image)), {}, { blocks: true, text: false });
      return wordsOf(await Promise.race([work, engine.died]));
    } catch (error) {
      signal.throwIfAborted();
      await this.close();
      throw new TransientError(
        `The OCR engine failed (${messageOf(error)}); a new one is started for the next attempt`,
        { cause: error },
      );
    } finally {
      signal.removeEventListener('abort', aborted);
      // A thread that only waits must not keep the process alive.
      engine.thread.unref();
    }
  }
}

async function startEngine(languages: readonly string[]): Promise<Engine> {
  const worker = await withModels(languages, (langPath) => createEngine(languages, langPath));
  await worker.setParameters({
    tessedit_pageseg_mode: PSM.SPARSE_TEXT,
    preserve_interword_spaces: '1',
    user_defined_dpi: '200',
  });
  const { worker: thread } = worker as Worker & { worker: Thread };
  const died = new Promise<never>((_resolve, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the engine's thread ended with code ${code}`)));
  });
  // It is raced against each recognition; between them nobody listens.
  died.catch(() => undefined);
  return { worker, thread, died };
}

/**
 * The models are packages of their own, but the library takes one folder for all languages and reads it only
 * while it starts.
 */
async function withModels<T>(languages: readonly string[], work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-ocr-'));
  try {
    await Promise.all(
      languages.map((code) => copyFile(modelPath(code), join(folder, `${code}.traineddata.gz`))),
    );
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The library's own promise stays open when a model cannot be loaded; its error handler is the only sign of
 * it.
 */
function createEngine(languages: readonly string[], langPath: string): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const errorHandler = (problem: unknown) =>
      reject(problem instanceof Error ? problem : new Error(String(problem)));
    createWorker([...languages], OEM.LSTM_ONLY, {
      langPath,
      cacheMethod: 'none',
      gzip: true,
      errorHandler,
    }).then(resolve, reject);
  });
}

function modelPath(language: string): string {
  const manifest = createRequire(import.meta.url).resolve(`@tesseract.js-data/${language}/package.json`);
  return join(dirname(manifest), MODELS, `${language}.traineddata.gz`);
}

function wordsOf(result: Awaited<ReturnType<Worker['recognize']>>): Word[] {
  const lines = (result.data.blocks ?? []).flatMap((block) =>
    block.paragraphs.flatMap((paragraph) => paragraph.lines),
  );
  return lines
    .flatMap((line) => line.words)
    .filter((word) => word.text.trim() !== '')
    .map(({ text, bbox, confidence }) => ({ text: text.trim(), ...bbox, confidence: confidence / 100 }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
