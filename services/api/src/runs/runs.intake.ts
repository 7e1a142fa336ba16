import {
  newSpanId,
  newTraceId,
  RUN_ENDED,
  uuidv7,
  type RunAccepted,
  type RunStarted,
  type TraceParent,
} from '@tutti/contracts';
import type { AcceptedRun, RunToAccept } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import { versionFor } from '../workflows/canary.js';
import { disabledProblem } from '../workflows/disabled-workflow.js';
import { type StartableWorkflow, WorkflowCatalog } from '../workflows/workflow.catalog.js';
import type { WorkflowKey } from '../workflows/workflows.queries.js';
import { unknownWorkflow } from '../workflows/workflows.service.js';
import { type RunAtDoor, RunDoor } from './run-door.js';
import { RunEnds } from './run-ends.js';
import { RunWaiters } from './run-waiters.js';
import { requestHash } from './start-request.js';

export interface StartRun {
  workspaceId: string;
  namespace: string;
  name: string;
  input: unknown;
  trigger: string;
  idempotencyKey?: string | undefined;
  /** The span of the caller, whose trace the run goes on. */
  trace?: TraceParent | undefined;
  /** Seconds the caller is ready to wait for the end. */
  waitSeconds?: number | undefined;
  /** Called with what ends the waiting early, for callers that go away. */
  onWaiting?: (cancel: () => void) => void;
}

export interface StartedRun {
  /** 200: ended within the time; 202: accepted. */
  status: 200 | 202;
  body: RunStarted;
  replayed: boolean;
}

type Idempotency = NonNullable<RunToAccept['idempotency']>;

/** How runs get in: checked, inserted in batches, and only then on the bus. The hot path of the API. */
@Injectable()
export class RunIntake {
  private readonly inFlight = new Set<string>();

  constructor(
    @Inject(RunDoor) private readonly door: RunDoor,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
    @Inject(RunWaiters) private readonly waiters: RunWaiters,
    @Inject(RunEnds) private readonly ends: RunEnds,
  ) {}

  async start(request: StartRun): Promise<StartedRun> {
    this.refuseWhenFull();
    const current = await this.workflowOf(request);
    const id = uuidv7();
    const workflow = current && versionFor(current, request.idempotencyKey ?? id);
    checkStart(workflow, request);
    const text = JSON.stringify(request.input);
    const idempotency =
      request.idempotencyKey === undefined
        ? undefined
        : {
            scope: `runs:${request.namespace}/${request.name}`,
            key: request.idempotencyKey,
            requestHash: requestHash(text),
          };
    const { trigger, trace } = request;
    const run = newRun(request.workspaceId, workflow, { id, trigger, input: text, trace });
    return this.accept(idempotency ? { ...run, idempotency } : run, { workflow, request });
  }

  /** Accepts a run that was made up elsewhere (a retry) and tells the orchestrator. */
  async acceptOne(run: RunToAccept, message: RunAccepted): Promise<Exclude<AcceptedRun, { disabled: true }>> {
    this.refuseWhenFull();
    const { workflow: identity, input } = message;
    const workflow = await this.enabledWorkflow({ workspaceId: message.workspaceId, ...identity });
    // It repeats a run of a version that may not be the current one.
    const accepted = await this.door.add({ run, workflow: { ...workflow, identity }, input });
    if (!accepted.accepted && accepted.disabled) throw await this.refusal(message.workspaceId, identity);
    return accepted;
  }

  /** The workflow, or why it starts no runs now. */
  async enabledWorkflow(key: WorkflowKey): Promise<StartableWorkflow> {
    const workflow = await this.workflowOf(key);
    if (workflow === undefined) throw unknownWorkflow(key);
    if (workflow.disabled !== null) throw disabledProblem(key, workflow.disabled);
    return workflow;
  }

  /** What says that it is disabled is asked again: another process may have enabled it a moment ago. */
  private async workflowOf(key: WorkflowKey): Promise<StartableWorkflow | undefined> {
    const known = this.catalog.recall(key);
    return known !== undefined && known.disabled === null ? known : this.catalog.find(key);
  }

  /** For runs that the database did not take because their workflow was disabled meanwhile. */
  private async refusal(workspaceId: string, name: Omit<WorkflowKey, 'workspaceId'>): Promise<ProblemError> {
    const { namespace } = name;
    const key = { workspaceId, namespace, name: name.name };
    this.catalog.forget(key);
    const workflow = await this.catalog.find(key);
    return disabledProblem(key, workflow?.disabled ?? null);
  }

  private async accept(
    run: RunToAccept,
    at: { workflow: StartableWorkflow; request: StartRun },
  ): Promise<StartedRun> {
    const { request } = at;
    // Listening starts before the run is known to anybody, so its end cannot be missed.
    const waiting =
      request.waitSeconds === undefined ? undefined : this.waiters.wait(run.id, request.waitSeconds * 1000);
    if (waiting) request.onWaiting?.(waiting.cancel);
    try {
      const accepted = await this.addOnce({ run, workflow: at.workflow, input: request.input });
      if (!accepted.accepted) {
        waiting?.cancel();
        if (accepted.disabled) throw await this.refusal(request.workspaceId, request);
        return await this.replay(accepted, request);
      }
      if (waiting === undefined) {
        const status = accepted.waits ? 'pending' : 'running';
        return { status: 202, body: { id: run.id, status }, replayed: false };
      }
      const end = (await waiting.end) ?? (await this.ends.lastOf(run.id));
      return { ...answerOf(run.id, end), replayed: false };
    } catch (error) {
      waiting?.cancel();
      throw error;
    }
  }

  /**
   * A second request with the key of one that is being accepted right now is told so (draft-07, 2.6:
   * "409").
   */
  private async addOnce(one: RunAtDoor): Promise<AcceptedRun & { waits: boolean }> {
    const { run } = one;
    if (!run.idempotency) return this.door.add(one);
    const name = flightName(run.workspaceId, run.idempotency);
    if (this.inFlight.has(name)) {
      throw new ProblemError(
        'request-in-flight',
        'The first request with this Idempotency-Key is not answered yet. Try again in a moment.',
        { headers: { 'retry-after': '1' } },
      );
    }
    this.inFlight.add(name);
    try {
      return await this.door.add(one);
    } finally {
      this.inFlight.delete(name);
    }
  }

  /** The first run's answer for a repeat of its request. */
  private async replay(
    first: AcceptedRun & { accepted: false; disabled?: false },
    request: StartRun,
  ): Promise<StartedRun> {
    if (!first.sameRequest) {
      throw new ProblemError(
        'idempotency-key-reused',
        'This Idempotency-Key was used for a run with another input. Use a new key for a new run, and the same input for a repeat.',
      );
    }
    if (request.waitSeconds === undefined)
      return { status: 202, body: { id: first.id, status: first.status }, replayed: true };
    const waiting = this.waiters.wait(first.id, request.waitSeconds * 1000);
    request.onWaiting?.(waiting.cancel);
    // Asked after the waiting began: an end is either in the database already or still to come over the feed.
    const known = await this.ends.endOf(first.id);
    if (known !== null) waiting.cancel();
    const end = known ?? (await waiting.end) ?? (await this.ends.lastOf(first.id));
    return { ...answerOf(first.id, end), replayed: true };
  }

  private refuseWhenFull(): void {
    if (this.door.full) {
      throw new ProblemError(
        'too-many-requests',
        'More runs are coming in than can be stored. Try again in a second.',
        { headers: { 'retry-after': '1' } },
      );
    }
  }
}

function checkStart(
  workflow: StartableWorkflow | undefined,
  request: StartRun,
): asserts workflow is StartableWorkflow {
  if (workflow === undefined) throw unknownWorkflow(request);
  if (workflow.disabled !== null) throw disabledProblem(request, workflow.disabled);
  if (workflow.keyRequired && request.idempotencyKey === undefined) {
    throw new ProblemError(
      'idempotency-key-missing',
      `The workflow ${request.namespace}/${request.name} asks for the header Idempotency-Key, ` +
        'so that a repeated request starts no second run.',
    );
  }
  const findings = workflow.checkInput?.(request.input) ?? [];
  if (findings.length > 0) {
    const name = `${request.namespace}/${request.name}`;
    throw new ProblemError(
      'invalid-input',
      `The input does not match the schema of ${name} in ${counted(findings.length, 'place')}. ` +
        `The schema is at GET /v1/workflows/${name}.`,
      { more: { errors: findings } },
    );
  }
}

function newRun(
  workspaceId: string,
  workflow: StartableWorkflow,
  of: { id: string; trigger: string; input: string; trace: TraceParent | undefined },
): RunToAccept {
  return {
    id: of.id,
    workspaceId,
    workflowId: workflow.workflowId,
    workflowVersionId: workflow.identity.versionId,
    trigger: of.trigger,
    traceId: of.trace?.traceId ?? newTraceId(),
    rootSpanId: newSpanId(),
    ...(of.trace && { parentSpanId: of.trace.spanId }),
    input: of.input,
  };
}

function answerOf(
  id: string,
  end: Awaited<ReturnType<RunEnds['endOf']>>,
): { status: 200 | 202; body: RunStarted } {
  if (end === null) return { status: 202, body: { id, status: 'running' } };
  const { status, output, error } = end;
  if (!RUN_ENDED.has(status)) return { status: 202, body: { id, status } };
  return {
    status: 200,
    body: {
      id,
      status,
      ...(error === undefined || error === null
        ? { output: output ?? null }
        : { error: error as RunStarted['error'] }),
    },
  };
}

function flightName(workspaceId: string, idempotency: Idempotency): string {
  return `${workspaceId}\n${idempotency.scope}\n${idempotency.key}`;
}
