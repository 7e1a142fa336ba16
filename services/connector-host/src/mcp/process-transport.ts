import { setImmediate } from 'node:timers/promises';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { LIMITS } from '../limits.js';
import type { ProcessGroup } from '../processes/process-group.js';

type Sdk = typeof import('@modelcontextprotocol/client');

/** MCP over the standard input and output of a process, which has a group of its own. */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #sdk: Sdk;
  readonly #open: () => ProcessGroup | null;
  #group: ProcessGroup | undefined;
  #ended: Promise<void> = Promise.resolve();
  #said = '';

  /** `open` starts the process; null: the hub ends. */
  constructor(sdk: Sdk, open: () => ProcessGroup | null) {
    this.#sdk = sdk;
    this.#open = open;
  }

  /** Called by the client, once. */
  start(): Promise<void> {
    const group = this.#open();
    if (group === null) return Promise.reject(this.#lost('The hub is ending'));
    this.#group = group;
    const { process: started } = group;
    this.#ended = new Promise((resolve) => {
      // What could not be started tells of no end.
      started.once('error', () => resolve());
      started.once('close', () => {
        this.onclose?.();
        resolve();
      });
    });
    this.#listen(group);
    return new Promise((resolve, reject) => {
      started.once('spawn', resolve);
      started.once('error', reject);
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#group?.process.stdin;
    if (stdin?.writable !== true) return Promise.reject(this.#lost('The process ended'));
    stdin.write(this.#sdk.serializeMessage(message));
    return Promise.resolve();
  }

  /** The process may end by itself for a moment; then its group is killed. */
  async close(): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    group.process.stdin?.end();
    const late = setTimeout(() => group.kill(), LIMITS.processFarewellMs);
    await this.#ended;
    clearTimeout(late);
  }

  /** What the process said on its standard error. */
  async said(): Promise<string> {
    // What it said last may still be on its way when its end is known.
    await setImmediate();
    return this.#said.trim();
  }

  #lost(why: string): Error {
    const { SdkError, SdkErrorCode } = this.#sdk;
    return new SdkError(SdkErrorCode.ConnectionClosed, why);
  }

  #listen({ process: started }: ProcessGroup): void {
    const buffer = new this.#sdk.ReadBuffer({ maxBufferSize: LIMITS.replyBytesMax });
    started.stdout?.on('data', (chunk: Buffer) => {
      try {
        buffer.append(chunk);
      } catch (error) {
        // More than fits: where the next message begins is not known any more.
        this.onerror?.(error as Error);
        this.#group?.kill();
      }
      while (this.#take(buffer));
    });
    started.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-LIMITS.processErrorBytesMax);
    });
  }

  /** Hands on the next message, if there is one. A line that is none is told of, and skipped. */
  #take(buffer: InstanceType<Sdk['ReadBuffer']>): boolean {
    try {
      const message = buffer.readMessage();
      if (message !== null) this.onmessage?.(message);
      return message !== null;
    } catch (error) {
      this.onerror?.(error as Error);
      return true;
    }
  }
}
