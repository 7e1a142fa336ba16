import type { CloudEvent } from '@tutti/contracts';
import { eventData, meetEvent, type EventMet, type ListenTask, type VariableSource } from '@tutti/workflow';
import { complete, enter, fault, nodeBase, overLimit, violation } from './complete.js';
import { RUN_LIMITS } from './limits.js';
import { workflowError } from './problems.js';
import { innerVariables, scopeOf, type TaskScope } from './scope.js';
import { continueList, runList } from './sequence.js';
import type { ListenNode, RunState } from './state.types.js';
import { endWith, type ChildResult } from './tasks-composite.js';
import { clear } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

const TOO_LARGE =
  'The messages are over 1 MiB together, so that `foreach` cannot work on them: consume fewer at once';

/** `listen`: waits for the events that its strategy wants; those that were sent to this run come first. */
export function beginListen(scope: TaskScope, task: ListenTask): Result {
  const { turn } = scope;
  if (task.given === true) return goThrough(scope);
  if (isMetByNothing(task)) return complete(scope, []);
  const node: ListenNode = {
    ...nodeBase(scope),
    type: 'listen',
    serial: turn.state.activations ?? 0,
    progress: {},
    events: [],
    turn: 0,
  };
  if (task.eventTypes !== undefined) node.types = [...task.eventTypes];
  const frame = enter(scope, node);
  const { types } = node;
  turn.entries.push({ kind: 'listen.started', ...scope.of, ...(types && { types }) });
  return takeSignals(turn, frame);
}

/** Works on what is there already: the messages of a subscription. */
function goThrough(scope: TaskScope): Result {
  const { input, turn, task } = scope;
  if (!Array.isArray(input)) return fault(scope, workflowError('runtime', TOO_LARGE, task.pointer));
  const [first, ...queue] = input as unknown[];
  if (first === undefined) return complete(scope, []);
  const node: ListenNode = {
    ...nodeBase(scope),
    type: 'listen',
    serial: 0,
    types: [],
    progress: {},
    events: [],
    turn: 0,
    over: true,
  };
  if (queue.length > 0) node.queue = queue;
  return consume(turn, enter(scope, node), first);
}

/** `all` of no events; lint refuses it, for it is a mistake. */
function isMetByNothing({ strategy }: ListenTask): boolean {
  return strategy.mode === 'all' && strategy.filters.length === 0;
}

function takeSignals(turn: Turn, frame: Frame): Result {
  const { state } = turn;
  for (const signal of state.signals ?? []) {
    // A listen inside its `foreach` may have taken it meanwhile, and must not find the one that is offered.
    const kept = state.signals ?? [];
    if (!kept.includes(signal)) continue;
    state.signals = kept.filter((one) => one !== signal);
    const result = offerEvent(turn, frame, signal);
    if (result === undefined) state.signals = kept;
    else if (result.kind !== 'blocked') return withoutEmpty(state, result);
  }
  return withoutEmpty(state, BLOCKED);
}

function withoutEmpty(state: RunState, result: Result): Result {
  if (state.signals?.length === 0) clear(state, 'signals');
  return result;
}

/**
 * Gives an event to a task that listens. Undefined when it does not want it: then nothing was changed.
 * Throws what the expressions of the task throw.
 */
export function offerEvent(turn: Turn, frame: Frame, event: CloudEvent): Result | undefined {
  const task = frame.task as ListenTask;
  const node = frame.node as ListenNode;
  if (node.over) return undefined;
  const ending = meetUntil(turn, frame, event);
  if (ending !== undefined) return countUntil(turn, frame, { event, ending });
  const scope = scopeOf(turn, frame);
  const found = meetEvent(task.strategy, event, {
    progress: node.progress,
    values: { input: scope.input, variables: scope },
  });
  if (found === undefined) return undefined;
  node.progress = found.progress;
  if (found.complete && !hasUntil(task)) node.over = true;
  if (node.item !== undefined) return waitInQueue(turn, frame, event);
  note(turn, frame, { event, as: 'consumed' });
  return consume(turn, frame, readEvent(task, event));
}

function hasUntil({ strategy }: ListenTask): boolean {
  return strategy.untilCondition !== undefined || strategy.untilEvents !== undefined;
}

/** An event of `until` ends the listening and is none of those that it hands on (DSL reference, Listen). */
function meetUntil(turn: Turn, frame: Frame, event: CloudEvent): EventMet | undefined {
  const { untilEvents } = (frame.task as ListenTask).strategy;
  if (untilEvents === undefined) return undefined;
  const { progress, untilMet } = frame.node as ListenNode;
  const scope = scopeOf(turn, frame);
  const { expected } = progress;
  return meetEvent(untilEvents, event, {
    progress: { ...(untilMet && { met: untilMet }), ...(expected && { expected }) },
    values: { input: scope.input, variables: scope },
  });
}

function countUntil(
  turn: Turn,
  frame: Frame,
  { event, ending }: { event: CloudEvent; ending: EventMet },
): Result {
  const node = frame.node as ListenNode;
  const { met, expected } = ending.progress;
  if (met !== undefined) node.untilMet = met;
  if (expected !== undefined) node.progress = { ...node.progress, expected };
  note(turn, frame, { event, as: 'until' });
  if (!ending.complete) return BLOCKED;
  node.over = true;
  return node.item === undefined ? complete(scopeOf(turn, frame), node.events) : BLOCKED;
}

function note(
  turn: Turn,
  frame: Frame,
  { event, as }: { event: CloudEvent; as: 'consumed' | 'queued' | 'until' },
): void {
  const { id, source, type } = event;
  turn.entries.push({ kind: 'event.received', ...scopeOf(turn, frame).of, event: { id, source, type }, as });
}

/** An event is worked on when the one before is done (DSL reference, Listen: first in, first out). */
function waitInQueue(turn: Turn, frame: Frame, event: CloudEvent): Result {
  const node = frame.node as ListenNode;
  const queue = node.queue ?? [];
  if (queue.length >= RUN_LIMITS.listenQueue) return giveUp(turn, frame, 'listenQueue');
  note(turn, frame, { event, as: 'queued' });
  node.queue = [...queue, readEvent(frame.task as ListenTask, event)];
  return BLOCKED;
}

function giveUp(turn: Turn, frame: Frame, limit: 'listenQueue' | 'listenEvents'): Result {
  return overLimit(scopeOf(turn, frame), limit, RUN_LIMITS[limit]);
}

function readEvent({ read }: ListenTask, event: CloudEvent): unknown {
  if (read === 'envelope') return event;
  const data = eventData(event);
  if (read === 'data') return data;
  return typeof data === 'string' ? data : JSON.stringify(data);
}

/** Works on an event, and then on those that came meanwhile, until one of them waits. */
function consume(turn: Turn, frame: Frame, first: unknown): Result {
  const { foreach } = frame.task as ListenTask;
  const node = frame.node as ListenNode;
  for (let item: unknown = first; ;) {
    if (foreach !== undefined) node.item = item;
    let output: unknown = item;
    if (foreach?.list !== undefined) {
      const result = runList(turn, frame, { list: foreach.list, ...listInput(turn, frame) });
      if (result.kind !== 'done') return endWith(turn, frame, result);
      ({ output } = result);
    }
    const ended = finishItem(turn, frame, output);
    if (ended !== undefined) return ended;
    item = takeNext(node);
    if (item === undefined) return BLOCKED;
  }
}

/** The tasks begin with the input of the task of the document, which is around a list of messages. */
function listInput(turn: Turn, frame: Frame): { input: unknown; inherits: boolean } {
  const { parent, task } = frame;
  if ((task as ListenTask).given !== true || parent === null)
    return { input: scopeOf(turn, frame).input, inherits: true };
  return { input: scopeOf(turn, parent).input, inherits: false };
}

/** The event that has waited longest; undefined when none waits. */
function takeNext(node: ListenNode): unknown {
  const [next, ...queue] = node.queue ?? [];
  if (queue.length > 0) node.queue = queue;
  else clear(node, 'queue');
  return next;
}

/** A task of `foreach` came to a result. */
export function continueListen(turn: Turn, frame: Frame, { task, result }: ChildResult): Result {
  const { foreach } = frame.task as ListenTask;
  if (foreach?.list === undefined) throw new Error('A listen without tasks has no task that ended');
  const inside = continueList(turn, frame, { list: foreach.list, task, result });
  if (inside.kind !== 'done') return endWith(turn, frame, inside);
  const ended = finishItem(turn, frame, inside.output);
  if (ended !== undefined) return ended;
  const next = takeNext(frame.node as ListenNode);
  return next === undefined ? BLOCKED : consume(turn, frame, next);
}

/** An event is done: what it leaves, and whether it was the last one. Undefined: the next one may come. */
function finishItem(turn: Turn, frame: Frame, output: unknown): Result | undefined {
  const task = frame.task as ListenTask;
  const node = frame.node as ListenNode;
  const item = task.foreach === undefined ? { value: output } : itemOutput(turn, frame, output);
  if ('ended' in item) return item.ended;
  node.turn += 1;
  clear(node, 'item');
  if (task.keeps) {
    if (node.events.length >= RUN_LIMITS.listenEvents) return giveUp(turn, frame, 'listenEvents');
    node.events = [...node.events, item.value];
  }
  const scope = scopeOf(turn, frame);
  const { untilCondition } = task.strategy;
  // What waits in the queue came after the event that was enough.
  if (untilCondition?.test(node.events, scope)) clear(node, 'queue');
  else if (!node.over || node.queue !== undefined) return undefined;
  return complete(scope, node.events);
}

/** `foreach.output` and `foreach.export`. Without `output.as` the event itself is handed on. */
function itemOutput(turn: Turn, frame: Frame, raw: unknown): { value: unknown } | { ended: Result } {
  const { foreach } = frame.task as ListenTask;
  const scope = scopeOf(turn, frame);
  const values: VariableSource = innerVariables(turn, frame);
  const { item } = frame.node as ListenNode;
  const transform = foreach?.output?.transform;
  const value = transform === undefined ? item : transform.evaluate(raw, values);
  const what = { what: 'The output of an event', instance: frame.task.pointer };
  const wrong = foreach?.output && violation(foreach.output, value, what);
  if (wrong !== undefined) return { ended: fault(scope, wrong) };
  if (foreach?.export === undefined) return { value };
  const exporting = foreach.export.transform;
  const exported = exporting === undefined ? turn.state.context : exporting.evaluate(raw, values);
  const broken = violation(foreach.export, exported, { ...what, what: 'The context' });
  if (broken !== undefined) return { ended: fault(scope, broken) };
  turn.state.context = exported;
  return { value };
}
