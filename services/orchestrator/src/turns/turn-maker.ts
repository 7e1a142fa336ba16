import { Injectable, Logger } from '@nestjs/common';
import { RUN_ENDED } from '@tutti/contracts';
import { awaitedRuns, outstandingCalls } from '@tutti/engine';
import {
  ChildrenKeptOut,
  Counters,
  isDataRefused,
  RunStore,
  type TurnExtras,
  type WaitingCommand,
} from '@tutti/store';
import type { Lookups } from '../children/children.js';
import { EventPublisher } from '../events/event-publisher.js';
import { writeRunSpans } from '../tracing/run-spans.js';
import { Clock } from './clock.js';
import { Decider } from './decider.js';
import { faultTurn } from './fault-turn.js';
import { acceptanceOf, type LiveRun } from './live-run.js';
import { LiveRuns } from './live-runs.js';
import { callRequest, type PreparedTurn, type TurnDecision } from './prepare-turn.js';
import { changeOfLastTurn, changesOf, messagesToRuns } from './run-changes.js';
import { mayRepeat, type RunWork, type TurnTask } from './run-work.js';

/**
 * How often a run that other owners write meanwhile is read anew in one turn. Then its messages are taken for
 * repeats: whatever they asked for is asked for again by the calls, alarms and commands that are outstanding.
 */
const REFUSALS_MAX = 8;

/** What a run's messages come to, for the rest of the pass. */
interface Decided extends TurnDecision {
  work: RunWork;
}

/** Makes turns: reads the runs, decides, commits, and gathers what is to be sent. */
@Injectable()
export class TurnMaker {
  private readonly logger = new Logger(TurnMaker.name);
  /** Called with the alarm of every committed run. */
  onAlarm: (wakeAtMs: number) => void = () => undefined;

  constructor(
    private readonly store: RunStore,
    private readonly decider: Decider,
    private readonly runs: LiveRuns,
    private readonly clock: Clock,
    private readonly counters: Counters,
    private readonly events: EventPublisher,
  ) {}

  /** Does what is left of a turn. After a failure it is called again with the same task. */
  async make(task: TurnTask): Promise<void> {
    this.dropLateBells(task);
    while (task.work.size > 0) await this.pass(task);
    if (task.tellAgain.size > 0) {
      const lasts = await this.store.lastTurnsOf([...task.tellAgain]);
      task.changes.push(...lasts.map(changeOfLastTurn));
      task.tellAgain.clear();
    }
    if (task.acceptAgain.size > 0) {
      const rows = await this.store.loadRuns([...task.acceptAgain]);
      const unbegun = rows.filter(({ state, status }) => state === null && status === 'running');
      task.toRuns.push(...unbegun.map(acceptanceOf));
      task.acceptAgain.clear();
    }
    this.runs.trim();
  }

  /** What rings for a command that this process applied before has nothing to say, nor to ask for. */
  private dropLateBells(task: TurnTask): void {
    for (const work of task.work.values()) {
      const left = work.messages.filter(
        (message) => message.kind !== 'run.commanded' || !this.runs.sent.hasApplied(message.commandId),
      );
      this.counters.add('inbox.repeated', work.messages.length - left.length);
      work.messages = left;
      if (left.length === 0) task.work.delete(work.runId);
    }
  }

  /**
   * Decides and commits all runs that are left. Those that another owner wrote meanwhile stay for the next
   * pass.
   */
  private async pass(task: TurnTask): Promise<void> {
    const runs = await this.runs.runsOf(task);
    // After the runs: a command that was applied meanwhile is gone then, or the journal refuses the turn.
    const commands = await this.commandsFor(task);
    const nowMs = this.clock.now();
    const decided: Decided[] = [];
    const late: WaitingCommand[] = [];
    const lookups: Lookups = new Map();
    for (const work of task.work.values()) {
      const run = runs.get(work.runId);
      const ofRun = commands.get(work.runId) ?? [];
      if (!run || RUN_ENDED.has(run.status)) {
        late.push(...ofRun);
        this.pastEnd(task, work, run);
      } else if (work.refusals > REFUSALS_MAX) {
        this.sendAgain(task, run);
        task.work.delete(work.runId);
      } else {
        const decision = await this.decider.decide(task, work, { run, commands: ofRun, nowMs, lookups });
        if (decision.turn) decided.push({ ...decision, work });
        else this.nothingNew(task, { ...decision, work }, run);
      }
    }
    // A cancel that came after the end has nothing to change, but its row must not be sent for ever.
    if (late.length > 0) await this.store.dropCommands(late.map(({ id }) => id));
    if (decided.length > 0) await this.commit(task, decided);
  }

  private async commandsFor(task: TurnTask): Promise<Map<string, WaitingCommand[]>> {
    const commanded: string[] = [];
    for (const { runId, messages } of task.work.values())
      if (messages.some(({ kind }) => kind === 'run.commanded')) commanded.push(runId);
    const byRun = new Map<string, WaitingCommand[]>();
    if (commanded.length === 0) return byRun;
    for (const command of await this.store.commandsOf(commanded))
      byRun.set(command.runId, [...(byRun.get(command.runId) ?? []), command]);
    return byRun;
  }

  /** Messages for a run that has ended, or that never was: there is nothing left to decide. */
  private pastEnd(task: TurnTask, work: RunWork, run: LiveRun | undefined): void {
    task.work.delete(work.runId);
    const count = (kind: string) => work.messages.filter((message) => message.kind === kind).length;
    if (!run) {
      this.counters.add('inbox.unknown', work.messages.length);
      return;
    }
    this.counters.add('results.ignored', count('call.settled'));
    const repeated = work.messages.filter((message) => mayRepeat(task, work, message)).length;
    this.counters.add('inbox.repeated', repeated);
    if (repeated > 0) task.tellAgain.add(run.id);
    this.runs.forget(run.id);
  }

  /**
   * Nothing is to be committed for a run. If that is because its messages were decided before, whoever did so
   * may have died before he sent what followed. And where others may write the run, one who was taken for
   * dead may have: what is in memory is then too old to say that a message comes too late. So it is read anew
   * first.
   */
  private nothingNew(
    task: TurnTask,
    { work, repeated, unchanged, resultsIgnored }: Decided,
    run: LiveRun,
  ): void {
    if (!work.fresh && (repeated > 0 || (unchanged > 0 && task.shared))) {
      work.fresh = true;
      this.runs.forget(run.id);
      return;
    }
    this.counters.add('results.ignored', resultsIgnored);
    this.counters.add('inbox.repeated', repeated);
    if (repeated > 0) this.sendAgain(task, run);
    task.work.delete(work.runId);
  }

  /** Sends what a turn that was committed before may have left unsent, unless this process has sent it. */
  private sendAgain(task: TurnTask, run: LiveRun, sentNow: PreparedTurn['calls'] = []): void {
    if (this.runs.sent.isSent(run.id, run.revision)) return;
    this.runs.sent.sent(run.id, run.revision);
    task.tellAgain.add(run.id);
    if (!run.state) return;
    for (const id of awaitedRuns(run.state)) task.acceptAgain.add(id);
    for (const call of outstandingCalls(run.state)) {
      const isNew = sentNow.some(({ callId, attempt }) => callId === call.callId && attempt === call.attempt);
      if (!isNew) task.calls.push(callRequest(run, call, true));
    }
  }

  private async commit(task: TurnTask, decided: readonly Decided[]): Promise<void> {
    const prepared = decided.map(({ turn }) => turn as PreparedTurn);
    let committed: Set<string>;
    try {
      committed = await this.store.commitTurns(
        prepared.map(({ turn }) => turn),
        this.extrasOf(prepared),
      );
    } catch (error) {
      // A workflow was disabled in the last moment: all is decided anew, and its runs are refused then.
      if (error instanceof ChildrenKeptOut) return;
      if (!isDataRefused(error)) throw error;
      await this.commitApart(task, decided, error as Error);
      return;
    }
    let refused = 0;
    for (const one of decided) {
      if (committed.has(one.work.runId)) {
        this.committed(task, one);
      } else {
        this.refused(one.work);
        refused += 1;
      }
    }
    if (refused > 0) this.logger.log(`${refused} runs were written by another owner and are read anew.`);
  }

  /** The data of one run is refused by the database: committing each alone finds it, and it is faulted. */
  private async commitApart(task: TurnTask, decided: readonly Decided[], error: Error): Promise<void> {
    if (decided.length > 1) {
      for (const one of decided) await this.commit(task, [one]);
      return;
    }
    const [one] = decided as [Decided];
    const { run, turn } = one.turn as PreparedTurn;
    if (turn.event === '[]' && turn.status === 'faulted') {
      this.logger.error(`The database refuses even the fault of run ${run.id}: ${error.message}`);
      this.runs.forget(run.id);
      task.work.delete(run.id);
      return;
    }
    this.logger.error(`The database refused the data of run ${run.id}, which is faulted: ${error.message}`);
    await this.commit(task, [{ ...one, turn: faultTurn(run, error, turn.atMs) }]);
  }

  private committed(task: TurnTask, { turn: prepared, repeated, resultsIgnored }: Decided): void {
    const one = prepared as PreparedTurn;
    const { run, turn } = one;
    // From here on it is a run of the version that it was migrated to, in its spans too.
    if (one.migratedTo !== undefined) run.workflow = one.migratedTo;
    writeRunSpans(run, one);
    run.revision = turn.revision;
    run.status = turn.status;
    run.state = one.state;
    if (turn.wakeAtMs !== 'keep') run.storedWakeMs = turn.wakeAtMs;
    if (typeof turn.wakeAtMs === 'number') this.onAlarm(turn.wakeAtMs);
    task.calls.push(...one.calls);
    task.toRuns.push(...messagesToRuns(one));
    task.changes.push(...changesOf(one));
    if (one.emitted.length > 0) this.events.wake();
    this.counters.add('results.ignored', resultsIgnored);
    this.counters.add('inbox.repeated', repeated);
    this.runs.sent.applied(one.commandsApplied.map(({ id }) => id));
    this.runs.sent.committed(run.id, turn.revision);
    if (repeated > 0) this.sendAgain(task, run, one.calls);
    this.runs.settled(run, turn.state?.length ?? 0);
    task.work.delete(run.id);
  }

  private extrasOf(prepared: readonly PreparedTurn[]): TurnExtras {
    return {
      reviewsOpened: prepared.flatMap((one) => one.reviewsOpened),
      reviewsClosed: prepared.flatMap((one) => one.reviewsClosed),
      receipts: prepared.flatMap((one) => one.receipts),
      commandsApplied: prepared.flatMap((one) => one.commandsApplied),
      subscriptions: prepared.flatMap((one) => one.subscriptions),
      migrated: prepared.flatMap(({ run, migratedTo }) =>
        migratedTo === undefined ? [] : [{ runId: run.id, versionId: migratedTo.versionId }],
      ),
      eventsEmitted: prepared.flatMap(({ run, emitted }) =>
        emitted.flatMap((effect) => this.events.rowsOf(run, effect)),
      ),
      childrenStarted: prepared.flatMap(({ children }) => children),
      commandsGiven: prepared.flatMap(({ commandsGiven }) => commandsGiven),
    };
  }

  private refused(work: RunWork): void {
    work.refusals += 1;
    work.fresh = true;
    this.runs.forget(work.runId);
  }
}
