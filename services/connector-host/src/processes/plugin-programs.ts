import {
  PermanentError,
  type Program,
  type ProgramsPort,
  type RunningProgram,
  TransientError,
} from '@tutti/plugin-sdk';
import { LIMITS } from '../limits.js';
import type { ProcessGroup } from './process-group.js';
import type { Processes } from './processes.js';

/** One attempt, or one health check. */
interface Owner {
  /** Calls of one name wait in one line. */
  name: string;
  signal: AbortSignal;
  /** On the clock of `performance.now()`. */
  dueMs: number;
}

/** Programs that plugins in the host's own process start, where the operator allows processes. */
export class PluginPrograms {
  readonly #processes: Processes;
  readonly #allowed: boolean;

  constructor(processes: Processes, { allowed }: { allowed: boolean }) {
    this.#processes = processes;
    this.#allowed = allowed;
  }

  of(owner: Owner): ProgramsPort {
    return { start: (program) => this.#start(program, owner) };
  }

  async #start(program: Program, { name, dueMs, signal }: Owner): Promise<RunningProgram> {
    if (!this.#allowed)
      throw new PermanentError(
        `"${program.command}" would have to be started on the connector host, which its operator has not ` +
          'allowed: start the hub with --allow-processes (TUTTI_ALLOW_PROCESSES=true).',
        { status: 403, reason: 'rejected' },
      );
    const { getDefaultEnvironment } = await import('@modelcontextprotocol/client/stdio');
    const { gate, children } = this.#processes;
    const entry = gate.tryEnter() ? 'entered' : await gate.enter({ name, dueMs });
    if (entry !== 'entered')
      throw new TransientError(
        `There was no place for "${program.command}" among the processes of the host.`,
        {
          reason: 'throttled',
        },
      );
    const { command: file, arguments: given, environment: own } = program;
    try {
      const environment = { ...getDefaultEnvironment(), ...own };
      const group = children.open({ file, arguments: given, environment });
      if (group !== null) return new Running(group, { command: file, signal, ended: () => gate.leave() });
    } catch (error) {
      gate.leave();
      throw new PermanentError(`"${file}" cannot be started: ${(error as Error).message}`, { status: 400 });
    }
    gate.leave();
    throw new TransientError('The hub is ending.', { reason: 'unavailable' });
  }
}

class Running implements RunningProgram {
  readonly #group: ProcessGroup;
  readonly #command: string;
  readonly #ended: Promise<void>;
  #said = '';

  constructor(group: ProcessGroup, of: { command: string; signal: AbortSignal; ended: () => void }) {
    this.#group = group;
    this.#command = of.command;
    const kill = () => group.kill();
    of.signal.addEventListener('abort', kill);
    if (of.signal.aborted) kill();
    this.#ended = new Promise((resolve) => {
      const end = () => {
        of.signal.removeEventListener('abort', kill);
        resolve();
      };
      // What could not be started tells of no end.
      group.process.once('error', end);
      group.process.once('close', end);
    });
    void this.#ended.then(of.ended);
    group.process.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-LIMITS.processErrorBytesMax);
    });
  }

  send(line: string): Promise<void> {
    const { stdin } = this.#group.process;
    if (stdin?.writable !== true) return Promise.reject(this.#lost());
    stdin.write(`${line}\n`);
    return Promise.resolve();
  }

  async *lines(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of (this.#group.process.stdout ?? []) as AsyncIterable<Buffer>) {
      const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n');
      const complete = [rest + first, ...more];
      rest = complete.pop() ?? '';
      if (rest.length > LIMITS.replyBytesMax)
        throw new PermanentError(
          `"${this.#command}" says a line of more than ${LIMITS.replyBytesMax} bytes.`,
          {
            status: 502,
            reason: 'invalid-output',
          },
        );
      yield* complete;
    }
    // Whoever says nothing more ends; what it said on its standard error is then known.
    await this.close();
  }

  said(): string {
    return this.#said.trim();
  }

  /** It may end by itself for a moment; then its group is killed. */
  async close(): Promise<void> {
    this.#group.process.stdin?.end();
    const late = setTimeout(() => this.#group.kill(), LIMITS.processFarewellMs);
    await this.#ended;
    clearTimeout(late);
  }

  #lost(): TransientError {
    return new TransientError(`"${this.#command}" has ended. ${this.said()}`.trim(), {
      reason: 'unavailable',
    });
  }
}
