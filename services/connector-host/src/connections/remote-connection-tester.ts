import type { CallRequest, CallSettled } from '@tutti/contracts';
import type { Looked } from '../discovery/discoverer.js';
import { LIMITS } from '../limits.js';
import type { ConnectionHealth } from './connection-tester.service.js';
import { HostQuestions, type HostQuestionsParts, NoHostAnswered } from './host-questions.js';

/** The connection could not be tried out: its state is as unknown as before. */
export { NoHostAnswered as ConnectionNotTested };

/**
 * Tries connections out from a process without plugins: a connector host does it, told through the database.
 */
export class RemoteConnectionTester {
  readonly #questions: HostQuestions;

  constructor(parts: HostQuestionsParts) {
    this.#questions = new HostQuestions(parts);
  }

  /** Throws `ConnectionNotTested` when no connector host lives or none answers in time. */
  async test({ workspaceId, name }: { workspaceId: string; name: string }): Promise<ConnectionHealth> {
    const question = { kind: 'test', what: 'tested', workspaceId, connection: name } as const;
    return JSON.parse(await this.#questions.ask(question)) as ConnectionHealth;
  }

  /** Has a connector host ask the connection what it can do, and keep it; throws like `test`. */
  async discover({ workspaceId, name }: { workspaceId: string; name: string }): Promise<Looked> {
    const workMs = LIMITS.discoveryTimeoutMs;
    const question = {
      kind: 'discover',
      what: 'asked what it can do',
      workspaceId,
      connection: name,
      workMs,
    } as const;
    return JSON.parse(await this.#questions.ask(question)) as Looked;
  }

  /** Has a connector host perform a call once; throws like `test`. */
  async tryCall(request: CallRequest): Promise<CallSettled> {
    const { target, workspaceId, timeoutMs } = request;
    const answer = await this.#questions.ask({
      kind: 'trial',
      what: 'called over',
      workspaceId,
      connection: target.kind === 'capability' ? target.connection : '',
      sealed: Buffer.from(JSON.stringify(request)),
      workMs: timeoutMs,
    });
    return JSON.parse(answer) as CallSettled;
  }
}
