import {
  type CallOutcome,
  type Problem,
  type ReviewDecision,
  RUN_ENDED,
  type RunCommand,
} from '@tutti/contracts';
import { decide } from './decide.js';
import type {
  CallEffect,
  ReviewOpenEffect,
  RunDefinition,
  RunEffect,
  RunEvent,
  RunIdentity,
  RunStartEffect,
} from './engine.types.js';
import { wakeAt } from './queries.js';
import type { RunState } from './state.types.js';

/** Events after which a rehearsal is given up: a workflow that never ends. */
export const REHEARSAL_EVENTS_MAX = 100_000;

/** How a run of another workflow ends. */
export interface ChildEnd {
  status: 'completed' | 'faulted' | 'cancelled' | 'started' | 'refused';
  output?: unknown;
  error?: Problem;
}

/** A thing that somebody answers after `ms` milliseconds of the rehearsal's own time. */
export interface After<T> {
  ms: number;
  answer: T;
}

/**
 * The world that a run is rehearsed in. What it answers with `null` is never answered: the run's own
 * deadlines decide then. It may throw to end the rehearsal.
 */
export interface RehearsalWorld {
  call(call: CallEffect): After<CallOutcome> | null;
  child(start: RunStartEffect): After<ChildEnd>;
  review(review: ReviewOpenEffect): After<ReviewDecision> | null;
  /** Events and orders that reach the run, from its start on. */
  commands: readonly After<RunCommand>[];
}

/** What a run came to in a rehearsal. */
export interface Rehearsal {
  state: RunState;
  /** In the order in which the run caused them. */
  effects: RunEffect[];
  /** JSON pointers of the tasks that ran, each once. */
  started: string[];
  /** Time from start to end as the run saw it, milliseconds. */
  elapsedMs: number;
}

interface Pending {
  at: number;
  event: RunEvent;
}

/**
 * Runs a workflow from start to end in a world of answers, in no time: the clock goes on to whatever comes
 * next. Pure as `decide` is, if the world is. A run that nothing can wake any more is returned as it stands,
 * `running` or `waiting`.
 */
export function rehearse(
  definition: RunDefinition,
  world: RehearsalWorld,
  start: { run: RunIdentity; input: unknown },
): Rehearsal {
  const stage = new Stage(definition, world, start.run.startedAt);
  stage.send({ kind: 'start', ...start });
  for (let events = 0; events < REHEARSAL_EVENTS_MAX; events += 1) if (!stage.goOn()) return stage.result();
  throw new Error(`The run did not end within ${REHEARSAL_EVENTS_MAX} events.`);
}

class Stage {
  readonly #effects: RunEffect[] = [];
  /** Tasks by the position of their instance. */
  readonly #started = new Map<string, string>();
  #pending: Pending[];
  #state: RunState | null = null;

  constructor(
    private readonly definition: RunDefinition,
    private readonly world: RehearsalWorld,
    private now: number,
  ) {
    this.#pending = world.commands.map(({ ms, answer: command }) => ({
      at: now + ms,
      event: { kind: 'command', command },
    }));
  }

  send(event: RunEvent): void {
    const { state, effects, entries } = decide(this.definition, this.#state, event, this.now);
    this.#state = state;
    this.#effects.push(...effects);
    for (const entry of entries) {
      if (entry.kind === 'task.started') this.#started.set(entry.position, entry.task);
      // Its condition did not hold: it began and did nothing.
      if (entry.kind === 'task.skipped') this.#started.delete(entry.position);
    }
    for (const effect of effects) this.#answer(effect);
  }

  /** Goes on to what comes next; false when the run has ended or nothing comes any more. */
  goOn(): boolean {
    if (this.#state === null || RUN_ENDED.has(this.#state.status)) return false;
    const next = this.#pending.reduce<Pending | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
    const due = wakeAt(this.#state);
    if (next === undefined && due === null) return false;
    // What is answered in the very moment of a deadline comes in time.
    const answered = next !== undefined && (due === null || next.at <= due);
    this.now = Math.max(this.now, answered ? next.at : (due as number));
    if (answered) this.#pending = this.#pending.filter((one) => one !== next);
    this.send(answered ? next.event : { kind: 'due' });
    return true;
  }

  result(): Rehearsal {
    const state = this.#state as RunState;
    return {
      state,
      effects: this.#effects,
      started: [...new Set(this.#started.values())],
      elapsedMs: this.now - state.run.startedAt,
    };
  }

  #answer(effect: RunEffect): void {
    switch (effect.kind) {
      case 'call':
        return this.#settle(effect);
      case 'run.start':
        return this.#startChild(effect);
      case 'review.open': {
        const { reviewId } = effect;
        const after = this.world.review(effect);
        if (after === null) return;
        const command = {
          kind: 'review.decided' as const,
          by: after.answer.by,
          reviewId,
          decision: after.answer,
        };
        return this.#later(after.ms, { kind: 'command', command });
      }
      default:
    }
  }

  #settle(call: CallEffect): void {
    const after = this.world.call(call);
    if (after === null) return;
    const { callId, attempt } = call;
    const times = { startedAt: this.now, endedAt: this.now + after.ms };
    this.#later(after.ms, { kind: 'settled', callId, attempt, outcome: after.answer, ...times });
  }

  #startChild(start: RunStartEffect): void {
    const { runId, position, workflow } = start;
    const { ms, answer } = this.world.child(start);
    const { status, output, error } = answer;
    if (status === 'refused') {
      this.#later(0, { kind: 'child.refused', runId, position, error: error as Problem });
      return;
    }
    this.#later(0, { kind: 'child.started', runId, position, workflow });
    if (status === 'started') return;
    const ended = { kind: 'child.ended' as const, runId, position, status };
    const command = {
      ...ended,
      ...(output !== undefined && { output }),
      ...(error !== undefined && { error }),
    };
    this.#later(ms, { kind: 'command', command });
  }

  #later(ms: number, event: RunEvent): void {
    this.#pending.push({ at: this.now + ms, event });
  }
}
