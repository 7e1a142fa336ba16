import { type RunAccepted, TOPICS } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import {
  type AcceptedRun,
  acceptedOf,
  RunAdmission,
  RunPlaces,
  RunStore,
  type RunToAccept,
} from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import type { StartableWorkflow } from '../workflows/workflow.catalog.js';
import { AcceptBatch } from './accept-batch.js';
import { DoorLimits } from './door-limits.js';

/** Stored runs that the bus could not take yet, per process; beyond, starts are refused for a while. */
const UNSENT_MAX = 10_000;

/** A run with what is known of it, on its way in. */
export interface RunAtDoor {
  run: RunToAccept;
  workflow: StartableWorkflow;
  input: unknown;
  /** Where it waits for its place; absent: it may begin at once. */
  queue?: { name: string; key?: string | undefined } | undefined;
}

/**
 * Stores runs in batches and sends them to their owners: at once those that nothing limits, the others when
 * there is a place for them. What was stored before is recognised by its key and sent again should nobody
 * have begun it, so that a batch may be repeated as a whole.
 */
@Injectable()
export class RunDoor {
  private readonly direct: AcceptBatch<RunToAccept>;
  private readonly waiting: AcceptBatch<RunAtDoor>;
  private unsent = 0;

  constructor(
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(RunPlaces) private readonly places: RunPlaces,
    @Inject(RunAdmission) private readonly admission: RunAdmission,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(DoorLimits) private readonly limits: DoorLimits,
    @Inject(API_CONFIG) config: ApiConfig,
  ) {
    const { acceptBatchMax: batchMax, acceptQueueMax: queueMax } = config;
    this.direct = new AcceptBatch({ batchMax, queueMax, accept: (runs) => store.acceptRuns(runs) });
    this.waiting = new AcceptBatch({ batchMax, queueMax, accept: (runs) => this.takeAndSend(runs) });
  }

  /** True when no more runs can be taken now. */
  get full(): boolean {
    return this.direct.full || this.waiting.full || this.unsent >= UNSENT_MAX;
  }

  /** Takes a single run together with those that come at the same time. This is the hot path. */
  async add(one: RunAtDoor): Promise<AcceptedRun & { waits: boolean }> {
    if (this.limits.mustWait(one.workflow)) {
      await this.limits.enter(one.workflow);
      return { ...(await this.waiting.add({ ...one, queue: one.queue ?? { name: '' } })), waits: true };
    }
    const answer = await this.direct.add(one.run);
    if (answer.accepted) {
      this.limits.sent(one.run.id, one.run.workflowId);
      this.send([acceptedMessage(one)]);
    }
    return { ...answer, waits: false };
  }

  /** Resolves when the runs are stored and the bus has them. The answers are in the order of the runs. */
  async take(runs: readonly RunAtDoor[]): Promise<AcceptedRun[]> {
    const { answers, messages } = await this.keep(runs);
    if (messages.length > 0) await this.bus.publish(TOPICS.runInbox, messages);
    return answers;
  }

  /**
   * Stores runs in the caller's transaction; nothing is sent. The answers are in the order of the runs, and
   * say of those that were not stored why.
   */
  async storeIn(client: PoolClient, runs: readonly RunAtDoor[]): Promise<AcceptedRun[]> {
    const answers = new Map<string, AcceptedRun>();
    const keep = (of: readonly RunAtDoor[], given: readonly AcceptedRun[]) =>
      of.forEach(({ run }, i) => answers.set(run.id, given[i] as AcceptedRun));
    const direct = runs.filter((one) => one.queue === undefined);
    if (direct.length > 0) keep(direct, await this.store.acceptRuns(runsOf(direct), client));
    const waiting = runs.filter((one) => one.queue !== undefined);
    if (waiting.length === 0) return runs.map(({ run }) => answers.get(run.id) as AcceptedRun);
    const placed = await this.places.acceptWaitingIn(
      client,
      waiting.map(({ run, queue }) => ({ ...run, queue: queue?.name ?? '', queueKey: queue?.key })),
    );
    for (const { id } of placed) answers.set(id, { accepted: true, id });
    const keptOut = waiting.filter((_, i) => placed[i]?.accepted === false);
    if (keptOut.length > 0) keep(keptOut, await this.store.whyNotStored(runsOf(keptOut), client));
    return runs.map(({ run }) => answers.get(run.id) as AcceptedRun);
  }

  /** Sends what `storeIn` stored, after the commit; what is lost here the sweep of orphans sends. */
  async sendStored(runs: readonly RunAtDoor[]): Promise<void> {
    const direct = runs.filter((one) => one.queue === undefined);
    for (const { run } of direct) this.limits.sent(run.id, run.workflowId);
    this.send(direct.map(acceptedMessage));
    if (direct.length < runs.length) this.send(await this.admission.admit([]));
  }

  private async takeAndSend(runs: readonly RunAtDoor[]): Promise<AcceptedRun[]> {
    const { answers, messages } = await this.keep(runs);
    this.send(messages);
    return answers;
  }

  /**
   * The runs are stored, so nobody has to wait for the bus: it sends them when its brokers answer, and what a
   * process that dies has not sent, an orchestrator finds in the database.
   */
  private send(messages: RunAccepted[]): void {
    if (messages.length === 0) return;
    this.unsent += messages.length;
    this.bus
      .publish(TOPICS.runInbox, messages)
      .catch(() => undefined)
      .finally(() => (this.unsent -= messages.length));
  }

  private async keep(
    runs: readonly RunAtDoor[],
  ): Promise<{ answers: AcceptedRun[]; messages: RunAccepted[] }> {
    const direct = runs.filter((one) => one.queue === undefined);
    const waiting = runs.filter((one) => one.queue !== undefined);
    const messages: RunAccepted[] = [];
    const answers = new Map<string, AcceptedRun>();
    await this.takeDirect(direct, { messages, answers });
    await this.takeWaiting(waiting, { messages, answers });
    return { answers: runs.map(({ run }) => answers.get(run.id) as AcceptedRun), messages };
  }

  /** Whether records that are to become runs may be taken now, or are better left where they are. */
  async hasRoom(
    workflow: StartableWorkflow,
    queue: { name: string; waitingMax: number } | null,
  ): Promise<boolean> {
    if (!(await this.limits.hasRoom(workflow))) return false;
    return queue === null || (await this.places.waitingIn(queue.name)) < queue.waitingMax;
  }

  private async takeDirect(runs: readonly RunAtDoor[], out: Outcome): Promise<void> {
    if (runs.length === 0) return;
    await this.settle(runs, { accepted: await this.store.acceptRuns(runs.map(({ run }) => run)), out });
  }

  private async settle(
    runs: readonly RunAtDoor[],
    { accepted, out }: { accepted: readonly AcceptedRun[]; out: Outcome },
  ): Promise<void> {
    const repeats: string[] = [];
    accepted.forEach((answer, i) => {
      const one = runs[i] as RunAtDoor;
      out.answers.set(one.run.id, answer);
      if (answer.accepted) {
        out.messages.push(acceptedMessage(one));
        this.limits.sent(answer.id, one.run.workflowId);
      } else if (!answer.disabled && answer.status === 'running') repeats.push(answer.id);
    });
    if (repeats.length === 0) return;
    // Who stored them may have ended before they were sent.
    const rows = await this.store.loadRuns(repeats);
    out.messages.push(
      ...rows.filter((row) => row.state === null && row.status === 'running').map(acceptedOf),
    );
  }

  private async takeWaiting(runs: readonly RunAtDoor[], out: Outcome): Promise<void> {
    if (runs.length === 0) return;
    const accepted = await this.places.acceptWaiting(
      runs.map(({ run, queue }) => ({ ...run, queue: queue?.name ?? '', queueKey: queue?.key })),
    );
    const keptOut = runs.filter((_, i) => accepted[i]?.accepted === false);
    for (const { id } of accepted) out.answers.set(id, { accepted: true, id });
    if (keptOut.length > 0) {
      const why = await this.store.whyNotStored(keptOut.map(({ run }) => run));
      await this.settle(keptOut, { accepted: why, out });
    }
    out.messages.push(...(await this.admission.admit([])));
  }
}

interface Outcome {
  messages: RunAccepted[];
  answers: Map<string, AcceptedRun>;
}

/** The message that sends an accepted run to its owner. */
function acceptedMessage({
  run,
  workflow,
  input,
}: Pick<RunAtDoor, 'run' | 'workflow' | 'input'>): RunAccepted {
  return {
    kind: 'run.accepted',
    runId: run.id,
    workspaceId: run.workspaceId,
    workflowId: run.workflowId,
    workflow: workflow.identity,
    trigger: run.trigger,
    input,
    acceptedAt: Date.now(),
    traceId: run.traceId,
    rootSpanId: run.rootSpanId,
    ...(run.parentSpanId === undefined ? {} : { parentSpanId: run.parentSpanId }),
    ...(run.retry ? { retry: run.retry } : {}),
  };
}

function runsOf(runs: readonly RunAtDoor[]): RunToAccept[] {
  return runs.map(({ run }) => run);
}
