import type { RunCommand } from '@tutti/contracts';
import { uuidv7 } from '@tutti/contracts';
import type { Pool, PoolClient } from 'pg';
import { dayOfId } from '../partitions.js';
import { unpackEntries, unpackEvents } from './journal-codec.js';
import { concernsOpenTasks, type OpenTask, openTasksAfter, openTasksAt } from './open-tasks.js';
import {
  acceptColumns,
  commandNotice,
  type CommandRow,
  type FirstOfKey,
  lastTurn,
  type LastTurnRow,
  type LoadedRow,
  loadedRun,
  waitingCommand,
} from './run-rows.js';
import {
  ACCEPT,
  ACCEPT_WITH_KEYS,
  COMMANDS_OF,
  EVENTS_OF,
  FIRST_OF_KEYS,
  ENTRIES_BEFORE,
  LAST_TURNS,
  LOAD_RUNS,
  ORPHANED_RUNS,
  STORED_RUNS,
  TAKE_COMMANDS,
  TAKE_DUE,
  UNFINISHED_RUNS,
} from './run-store.sql.js';
import type {
  AcceptedRun,
  CommandNotice,
  LastTurn,
  LoadedRun,
  OrphanPage,
  RunToAccept,
  RunTurn,
  TurnExtras,
  WaitingCommand,
} from './run-store.types.js';
import { commitTurns } from './turn-commit.js';

/** After this time another sweep takes a due run whose taker died. */
const DUE_LEASE_MS = 30_000;

/**
 * An owner has at most 32 turns on their way (SENDING_TURNS_MAX) and one just committed: no more can be
 * unsent.
 */
const LAST_TURNS_MAX = 33;
/** Commands of a run that one turn takes; what is left is rung for again. */
const RUN_COMMANDS_MAX = 1_000;

/**
 * Who can run a statement: the pool, or a client inside a transaction (TypeORM's query runner has the same
 * shape of `query`).
 */
interface Executor {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/**
 * The hot path's SQL: accept runs, commit turns, take what is due. Every method takes a batch and makes one
 * statement (or one transaction) of it.
 */
export class RunStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Inserts runs with their idempotency keys in one statement. The answers are in the order of the runs. With
   * a client it happens in the caller's transaction.
   */
  async acceptRuns(
    runs: readonly RunToAccept[],
    client: Pool | PoolClient = this.pool,
  ): Promise<AcceptedRun[]> {
    const columns = acceptColumns(runs);
    if (runs.every((run) => !run.idempotency)) {
      const { rowCount } = await client.query({ name: 'accept', text: ACCEPT, values: columns });
      if (rowCount !== runs.length) return this.storedOf(runs, client);
      return runs.map((run) => ({ accepted: true, id: run.id }));
    }
    const keys = [
      runs.map((run) => run.idempotency?.scope ?? null),
      runs.map((run) => run.idempotency?.key ?? null),
      runs.map((run) => run.idempotency?.requestHash ?? null),
    ];
    const result = await client.query<{ id: string }>({
      name: 'accept-keys',
      text: ACCEPT_WITH_KEYS,
      values: [...columns, ...keys],
    });
    const inserted = new Set(result.rows.map((row) => row.id));
    const keptOut = runs.filter((run) => !inserted.has(run.id));
    const answers = await this.whyNotStored(keptOut, client);
    const reasons = new Map(keptOut.map((run, i) => [run.id, answers[i]]));
    return runs.map((run) => reasons.get(run.id) ?? { accepted: true, id: run.id });
  }

  /**
   * Why runs were not stored, in their order: the key was used before (the first run of it), else the
   * workflow is disabled.
   */
  async whyNotStored(
    runs: readonly RunToAccept[],
    client: Pool | PoolClient = this.pool,
  ): Promise<AcceptedRun[]> {
    const firsts = runs.length === 0 ? new Map<string, AcceptedRun>() : await this.firstRunsOf(runs, client);
    return runs.map((run) => firsts.get(run.id) ?? disabled(run));
  }

  /** What became of runs without keys when not all were stored. */
  private async storedOf(runs: readonly RunToAccept[], client: Pool | PoolClient): Promise<AcceptedRun[]> {
    const result = await client.query<{ id: string }>(STORED_RUNS, [runs.map(({ id }) => id)]);
    const stored = new Set(result.rows.map((row) => row.id));
    return runs.map((run) => (stored.has(run.id) ? { accepted: true, id: run.id } : disabled(run)));
  }

  private async firstRunsOf(
    repeats: readonly RunToAccept[],
    client: Pool | PoolClient,
  ): Promise<Map<string, AcceptedRun>> {
    const result = await client.query<FirstOfKey>({
      name: 'first-of-keys',
      text: FIRST_OF_KEYS,
      values: [
        repeats.map((run) => run.id),
        repeats.map((run) => run.workspaceId),
        repeats.map((run) => run.idempotency?.scope),
        repeats.map((run) => run.idempotency?.key),
        repeats.map((run) => run.idempotency?.requestHash),
      ],
    });
    return new Map(
      result.rows.map((row) => [
        row.asked_id,
        {
          accepted: false,
          id: row.run_id,
          sameRequest: row.same_request,
          status: row.status,
          output: row.output,
          error: row.error,
        },
      ]),
    );
  }

  /**
   * Commits turns of many runs in one transaction. A run whose turn came too late (another owner wrote this
   * revision) is left as it is and is missing in the answer, which holds the ids of the runs that were
   * committed.
   */
  async commitTurns(turns: readonly RunTurn[], extras: TurnExtras): Promise<Set<string>> {
    return commitTurns(this.pool, turns, extras);
  }

  /** Loads runs with their states, by id. */
  async loadRuns(ids: readonly string[]): Promise<LoadedRun[]> {
    const result = await this.pool.query<LoadedRow>({ name: 'load-runs', text: LOAD_RUNS, values: [ids] });
    return result.rows.map(loadedRun);
  }

  /**
   * Ids of unfinished runs after `afterId`, in order of id: what a new owner has to look at, suspended ones
   * too. Waiting runs are left to their alarms.
   */
  async unfinishedRuns(afterId: string, limit: number): Promise<string[]> {
    const result = await this.pool.query<{ id: string }>({
      name: 'unfinished',
      text: UNFINISHED_RUNS,
      values: [afterId, limit],
    });
    return result.rows.map((row) => row.id);
  }

  /**
   * Takes runs whose alarm is due at `nowMs` (null: by the database's clock), and moves their alarm by the
   * lease, so that a taker which dies loses nothing.
   */
  async takeDue(
    nowMs: number | null,
    limit: number,
    leaseMs = DUE_LEASE_MS,
  ): Promise<{ runId: string; dueAtMs: number }[]> {
    const result = await this.pool.query<{ run_id: string; due_at_ms: number }>({
      name: 'take-due',
      text: TAKE_DUE,
      values: [nowMs, limit, leaseMs],
    });
    return result.rows.map((row) => ({ runId: row.run_id, dueAtMs: row.due_at_ms }));
  }

  /**
   * Takes commands that were not sent for `olderThanMs` and are not applied yet, in their order, and notes
   * that they are sent now.
   */
  async takeCommands(olderThanMs: number, limit: number): Promise<CommandNotice[]> {
    const result = await this.pool.query<Omit<CommandRow, 'event'> & { created_at: Date }>({
      name: 'take-commands',
      text: TAKE_COMMANDS,
      values: [olderThanMs, limit],
    });
    const order = ({ created_at, id }: { created_at: Date; id: string }) =>
      `${created_at.toISOString()} ${id}`;
    return result.rows.sort((a, b) => (order(a) < order(b) ? -1 : 1)).map(commandNotice);
  }

  /**
   * The commands of these runs that are not applied yet, in the order in which they were given; of each run
   * the first thousand.
   */
  async commandsOf(runIds: readonly string[]): Promise<WaitingCommand[]> {
    const result = await this.pool.query<CommandRow>({
      name: 'commands-of',
      text: COMMANDS_OF,
      values: [runIds, RUN_COMMANDS_MAX],
    });
    return result.rows.map(waitingCommand);
  }

  /** One page of the unfinished runs after `afterId`: those older than `olderThanMs` without a first turn. */
  async orphanedRuns(afterId: string, page: { limit: number; olderThanMs: number }): Promise<OrphanPage> {
    const result = await this.pool.query<{ found: number; last: string | null; orphans: string[] }>({
      name: 'orphaned',
      text: ORPHANED_RUNS,
      values: [afterId, page.limit, page.olderThanMs],
    });
    const { found, last, orphans } = result.rows[0] ?? { found: 0, last: null, orphans: [] };
    return { ids: orphans, last: found < page.limit ? null : last };
  }

  /** What the last turns of these runs told those who follow them, in the order in which they were made. */
  async lastTurnsOf(runIds: readonly string[]): Promise<LastTurn[]> {
    const result = await this.pool.query<LastTurnRow>({
      name: 'last-turns',
      text: LAST_TURNS,
      values: [runIds, runIds.map(dayOfId), LAST_TURNS_MAX],
    });
    const turns = result.rows.map(lastTurn);
    for (const turn of turns)
      if (concernsOpenTasks(turn.entries)) turn.openTasks = await this.openTasksIn(turn);
    return turns;
  }

  private async openTasksIn({ runId, revision, entries }: LastTurn): Promise<OpenTask[]> {
    const { rows } = await this.pool.query<{ event: string; entries: string }>({
      name: 'entries-before',
      text: ENTRIES_BEFORE,
      values: [runId, dayOfId(runId), revision],
    });
    return openTasksAt(openTasksAfter(rows.flatMap(unpackEntries)), entries);
  }

  /** The database's time in epoch milliseconds: the one clock that all processes share. */
  async timeMs(): Promise<number> {
    const result = await this.pool.query<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
    );
    return result.rows[0]?.ms ?? Date.now();
  }

  /**
   * Does the work while no other process does work of this name; false when one does so now, and nothing was
   * done.
   */
  async exclusively(name: string, work: () => Promise<void>): Promise<boolean> {
    const client = await this.pool.connect();
    let broken = true;
    try {
      const { rows } = await client.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock(hashtext($1)) AS taken',
        [name],
      );
      if (rows[0]?.taken === true) {
        await work();
        await client.query('SELECT pg_advisory_unlock(hashtext($1))', [name]);
      }
      broken = false;
      return rows[0]?.taken === true;
    } finally {
      // A connection that still holds the lock must not go back to the pool.
      client.release(broken);
    }
  }

  /**
   * Inserts a command for a run, by default in a transaction of its own; pass the caller's executor to have
   * it in his. Publish `run.commanded` with the returned id after the commit.
   */
  async submitCommand(
    of: { workspaceId: string; runId: string },
    command: RunCommand,
    executor: Executor = this.pool,
  ): Promise<string> {
    const id = uuidv7();
    await executor.query(
      'INSERT INTO run_commands (id, workspace_id, run_id, command) VALUES ($1, $2, $3, $4)',
      [id, of.workspaceId, of.runId, JSON.stringify(command)],
    );
    return id;
  }

  /** All events that a run was decided on, in order; their type is the engine's `RunEvent`. */
  async eventsOf<E>(runId: string): Promise<{ at: number; event: E }[]> {
    const values = [runId, dayOfId(runId)];
    const result = await this.pool.query<{ event: string; input: string }>({
      name: 'events-of',
      text: EVENTS_OF,
      values,
    });
    return unpackEvents<E>(result.rows);
  }

  /** Ids of the reviews of a run that are open, whatever its state says. */
  async openReviewsOf(runId: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM reviews WHERE run_id = $1 AND status = 'open'`,
      [runId],
    );
    return rows.map(({ id }) => id);
  }

  /** Deletes commands whose run has ended. */
  async dropCommands(ids: readonly string[]): Promise<void> {
    await this.pool.query('DELETE FROM run_commands WHERE id = ANY($1::uuid[])', [ids]);
  }
}

function disabled({ id }: RunToAccept): AcceptedRun {
  return { accepted: false, id, disabled: true };
}
