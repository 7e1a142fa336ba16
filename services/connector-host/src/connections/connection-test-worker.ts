import type { Bus } from '@tutti/bus';
import type { CallRequest, CallSettled } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { workOffAsked } from '../asked-work.js';
import type { Discoverer } from '../discovery/discoverer.js';
import { LIMITS } from '../limits.js';
import type { SecretBox } from '@tutti/store';
import { answerSignIn } from '../tokens/remote-sign-ins.js';
import type { SignIns } from '../tokens/sign-ins.js';
import type { QuestionKind } from './host-questions.js';
import type { ConnectionTester } from './connection-tester.service.js';

interface TestRow {
  id: string;
  workspace_id: string;
  connection: string;
  kind: QuestionKind;
  question: Buffer | null;
}

export interface ConnectionTestWorkerParts {
  database: Pick<DataSource, 'query'>;
  tester: Pick<ConnectionTester, 'test'>;
  tryCall(request: CallRequest): Promise<CallSettled>;
  discoverer: Pick<Discoverer, 'look'>;
  signIns: Pick<SignIns, 'begin' | 'finish'>;
  secretBox: SecretBox;
  bus: Pick<Bus, 'subscribe'>;
  instanceId: string;
}

/** Answers processes without plugins: takes what `HostQuestions` asks for. */
export class ConnectionTestWorker {
  readonly #parts: ConnectionTestWorkerParts;
  /** Ends the work. */
  readonly close: () => Promise<void>;

  constructor(parts: ConnectionTestWorkerParts) {
    this.#parts = parts;
    this.close = workOffAsked({
      bus: parts.bus,
      bell: 'connection',
      take: () => this.#take(),
      perform: (row) => this.#perform(row),
      atOnceMax: LIMITS.connectionTestsAtOnceMax,
      pollMs: LIMITS.connectionTestsPollMs,
      name: ConnectionTestWorker.name,
      failed: 'Tests of connections wait',
      works: 'Tests of connections are performed again',
    });
  }

  async #take(): Promise<TestRow[]> {
    const [rows] = (await this.#parts.database.query(
      `UPDATE connection_tests SET status = 'taken', taken_by = $1 WHERE id IN (
         SELECT id FROM connection_tests
         WHERE status = 'open' AND created_at > clock_timestamp() - interval '1 minute'
         ORDER BY created_at LIMIT ${LIMITS.connectionTestsAtOnceMax} FOR UPDATE SKIP LOCKED)
       RETURNING id, workspace_id, connection, kind, question`,
      [this.#parts.instanceId],
    )) as [TestRow[], number];
    return rows;
  }

  async #perform(row: TestRow): Promise<void> {
    const result = await this.#answer(row);
    await this.#parts.database.query(
      `UPDATE connection_tests SET status = 'ended', question = NULL, result = $2, ended_at = clock_timestamp()
        WHERE id = $1`,
      [row.id, result],
    );
  }

  async #answer({ id, kind, question, workspace_id, connection }: TestRow): Promise<string> {
    const { tester, discoverer, signIns, secretBox } = this.#parts;
    if (kind === 'test') return JSON.stringify(await tester.test(workspace_id, connection));
    if (kind === 'discover')
      return JSON.stringify(await discoverer.look({ workspaceId: workspace_id, connection }));
    if (kind === 'trial') {
      const request = JSON.parse((question as Buffer).toString()) as CallRequest;
      return JSON.stringify(await this.#parts.tryCall(request));
    }
    return answerSignIn(signIns, secretBox, { id, kind, question: question as Buffer });
  }
}
