import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { TransientError, type LogPort } from '@tutti/plugin-sdk';
import type { IsolationLimits } from '../limits.js';
import { ChildMessageShape, isTooLong } from './child-message.js';
import type { Ask, ChildMessage, HostMessage, Ready, Work } from './messages.js';
import { Pipe } from './pipe.js';
import { ProcessWatch } from './process-watch.js';
import { boundedError, errorOf, tellError } from './told-error.js';

/** What a call of the plugin may ask its host for; answers are JSON. */
export interface CallPorts {
  answer(ask: Ask): Promise<unknown>;
  log: LogPort;
  partial(text: string): void;
  /** The call is over. */
  end(): void;
}

export interface ProcessEvents {
  limits: IsolationLimits;
  /** A line that belongs to no call. */
  line(level: keyof LogPort, text: string): void;
  /** The plugin touched what is closed to it. */
  refused(what: string): void;
  /** The process is gone, for a reason of its own or of the limits; never after `end`. */
  ended(why: string): void;
}

interface Call {
  ports: CallPorts | undefined;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  /** Takes what the call left on its signal and on the clock. */
  release: () => void;
}

/** How long the pipe may take to end after its process, and the process after its pipe. */
const PARTING_MS = 5_000;

/** A plugin that did not start says why. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}

/** One process of a plugin, from its start to its end; see `IsolatedPlugin` for what comes after. */
export class PluginProcess {
  /** Rejects with `Unfit` when the plugin cannot be used, and with another error when the process ended. */
  readonly ready: Promise<Ready>;
  readonly #child: ChildProcess;
  readonly #events: ProcessEvents;
  readonly #pipe: Pipe;
  readonly #watch: ProcessWatch;
  readonly #calls = new Map<number, Call>();
  readonly #gone: Promise<void>;
  #settleReady: { resolve: (ready: Ready) => void; reject: (error: Error) => void } | undefined;
  #lastCall = 0;
  #asks = 0;
  #alive = true;
  #second = { at: 0, messages: 0 };
  #partings = 0;

  constructor(child: ChildProcess, events: ProcessEvents) {
    this.#child = child;
    this.#events = events;
    this.ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    this.ready.catch(() => undefined);
    this.#gone = new Promise((resolve) => child.once('exit', () => resolve()));
    child.once('error', (error) => this.#die(`It could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      // What it may have left running would hold its pipe open.
      this.#kill();
      this.#leave(`It ended by itself (${signal ?? `code ${code}`}).`);
    });
    this.#pipe = new Pipe(child.stdio[3] as Duplex, {
      message: (message) => this.#hearOut(message),
      broken: (why, closed) => (closed ? this.#leave(why) : this.#die(why)),
    });
    this.#watch = new ProcessWatch(child.pid, {
      limits: events.limits,
      busy: () => this.#calls.size > 0,
      ping: () => this.#send({ kind: 'ping' }),
      over: (why) => this.#die(why),
    });
    this.#readOutput();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Its number as the machine counts; undefined when it was never started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Gives the answer of the plugin, unchecked. Rejects with what the plugin threw, and with a
   * `TransientError` when the process ended meanwhile.
   */
  call(work: Work, ports?: CallPorts, signal?: AbortSignal): Promise<unknown> {
    if (!this.#alive) return Promise.reject(gone('It is not there.'));
    // The deadline came while the process was started: nobody would cancel the call any more.
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { ports, resolve, reject, release: this.#heed(id, signal) });
      try {
        this.#send({ kind: 'call', call: id, work });
      } catch (error) {
        this.#finish(id)?.reject(error as Error);
      }
    });
  }

  /** Ends the process without a word; its calls are told. */
  async end(): Promise<void> {
    this.#stop('The host ended it.');
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      await this.#gone;
  }

  /** A call that goes on after it was cancelled takes the process with it: nothing else can stop it. */
  #heed(id: number, signal: AbortSignal | undefined): () => void {
    if (signal === undefined) return () => undefined;
    let grace: NodeJS.Timeout | undefined;
    const cancel = () => {
      this.#send({
        kind: 'cancel',
        call: id,
        why: String((signal.reason as Error | undefined)?.message ?? ''),
      });
      grace = setTimeout(
        () => this.#die(`A call went on for ${this.#events.limits.pluginCancelGraceMs} ms after its end.`),
        this.#events.limits.pluginCancelGraceMs,
      ).unref();
    };
    signal.addEventListener('abort', cancel, { once: true });
    return () => {
      clearTimeout(grace);
      signal.removeEventListener('abort', cancel);
    };
  }

  /** Whatever it sends, such as a value too deep to be written, must not harm the host. */
  #hearOut(message: unknown): void {
    try {
      this.#take(message);
    } catch (error) {
      this.#die(`It sent a message that cannot be worked with: ${(error as Error).message}`);
    }
  }

  #take(message: unknown): void {
    const parsed = ChildMessageShape.safeParse(message);
    if (!parsed.success) return this.#die('It sent a message that is none of the contract.');
    this.#watch.heard();
    const told: ChildMessage = parsed.data;
    switch (told.kind) {
      case 'ended':
        return this.#finish(told.call)?.resolve(told.value);
      case 'failed':
        return this.#finish(told.call)?.reject(errorOf(boundedError(told.error)));
      case 'ask':
        return void this.#answer(told);
      case 'ready':
        return this.#begin(told.ready);
      case 'unfit':
        this.#settleReady?.reject(new Unfit(told.error));
        return this.#stop('It cannot be used.');
      case 'log':
      case 'refused':
      case 'partial':
        return this.#hear(told);
      case 'pong':
        return;
    }
  }

  #begin(ready: Ready): void {
    if (isTooLong(ready)) this.#die('It tells too much about itself.');
    else this.#settleReady?.resolve(ready);
    this.#settleReady = undefined;
  }

  #hear(told: Extract<ChildMessage, { kind: 'log' | 'refused' | 'partial' }>): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second.at) this.#second = { at: second, messages: 0 };
    this.#second.messages += 1;
    if (this.#second.messages > this.#events.limits.pluginLinesPerSecondMax)
      return this.#die('It floods the log.');
    if (told.kind === 'refused') return this.#events.refused(told.what);
    if (told.kind === 'partial') return this.#calls.get(told.call)?.ports?.partial(told.text);
    const log = this.#calls.get(told.call)?.ports?.log;
    if (log === undefined) this.#events.line(told.level, told.message);
    else log[told.level](told.message, told.fields);
  }

  async #answer({ call, ask, of }: Extract<ChildMessage, { kind: 'ask' }>): Promise<void> {
    if (this.#asks >= this.#events.limits.pluginAsksMax) return this.#die('It asks for too much at once.');
    const ports = this.#calls.get(call)?.ports;
    this.#asks += 1;
    try {
      if (ports === undefined) throw new Error('The call is over: a plugin works within its calls only.');
      this.#send({ kind: 'answer', ask, value: await ports.answer(of) });
    } catch (error) {
      this.#send({ kind: 'no', ask, error: tellError(error) });
    } finally {
      this.#asks -= 1;
    }
  }

  #finish(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.release();
    call?.ports?.end();
    return call;
  }

  #send(message: HostMessage): void {
    if (this.#alive) this.#pipe.send(message);
  }

  /** Nothing honest goes there: the first of it is shown, a flood ends the process. */
  #readOutput(): void {
    let bytes = 0;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > this.#events.limits.pluginOutputBytesMax) return this.#die('It floods its output.');
        this.#events.line('warn', chunk.toString('utf8').trimEnd().slice(0, 4_096));
      });
      stream?.on('error', () => undefined);
    }
  }

  /**
   * Its end is told twice, by its exit and by its pipe, and either may come first: the exit tells why, and
   * the pipe may still hold its last words.
   */
  #leave(why: string): void {
    const { exitCode, signalCode } = this.#child;
    this.#partings += 1;
    if (this.#partings > 1) this.#die(`It ended by itself (${signalCode ?? `code ${exitCode}`}).`);
    else setTimeout(() => this.#die(why), PARTING_MS).unref();
  }

  #die(why: string): void {
    if (!this.#alive) return;
    this.#stop(why);
    this.#events.ended(why);
  }

  #stop(why: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#watch.stop();
    this.#pipe.close();
    this.#kill();
    this.#settleReady?.reject(new Error(why));
    this.#settleReady = undefined;
    for (const id of this.#calls.keys()) this.#finish(id)?.reject(gone(why));
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in the group, or there are no groups (Windows).
      this.#child.kill('SIGKILL');
    }
  }
}

function gone(why: string): TransientError {
  return new TransientError(`The plugin's process is gone. ${why}`, { reason: 'unavailable' });
}
