import { createHash } from 'node:crypto';
import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { type DeadLetterRow, DeadLetterStore, isDataRefused, type RunToAccept } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../../config/api.config.js';
import { RunDoor, type RunAtDoor } from '../../runs/run-door.js';
import { versionFor } from '../../workflows/canary.js';
import { disabledText } from '../../workflows/disabled-workflow.js';
import { type StartableWorkflow, WorkflowCatalog } from '../../workflows/workflow.catalog.js';
import type { WorkflowKey } from '../../workflows/workflows.queries.js';
import type { CompiledTrigger } from '../document/compile-trigger.js';
import { TriggerActivity } from '../trigger.activity.js';
import { type JudgeContext, judgeRecord, judgeView, type Verdict, type Wanted } from './judge-record.js';
import { type RecordView, type SourceRecord } from './trigger-record.js';

/** A trigger at work. */
export interface LiveTrigger {
  id: string;
  workspaceId: string;
  name: string;
  compiled: CompiledTrigger;
}

/** What became of one record. */
export type Outcome =
  | { kind: 'filtered' }
  | { kind: 'started'; runId: string; repeated: boolean }
  | { kind: 'dead'; reason: string; detail: string };

/** The database did not take the run: its workflow was disabled a moment ago. */
type Settled = Outcome | { kind: 'disabled'; detail: string };

/** Runs of one trigger that may wait in the database. */
const WAITING_MAX = 1_000;

interface Judged {
  record: SourceRecord;
  verdict: Verdict;
  /** What names the record in the scope of its trigger: the same record starts one run. */
  key: string;
}

/**
 * Turns records into runs: filtered, checked, mapped, and stored before they are forgotten where they came
 * from.
 */
@Injectable()
export class TriggerRecords {
  constructor(
    @Inject(RunDoor) private readonly door: RunDoor,
    @Inject(DeadLetterStore) private readonly letters: DeadLetterStore,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
    @Inject(TriggerActivity) private readonly activity: TriggerActivity,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /**
   * Takes a batch of one partition. Resolves when every record of it is a run, a dead letter or filtered;
   * rejects when the database is away or the workflow is disabled, and may then be called again with the same
   * records: a trigger holds while its workflow is disabled.
   */
  async take(trigger: LiveTrigger, records: readonly SourceRecord[]): Promise<void> {
    const workflow = await this.workflowOf(trigger);
    holdWhileDisabled(workflow);
    const judged = records.map((record): Judged => {
      const key = keyOfRecord(record);
      const context = this.contextOf(workflow, key);
      return { record, verdict: judgeRecord(trigger.compiled, record, context), key };
    });
    const outcomes = await this.settle(trigger, workflow, judged);
    const disabled = outcomes.find((outcome) => outcome.kind === 'disabled');
    // It was disabled after it was looked up; those that were stored before are known by their keys.
    if (disabled !== undefined) throw new Error(disabled.detail);
    const dead = outcomes.flatMap((outcome, i) =>
      outcome.kind === 'dead' ? [letterOf(trigger, judged[i] as Judged, outcome)] : [],
    );
    await this.letters.write(dead);
    this.count(trigger, outcomes as Outcome[]);
  }

  /** The same for one record whose sender waits for the answer; nothing becomes a dead letter. */
  async takeOne(
    trigger: LiveTrigger,
    of: { record: SourceRecord; view?: RecordView; key: string },
  ): Promise<Outcome> {
    const workflow = await this.workflowOf(trigger);
    const context = this.contextOf(workflow, of.key);
    const verdict =
      of.view === undefined
        ? judgeRecord(trigger.compiled, of.record, context)
        : judgeView(trigger.compiled, { record: of.record, view: of.view }, context);
    const outcomes = await this.settle(trigger, workflow, [{ record: of.record, verdict, key: of.key }]);
    const [outcome] = outcomes as [Settled];
    return outcome.kind === 'disabled'
      ? { kind: 'dead', reason: 'refused', detail: outcome.detail }
      : outcome;
  }

  /** What would become of a record, without anything being done. */
  async judge(trigger: LiveTrigger, record: SourceRecord): Promise<Verdict> {
    const workflow = await this.workflowOf(trigger);
    return judgeRecord(trigger.compiled, record, this.contextOf(workflow, keyOfRecord(record)));
  }

  /** A record is held to the version that its run would start on. */
  private contextOf(workflow: StartableWorkflow | undefined, key: string): JudgeContext {
    const version = workflow && versionFor(workflow, key);
    return { workflow: version, inputBytesMax: this.config.jsonBytesMax };
  }

  /**
   * Whether more records are to be taken: as many runs may wait as may be under way, what is above stays
   * outside. Rejects while the workflow is disabled, with why.
   */
  async hasRoom(trigger: LiveTrigger): Promise<boolean> {
    const workflow = await this.workflowOf(trigger);
    if (workflow === undefined) return true;
    holdWhileDisabled(workflow);
    const { concurrency, order } = trigger.compiled.document.spec;
    const waitingMax = Math.min(concurrency ?? WAITING_MAX, WAITING_MAX);
    const own = concurrency !== undefined || order === 'key';
    return this.door.hasRoom(workflow, own ? { name: trigger.id, waitingMax } : null);
  }

  count(trigger: LiveTrigger, outcomes: readonly Outcome[]): void {
    const activity = this.activity.of(trigger.id);
    activity.lastRecordAtMs = Date.now();
    for (const outcome of outcomes) {
      if (outcome.kind === 'started' && outcome.repeated) {
        activity.repeated += 1;
        continue;
      }
      activity.taken += 1;
      if (outcome.kind === 'filtered') activity.filtered += 1;
      else if (outcome.kind === 'dead') activity.dead += 1;
      else activity.started += 1;
    }
  }

  private async workflowOf(trigger: LiveTrigger): Promise<StartableWorkflow | undefined> {
    const key = keyOfWorkflow(trigger);
    const known = this.catalog.recall(key);
    return known !== undefined && known.disabled === null ? known : this.catalog.find(key);
  }

  private async settle(
    trigger: LiveTrigger,
    workflow: StartableWorkflow | undefined,
    judged: readonly Judged[],
  ): Promise<Settled[]> {
    const wanted = judged.flatMap(({ record, verdict, key }) =>
      verdict.kind === 'start' && workflow !== undefined
        ? [{ key, atDoor: runOf(trigger, versionFor(workflow, key), { record, verdict, key }) }]
        : [],
    );
    const started = await this.start(wanted.map(({ atDoor }) => atDoor));
    const byKey = new Map(wanted.map(({ key }, i) => [key, started[i] as Settled]));
    if (started.some(({ kind }) => kind === 'disabled')) this.catalog.forget(keyOfWorkflow(trigger));
    return judged.map(({ verdict, key }) =>
      verdict.kind === 'start' ? (byKey.get(key) as Settled) : verdict,
    );
  }

  /** One run whose data the database refuses must not stop the others: then each is stored alone. */
  private async start(runs: readonly RunAtDoor[]): Promise<Settled[]> {
    if (runs.length === 0) return [];
    try {
      const accepted = await this.door.take(runs);
      return accepted.map((answer, i) =>
        !answer.accepted && answer.disabled
          ? { kind: 'disabled', detail: wasDisabled(runs[i] as RunAtDoor) }
          : { kind: 'started', runId: answer.id, repeated: !answer.accepted },
      );
    } catch (error) {
      if (!isDataRefused(error)) throw error;
      if (runs.length === 1) {
        const detail = `The database refused the run's data: ${(error as Error).message}`;
        return [{ kind: 'dead', reason: 'refused', detail }];
      }
      const outcomes: Settled[] = [];
      for (const run of runs) outcomes.push(...(await this.start([run])));
      return outcomes;
    }
  }
}

/** Records stay where they are while their workflow starts no runs. */
function holdWhileDisabled(workflow: StartableWorkflow | undefined): void {
  if (workflow === undefined || workflow.disabled === null) return;
  throw new Error(`The records are held: ${disabledText(workflow.identity, workflow.disabled)}`);
}

function wasDisabled({ workflow: { identity } }: RunAtDoor): string {
  return `The workflow ${identity.namespace}/${identity.name} was disabled a moment ago, so it starts no runs.`;
}

function keyOfWorkflow(trigger: LiveTrigger): WorkflowKey {
  return { workspaceId: trigger.workspaceId, ...trigger.compiled.document.spec.workflow };
}

/** What names a record of a topic in the scope of its trigger. */
export function keyOfRecord({ topic, partition, offset }: SourceRecord): string {
  return `${topic}-${partition}-${offset}`;
}

function runOf(
  trigger: LiveTrigger,
  workflow: StartableWorkflow,
  of: { record: SourceRecord; verdict: Wanted; key: string },
): RunAtDoor {
  const { verdict, record } = of;
  const { order, concurrency } = trigger.compiled.document.spec;
  const run: RunToAccept = {
    id: uuidv7(),
    workspaceId: trigger.workspaceId,
    workflowId: workflow.workflowId,
    workflowVersionId: workflow.identity.versionId,
    trigger: `${kindOf(trigger)}:${trigger.name}`,
    traceId: verdict.trace?.traceId ?? newTraceId(),
    rootSpanId: newSpanId(),
    ...(verdict.trace === null ? {} : { parentSpanId: verdict.trace.spanId }),
    input: verdict.inputText,
    idempotency: { scope: `trigger:${trigger.id}`, key: of.key, requestHash: hashOf(verdict.inputText) },
  };
  const ordered = order === 'key' && record.key !== null;
  if (!ordered && concurrency === undefined && workflow.concurrency === null)
    return { run, workflow, input: verdict.input };
  const own = order === 'key' || concurrency !== undefined;
  const queue = { name: own ? trigger.id : '', key: ordered ? keyOf(record.key as string) : undefined };
  return { run, workflow, input: verdict.input, queue };
}

function kindOf({ compiled }: LiveTrigger): string {
  const { kafka, plugin } = compiled.document.spec;
  if (plugin !== undefined) return 'plugin';
  return kafka === undefined ? 'event' : 'kafka';
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const QUEUE_KEY_LENGTH_MAX = 512;

/** An index holds the key, so a long one (or one that PostgreSQL cannot hold) goes by its hash. */
function keyOf(key: string): string {
  return key.length > QUEUE_KEY_LENGTH_MAX || key.includes('\0') ? hashOf(key).toString('hex') : key;
}

function letterOf(
  trigger: LiveTrigger,
  { record }: Judged,
  { reason, detail }: { reason: string; detail: string },
): DeadLetterRow {
  const { topic, partition, offset, key, headers } = record;
  return {
    topic,
    partition,
    offset,
    key,
    headers,
    payload: record.payload ?? new Uint8Array(),
    reason,
    detail,
    workspaceId: trigger.workspaceId,
    triggerId: trigger.id,
  };
}
