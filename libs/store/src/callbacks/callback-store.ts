import { randomBytes } from 'node:crypto';
import type { RunStatus } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

type Database = Pick<DataSource, 'query'>;

/** A call that another system may answer. */
export interface AnswerableCall {
  workspaceId: string;
  runId: string;
  position: string;
  connection: string;
  idempotencyKey: string;
}

/** A callback, and how its run is. */
export interface Callback extends AnswerableCall {
  /** Of the answer that came; null: none yet. */
  digest: string | null;
  status: RunStatus;
}

/** The addresses of calls that are answered later: nobody can guess one, and each takes one answer. */
export class CallbackStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The token in the address of a call: the same one for all of its attempts. */
  async open(call: AnswerableCall): Promise<string> {
    await this.#database.query(SWEEP);
    const { workspaceId, runId, position, connection, idempotencyKey } = call;
    const token = randomBytes(24).toString('base64url');
    const [row] = (await this.#database.query(OPEN, [
      token,
      workspaceId,
      runId,
      position,
      connection,
      idempotencyKey,
    ])) as { token: string }[];
    return row?.token ?? token;
  }

  /** The callback at an address, locked until the end of the transaction. */
  async lock(token: string, transaction: Database): Promise<Callback | undefined> {
    const [row] = (await transaction.query(LOCK, [token])) as Callback[];
    return row;
  }

  /** Remembers which answer came. */
  async answered(token: string, digest: string, transaction: Database): Promise<void> {
    await transaction.query('UPDATE call_callbacks SET digest = $2 WHERE token = $1', [token, digest]);
  }
}

/** Longer than a call may wait. */
const KEPT_DAYS = 40;

const SWEEP = `
DELETE FROM call_callbacks WHERE token IN (
  SELECT token FROM call_callbacks WHERE opened_at < now() - interval '${KEPT_DAYS} days'
  ORDER BY opened_at LIMIT 20 FOR UPDATE SKIP LOCKED)`;

const OPEN = `
INSERT INTO call_callbacks AS c (token, workspace_id, run_id, position, connection, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (run_id, position, connection, idempotency_key) DO UPDATE SET opened_at = c.opened_at
RETURNING token`;

const LOCK = `
SELECT c.workspace_id AS "workspaceId", c.run_id AS "runId", c.position, c.connection, c.idempotency_key AS "idempotencyKey",
  c.digest, r.status
FROM call_callbacks c JOIN runs r ON r.id = c.run_id
WHERE c.token = $1 FOR UPDATE OF c`;
