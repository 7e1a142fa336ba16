import { Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import {
  type LifecycleMessage,
  RUN_ENDED,
  type RunInboxMessage,
  TOPICS,
  workflowProblem,
} from '@tutti/contracts';
import { restore, type RunEvent } from '@tutti/engine';
import { isDatabaseAway, RunStore, type TurnExtras } from '@tutti/store';
import { DefinitionCache } from '../definitions/definition-cache.js';
import { writeRunSpans } from '../tracing/run-spans.js';
import { LiveRuns } from './live-runs.js';
import type { LiveRun } from './live-run.js';
import { type PreparedTurn, prepareTurn } from './prepare-turn.js';

/** Messages that one turn takes at most; the rest waits for the next, so that a commit stays short. */
const TURN_MESSAGES_MAX = 2_000;
/** Pause after a failed commit, doubled up to the longer one: the database may be restarting. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;

/**
 * The heart of the orchestrator. It takes whatever has arrived, for however many runs, decides, commits all
 * of it in one transaction and then sends what follows. While one turn commits the next one's messages
 * gather, so load makes the batches larger, not the queue longer.
 */
@Injectable()
export class TurnLoop {
  private readonly logger = new Logger(TurnLoop.name);
  private inbox: RunInboxMessage[] = [];
  private running: Promise<void> | null = null;
  private draining = false;
  /**
   * Called with the earliest alarm of every committed run, so that a short wait need not wait for the next
   * sweep.
   */
  onAlarm: (wakeAtMs: number) => void = () => undefined;

  constructor(
    private readonly store: RunStore,
    private readonly bus: Bus,
    private readonly definitions: DefinitionCache,
    private readonly runs: LiveRuns,
  ) {}

  enqueue(messages: readonly RunInboxMessage[]): void {
    for (const message of messages) this.inbox.push(message);
    if (this.running === null && !this.draining)
      this.running = this.run().finally(() => {
        this.running = null;
      });
  }

  /**
   * Ends after the turn that is under way. What is still in the inbox is found again in the database by the
   * next owner.
   */
  async drain(): Promise<void> {
    this.draining = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.inbox.length > 0 && !this.draining) {
      const messages = this.inbox.splice(0, TURN_MESSAGES_MAX);
      await this.untilDone(() => this.turn(messages));
    }
  }

  /** A turn changes nothing in memory before its commit, so after a failure it is simply done again. */
  private async untilDone(turn: () => Promise<void>): Promise<void> {
    for (let pauseMs = RETRY_MS_MIN; !this.draining; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
      try {
        await turn();
        return;
      } catch (error) {
        this.logger.error(
          `A turn could not be committed and is tried again in ${pauseMs} ms: ${(error as Error).stack}`,
        );
        await new Promise((done) => setTimeout(done, pauseMs));
      }
    }
  }

  private async turn(messages: readonly RunInboxMessage[]): Promise<void> {
    const byRun = groupByRun(messages);
    await this.runs.ensure(byRun);
    const nowMs = Date.now();
    const prepared: PreparedTurn[] = [];
    for (const [runId, ofRun] of byRun) {
      const run = this.runs.get(runId);
      // A message for a run that has ended, or that never was: there is nothing left to decide.
      if (!run || RUN_ENDED.has(run.status)) continue;
      const turn = await this.prepare(run, ofRun, nowMs);
      if (turn) prepared.push(turn);
    }
    await this.dropCommandsOfEnded(messages);
    if (prepared.length > 0) await this.commit(prepared);
  }

  private async prepare(
    run: LiveRun,
    messages: readonly RunInboxMessage[],
    nowMs: number,
  ): Promise<PreparedTurn | null> {
    try {
      const definition =
        this.definitions.peek(run.workflow.versionId) ??
        (await this.definitions.get(run.workspaceId, run.workflow));
      if (run.retry === null || run.state !== null) return prepareTurn(run, messages, { definition, nowMs });
      const restored = restore(
        definition,
        await this.store.eventsOf<RunEvent>(run.retry.of),
        run.retry.fromTask ?? undefined,
      );
      return prepareTurn(run, messages, { definition, nowMs, restored });
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.error(`Run ${run.id} could not be decided and is faulted: ${(error as Error).stack}`);
      return faultTurn(run, error as Error, nowMs);
    }
  }

  private async commit(prepared: PreparedTurn[]): Promise<void> {
    let committed: Set<string>;
    try {
      committed = await this.store.commitTurns(
        prepared.map(({ turn }) => turn),
        extrasOf(prepared),
      );
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (prepared.length > 1) {
        // One run's data is refused by the database: find it by committing each alone.
        for (const one of prepared) await this.commit([one]);
        return;
      }
      const [one] = prepared as [PreparedTurn];
      this.logger.error(
        `The database refused the data of run ${one.run.id}, which is faulted: ${(error as Error).message}`,
      );
      await this.commit([faultTurn(one.run, error as Error, one.turn.atMs)]);
      return;
    }
    this.afterCommit(prepared, committed);
  }

  private afterCommit(prepared: readonly PreparedTurn[], committed: ReadonlySet<string>): void {
    const calls = [];
    const changes: LifecycleMessage[] = [];
    for (const one of prepared) {
      const { run, turn } = one;
      if (!committed.has(run.id)) {
        this.logger.warn(`Another owner wrote revision ${turn.revision} of run ${run.id}; it is read anew.`);
        this.runs.forget(run.id);
        continue;
      }
      writeRunSpans(run, one);
      run.revision = turn.revision;
      run.status = turn.status;
      run.state = one.state;
      if (turn.wakeAtMs !== 'keep') run.storedWakeMs = turn.wakeAtMs;
      if (typeof turn.wakeAtMs === 'number') this.onAlarm(turn.wakeAtMs);
      calls.push(...one.calls);
      changes.push(...changesOf(one));
      this.runs.settled(run);
    }
    if (calls.length > 0) void this.bus.publish(TOPICS.calls, calls);
    void this.bus.publish(TOPICS.lifecycle, changes);
  }

  /** A cancel that came after the end has nothing to change, but its row must not be sent for ever. */
  private async dropCommandsOfEnded(messages: readonly RunInboxMessage[]): Promise<void> {
    const late: string[] = [];
    for (const message of messages) {
      if (message.kind !== 'run.commanded') continue;
      const run = this.runs.get(message.runId);
      if (!run || RUN_ENDED.has(run.status)) late.push(message.commandId);
    }
    if (late.length > 0) await this.store.dropCommands(late);
  }
}

function groupByRun(messages: readonly RunInboxMessage[]): Map<string, RunInboxMessage[]> {
  const byRun = new Map<string, RunInboxMessage[]>();
  for (const message of messages) {
    const of = byRun.get(message.runId);
    if (of) of.push(message);
    else byRun.set(message.runId, [message]);
  }
  return byRun;
}

function extrasOf(prepared: readonly PreparedTurn[]): TurnExtras {
  return {
    reviewsOpened: prepared.flatMap((one) => one.reviewsOpened),
    reviewsClosed: prepared.flatMap((one) => one.reviewsClosed),
    receipts: prepared.flatMap((one) => one.receipts),
    commandsApplied: prepared.flatMap((one) => one.commandsApplied),
  };
}

function changesOf(one: PreparedTurn): LifecycleMessage[] {
  const { run, turn, state } = one;
  const at = { runId: run.id, workspaceId: run.workspaceId };
  return [
    {
      kind: 'run.changed',
      ...at,
      workflow: run.workflow,
      status: turn.status,
      revision: turn.revision,
      entries: one.entries,
      ...(turn.ended ? { output: state.output, error: state.error } : {}),
    },
    ...one.reviewsOpened.map(({ id }) => ({
      kind: 'review.changed' as const,
      reviewId: id,
      ...at,
      status: 'open' as const,
    })),
    ...one.reviewsClosed.map(({ id, status }) => ({
      kind: 'review.changed' as const,
      reviewId: id,
      ...at,
      status,
    })),
  ];
}

/** Ends a run whose data or definition the hub cannot handle: a clear fault, and the others go on. */
function faultTurn(run: LiveRun, error: Error, nowMs: number): PreparedTurn {
  const problem = workflowProblem('runtime', `The hub could not go on with this run: ${error.message}`);
  const state = { ...run.state, status: 'faulted', error: problem } as PreparedTurn['state'];
  const entries: PreparedTurn['entries'] = [{ kind: 'run.faulted', at: nowMs, error: problem }];
  return {
    run,
    state,
    entries,
    calls: [],
    reviewsOpened: [],
    reviewsClosed: [],
    receipts: [],
    commandsApplied: [],
    turn: {
      runId: run.id,
      workspaceId: run.workspaceId,
      workflowId: run.workflowId,
      revision: run.revision + 1,
      status: 'faulted',
      statusChanged: true,
      state: null,
      wakeAtMs: null,
      event: '[]',
      entries: JSON.stringify(entries),
      atMs: nowMs,
      costMicros: 0,
      currency: null,
      ended: {
        output: null,
        error: JSON.stringify(problem),
        durationMs: Math.max(0, nowMs - run.startedAtMs),
      },
    },
  };
}

/** SQLSTATE classes 22 and 23: the values themselves were refused. */
function isDataError(error: unknown): boolean {
  return /^2[23]/.test(String((error as { code?: unknown }).code ?? ''));
}
