import { createHash } from 'node:crypto';
import { type CallAnswered, RUN_ENDED, TOPICS } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { Inject, Injectable } from '@nestjs/common';
import { type Callback, CallbackStore, RunStore } from '@tutti/store';
import { DataSource } from 'typeorm';
import { ProblemError } from '../problems/problem.error.js';

/** Takes the answers of systems that took a call, each once. */
@Injectable()
export class CallbacksService {
  readonly #callbacks: CallbackStore;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly runs: RunStore,
    @Inject(Bus) private readonly bus: Bus,
  ) {
    this.#callbacks = new CallbackStore(dataSource);
  }

  /** Resolves when the answer is stored; the same one once more changes nothing. */
  async take(token: string, body: Uint8Array): Promise<void> {
    const answer = answerIn(body);
    const digest = createHash('sha256').update(body).digest('hex');
    const told = await this.dataSource.transaction(async (manager) => {
      const callback = await this.#callbacks.lock(token, manager);
      if (callback === undefined)
        throw new ProblemError('not-found', 'There is no callback at this address.');
      if (callback.digest === digest) return null;
      checkOpen(callback);
      await this.#callbacks.answered(token, digest, manager);
      const { workspaceId, runId, position, connection, idempotencyKey } = callback;
      const command: CallAnswered = {
        kind: 'call.answered',
        by: `callback of ${connection}`,
        position,
        connection,
        idempotencyKey,
        answer,
      };
      const commandId = await this.runs.submitCommand({ workspaceId, runId }, command, manager);
      return { kind: 'run.commanded' as const, runId, commandId, command };
    });
    if (told !== null) await this.bus.publish(TOPICS.runInbox, [told]);
  }
}

/** JSON; nothing at all is null. */
function answerIn(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProblemError('malformed-body', `Send JSON: ${(error as Error).message}`);
  }
}

function checkOpen({ digest, status }: Callback): void {
  if (digest !== null)
    throw new ProblemError('conflict', 'The call was answered already, and otherwise: an answer is final.');
  if (RUN_ENDED.has(status))
    throw new ProblemError('conflict', `The run has ended (${status}), so nobody waits for the answer.`);
}
