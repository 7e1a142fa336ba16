import type { Cassette, JournalEntry, RecordedCall, RecordedChild, RecordedReview } from '@tutti/contracts';
import type {
  CallEffect,
  ReviewOpenEffect,
  RunDefinition,
  RunEvent,
  RunStartEffect,
} from './engine.types.js';
import { type Versions } from './migrate.js';
import { decideAll, type RecordedEvent, type Step } from './restore.js';

/** What a run asked of the world and was answered, as a cassette holds it. */
export type Recording = Pick<Cassette, 'calls' | 'children' | 'reviews' | 'commands'>;

/** An entry of the recording with when it was asked, until it is answered. */
interface Asked<T> {
  at: number;
  record: T;
}

/**
 * Reads out of a run's history what it asked and was answered, by replay. What was not answered when the
 * history ends stands there with `outcome`, `decision` null.
 */
export function recordRun(
  definition: RunDefinition,
  events: readonly RecordedEvent[],
  versions: Versions = new Map(),
): Recording {
  const recorder = new Recorder(events[0]?.at ?? 0);
  for (const step of decideAll(definition, events, versions)) recorder.take(step);
  return recorder.recording;
}

class Recorder {
  readonly recording: Recording = { calls: [], children: [], reviews: [], commands: [] };
  readonly #calls = new Map<string, Asked<RecordedCall>>();
  readonly #children = new Map<string, Asked<RecordedChild>>();
  readonly #reviews = new Map<string, Asked<RecordedReview>>();

  constructor(private readonly startedAt: number) {}

  take({ event, at, effects, entries }: Step): void {
    this.#answer(event, at);
    for (const effect of effects) {
      if (effect.kind === 'call') this.#ask(this.#calls, callKey(effect), { at, record: callOf(effect) });
      if (effect.kind === 'run.start')
        this.#ask(this.#children, effect.runId, { at, record: childOf(effect, entries) });
      if (effect.kind === 'review.open')
        this.#ask(this.#reviews, effect.reviewId, { at, record: reviewOf(effect) });
    }
  }

  #ask(asked: Map<string, Asked<unknown>>, key: string, one: Asked<unknown>): void {
    // A start that the hub had no room for is asked again.
    if (asked.has(key)) return;
    asked.set(key, one);
    const { calls, children, reviews } = this.recording;
    const list = asked === this.#calls ? calls : asked === this.#children ? children : reviews;
    (list as unknown[]).push(one.record);
  }

  #answer(event: RunEvent, at: number): void {
    switch (event.kind) {
      case 'settled': {
        const call = this.#calls.get(callKey(event))?.record;
        if (call === undefined) return;
        call.outcome = event.outcome;
        call.ms = Math.max(0, event.endedAt - event.startedAt);
        return;
      }
      case 'child.refused': {
        const child = this.#children.get(event.runId)?.record;
        if (child !== undefined) Object.assign(child, { status: 'refused', error: event.error });
        return;
      }
      case 'child.started': {
        const child = this.#children.get(event.runId)?.record;
        if (child !== undefined) child.workflow = versionOf(event.workflow);
        return;
      }
      case 'command':
        return this.#command(event.command, at);
      default:
    }
  }

  #command(command: Extract<RunEvent, { kind: 'command' }>['command'], at: number): void {
    if (command.kind === 'child.ended') {
      const child = this.#children.get(command.runId);
      if (child === undefined) return;
      const { status, output, error } = command;
      Object.assign(child.record, {
        status,
        ms: at - child.at,
        ...(output !== undefined && { output }),
        ...(error !== undefined && { error }),
      });
    } else if (command.kind === 'review.decided') {
      const review = this.#reviews.get(command.reviewId);
      if (review !== undefined)
        Object.assign(review.record, { decision: command.decision, ms: at - review.at });
    } else if (command.kind !== 'migrate') {
      this.recording.commands.push({ afterMs: at - this.startedAt, command });
    }
  }
}

const callKey = ({ callId, attempt }: { callId: string; attempt: number }) => `${callId}\n${attempt}`;

function callOf({ task, position, attempt, target, effect, input }: CallEffect): RecordedCall {
  const { kind } = target;
  const chosen =
    kind === 'capability' ? { capability: target.capability, connection: target.connection } : {};
  return { task, position, attempt, kind, ...chosen, effect, input, ms: 0, outcome: null };
}

/** The task of a position is told by the entry of its start, which is of the same turn. */
function childOf(
  { position, workflow, input }: RunStartEffect,
  entries: readonly JournalEntry[],
): RecordedChild {
  const start = entries.find((entry) => entry.kind === 'task.started' && entry.position === position);
  const task = start?.kind === 'task.started' ? start.task : position;
  return { task, position, workflow, input, ms: 0, status: 'started' };
}

function reviewOf({ task, position, because }: ReviewOpenEffect): RecordedReview {
  return { task, position, because, ms: 0, decision: null };
}

function versionOf({ namespace, name, version }: RecordedChild['workflow']): RecordedChild['workflow'] {
  return { namespace, name, version };
}
