import { RUN_ENDED, type Effect, type JournalEntry, type Problem, type RunStatus } from '@tutti/contracts';
import type { CompiledTask } from '@tutti/workflow';
import { decide } from './decide.js';
import type { RunDefinition, RunEffect, RunIdentity } from './engine.types.js';
import type { Versions } from './migrate.js';
import { outstandingCalls } from './queries.js';
import { reachableTasks } from './reachable.js';
import { type Decided, type RecordedEvent, restorePoint } from './restore.js';

/** A call of a run, made or to be made. */
export interface PreviewedCall {
  /** JSON pointer of the task, its name, and the instance of it. */
  task: string;
  name: string;
  position: string;
  /** Absent: a call over HTTP or to an OpenAPI operation. */
  capability?: string;
  connection?: string;
  effect: Effect;
}

/** A task that a retry may come to. */
export interface PossibleTask {
  task: string;
  name: string;
  type: string;
  capability?: string;
  /** Absent: it depends on the connection that is chosen, or on the operation. */
  effect?: Effect;
}

/**
 * What a retry will do. `firstTurn` is certain as long as policies and connections stay as they are: it is
 * the retry's own first turn, made and thrown away. What comes later depends on answers and data: `possible`
 * is what the document allows.
 */
export interface RetryPreview {
  from: { task: string; name: string; position: string };
  /** Succeeded before the task, and are not made again: their answers are in the state. */
  kept: PreviewedCall[];
  firstTurn: {
    status: RunStatus;
    /** In their order. */
    tasks: { task: string; name: string; position: string }[];
    /** `underWay`: was outstanding at that moment, and is sent again with the key that it had. */
    calls: (PreviewedCall & { underWay: boolean })[];
    reviews: { task: string; position: string; title: string; because: string }[];
    events: number;
    error?: Problem;
  };
  /** Succeeded from the task on, and are made again, with new keys, when the retry comes there. */
  repeated: PreviewedCall[];
  possible: PossibleTask[];
}

/** Computes what a retry would do; changes nothing. Throws RestoreError as `restore` does. */
export function previewRetry(
  definition: RunDefinition,
  events: readonly RecordedEvent[],
  at: { fromTask?: string | undefined; versions?: Versions; run: RunIdentity; nowMs: number },
): RetryPreview {
  const point = restorePoint(definition, events, at);
  const { task, name, position } = point.start;
  const underWay = new Set(outstandingCalls(point.state).map((call) => call.position));
  const first = decide(definition, null, { kind: 'restored', run: at.run, state: point.state }, at.nowMs);
  const { state, entries, effects } = first;
  const status = state?.status ?? 'running';
  const { error } = state ?? {};
  return {
    from: { task, name, position },
    kept: succeededCalls(point.before),
    firstTurn: {
      status,
      tasks: entries.flatMap((entry) => (entry.kind === 'task.started' ? [placeOf(entry)] : [])),
      calls: effects.flatMap((effect) => {
        if (effect.kind !== 'call') return [];
        return [{ ...calledBy(effect), underWay: underWay.has(effect.position) }];
      }),
      reviews: effects.flatMap((effect) => {
        if (effect.kind !== 'review.open') return [];
        const { task: of, position: where, title, because } = effect;
        return [{ task: of, position: where, title, because }];
      }),
      events: effects.filter(({ kind }) => kind === 'event.emit').length,
      ...(error !== undefined && { error }),
    },
    repeated: succeededCalls(point.after),
    possible:
      state === null || RUN_ENDED.has(status)
        ? []
        : reachableTasks(definition, state).map((one) => possibleTask(definition, one)),
  };
}

/** Calls that gave an answer, each position once. */
function succeededCalls({ entries, effects }: Decided): PreviewedCall[] {
  const sent = new Map(
    effects.flatMap((effect) => (effect.kind === 'call' ? [[effect.callId, effect] as const] : [])),
  );
  const calls = new Map<string, PreviewedCall>();
  for (const entry of entries) {
    if (entry.kind !== 'call.settled' || entry.outcome.status !== 'succeeded') continue;
    if (entry.outcome.pending !== undefined) continue;
    calls.set(entry.position, settledCall(entry, sent.get(entry.callId)?.effect));
  }
  return [...calls.values()];
}

function settledCall(
  entry: Extract<JournalEntry, { kind: 'call.settled' }>,
  effect: Effect | undefined,
): PreviewedCall {
  const { capability, connection } = entry;
  return {
    ...placeOf(entry),
    ...(capability !== undefined && { capability }),
    ...(connection !== undefined && { connection }),
    // One that was adopted from another run was sent there: what it may do is not known here.
    effect: effect ?? 'write',
  };
}

function calledBy(effect: Extract<RunEffect, { kind: 'call' }>): PreviewedCall {
  const { task, taskName: name, position, target } = effect;
  const { capability, connection } = target.kind === 'capability' ? target : {};
  return {
    task,
    name,
    position,
    ...(capability !== undefined && { capability }),
    ...(connection !== undefined && { connection }),
    effect: effect.effect,
  };
}

function placeOf({ task, name, position }: { task: string; name: string; position: string }) {
  return { task, name, position };
}

function possibleTask({ connections }: RunDefinition, task: CompiledTask): PossibleTask {
  const possible: PossibleTask = { task: task.pointer, name: task.name, type: task.type };
  if (task.type !== 'call') return possible;
  if ('request' in task) return { ...possible, effect: task.request.effect };
  if ('operation' in task) {
    const { effect } = task.operation;
    return effect === undefined ? possible : { ...possible, effect };
  }
  if ('protocol' in task) return { ...possible, effect: task.protocol.effect };
  if ('process' in task) return { ...possible, effect: task.process.effect };
  const { capability } = task.target;
  const effects = new Set(connections.flatMap((one) => one.capabilities[capability]?.effect ?? []));
  const [effect] = effects;
  return { ...possible, capability, ...(effects.size === 1 && effect !== undefined && { effect }) };
}
