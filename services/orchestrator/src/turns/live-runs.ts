import { Injectable } from '@nestjs/common';
import { RUN_ENDED, type RunAccepted, type RunInboxMessage } from '@tutti/contracts';
import { RunStore } from '@tutti/store';
import { type LiveRun, liveRunOf } from './live-run.js';

/**
 * Runs kept in memory at most; a run that waits for a person or a timer is forgotten first, because it is
 * read again cheaply when it goes on.
 */
const LIVE_RUNS_MAX = 20_000;

/** The runs that this owner has in memory. */
@Injectable()
export class LiveRuns {
  private readonly runs = new Map<string, LiveRun>();

  constructor(private readonly store: RunStore) {}

  get(id: string): LiveRun | undefined {
    return this.runs.get(id);
  }

  get size(): number {
    return this.runs.size;
  }

  /** Brings the runs of these messages into memory: new ones from their message, others from the database. */
  async ensure(byRun: ReadonlyMap<string, readonly RunInboxMessage[]>): Promise<void> {
    const missing: string[] = [];
    for (const [id, messages] of byRun) {
      if (this.runs.has(id)) continue;
      const accepted = acceptedOf(messages);
      if (accepted) this.runs.set(id, liveRunOfAccepted(accepted));
      else missing.push(id);
    }
    if (missing.length === 0) return;
    for (const row of await this.store.loadRuns(missing)) this.runs.set(row.id, liveRunOf(row));
  }

  add(run: LiveRun): void {
    this.runs.set(run.id, run);
  }

  forget(id: string): void {
    this.runs.delete(id);
  }

  /** After a commit: an ended run is forgotten, a waiting one when memory is short. */
  settled(run: LiveRun): void {
    if (RUN_ENDED.has(run.status) || (run.status !== 'running' && this.runs.size > LIVE_RUNS_MAX))
      this.runs.delete(run.id);
  }
}

/** The acceptance among the messages of a run, if it is there. */
function acceptedOf(messages: readonly RunInboxMessage[]): RunAccepted | undefined {
  return messages.find((message): message is RunAccepted => message.kind === 'run.accepted');
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
  };
}
