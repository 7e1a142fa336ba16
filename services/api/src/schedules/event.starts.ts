import { createHash } from 'node:crypto';
import { type CloudEvent, newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { HOT_POOL, inTransaction } from '@tutti/store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { type Queryable, queryable, rowsOf } from '../database/rows.js';
import { type RunAtDoor, RunDoor } from '../runs/run-door.js';
import { type StartableWorkflow, WorkflowCatalog } from '../workflows/workflow.catalog.js';
import { ScheduleFiring } from './schedule.firing.js';

/** Starts in one transaction. */
const BATCH_MAX = 50;
/** When a start is tried again that had no room, or whose workflow this process does not see yet. */
const AGAIN_MS = 2_000;
const TRIGGER_LENGTH_MAX = 200;

/** An event that may start a run of a workflow. */
interface WaitingStart {
  eventId: string;
  workflowId: string;
  workspaceId: string;
  namespace: string;
  name: string;
  versionId: string;
  event: string;
}

/** What a waiting start came to; `again`: it stays. */
type Outcome = { start: WaitingStart; run: RunAtDoor } | { start: WaitingStart; done: boolean };

/**
 * Makes runs of the events that start workflows (`schedule.on`). A run and the end of its row are one
 * transaction under the lock of the row: each event starts a workflow once, however many processes do this
 * and whenever one of them dies.
 */
@Injectable()
export class EventStarts {
  private readonly logger = new Logger(EventStarts.name);

  constructor(
    @Inject(HOT_POOL) private readonly pool: Pool,
    @Inject(RunDoor) private readonly door: RunDoor,
    @Inject(ScheduleFiring) private readonly firing: ScheduleFiring,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
  ) {}

  /** Takes what waits; answers whether there may be more. */
  async sweep(): Promise<boolean> {
    const { taken, started } = await inTransaction(this.pool, (client) => this.takeWaiting(client));
    await this.door.sendStored(started);
    return taken >= BATCH_MAX;
  }

  private async takeWaiting(client: PoolClient): Promise<{ taken: number; started: RunAtDoor[] }> {
    const database = queryable(client);
    const waiting = await lockWaiting(database, BATCH_MAX);
    const outcomes: Outcome[] = [];
    for (const start of waiting) outcomes.push(await this.outcomeOf(start));
    const runs = outcomes.flatMap((one) => ('run' in one ? [one.run] : []));
    // A run of a disabled workflow is not stored, and the event is over for it.
    const answers = runs.length === 0 ? [] : await this.door.storeIn(client, runs);
    await forget(
      database,
      outcomes.filter((one) => 'run' in one || one.done).map(({ start }) => start),
    );
    await postpone(
      database,
      outcomes.filter((one) => 'done' in one && !one.done).map(({ start }) => start),
    );
    return { taken: waiting.length, started: runs.filter((_, i) => answers[i]?.accepted === true) };
  }

  private async outcomeOf(start: WaitingStart): Promise<Outcome> {
    const workflow = await this.catalog.findVersion(start);
    if (workflow === null) return { start, done: false };
    const event = JSON.parse(start.event) as CloudEvent;
    if (!this.wants(start, { workflow, event })) return { start, done: true };
    const run = runOf(start, { workflow, event });
    return (await this.firing.place(run)) === null ? { start, run } : { start, done: false };
  }

  private wants(
    { namespace, name }: WaitingStart,
    { workflow, event }: { workflow: StartableWorkflow; event: CloudEvent },
  ): boolean {
    try {
      return workflow.eventStart?.wants(event) ?? false;
    } catch (error) {
      const { message } = error as Error;
      this.logger.error(`The event ${event.id} starts no run of ${namespace}/${name}: ${message}`);
      return false;
    }
  }
}

/** The input is an array of the events (DSL, "Input of event-driven scheduled workflows"). */
function runOf(
  { eventId, workflowId, workspaceId }: WaitingStart,
  { workflow, event }: { workflow: StartableWorkflow; event: CloudEvent },
): RunAtDoor {
  // What breaks the workflow's input schema is the fault of the run: there is nobody else to tell.
  const input = [event];
  const text = JSON.stringify(input);
  return {
    workflow,
    input,
    run: {
      id: uuidv7(),
      workspaceId,
      workflowId,
      workflowVersionId: workflow.identity.versionId,
      trigger: `event:${event.type.slice(0, TRIGGER_LENGTH_MAX)}`,
      traceId: newTraceId(),
      rootSpanId: newSpanId(),
      input: text,
      idempotency: {
        scope: 'event',
        key: `${workflowId}@${eventId}`,
        requestHash: createHash('sha256').update(text).digest(),
      },
    },
  };
}

function lockWaiting(database: Queryable, limit: number): Promise<WaitingStart[]> {
  return rowsOf<WaitingStart>(
    database,
    `SELECT s.event_id AS "eventId", s.workflow_id AS "workflowId", s.workspace_id AS "workspaceId", w.namespace, w.name,
       w.current_version_id AS "versionId", e.event
     FROM event_starts s JOIN events e ON e.id = s.event_id JOIN workflows w ON w.id = s.workflow_id
     WHERE s.due_at <= clock_timestamp() ORDER BY s.due_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
    [limit],
  );
}

function columns(starts: readonly WaitingStart[]): string[][] {
  return [starts.map(({ eventId }) => eventId), starts.map(({ workflowId }) => workflowId)];
}

async function forget(database: Queryable, starts: readonly WaitingStart[]): Promise<void> {
  if (starts.length === 0) return;
  await database.query(
    `DELETE FROM event_starts s USING unnest($1::uuid[], $2::uuid[]) AS d(event_id, workflow_id)
     WHERE s.event_id = d.event_id AND s.workflow_id = d.workflow_id`,
    columns(starts),
  );
}

async function postpone(database: Queryable, starts: readonly WaitingStart[]): Promise<void> {
  if (starts.length === 0) return;
  await database.query(
    `UPDATE event_starts s SET due_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
     FROM unnest($1::uuid[], $2::uuid[]) AS d(event_id, workflow_id)
     WHERE s.event_id = d.event_id AND s.workflow_id = d.workflow_id`,
    [...columns(starts), AGAIN_MS],
  );
}
