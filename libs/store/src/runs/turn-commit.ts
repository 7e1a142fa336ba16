import type { Pool, PoolClient } from 'pg';
import { INSERT_EVENTS } from '../events/event-outbox.js';
import { writeSubscriptions } from '../events/event-store.js';
import { inTransaction } from '../in-transaction.js';
import { dayOfId } from '../partitions.js';
import { giveCommands, storeChildren } from './children.js';
import { DURATION_BUCKETS_MS, durationBucket } from './durations.js';
import { CLOSE_REVIEWS, COMMIT_TURNS, MIGRATE_RUNS, OPEN_REVIEWS, WRITTEN_TURNS } from './run-store.sql.js';
import type { RunTurn, TurnExtras } from './run-store.types.js';

const UNIQUE_VIOLATION = '23505';

/**
 * Commits turns of many runs in one transaction, with all that belongs to them. When the journal's guard
 * refuses one (another owner wrote this revision), nothing was committed; the others are then committed
 * without it. Answers the ids of the runs that were committed.
 */
export async function commitTurns(
  pool: Pool,
  turns: readonly RunTurn[],
  extras: TurnExtras,
): Promise<Set<string>> {
  let left = [...turns].sort((a, b) => (a.runId < b.runId ? -1 : 1));
  while (left.length > 0) {
    const ids = new Set(left.map(({ runId }) => runId));
    try {
      await commitAll(pool, left, left.length === turns.length ? extras : extrasOf(extras, ids));
      return ids;
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      const written = await writtenTurns(pool, left);
      if (written.size === 0) throw error;
      left = left.filter(({ runId }) => !written.has(runId));
    }
  }
  return new Set();
}

async function commitAll(pool: Pool, turns: readonly RunTurn[], extras: TurnExtras): Promise<void> {
  const statement = {
    name: 'commit-turns',
    text: COMMIT_TURNS,
    values: [...turnColumns(turns), JSON.stringify(extras.receipts)],
  };
  if (!needsTransaction(extras)) {
    await pool.query(statement);
    return;
  }
  await inTransaction(pool, async (client) => {
    await client.query(statement);
    await writeExtras(client, extras);
  });
}

async function writtenTurns(pool: Pool, turns: readonly RunTurn[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ run_id: string }>({
    name: 'written-turns',
    text: WRITTEN_TURNS,
    values: [
      turns.map(({ runId }) => runId),
      turns.map(({ revision }) => revision),
      turns.map(({ runId }) => dayOfId(runId)),
    ],
  });
  return new Set(rows.map((row) => row.run_id));
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

/** Whether anything has statements of its own; few turns have, and the others need one round trip only. */
function needsTransaction({ receipts: _, ...extras }: TurnExtras): boolean {
  return Object.values(extras).some((rows: readonly unknown[] | undefined) => (rows?.length ?? 0) > 0);
}

/** What belongs to these runs. */
function extrasOf(extras: TurnExtras, ids: ReadonlySet<string>): TurnExtras {
  const kept = ({ runId }: { runId: string }) => ids.has(runId);
  return {
    reviewsOpened: extras.reviewsOpened.filter(kept),
    reviewsClosed: extras.reviewsClosed.filter(kept),
    receipts: extras.receipts.filter(kept),
    commandsApplied: extras.commandsApplied.filter(kept),
    eventsEmitted: extras.eventsEmitted.filter(kept),
    childrenStarted: extras.childrenStarted?.filter(kept) ?? [],
    commandsGiven: extras.commandsGiven?.filter(kept) ?? [],
    subscriptions: extras.subscriptions.filter(kept),
    migrated: extras.migrated.filter(kept),
  };
}

async function writeExtras(client: PoolClient, extras: TurnExtras): Promise<void> {
  const { reviewsOpened, reviewsClosed, commandsApplied, eventsEmitted, subscriptions } = extras;
  const { migrated } = extras;
  const { childrenStarted = [], commandsGiven = [] } = extras;
  if (childrenStarted.length > 0) await storeChildren(client, childrenStarted);
  if (commandsGiven.length > 0) await giveCommands(client, commandsGiven);
  if (reviewsOpened.length > 0) await client.query(OPEN_REVIEWS, [JSON.stringify(reviewsOpened)]);
  if (reviewsClosed.length > 0) await client.query(CLOSE_REVIEWS, [JSON.stringify(reviewsClosed)]);
  if (eventsEmitted.length > 0) await client.query(INSERT_EVENTS, [JSON.stringify(eventsEmitted)]);
  if (subscriptions.length > 0) await writeSubscriptions(client, subscriptions);
  if (migrated.length > 0) await client.query(MIGRATE_RUNS, [JSON.stringify(migrated)]);
  if (commandsApplied.length > 0) {
    await client.query('DELETE FROM run_commands WHERE id = ANY($1::uuid[])', [
      commandsApplied.map(({ id }) => id),
    ]);
  }
}
