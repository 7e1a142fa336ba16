import type { RunCommand } from '@tutti/contracts';
import { uuidv7 } from '@tutti/contracts';
import type { Pool, PoolClient } from 'pg';
import { dayOfId } from '../partitions.js';
import { DURATION_BUCKETS_MS, durationBucket } from './durations.js';
import { unpackEvents } from './journal-codec.js';
import {
  ACCEPT,
  ACCEPT_WITH_KEYS,
  CLOSE_REVIEWS,
  COMMIT_TURNS,
  EVENTS_OF,
  FIRST_OF_KEYS,
  INSERT_RECEIPTS,
  LOAD_RUNS,
  OPEN_REVIEWS,
  TAKE_DUE,
  UNFINISHED_RUNS,
  WAITING_COMMANDS,
} from './run-store.sql.js';
import type {
  AcceptedRun,
  LoadedRun,
  RunToAccept,
  RunTurn,
  TurnExtras,
  WaitingCommand,
} from './run-store.types.js';

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

  /** Inserts runs with their idempotency keys in one statement. The answers are in the order of the runs. */
  async acceptRuns(runs: readonly RunToAccept[]): Promise<AcceptedRun[]> {
    const columns = acceptColumns(runs);
    if (runs.every((run) => !run.idempotency)) {
      await this.pool.query({ name: 'accept', text: ACCEPT, values: columns });
      return runs.map((run) => ({ accepted: true, id: run.id }));
    }
    const keys = [
      runs.map((run) => run.idempotency?.scope ?? null),
      runs.map((run) => run.idempotency?.key ?? null),
      runs.map((run) => run.idempotency?.requestHash ?? null),
    ];
    const result = await this.pool.query<{ id: string }>({
      name: 'accept-keys',
      text: ACCEPT_WITH_KEYS,
      values: [...columns, ...keys],
    });
    const inserted = new Set(result.rows.map((row) => row.id));
    const repeats = runs.filter((run) => !inserted.has(run.id));
    const firsts = repeats.length === 0 ? new Map<string, AcceptedRun>() : await this.firstRunsOf(repeats);
    return runs.map((run) =>
      inserted.has(run.id) ? { accepted: true, id: run.id } : (firsts.get(run.id) as AcceptedRun),
    );
  }

  private async firstRunsOf(repeats: readonly RunToAccept[]): Promise<Map<string, AcceptedRun>> {
    const result = await this.pool.query<FirstOfKey>({
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
    const statement = { name: 'commit-turns', text: COMMIT_TURNS, values: turnColumns(turns) };
    if (!hasExtras(extras)) return idsOf(await this.pool.query<{ run_id: string }>(statement));
    return this.inTransaction(async (client) => {
      const committed = idsOf(await client.query<{ run_id: string }>(statement));
      await writeExtras(client, extras, committed);
      return committed;
    });
  }

  /** Loads runs with their states, by id. */
  async loadRuns(ids: readonly string[]): Promise<LoadedRun[]> {
    const result = await this.pool.query<LoadedRow>({ name: 'load-runs', text: LOAD_RUNS, values: [ids] });
    return result.rows.map(loadedRun);
  }

  /**
   * Ids of unfinished runs after `afterId`, in order of id: what a new owner has to look at. Waiting runs are
   * left to their alarms.
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
   * Takes runs whose alarm is due at `nowMs`, and moves their alarm by the lease, so that a taker which dies
   * loses nothing.
   */
  async takeDue(nowMs: number, limit: number): Promise<string[]> {
    const result = await this.pool.query<{ run_id: string }>({
      name: 'take-due',
      text: TAKE_DUE,
      values: [nowMs, limit],
    });
    return result.rows.map((row) => row.run_id);
  }

  /** Commands that were committed at least `olderThanMs` ago and not applied yet. */
  async waitingCommands(olderThanMs: number, limit: number): Promise<WaitingCommand[]> {
    const result = await this.pool.query<{ id: string; run_id: string; command: string }>({
      name: 'waiting-commands',
      text: WAITING_COMMANDS,
      values: [olderThanMs, limit],
    });
    return result.rows.map((row) => ({
      id: row.id,
      runId: row.run_id,
      command: JSON.parse(row.command) as RunCommand,
    }));
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

  /** Deletes commands whose run has ended. */
  async dropCommands(ids: readonly string[]): Promise<void> {
    await this.pool.query('DELETE FROM run_commands WHERE id = ANY($1::uuid[])', [ids]);
  }

  private async inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // The connection may be the reason of the failure, so it is not given back.
      client.release(error instanceof Error ? error : true);
      throw error;
    }
  }
}

interface FirstOfKey {
  asked_id: string;
  run_id: string;
  same_request: boolean;
  status: LoadedRun['status'];
  output: string | null;
  error: string | null;
}

interface LoadedRow {
  id: string;
  workspace_id: string;
  workflow_id: string;
  workflow_version_id: string;
  namespace: string;
  name: string;
  version: string;
  status: LoadedRun['status'];
  revision: number | null;
  trigger: string;
  trace_id: string;
  root_span_id: string;
  parent_span_id: string | null;
  started_at_ms: number;
  input: string;
  state: string | null;
  wake_at_ms: number | null;
  retry_of: string | null;
  retry_from: string | null;
}

function loadedRun(row: LoadedRow): LoadedRun {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    workflowId: row.workflow_id,
    status: row.status,
    revision: row.revision ?? 0,
    trigger: row.trigger,
    workflow: {
      namespace: row.namespace,
      name: row.name,
      version: row.version,
      versionId: row.workflow_version_id,
    },
    traceId: row.trace_id,
    rootSpanId: row.root_span_id,
    parentSpanId: row.parent_span_id,
    startedAtMs: row.started_at_ms,
    input: row.input,
    state: row.state,
    wakeAtMs: row.wake_at_ms,
    retry: row.retry_of === null ? null : { of: row.retry_of, fromTask: row.retry_from },
  };
}

function idsOf(result: { rows: { run_id: string }[] }): Set<string> {
  return new Set(result.rows.map((row) => row.run_id));
}

function acceptColumns(runs: readonly RunToAccept[]): unknown[] {
  return [
    runs.map((run) => run.id),
    runs.map((run) => run.workspaceId),
    runs.map((run) => run.workflowId),
    runs.map((run) => run.workflowVersionId),
    runs.map((run) => run.trigger),
    runs.map((run) => run.traceId),
    runs.map((run) => run.rootSpanId),
    runs.map((run) => run.parentSpanId ?? null),
    runs.map((run) => run.retry?.of ?? null),
    runs.map((run) => run.retry?.fromTask ?? null),
    runs.map((run) => run.input),
  ];
}

function turnColumns(turns: readonly RunTurn[]): unknown[] {
  return [
    turns.map((turn) => turn.runId),
    turns.map((turn) => turn.revision),
    turns.map((turn) => turn.status),
    turns.map((turn) => turn.statusChanged),
    turns.map((turn) => turn.state),
    turns.map((turn) => (turn.wakeAtMs === 'keep' ? null : turn.wakeAtMs)),
    turns.map((turn) => turn.wakeAtMs === 'keep'),
    turns.map((turn) => turn.event),
    turns.map((turn) => turn.entries),
    turns.map((turn) => turn.atMs),
    turns.map((turn) => dayOfId(turn.runId)),
    turns.map((turn) => turn.ended !== null),
    turns.map((turn) => turn.ended?.output ?? null),
    turns.map((turn) => turn.ended?.error ?? null),
    turns.map((turn) => turn.costMicros),
    turns.map((turn) => turn.currency),
    JSON.stringify(minutesOf(turns)),
  ];
}

interface Minute {
  workspace_id: string;
  workflow_id: string;
  minute: string;
  status: string;
  runs: number;
  duration_ms_sum: number;
  cost_micros: number;
  durations: number[];
}

/** What the ended runs of a batch add to the minute rollups. */
function minutesOf(turns: readonly RunTurn[]): Minute[] {
  const minutes = new Map<string, Minute>();
  for (const turn of turns) {
    if (turn.ended === null) continue;
    const minute = new Date(Math.floor(turn.atMs / 60_000) * 60_000).toISOString();
    const key = `${turn.workflowId}|${minute}|${turn.status}`;
    let entry = minutes.get(key);
    if (!entry) {
      entry = {
        workspace_id: turn.workspaceId,
        workflow_id: turn.workflowId,
        minute,
        status: turn.status,
        runs: 0,
        duration_ms_sum: 0,
        cost_micros: 0,
        durations: new Array<number>(DURATION_BUCKETS_MS.length + 1).fill(0),
      };
      minutes.set(key, entry);
    }
    entry.runs += 1;
    entry.duration_ms_sum += turn.ended.durationMs;
    entry.cost_micros += turn.costMicros;
    const bucket = durationBucket(turn.ended.durationMs);
    entry.durations[bucket] = (entry.durations[bucket] as number) + 1;
  }
  // One order for all writers, because two that lock the same rows in different orders would wait for each
  // other.
  return [...minutes.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function hasExtras(extras: TurnExtras): boolean {
  return (
    extras.reviewsOpened.length +
      extras.reviewsClosed.length +
      extras.receipts.length +
      extras.commandsApplied.length >
    0
  );
}

async function writeExtras(
  client: PoolClient,
  extras: TurnExtras,
  committed: ReadonlySet<string>,
): Promise<void> {
  const opened = extras.reviewsOpened.filter((review) => committed.has(review.runId));
  if (opened.length > 0) await client.query(OPEN_REVIEWS, [JSON.stringify(opened)]);
  if (extras.reviewsClosed.length > 0)
    await client.query(CLOSE_REVIEWS, [JSON.stringify(extras.reviewsClosed)]);
  const receipts = extras.receipts.filter((receipt) => committed.has(receipt.runId));
  if (receipts.length > 0) await client.query(INSERT_RECEIPTS, [JSON.stringify(receipts)]);
  if (extras.commandsApplied.length > 0) {
    await client.query('DELETE FROM run_commands WHERE id = ANY($1::uuid[]) AND run_id = ANY($2::uuid[])', [
      extras.commandsApplied,
      [...committed],
    ]);
  }
}
