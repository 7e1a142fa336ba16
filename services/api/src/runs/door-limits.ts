import { RunPlaces } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import type { StartableWorkflow } from '../workflows/workflow.catalog.js';
import { UnstartedRuns } from './unstarted-runs.js';

/**
 * How long counts of the database are used; what this process adds meanwhile is counted on top. Counting many
 * takes long, and every API process does it: then they are used longer, so that it takes a small share of the
 * time.
 */
const COUNTS_MS = 1_000;
const COUNTS_MS_MAX = 5_000;
const COUNTING_SHARE = 1 / 50;

/**
 * Which runs wait for a place, and how many may: above it they are refused at the door, so that nothing grows
 * without end.
 */
@Injectable()
export class DoorLimits {
  private counts = new Map<string, number>();
  private all = 0;
  private readAtMs = -Infinity;
  private countingMs = 0;
  private reading: Promise<void> | null = null;

  constructor(
    @Inject(RunPlaces) private readonly places: RunPlaces,
    @Inject(UnstartedRuns) private readonly unstarted: UnstartedRuns,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /**
   * A run of a limited workflow waits for a place; one of a workflow of which more are on their way than can
   * be begun waits for its share, so that the others come to theirs.
   */
  mustWait(workflow: Pick<StartableWorkflow, 'workflowId' | 'concurrency'>): boolean {
    return (
      workflow.concurrency !== null ||
      this.unstarted.of(workflow.workflowId) >= this.config.unstartedRunsOfWorkflowMax
    );
  }

  /** Counts a run that was sent at once. */
  sent(runId: string, workflowId: string): void {
    this.unstarted.add(runId, workflowId);
  }

  /** Counts a run that is to wait; throws ProblemError (429) when too many do. */
  async enter({ workflowId, identity }: StartableWorkflow): Promise<void> {
    await this.refresh();
    const waiting = this.counts.get(workflowId) ?? 0;
    const { waitingRunsOfWorkflowMax, waitingRunsMax } = this.config;
    if (waiting >= waitingRunsOfWorkflowMax)
      throw refused(`${waiting} runs of ${identity.namespace}/${identity.name} wait for a place already`);
    if (this.all >= waitingRunsMax) throw refused(`${this.all} runs wait for a place already`);
    this.counts.set(workflowId, waiting + 1);
    this.all += 1;
  }

  /**
   * Whether a sender that can wait should send more runs of a workflow: before any of them would be refused.
   */
  async hasRoom({ workflowId }: StartableWorkflow): Promise<boolean> {
    await this.refresh();
    const { waitingRunsOfWorkflowMax, waitingRunsMax, unstartedRunsOfWorkflowMax } = this.config;
    return (
      this.unstarted.of(workflowId) < unstartedRunsOfWorkflowMax &&
      (this.counts.get(workflowId) ?? 0) < waitingRunsOfWorkflowMax / 2 &&
      this.all < waitingRunsMax / 2
    );
  }

  private async refresh(): Promise<void> {
    const usedMs = Math.min(COUNTS_MS_MAX, Math.max(COUNTS_MS, this.countingMs / COUNTING_SHARE));
    if (performance.now() - this.readAtMs < usedMs) return;
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    await this.reading;
  }

  private async read(): Promise<void> {
    const beganAtMs = performance.now();
    const rows = await this.places.waiting();
    this.countingMs = performance.now() - beganAtMs;
    const counts = new Map<string, number>();
    for (const { workflowId, waiting } of rows)
      counts.set(workflowId, (counts.get(workflowId) ?? 0) + waiting);
    this.counts = counts;
    this.all = rows.reduce((sum, { waiting }) => sum + waiting, 0);
    this.readAtMs = performance.now();
  }
}

function refused(what: string): ProblemError {
  return new ProblemError('too-many-requests', `${what}. Try again in some seconds.`, {
    headers: { 'retry-after': '5' },
  });
}
