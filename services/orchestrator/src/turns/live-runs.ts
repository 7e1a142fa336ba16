import { Injectable } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { RUN_ENDED, type RunAccepted } from '@tutti/contracts';
import { RunStore } from '@tutti/store';
import { type LiveRun, liveRunOf } from './live-run.js';
import { firstAcceptance, type RunWork, type TurnTask } from './run-work.js';
import { SentRuns } from './sent-runs.js';

/**
 * Runs kept in memory at most, and characters of their states. All of it is in the database as well, so what
 * is too much is forgotten and read again when it goes on.
 */
const LIVE_RUNS_MAX = 20_000;
const LIVE_CHARACTERS_MAX = 256 * 1024 * 1024;
/** So much is left after forgetting, so that not every turn has to. */
const KEPT_SHARE = 0.9;

/** The runs that this owner has in memory. */
@Injectable()
export class LiveRuns {
  private readonly runs = new Map<string, LiveRun>();
  private characters = 0;
  /** Counts the changes of owners. */
  private ownership = 0;

  /** What was sent of them, also of those that are not in memory any more. */
  readonly sent = new SentRuns();
  /** What fits; tests make it small. */
  limits = { runs: LIVE_RUNS_MAX, characters: LIVE_CHARACTERS_MAX };

  constructor(
    private readonly store: RunStore,
    bus: Bus,
  ) {
    bus.onShards(() => this.forgetAll());
  }

  get(id: string): LiveRun | undefined {
    return this.runs.get(id);
  }

  get size(): number {
    return this.runs.size;
  }

  /**
   * The runs of a turn: those in memory, new ones from their message, others from the database. The turn
   * holds them itself, because what is in memory may be forgotten at any moment.
   */
  async runsOf(task: TurnTask): Promise<Map<string, LiveRun>> {
    const runs = new Map<string, LiveRun>();
    const missing: RunWork[] = [];
    for (const work of task.work.values()) {
      const known = this.runs.get(work.runId) ?? this.addAccepted(firstAcceptance(task, work));
      if (known) runs.set(known.id, known);
      else missing.push(work);
    }
    if (missing.length === 0) return runs;
    const { ownership } = this;
    for (const row of await this.store.loadRuns(missing.map(({ runId }) => runId))) {
      const run = liveRunOf(row);
      runs.set(run.id, run);
      // What was read before a change of owners may be older than what the last one wrote.
      if (ownership === this.ownership) this.add(run);
    }
    for (const work of missing) work.fresh = true;
    return runs;
  }

  forget(id: string): void {
    const run = this.runs.get(id);
    if (!run) return;
    this.characters -= run.characters;
    this.runs.delete(id);
  }

  /** After a commit: an ended run is forgotten, the size of another is noted. */
  settled(run: LiveRun, characters: number): void {
    if (RUN_ENDED.has(run.status)) return this.forget(run.id);
    // A run that was forgotten while it was decided stays so.
    if (this.runs.get(run.id) !== run) return;
    this.characters += characters - run.characters;
    run.characters = characters;
  }

  /** Between turns: forgets what is too much; runs that wait go first, then those that came first. */
  trim(): void {
    if (!this.exceeds(1)) return;
    for (const run of this.runs.values()) {
      if (!this.exceeds(KEPT_SHARE)) return;
      if (run.status !== 'running') this.forget(run.id);
    }
    for (const id of this.runs.keys()) {
      if (!this.exceeds(KEPT_SHARE)) return;
      this.forget(id);
    }
  }

  /** Owners have changed: what is in memory is soon older than what another one writes. */
  private forgetAll(): void {
    this.ownership += 1;
    this.runs.clear();
    this.sent.clear();
    this.characters = 0;
  }

  private exceeds(share: number): boolean {
    return this.runs.size > this.limits.runs * share || this.characters > this.limits.characters * share;
  }

  private addAccepted(accepted: RunAccepted | undefined): LiveRun | undefined {
    return accepted && this.add(liveRunOfAccepted(accepted));
  }

  private add(run: LiveRun): LiveRun {
    this.forget(run.id);
    this.characters += run.characters;
    this.runs.set(run.id, run);
    return run;
  }
}

function liveRunOfAccepted(message: RunAccepted): LiveRun {
  const { runId, workspaceId, workflowId, workflow, trigger, traceId, rootSpanId, acceptedAt } = message;
  return {
    id: runId,
    workspaceId,
    workflowId,
    workflow,
    trigger,
    traceId,
    rootSpanId,
    parentSpanId: message.parentSpanId ?? null,
    startedAtMs: acceptedAt,
    revision: 0,
    status: 'running',
    state: null,
    storedWakeMs: null,
    retry: message.retry ?? null,
    parent: message.parent ?? null,
    characters: 0,
  };
}
