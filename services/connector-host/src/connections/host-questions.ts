import type { Bus } from '@tutti/bus';
import { TOPICS, uuidv7 } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { LIVE_HOSTS } from '../live-hosts.sql.js';

const ANSWER_MS_MAX = 15_000;
const POLL_MS = 100;

/** What connector hosts do for processes without plugins. */
export const QUESTION_KINDS = ['test', 'discover', 'trial', 'sign-in.begin', 'sign-in.finish'] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface HostQuestionsParts {
  database: Pick<DataSource, 'query'>;
  bus: Pick<Bus, 'publish'>;
  /** How long a host may take. */
  answerMsMax?: number;
}

/** No connector host answered. */
export class NoHostAnswered extends Error {}

/** Asks connector hosts from a process without plugins, through the database. */
export class HostQuestions {
  readonly #parts: HostQuestionsParts;

  constructor(parts: HostQuestionsParts) {
    this.#parts = parts;
  }

  /**
   * The text that a host answers with. `what`: what is done with the connection, for the sentence. Throws
   * `NoHostAnswered` when no connector host lives or none answers in time.
   */
  async ask(question: {
    id?: string;
    kind: QuestionKind;
    what: string;
    workspaceId: string;
    connection: string;
    sealed?: Buffer;
    /** How long the work itself may take. */
    workMs?: number;
  }): Promise<string> {
    const { id = uuidv7(), kind, what, workspaceId, connection, sealed = null, workMs = 0 } = question;
    if (!(await this.#isHostAlive()))
      throw new NoHostAnswered(
        `No connector host is running, so the connection cannot be ${what}: start one with \`tutti serve connector-host\`.`,
      );
    await this.#parts.database.query(
      `WITH old AS (DELETE FROM connection_tests WHERE created_at < clock_timestamp() - interval '1 hour')
       INSERT INTO connection_tests (id, workspace_id, connection, kind, question) VALUES ($1, $2, $3, $4, $5)`,
      [id, workspaceId, connection, kind, sealed],
    );
    const changed = { kind: 'definitions.changed', workspaceId, what: 'connection' } as const;
    // Hosts look by themselves every second: while the bus is away, nobody waits for it here.
    this.#parts.bus.publish(TOPICS.control, [changed]).catch(() => undefined);
    const endMs = performance.now() + (this.#parts.answerMsMax ?? ANSWER_MS_MAX) + workMs;
    while (performance.now() < endMs) {
      const answer = await this.#answer(id);
      if (answer !== null) return answer;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.#parts.database.query(`DELETE FROM connection_tests WHERE id = $1`, [id]);
    const again = kind === 'trial' ? 'Look whether it happened before you try again.' : 'Try again.';
    throw new NoHostAnswered(
      `The connector hosts are busy or gone: none ${what} the connection in time. ${again}`,
    );
  }

  async #isHostAlive(): Promise<boolean> {
    const rows = (await this.#parts.database.query(`SELECT 1 FROM ${LIVE_HOSTS} LIMIT 1`)) as unknown[];
    return rows.length > 0;
  }

  /** An answer is of nobody else, and goes when it was read. */
  async #answer(id: string): Promise<string | null> {
    const [rows] = (await this.#parts.database.query(
      `DELETE FROM connection_tests WHERE id = $1 AND status = 'ended' RETURNING result`,
      [id],
    )) as [{ result: string }[], number];
    return rows[0]?.result ?? null;
  }
}
