import {
  type CallRequest,
  type JournalEntry,
  type Problem,
  RUN_ENDED,
  type RunCommanded,
  type RunDue,
  type RunInboxMessage,
  type WorkflowIdentity,
} from '@tutti/contracts';
import {
  activeTasks,
  decideOver,
  type Fresh,
  type RunDefinition,
  type RunEffect,
  type RunEvent,
  type RunStartEffect,
  type RunState,
  type Versions,
  wakeAt,
} from '@tutti/engine';
import {
  type CommandGiven,
  concernsOpenTasks,
  type JournaledEvent,
  type OpenTask,
  openTasksAt,
  packTurn,
  type ReceiptRow,
  type ReviewClosedRow,
  type ReviewRow,
  type RunTurn,
  type Subscription,
  type WaitingCommand,
} from '@tutti/store';
import type { StartedChild } from '../children/started-child.js';
import { cancelOf, tellParent } from '../children/given-commands.js';
import { type LiveRun, startEvent } from './live-run.js';
import { receiptRow, reviewRow } from './effect-rows.js';
import { alarmOf, mainCost } from './run-columns.js';
import { withinSize } from './run-size.js';
import { subscriptionsOf } from './subscriptions.js';

/** What one turn of a run will change and send, before it is committed. */
export interface PreparedTurn {
  run: LiveRun;
  state: RunState;
  turn: RunTurn;
  entries: JournalEntry[];
  /** When the turn suspends, resumes or cancels the run: the tasks that were under way. */
  openTasks?: OpenTask[];
  calls: CallRequest[];
  reviewsOpened: ReviewRow[];
  reviewsClosed: ReviewClosedRow[];
  receipts: ReceiptRow[];
  emitted: Extract<RunEffect, { kind: 'event.emit' }>[];
  commandsApplied: { id: string; runId: string }[];
  /** Runs that the turn starts, and commands for other runs. */
  children: StartedChild[];
  commandsGiven: CommandGiven[];
  /** When the turn changes what the run listens for. */
  subscriptions: Subscription[];
  /** The version that the run goes on with, when the turn migrates it. */
  migratedTo?: WorkflowIdentity;
}

/** What the messages of one run came to. */
export interface TurnDecision {
  /** Null when none of them says anything new. */
  turn: PreparedTurn | null;
  /** Messages that may have been decided before, and for all that this turn shows were. */
  repeated: number;
  /** Messages that change nothing. */
  unchanged: number;
  /** Results of attempts that are not outstanding. */
  resultsIgnored: number;
}

export interface TurnContext {
  definition: RunDefinition;
  /** The versions to which the commands migrate the run. */
  versions: Versions;
  nowMs: number;
  /** The commands that wait for this run, in their order. */
  commands: readonly WaitingCommand[];
  /** Whether a message may have been decided before. */
  mayRepeat: (message: RunInboxMessage) => boolean;
  /** For the first turn of a retry: the state of the other run from which this one goes on. */
  restored?: RunState;
}

/**
 * Decides all messages of one run, in their order, without changing the live run. The runs that it wants to
 * have started are to be answered for before its decision is asked.
 */
export function draftTurn(run: LiveRun, messages: readonly RunInboxMessage[], at: TurnContext): TurnDraft {
  const turn = new TurnDraft(run, at);
  for (const message of messages) turn.take(message);
  turn.takeEarlyCommands();
  return turn;
}

/** A turn while its messages are decided. */
export class TurnDraft {
  repeated = 0;
  unchanged = 0;
  resultsIgnored = 0;
  private state: RunState | null;
  private definition: RunDefinition;
  private readonly entries: JournalEntry[] = [];
  private readonly effects: RunEffect[] = [];
  private readonly events: { at: number; event: RunEvent }[] = [];
  private readonly commandsApplied: PreparedTurn['commandsApplied'] = [];
  /** The states between the messages are nobody else's; that of the live run is. */
  private readonly fresh: Fresh = new WeakSet();
  /** Runs that tasks want to have started, by their ids. */
  private readonly wishes = new Map<string, RunStartEffect>();
  private readonly children: StartedChild[] = [];
  private alarmTaken = false;
  /** Commands came before the run's first turn, which may still be in this one. */
  private commandsEarly = false;

  constructor(
    readonly run: LiveRun,
    private readonly at: TurnContext,
  ) {
    this.state = run.state;
    this.definition = at.definition;
  }

  take(message: RunInboxMessage): void {
    const changed =
      message.kind === 'run.commanded' ? this.takeCommands(message.commandId) : this.takeEvent(message);
    if (!changed) this.unchanged += 1;
    // Whether an alarm was taken before cannot be seen: its time may have come for something else meanwhile.
    if ((!changed || message.kind === 'run.due') && this.at.mayRepeat(message)) this.repeated += 1;
  }

  takeEarlyCommands(): void {
    if (this.commandsEarly) this.applyCommands();
  }

  /** A run that a task wants to have started and that was not answered for. */
  nextStart(): RunStartEffect | undefined {
    return this.wishes.values().next().value;
  }

  start(child: StartedChild, workflow: WorkflowIdentity): void {
    const { id: runId, parent } = child.child;
    const { position } = parent;
    this.wishes.delete(runId);
    if (this.decide({ kind: 'child.started', runId, position, workflow })) this.children.push(child);
  }

  refuse({ runId, position }: RunStartEffect, error: Problem): void {
    this.wishes.delete(runId);
    this.decide({ kind: 'child.refused', runId, position, error });
  }

  decision(): TurnDecision {
    const { repeated, unchanged, resultsIgnored } = this;
    return { turn: this.prepared(), repeated, unchanged, resultsIgnored };
  }

  private prepared(): PreparedTurn | null {
    const { run, at, state, events, entries, commandsApplied, alarmTaken } = this;
    if (state === null) return null;
    // A taken alarm was moved by its lease, so it is written again even when nothing was due.
    if (events.length === 0 && !alarmTaken && commandsApplied.length === 0) return null;
    const sorted = this.sorted();
    return {
      ...sorted,
      run,
      state,
      children: this.children,
      commandsGiven: [...sorted.commandsGiven, ...tellParent(run, state.status)],
      entries,
      ...(concernsOpenTasks(entries) && { openTasks: openTasksAt(openBefore(run.state), entries) }),
      commandsApplied,
      subscriptions: this.listens ? subscriptionsOf(run, state) : [],
      ...(this.definition !== at.definition && { migratedTo: this.definition.identity }),
      turn: turnOf(run, { state, events, entries, alarmTaken, nowMs: at.nowMs }),
    };
  }

  /** Whether the run may listen for events, in the version that it was of or that it goes on with. */
  private get listens(): boolean {
    return this.at.definition.workflow.listens || this.definition.workflow.listens;
  }

  /** With the identity of the version that the run goes on with. */
  private sorted(): SortedEffects {
    const { definition, effects } = this;
    const run = { ...this.run, workflow: definition.identity };
    return sortEffects(run, { definition, nowMs: this.at.nowMs }, effects);
  }

  private takeEvent(message: Exclude<RunInboxMessage, RunCommanded>): boolean {
    if (message.kind === 'run.due') {
      this.alarmTaken = true;
      if (!this.isFor(message)) return false;
    }
    const event = eventOf({ run: this.run, state: this.state, restored: this.at.restored }, message);
    const changed = event !== null && this.decide(event);
    if (!changed && message.kind === 'call.settled') this.resultsIgnored += 1;
    return changed;
  }

  /**
   * Whether the run's earliest deadline is one for which the message was sent. A copy that an owner of before
   * still holds must not do the work of a later one: if he dies, nobody knows that it was done.
   */
  private isFor({ dueAt }: RunDue): boolean {
    if (dueAt === undefined || this.state === null) return true;
    const earliestMs = wakeAt(this.state);
    // The database keeps microseconds of what may have more digits.
    return earliestMs !== null && earliestMs <= dueAt + 1;
  }

  /**
   * The message only rings: what counts are the rows, which the turn that applies them deletes. So a command
   * is applied once and in its order, however often and late its message comes.
   */
  private takeCommands(commandId: string): boolean {
    if (this.state === null) this.commandsEarly = true;
    else this.applyCommands();
    return this.at.commands.some(({ id }) => id === commandId);
  }

  private applyCommands(): void {
    if (this.state === null || this.commandsApplied.length > 0) return;
    for (const { id, command } of this.at.commands) {
      this.commandsApplied.push({ id, runId: this.run.id });
      if (command.kind !== 'unreadable') this.decide({ kind: 'command', command });
    }
  }

  private decide(event: RunEvent): boolean {
    const { versions, nowMs } = this.at;
    const { definition, state, fresh } = this;
    const { decision, definition: next } = decideOver({ definition, versions, state, nowMs, fresh }, event);
    if (decision.ignored !== undefined) return false;
    this.state = decision.state;
    this.definition = next;
    this.events.push({ at: nowMs, event });
    this.entries.push(...decision.entries);
    for (const effect of decision.effects) this.keep(effect);
    return true;
  }

  private keep(effect: RunEffect): void {
    if (effect.kind === 'run.start') this.wishes.set(effect.runId, effect);
    // One that was not started yet is not to be started any more.
    else if (effect.kind !== 'run.cancel' || !this.wishes.delete(effect.runId)) this.effects.push(effect);
  }
}

function openBefore(state: RunState | null): OpenTask[] {
  return state === null ? [] : activeTasks(state);
}

function eventOf(
  of: { run: LiveRun; state: RunState | null; restored?: RunState | undefined },
  message: Exclude<RunInboxMessage, RunCommanded>,
): RunEvent | null {
  switch (message.kind) {
    case 'run.accepted':
      return of.state === null ? startEvent(of.run, message.input, of.restored) : null;
    case 'call.settled': {
      const { callId, attempt, outcome, startedAt, endedAt } = message;
      return { kind: 'settled', callId, attempt, outcome, startedAt, endedAt };
    }
    case 'run.due':
      return { kind: 'due' };
  }
}

/** The run's input is in its row already; LiveRun puts it back when it is read. */
function stateText(state: RunState): string {
  return withinSize(JSON.stringify({ ...state, input: undefined }), 'state');
}

interface Decided {
  state: RunState;
  events: JournaledEvent[];
  entries: JournalEntry[];
  alarmTaken: boolean;
  nowMs: number;
}

function turnOf(run: LiveRun, decided: Decided): RunTurn {
  const { state, nowMs } = decided;
  const ended = RUN_ENDED.has(state.status);
  return {
    runId: run.id,
    workspaceId: run.workspaceId,
    workflowId: run.workflowId,
    revision: run.revision + 1,
    status: state.status,
    statusChanged: state.status !== run.status,
    state: ended ? null : stateText(state),
    wakeAtMs: ended ? null : alarmOf(run, wakeAt(state), decided.alarmTaken),
    ...packTurn(decided.events, decided.entries),
    atMs: nowMs,
    ended: ended
      ? {
          output: state.output === undefined ? null : withinSize(JSON.stringify(state.output), 'output'),
          error: state.error === undefined ? null : JSON.stringify(state.error),
          durationMs: Math.max(0, nowMs - run.startedAtMs),
        }
      : null,
    ...mainCost(state),
  };
}

type SortedEffects = Pick<
  PreparedTurn,
  'calls' | 'reviewsOpened' | 'reviewsClosed' | 'receipts' | 'emitted' | 'commandsGiven'
>;

function sortEffects(
  run: LiveRun,
  at: Pick<TurnContext, 'definition' | 'nowMs'>,
  effects: readonly RunEffect[],
): SortedEffects {
  const sorted: SortedEffects = {
    calls: [],
    reviewsOpened: [],
    reviewsClosed: [],
    receipts: [],
    emitted: [],
    commandsGiven: [],
  };
  for (const effect of effects) {
    switch (effect.kind) {
      case 'call':
        sorted.calls.push({ ...callRequest(run, effect, false), ...weightOf(at.definition) });
        break;
      case 'review.open':
        sorted.reviewsOpened.push(reviewRow(run, effect, at.nowMs));
        break;
      case 'review.close':
        sorted.reviewsClosed.push({ id: effect.reviewId, runId: run.id, status: effect.status });
        break;
      case 'event.emit':
        sorted.emitted.push(effect);
        break;
      case 'run.cancel':
        sorted.commandsGiven.push(cancelOf(run, effect.runId));
        break;
      case 'receipt':
        sorted.receipts.push(receiptRow(run, effect));
        break;
      // A cancelled call's late answer is ignored by the engine; connectors that can stop learn of it by
      // their deadline. Runs that are to be started were answered for before.
      case 'call.cancel':
      case 'run.start':
        break;
    }
  }
  return sorted;
}

/** What a workflow's calls get of a connection that others wait for too; most workflows say nothing of it. */
function weightOf({ workflow }: RunDefinition): Pick<CallRequest, 'weight'> {
  const { weight } = workflow.hints;
  return weight === 1 ? {} : { weight };
}

/** The message of a call, for its first sending and after a crash. */
export function callRequest(
  run: LiveRun,
  call: Extract<RunEffect, { kind: 'call' }>,
  redelivered: boolean,
): CallRequest {
  const { callId, attempt, task, taskName, target, input, effect, idempotencyKey, timeoutMs, policy } = call;
  return {
    kind: 'call.request',
    runId: run.id,
    workspaceId: run.workspaceId,
    workflow: run.workflow,
    callId,
    attempt,
    task,
    taskName,
    target,
    input,
    effect,
    idempotencyKey,
    timeoutMs,
    redelivered,
    trace: { traceId: run.traceId, spanId: run.rootSpanId },
    ...(policy ? { policy } : {}),
    ...(call.secrets ? { secrets: call.secrets } : {}),
    ...(call.later ? { later: call.later } : {}),
  };
}
