import { createHash } from 'node:crypto';
import { type CloudEvent, newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { JqLimitError, JqRuntimeError } from '@tutti/jq';
import { Counters, DeadLetterStore, HOT_POOL, inTransaction } from '@tutti/store';
import { EvaluationError } from '@tutti/workflow';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { type Queryable, queryable, rowsOf } from '../database/rows.js';
import { setLetter, startLetter } from '../dead-letters/start-letter.js';
import { type RunAtDoor, RunDoor } from '../runs/run-door.js';
import { type StartableWorkflow, WorkflowCatalog } from '../workflows/workflow.catalog.js';
import { versionFor } from '../workflows/canary.js';
import { EventSets, type Offered, takeOldSets } from './event-sets.js';
import { ScheduleFiring } from './schedule.firing.js';

/** Starts in one transaction. */
const BATCH_MAX = 50;
/** When a start that had no room is tried again, doubled each time up to the longer one. */
const AGAIN_MS_MIN = 2_000;
const AGAIN_MS_MAX = 300_000;
/** A start that had no room for so long is given up: the limit `eventStartAge`. */
export const EVENT_START_AGE_MS_MAX = 24 * 3_600_000;
const TRIGGER_LENGTH_MAX = 200;
/** An expression that fails on an event will fail on it again. */
const EXPRESSION_ERRORS = [JqRuntimeError, JqLimitError, EvaluationError];

/** An event that may start a run of a workflow. */
interface WaitingStart {
  eventId: string;
  workflowId: string;
  workspaceId: string;
  namespace: string;
  name: string;
  versionId: string;
  event: string;
  /** Decimal text; names the start among the dead letters. */
  number: string;
  /** Whether it waits for longer than the limit. */
  isOld: boolean;
}

/** What a waiting start came to: a run, nothing, or the reason why it has to wait. */
type Outcome = { start: WaitingStart } & ({ run: RunAtDoor } | { done: true } | { waitsFor: string });

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
    @Inject(DeadLetterStore) private readonly letters: DeadLetterStore,
    @Inject(Counters) private readonly counters: Counters,
  ) {}

  /** Takes what waits; answers whether there may be more. */
  async sweep(): Promise<boolean> {
    const { taken, started } = await inTransaction(this.pool, (client) => this.takeWaiting(client));
    await this.door.sendStored(started);
    return taken >= BATCH_MAX;
  }

  /** Gives up sets of events that are not whole after a long time; answers whether there may be more. */
  async expireSets(): Promise<boolean> {
    const given = await inTransaction(this.pool, async (client) => {
      const old = await takeOldSets(queryable(client));
      await this.letters.write(old.map(setLetter), client);
      return old.length;
    });
    this.counters.add('events.half-met', given);
    if (given > 0)
      this.logger.error(
        `${given} sets of events are not whole after the limit eventSetAge of 7 days. They are dead letters: ` +
          'npx tutti dead-letters list --reason half-met.',
      );
    return given > 0;
  }

  private async takeWaiting(client: PoolClient): Promise<{ taken: number; started: RunAtDoor[] }> {
    const database = queryable(client);
    const outcomes = await this.outcomesOf(database, await lockWaiting(database, BATCH_MAX));
    const runs = outcomes.flatMap((one) => ('run' in one ? [one.run] : []));
    // A run of a disabled workflow is not stored, and the event is over for it.
    const answers = runs.length === 0 ? [] : await this.door.storeIn(client, runs);
    const kept = outcomes.flatMap((one) => ('waitsFor' in one && !one.start.isOld ? [one] : []));
    const old = outcomes.flatMap((one) => ('waitsFor' in one && one.start.isOld ? [one] : []));
    await this.giveUp(client, old);
    await postpone(database, kept);
    await forget(
      database,
      outcomes.filter((one) => !('waitsFor' in one) || one.start.isOld).map(({ start }) => start),
    );
    return { taken: outcomes.length, started: runs.filter((_, i) => answers[i]?.accepted === true) };
  }

  private async outcomesOf(database: Queryable, waiting: readonly WaitingStart[]): Promise<Outcome[]> {
    const seen: { start: WaitingStart; workflow: StartableWorkflow | null }[] = [];
    for (const start of waiting) seen.push({ start, workflow: await this.catalog.findVersion(start) });
    const sets = new EventSets(database);
    const collecting = seen.filter(({ workflow }) => workflow?.eventStart?.collects === true);
    await sets.lock(collecting.map(({ start }) => start.workflowId));
    const outcomes: Outcome[] = [];
    for (const { start, workflow } of seen)
      outcomes.push(
        workflow === null
          ? { start, waitsFor: 'Its current version cannot be seen yet.' }
          : await this.outcomeOf(start, workflow, sets),
      );
    await sets.save();
    return outcomes;
  }

  private async giveUp(client: PoolClient, old: readonly WaitingFor[]): Promise<void> {
    if (old.length === 0) return;
    const letters = old.map(({ start, waitsFor }) => startLetter({ ...start, waitsFor }));
    await this.letters.write(letters, client);
    this.counters.add('events.not-started', old.length);
    this.logger.error(
      `${old.length} events found no room in the workflows that they start for longer than the limit eventStartAge ` +
        'of 24 hours. They are dead letters: npx tutti dead-letters list --reason not-started.',
    );
  }

  private async outcomeOf(
    start: WaitingStart,
    workflow: StartableWorkflow,
    sets: EventSets,
  ): Promise<Outcome> {
    const offered = await this.offer(start, workflow, sets);
    if (offered.kind === 'unwanted' || offered.kind === 'kept') return { start, done: true };
    if (offered.kind === 'full') return { start, waitsFor: offered.reason };
    const run = runOf(start, workflow, offered);
    const full = await this.firing.place(run);
    if (full !== null) return { start, waitsFor: full };
    offered.take();
    return { start, run };
  }

  /** A workflow that is disabled collects nothing, as it starts nothing. */
  private async offer(
    { workflowId, workspaceId, eventId, namespace, name, event: text }: WaitingStart,
    { eventStart, disabled }: StartableWorkflow,
    sets: EventSets,
  ): Promise<Offered> {
    const event = JSON.parse(text) as CloudEvent;
    try {
      if (eventStart?.collects === true && disabled === null)
        return await sets.offer({ workflowId, workspaceId }, eventStart, event);
      const wanted = eventStart?.collects === false && eventStart.meet(null, event) !== undefined;
      return wanted
        ? { kind: 'whole', name: eventId, events: [event], take: () => undefined }
        : { kind: 'unwanted' };
    } catch (error) {
      if (!EXPRESSION_ERRORS.some((kind) => error instanceof kind)) throw error;
      this.logger.error(
        `The event ${event.id} starts no run of ${namespace}/${name}: ${(error as Error).message}`,
      );
      return { kind: 'unwanted' };
    }
  }
}

type WaitingFor = Extract<Outcome, { waitsFor: string }>;

/**
 * The input is an array of the events (DSL, "Input of event-driven scheduled workflows"). A canary takes its
 * share of these runs, too.
 */
function runOf(
  { workflowId, workspaceId, event: last }: WaitingStart,
  current: StartableWorkflow,
  { name, events }: Extract<Offered, { kind: 'whole' }>,
): RunAtDoor {
  // What breaks the workflow's input schema is the fault of the run: there is nobody else to tell.
  const text = JSON.stringify(events);
  const { type } = JSON.parse(last) as CloudEvent;
  const workflow = versionFor(current, name);
  return {
    workflow,
    input: events,
    run: {
      id: uuidv7(),
      workspaceId,
      workflowId,
      workflowVersionId: workflow.identity.versionId,
      trigger: `event:${type.slice(0, TRIGGER_LENGTH_MAX)}`,
      traceId: newTraceId(),
      rootSpanId: newSpanId(),
      input: text,
      idempotency: {
        scope: 'event',
        key: `${workflowId}@${name}`,
        requestHash: createHash('sha256').update(text).digest(),
      },
    },
  };
}

function lockWaiting(database: Queryable, limit: number): Promise<WaitingStart[]> {
  return rowsOf<WaitingStart>(
    database,
    `SELECT s.event_id AS "eventId", s.workflow_id AS "workflowId", s.workspace_id AS "workspaceId", w.namespace, w.name,
       w.current_version_id AS "versionId", e.event, s.number::text,
       s.created_at < clock_timestamp() - $2::float8 * interval '1 millisecond' AS "isOld"
     FROM event_starts s JOIN events e ON e.id = s.event_id JOIN workflows w ON w.id = s.workflow_id
     WHERE s.due_at <= clock_timestamp() ORDER BY s.due_at, s.number LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
    [limit, EVENT_START_AGE_MS_MAX],
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

async function postpone(database: Queryable, all: readonly WaitingFor[]): Promise<void> {
  if (all.length === 0) return;
  await database.query(
    `UPDATE event_starts s SET attempts = s.attempts + 1, reason = d.reason, due_at = clock_timestamp()
       + least($4::float8 * power(2, least(s.attempts, 20)), $5::float8) * interval '1 millisecond'
     FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS d(event_id, workflow_id, reason)
     WHERE s.event_id = d.event_id AND s.workflow_id = d.workflow_id`,
    [
      ...columns(all.map(({ start }) => start)),
      all.map(({ waitsFor }) => waitsFor),
      AGAIN_MS_MIN,
      AGAIN_MS_MAX,
    ],
  );
}
