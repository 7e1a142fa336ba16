import { HOT_POOL, inTransaction } from '@tutti/store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { DoorLimits } from '../runs/door-limits.js';
import { type RunAtDoor, RunDoor } from '../runs/run-door.js';
import { type StartableWorkflow, WorkflowCatalog } from '../workflows/workflow.catalog.js';
import { decideFires, type Decision, type Entry } from './decide-fires.js';
import { scheduledRun } from './scheduled-run.js';
import {
  activeOf,
  type FireEntry,
  followEnds,
  keepOutcomes,
  lockDue,
  type LockedSchedule,
  type Outcome,
  untilNext,
} from './schedules.queries.js';

/** Schedules in one transaction. */
const BATCH_MAX = 50;
/** How often is looked whether a run has ended that a schedule waits for: so late the next one may begin. */
const LOOK_MS = 500;
/** How late a schedule may be seen that another process changed, should nobody have told of it. */
const LOOK_MS_MAX = 5_000;

/** What a schedule is about to do: its history, and the runs that belong to the entries of it. */
interface Work {
  due: LockedSchedule;
  decision: Decision;
  error: string | null;
  entries: (FireEntry & { start?: RunAtDoor })[];
}

/**
 * Makes runs of the planned times that have come. The runs, the history and the next time of a schedule are
 * one transaction under the lock of its row: however many processes do this and whenever one of them dies,
 * each planned time is taken once. The bus hears of it after the commit; a run of which it did not, the sweep
 * of orphans finds.
 */
@Injectable()
export class ScheduleFiring {
  private readonly logger = new Logger(ScheduleFiring.name);

  constructor(
    @Inject(HOT_POOL) private readonly pool: Pool,
    @Inject(RunDoor) private readonly door: RunDoor,
    @Inject(DoorLimits) private readonly limits: DoorLimits,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
  ) {}

  /** Takes what is due; answers whether there may be more. */
  async sweep(): Promise<boolean> {
    await followEnds(queryable(this.pool));
    const { taken, started } = await inTransaction(this.pool, (client) => this.takeDue(client));
    await this.door.sendStored(started);
    return taken >= BATCH_MAX;
  }

  /** In how many milliseconds to look again when nothing is told of meanwhile. */
  async nextLookMs(): Promise<number> {
    const { ms, follows } = await untilNext(queryable(this.pool));
    // What has come and was not taken, another process has, or this one cannot see its version yet.
    const untilMs = ms === null ? LOOK_MS_MAX : ms > 0 ? Math.ceil(ms) : LOOK_MS;
    return Math.min(untilMs, follows ? LOOK_MS : LOOK_MS_MAX);
  }

  private async takeDue(client: PoolClient): Promise<{ taken: number; started: RunAtDoor[] }> {
    const database = queryable(client);
    const locked = await lockDue(database, BATCH_MAX);
    if (locked.length === 0) return { taken: 0, started: [] };
    // A statement after the locks: it sees the runs of whoever had them before.
    const active = await activeOf(
      database,
      locked.filter(({ schedule }) => schedule.overlap !== 'allow').map(({ workflowId }) => workflowId),
    );
    const works: Work[] = [];
    for (const due of locked) {
      const workflow = await this.catalog.findVersion(due);
      // Not seen by this process yet: it stays due.
      if (workflow === null) continue;
      works.push(await this.prepare(due, workflow, active.has(due.workflowId)));
    }
    const started = await this.store(client, works);
    // What was disabled meanwhile stays due, as it does while it is disabled.
    const settled = works.filter(({ entries }) => entries.every(({ reason }) => reason !== 'disabled'));
    await keepOutcomes(database, settled.map(outcomeOf));
    return { taken: locked.length, started };
  }

  private async prepare(due: LockedSchedule, workflow: StartableWorkflow, active: boolean): Promise<Work> {
    try {
      const decision = decideFires({ ...due, active }, due.nowMs);
      const entries: Work['entries'] = [];
      for (const entry of decision.entries) entries.push(await this.entryOf(due, workflow, entry));
      if (
        due.schedule.kind === 'after' &&
        entries.length > 0 &&
        entries.every(({ start }) => start === undefined)
      )
        decision.nextAtMs = due.nowMs + (due.schedule.intervalMs ?? 0);
      return { due, decision, error: null, entries };
    } catch (error) {
      // One schedule that cannot be worked out, such as in a time zone that this machine does not know, must
      // not keep the others waiting.
      const { message } = error as Error;
      this.logger.error(`The schedule of ${due.namespace}/${due.name} cannot be worked out: ${message}`);
      const decision = { entries: [], nextAtMs: null, heldAtMs: null };
      return { due, decision, error: message, entries: [] };
    }
  }

  private async entryOf(
    due: LockedSchedule,
    workflow: StartableWorkflow,
    entry: Entry,
  ): Promise<Work['entries'][number]> {
    const { plannedAtMs } = entry;
    if (entry.outcome === 'skipped') return { ...entry, detail: null, runId: null };
    const times = { plannedAtMs, throughMs: plannedAtMs, count: 1, runId: null };
    const skipped = (reason: string, detail: string) => ({
      ...times,
      outcome: 'skipped' as const,
      reason,
      detail,
    });
    const prepared = scheduledRun(due, workflow, { plannedAtMs });
    if ('refused' in prepared) return skipped('input', prepared.refused);
    const full = await this.place(prepared.run);
    if (full !== null) return skipped('capacity', full);
    return { ...times, outcome: entry.outcome, reason: null, detail: null, start: prepared.run };
  }

  /** Puts a run that is limited into its queue; the reason when no more may wait there. */
  async place(one: RunAtDoor): Promise<string | null> {
    if (!this.limits.mustWait(one.workflow)) return null;
    try {
      await this.limits.enter(one.workflow);
    } catch (error) {
      if (error instanceof ProblemError) return error.message;
      throw error;
    }
    one.queue = { name: '' };
    return null;
  }

  private async store(client: PoolClient, works: readonly Work[]): Promise<RunAtDoor[]> {
    const entries = works.flatMap((work) => work.entries.filter(({ start }) => start !== undefined));
    const runs = entries.map(({ start }) => start as RunAtDoor);
    if (runs.length === 0) return [];
    const answers = await this.door.storeIn(client, runs);
    entries.forEach((entry, i) => {
      const answer = answers[i] as (typeof answers)[number];
      entry.runId = answer.id;
      if (answer.accepted) return;
      entry.outcome = 'skipped';
      // Its key is taken when the schedule was removed and applied again within one of its times.
      entry.reason = answer.disabled === true ? 'disabled' : 'repeated';
      if (answer.disabled === true) entry.runId = null;
    });
    return runs.filter((_, i) => answers[i]?.accepted === true);
  }
}

function outcomeOf({ due, decision, error, entries }: Work): Outcome {
  const lastRun = entries.at(-1)?.runId ?? null;
  return {
    workflowId: due.workflowId,
    nextAtMs: decision.nextAtMs,
    heldAtMs: decision.heldAtMs,
    awaitsRun: due.schedule.kind === 'after' ? lastRun : null,
    error,
    entries,
  };
}
