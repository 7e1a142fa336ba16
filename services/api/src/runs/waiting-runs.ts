import { type JournalEntry, type LifecycleMessage, type RunCommand, TOPICS, uuidv7 } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import {
  type CommandGiven,
  type LoadedRun,
  packTurn,
  RunAdmission,
  RunPlaces,
  RunStore,
  type RunTurn,
} from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';

/** Runs that wait for a place: why, and how they are cancelled. */
@Injectable()
export class WaitingRuns {
  constructor(
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(RunPlaces) private readonly places: RunPlaces,
    @Inject(RunAdmission) private readonly admission: RunAdmission,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** Why a run waits, in one sentence for people; null when it does not. */
  async reasonOf(run: { id: string; workspaceId: string }): Promise<string | null> {
    const place = await this.places.placeOf(run.id);
    if (place === null || place.state === 'admitted') return null;
    if (place.state === 'blocked') return `waits for the end of an earlier run of its key`;
    const { ofWorkflow, ofQueue } = await this.admission.limitsOf({ workspaceId: run.workspaceId, ...place });
    const full = (taken: number, limit: number, whose: string) =>
      `waits for a place: ${taken} of ${limit} runs of this ${whose} are under way`;
    if (place.queue !== '' && ofQueue !== null && place.takenOfQueue >= ofQueue)
      return full(place.takenOfQueue, ofQueue, 'trigger');
    if (ofWorkflow !== null) return full(place.takenOfWorkflow, ofWorkflow, 'workflow');
    return 'waits for its turn: more runs of this workflow came in than can be begun at once';
  }

  /** False when it does not wait any more. The journal's guard decides who was first. */
  async cancel(runId: string, command: { by: string; reason?: string | undefined }): Promise<boolean> {
    const [run] = await this.store.loadRuns([runId]);
    if (run?.status !== 'pending') return false;
    const nowMs = Date.now();
    const entry: JournalEntry = {
      kind: 'run.cancelled',
      at: nowMs,
      by: command.by,
      ...(command.reason === undefined ? {} : { reason: command.reason }),
    };
    const told = tellParent(run);
    const committed = await this.store.commitTurns([turnOf(run, { entry, nowMs })], {
      reviewsOpened: [],
      reviewsClosed: [],
      receipts: [],
      commandsApplied: [],
      eventsEmitted: [],
      commandsGiven: told,
      subscriptions: [],
      migrated: [],
    });
    if (!committed.has(runId)) return false;
    await this.bus.publish(TOPICS.lifecycle, [changeOf(run, entry)]);
    for (const { id: commandId, to, command: said } of told)
      await this.bus.publish(TOPICS.runInbox, [
        { kind: 'run.commanded', runId: to, commandId, command: said },
      ]);
    const next = await this.admission.admit([runId]);
    if (next.length > 0) await this.bus.publish(TOPICS.runInbox, next);
    return true;
  }
}

/** The run that started this one and waits for it hears of its end. */
function tellParent({ id, workspaceId, parent }: LoadedRun): CommandGiven[] {
  if (parent?.isTold !== true) return [];
  const command: RunCommand = {
    kind: 'child.ended',
    runId: id,
    position: parent.position,
    status: 'cancelled',
  };
  return [{ id: uuidv7(), runId: id, workspaceId, to: parent.runId, command, childRunId: id }];
}

function turnOf(run: LoadedRun, { entry, nowMs }: { entry: JournalEntry; nowMs: number }): RunTurn {
  return {
    runId: run.id,
    workspaceId: run.workspaceId,
    workflowId: run.workflowId,
    revision: 1,
    status: 'cancelled',
    statusChanged: true,
    state: null,
    wakeAtMs: null,
    ...packTurn([], [entry]),
    atMs: nowMs,
    ended: { output: null, error: null, durationMs: Math.max(0, nowMs - run.startedAtMs) },
    costMicros: 0,
    currency: null,
  };
}

function changeOf(run: LoadedRun, entry: JournalEntry): LifecycleMessage {
  return {
    kind: 'run.changed',
    runId: run.id,
    workspaceId: run.workspaceId,
    workflow: run.workflow,
    status: 'cancelled',
    revision: 1,
    entries: [entry],
  };
}
