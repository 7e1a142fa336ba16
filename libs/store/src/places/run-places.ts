import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../in-transaction.js';
import { acceptWaitingIn, type RunToQueue } from './accept-waiting.js';
import {
  ADMIT,
  LOCK_ADMITTER,
  PLACE_OF,
  QUEUES,
  RELEASE_ALL,
  RELEASE_KNOWN,
  RELEASE_STARTED,
  TAKEN,
  WAITING,
  WAITING_IN,
} from './run-places.sql.js';

export type { RunToQueue } from './accept-waiting.js';

/** One queue of one workflow. */
export interface QueueName {
  workspaceId: string;
  workflowId: string;
  queue: string;
}

/** A queue as an admitter sees it: with how many runs have a place in it. */
export interface QueueState extends QueueName {
  taken: number;
  /** Of those with a place: runs that nobody has begun. */
  unstarted: number;
}

/** What one admission saw and is to decide on. */
export interface AdmissionView {
  /** Queues in which runs are ready. */
  ready: readonly QueueName[];
  /** Queues in which runs have places. */
  taken: readonly Omit<QueueState, 'workspaceId'>[];
}

/** How many of the ready runs of a queue are to be admitted now. */
export interface Allotment {
  workflowId: string;
  queue: string;
  places: number;
}

/** How a run waits, for people. */
export interface PlaceOfRun {
  workflowId: string;
  queue: string;
  queueKey: string | null;
  state: 'blocked' | 'ready' | 'admitted';
  takenOfWorkflow: number;
  takenOfQueue: number;
}

export interface AdmitOptions {
  /** Runs that are known to have ended; null: look at all that have a place. */
  ended: readonly string[] | null;
  /**
   * Workflows without a limit: their runs give their places back when they begin, all others at their end.
   */
  unlimited: readonly string[];
  /**
   * Decides how many of each queue come in. It is called under the lock, so it must not wait for anything.
   */
  allot: (view: AdmissionView) => readonly Allotment[];
}

/**
 * The places of limited runs: who waits, who is under way. Everything is in the database, so that a crash
 * loses nothing and any process may admit; an advisory lock lets one do it at a time.
 */
export class RunPlaces {
  constructor(private readonly pool: Pool) {}

  /**
   * Inserts runs that wait, with their places, in one transaction. The answers are in the order of the runs.
   */
  async acceptWaiting(runs: readonly RunToQueue[]): Promise<{ id: string; accepted: boolean }[]> {
    return inTransaction(this.pool, (client) => this.acceptWaitingIn(client, runs));
  }

  /** The same in the caller's transaction; no run is admitted anywhere until it ends. */
  acceptWaitingIn(
    client: PoolClient,
    runs: readonly RunToQueue[],
  ): Promise<{ id: string; accepted: boolean }[]> {
    return acceptWaitingIn(client, runs);
  }

  /** Gives back what is free and admits by the allotment. Returns the ids of the runs to be sent. */
  async admit(options: AdmitOptions): Promise<string[]> {
    return inTransaction(this.pool, async (client) => {
      await client.query(LOCK_ADMITTER);
      await release(client, options);
      const ready = await client.query<ReadyRow>({ name: 'queues', text: QUEUES });
      if (ready.rows.length === 0) return [];
      const taken = await client.query<TakenRow>({ name: 'taken', text: TAKEN });
      const allotted = options.allot({ ready: ready.rows.map(queueOf), taken: taken.rows.map(takenOf) });
      if (allotted.length === 0) return [];
      const values = [
        allotted.map(({ workflowId }) => workflowId),
        allotted.map(({ queue }) => queue),
        allotted.map(({ places }) => places),
      ];
      const admitted = await client.query<{ id: string }>({ name: 'admit', text: ADMIT, values });
      return admitted.rows.map((row) => row.id);
    });
  }

  /** Runs that wait, by queue. */
  async waiting(): Promise<{ workflowId: string; queue: string; waiting: number }[]> {
    const result = await this.pool.query<{ workflow_id: string; queue: string; waiting: number }>(WAITING);
    return result.rows.map((row) => ({
      workflowId: row.workflow_id,
      queue: row.queue,
      waiting: row.waiting,
    }));
  }

  /** Whether any run has a place or waits for one. */
  async any(): Promise<boolean> {
    const result = await this.pool.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM run_places) AS any');
    return result.rows[0]?.any === true;
  }

  /** Runs that wait in one queue. */
  async waitingIn(queue: string): Promise<number> {
    const result = await this.pool.query<{ waiting: number }>(WAITING_IN, [queue]);
    return result.rows[0]?.waiting ?? 0;
  }

  /** How a run waits; null when it has no place and waits for none. */
  async placeOf(runId: string): Promise<PlaceOfRun | null> {
    const result = await this.pool.query<PlaceRow>(PLACE_OF, [runId]);
    const [row] = result.rows;
    if (row === undefined) return null;
    return {
      workflowId: row.workflow_id,
      queue: row.queue,
      queueKey: row.queue_key,
      state: row.state,
      takenOfWorkflow: row.of_workflow,
      takenOfQueue: row.of_queue,
    };
  }
}

interface ReadyRow {
  workflow_id: string;
  queue: string;
  workspace_id: string;
}

interface TakenRow {
  workflow_id: string;
  queue: string;
  taken: number;
  unstarted: number;
}

interface PlaceRow {
  workflow_id: string;
  queue: string;
  queue_key: string | null;
  state: PlaceOfRun['state'];
  of_workflow: number;
  of_queue: number;
}

async function release(client: PoolClient, { ended, unlimited }: AdmitOptions): Promise<void> {
  if (ended === null) await client.query({ name: 'release-all', text: RELEASE_ALL });
  else if (ended.length > 0)
    await client.query({ name: 'release-known', text: RELEASE_KNOWN, values: [ended] });
  if (unlimited.length > 0)
    await client.query({ name: 'release-started', text: RELEASE_STARTED, values: [unlimited] });
}

function queueOf(row: ReadyRow): QueueName {
  return { workflowId: row.workflow_id, queue: row.queue, workspaceId: row.workspace_id };
}

function takenOf(row: TakenRow): AdmissionView['taken'][number] {
  return { workflowId: row.workflow_id, queue: row.queue, taken: row.taken, unstarted: row.unstarted };
}
