import { type CallRequest, type JournalEntry, RUN_ENDED, type RunInboxMessage } from '@tutti/contracts';
import {
  decide,
  type RunDefinition,
  type RunEffect,
  type RunEvent,
  type RunState,
  wakeAt,
} from '@tutti/engine';
import { type JournaledEvent, packTurn, type ReceiptRow, type ReviewRow, type RunTurn } from '@tutti/store';
import { type LiveRun, startEvent } from './live-run.js';
import { randomToken } from './review-token.js';

/** What one turn of a run will change and send, before it is committed. */
export interface PreparedTurn {
  run: LiveRun;
  state: RunState;
  turn: RunTurn;
  entries: JournalEntry[];
  calls: CallRequest[];
  reviewsOpened: ReviewRow[];
  reviewsClosed: { id: string; status: 'expired' | 'withdrawn' }[];
  receipts: ReceiptRow[];
  commandsApplied: string[];
}

export interface TurnContext {
  definition: RunDefinition;
  nowMs: number;
  /** For the first turn of a retry: the state of the other run from which this one goes on. */
  restored?: RunState;
}

/**
 * Decides all messages of one run, in their order, without changing the live run. Null when none of them says
 * anything new.
 */
export function prepareTurn(
  run: LiveRun,
  messages: readonly RunInboxMessage[],
  at: TurnContext,
): PreparedTurn | null {
  let state = run.state;
  const entries: JournalEntry[] = [];
  const effects: RunEffect[] = [];
  const events: { at: number; event: RunEvent }[] = [];
  const commandsApplied: string[] = [];
  let alarmTaken = false;
  for (const message of messages) {
    const event = eventOf({ run, state, restored: at.restored }, message);
    if (message.kind === 'run.commanded') commandsApplied.push(message.commandId);
    if (message.kind === 'run.due') alarmTaken = true;
    if (event === null) continue;
    const decision = decide(at.definition, state, event, at.nowMs);
    if (decision.ignored !== undefined) continue;
    state = decision.state;
    events.push({ at: at.nowMs, event });
    entries.push(...decision.entries);
    effects.push(...decision.effects);
  }
  if (state === null) return null;
  // A taken alarm was moved by its lease, so it is written again even when nothing was due.
  if (events.length === 0 && !alarmTaken && commandsApplied.length === 0) return null;
  return {
    ...sortEffects(run, at, effects),
    run,
    state,
    entries,
    commandsApplied,
    turn: turnOf(run, { state, events, entries, alarmTaken, nowMs: at.nowMs }),
  };
}

function eventOf(
  of: { run: LiveRun; state: RunState | null; restored?: RunState | undefined },
  message: RunInboxMessage,
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
    case 'run.commanded':
      return { kind: 'command', command: message.command };
  }
}

/** The run's input is in its row already; LiveRun puts it back when it is read. */
function stateText(state: RunState): string {
  return JSON.stringify({ ...state, input: undefined });
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
          output: state.output === undefined ? null : JSON.stringify(state.output),
          error: state.error === undefined ? null : JSON.stringify(state.error),
          durationMs: Math.max(0, nowMs - run.startedAtMs),
        }
      : null,
    ...mainCost(state),
  };
}

/** The run's cost in the currency in which most of it came; the others are in the journal. */
function mainCost(state: RunState): { costMicros: number; currency: string | null } {
  const [main] = Object.entries(state.cost ?? {}).sort(([, a], [, b]) => b - a);
  return main ? { costMicros: main[1], currency: main[0] } : { costMicros: 0, currency: null };
}

/**
 * The stored alarm may be early (it is then looked at once for nothing), never late: so most turns need not
 * write it.
 */
function alarmOf(run: LiveRun, wakeMs: number | null, alarmTaken: boolean): number | null | 'keep' {
  const earlyEnough = wakeMs === null || (run.storedWakeMs !== null && run.storedWakeMs <= wakeMs);
  return run.revision > 0 && earlyEnough && !alarmTaken ? 'keep' : wakeMs;
}

type SortedEffects = Pick<PreparedTurn, 'calls' | 'reviewsOpened' | 'reviewsClosed' | 'receipts'>;

function sortEffects(run: LiveRun, at: TurnContext, effects: readonly RunEffect[]): SortedEffects {
  const sorted: SortedEffects = { calls: [], reviewsOpened: [], reviewsClosed: [], receipts: [] };
  for (const effect of effects) {
    switch (effect.kind) {
      case 'call':
        sorted.calls.push(callRequest(run, effect, false));
        break;
      case 'review.open':
        sorted.reviewsOpened.push(reviewRow(run, effect, at.nowMs));
        break;
      case 'review.close':
        sorted.reviewsClosed.push({ id: effect.reviewId, status: effect.status });
        break;
      case 'receipt':
        sorted.receipts.push(receiptRow(run, effect));
        break;
      // A cancelled call's late answer is ignored by the engine; connectors that can stop learn of it by
      // their deadline.
      case 'call.cancel':
        break;
    }
  }
  return sorted;
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
  };
}

function reviewRow(
  run: LiveRun,
  effect: Extract<RunEffect, { kind: 'review.open' }>,
  nowMs: number,
): ReviewRow {
  const text = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));
  // The form of a capability is looked up where it is shown, because it belongs to the plugin's version of
  // that moment.
  const form =
    effect.form ?? (effect.formCapability === undefined ? undefined : { $capability: effect.formCapability });
  return {
    id: effect.reviewId,
    workspaceId: run.workspaceId,
    runId: run.id,
    workflowId: run.workflowId,
    task: effect.task,
    position: effect.position,
    title: effect.title,
    because: effect.because,
    token: randomToken(),
    form: text(form),
    data: text(effect.data),
    context: text(effect.context),
    document: text(effect.document),
    dueAtMs: effect.dueAt ?? null,
    openedAtMs: nowMs,
  };
}

function receiptRow(run: LiveRun, effect: Extract<RunEffect, { kind: 'receipt' }>): ReceiptRow {
  return {
    runId: run.id,
    position: effect.position,
    attempt: effect.attempt,
    workspaceId: run.workspaceId,
    connection: effect.connection ?? null,
    idempotencyKey: effect.idempotencyKey,
    status: effect.status,
    answer: effect.answer === undefined ? null : JSON.stringify(effect.answer),
  };
}
