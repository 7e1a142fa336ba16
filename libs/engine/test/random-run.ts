import assert from 'node:assert/strict';
import { RUN_ENDED, type CallOutcome, type JournalEntry } from '@tutti/contracts';
import {
  awaitedRuns,
  decide,
  outstandingCalls,
  wakeAt,
  type CallEffect,
  type ReviewOpenEffect,
  type RunDefinition,
  type RunEffect,
  type RunEvent,
  type RunState,
} from '../src/index.js';
import { deepFreeze, failed, RUN_ID, STARTED_AT, succeeded, throughJson } from './driver.js';

/** One step of a random history; `pick` chooses among what is there. */
export interface Move {
  kind:
    | 'settle'
    | 'time'
    | 'duplicate'
    | 'late'
    | 'unknown'
    | 'review'
    | 'child'
    | 'suspend'
    | 'resume'
    | 'cancel'
    | 'clock';
  pick: number;
  outcome: 'ok' | 'unsure' | 'transient' | 'permanent' | 'defect' | 'unknown';
  ms: number;
}

const MOVES_MAX = 600;

function outcomeOf(kind: Move['outcome']): CallOutcome {
  const usage = { costMicros: 10, currency: 'EUR' };
  if (kind === 'ok') return succeeded({ n: 1 }, { usage } as never);
  if (kind === 'unsure') return succeeded({ n: 1, confidence: 0.5 }, { usage } as never);
  return failed(kind, { status: kind === 'permanent' ? 422 : 503 });
}

/**
 * A run under a history of answers, faults and repeats. The state goes through JSON before every event: a
 * crash each time.
 */
export class RandomRun {
  readonly definition: RunDefinition;
  readonly history: { event: RunEvent; at: number }[] = [];
  readonly entries: JournalEntry[] = [];
  readonly effects: RunEffect[] = [];
  readonly seen: RunEvent[] = [];
  state: RunState;
  now: number;

  constructor(definition: RunDefinition, first: RunEvent, at: number) {
    this.definition = definition;
    this.now = at;
    this.state = undefined as never;
    this.send(first);
  }

  send(event: RunEvent): void {
    const before = (this.state as RunState | undefined) ?? null;
    const decision = decide(this.definition, deepFreeze(throughJson(before)), deepFreeze(event), this.now);
    const again = decide(this.definition, deepFreeze(before), event, this.now);
    assert.deepEqual(throughJson(again), throughJson(decision));
    assert.equal(JSON.stringify(again.state), JSON.stringify(decision.state));
    this.seen.push(event);
    if (decision.ignored !== undefined) return;
    this.state = decision.state;
    this.history.push({ event, at: this.now });
    this.entries.push(...decision.entries);
    this.effects.push(...decision.effects);
    const error = this.state.error;
    assert.ok(!error?.detail?.startsWith('The engine failed'), error?.detail);
    this.answer(decision.effects);
  }

  /** As the hub does: the runs that a decision asks for are started at once. */
  private answer(effects: readonly RunEffect[]): void {
    const given = new Set(effects.flatMap((effect) => (effect.kind === 'run.cancel' ? [effect.runId] : [])));
    for (const effect of effects) {
      if (effect.kind !== 'run.start' || given.has(effect.runId)) continue;
      const { runId, position, workflow } = effect;
      this.send({ kind: 'child.started', runId, position, workflow });
    }
  }

  /** A run that this one started comes to its end. */
  endChild(runId: string | undefined, outcome: Move['outcome']): void {
    const started = this.entries.find((entry) => entry.kind === 'child.started' && entry.runId === runId);
    if (runId === undefined || started?.kind !== 'child.started') return;
    const { position } = started;
    const ended = { kind: 'child.ended' as const, runId, position };
    if (outcome === 'ok')
      this.send({ kind: 'command', command: { ...ended, status: 'completed', output: { n: 1 } } });
    else if (outcome === 'unknown')
      this.send({ kind: 'command', command: { ...ended, status: 'cancelled' } });
    else {
      const error = { type: 'https://x.y/bad', title: 'Bad', status: 500 };
      this.send({ kind: 'command', command: { ...ended, status: 'faulted', error } });
    }
  }

  get calls(): CallEffect[] {
    return this.effects.filter((effect) => effect.kind === 'call');
  }

  get openReviews(): ReviewOpenEffect[] {
    const decided = new Set(
      this.entries.flatMap((entry) => (entry.kind === 'review.decided' ? [entry.reviewId] : [])),
    );
    const closed = new Set(
      this.effects.flatMap((effect) => (effect.kind === 'review.close' ? [effect.reviewId] : [])),
    );
    return this.effects.filter(
      (effect) =>
        effect.kind === 'review.open' && !decided.has(effect.reviewId) && !closed.has(effect.reviewId),
    ) as ReviewOpenEffect[];
  }

  settle(call: CallEffect | undefined, outcome: CallOutcome): void {
    if (call === undefined) return;
    const { callId, attempt } = call;
    this.send({ kind: 'settled', callId, attempt, outcome, startedAt: this.now, endedAt: this.now });
  }

  decideReview(review: ReviewOpenEffect | undefined, approved: boolean): void {
    if (review === undefined) return;
    const { reviewId, data } = review;
    const decision = { approved, data, edits: [], by: 'ann', at: new Date(this.now).toISOString() };
    this.send({ kind: 'command', command: { kind: 'review.decided', by: 'ann', reviewId, decision } });
  }

  move({ kind, pick, outcome, ms }: Move): void {
    const chosen = <T>(items: readonly T[]): T | undefined => items[pick % Math.max(1, items.length)];
    switch (kind) {
      case 'settle':
        return this.settle(chosen(outstandingCalls(this.state)), outcomeOf(outcome));
      case 'late':
        return this.settle(chosen(this.calls), outcomeOf(outcome));
      case 'unknown':
        return this.send({
          kind: 'settled',
          callId: '/do/9/x',
          attempt: pick,
          outcome: outcomeOf('ok'),
          startedAt: 0,
          endedAt: 0,
        });
      case 'duplicate':
        return this.send(chosen(this.seen) as RunEvent);
      case 'time':
        this.now += ms;
        return this.send({ kind: 'due' });
      case 'clock':
        this.now = Math.max(STARTED_AT - 1e6, this.now - ms);
        return this.send({ kind: 'due' });
      case 'child':
        return this.endChild(chosen(awaitedRuns(this.state)), outcome);
      case 'review':
        return this.decideReview(chosen(this.openReviews), pick % 3 > 0);
      case 'suspend':
      case 'resume':
        return this.send({ kind: 'command', command: { kind, by: 'ann' } });
      case 'cancel':
        // Rarely: a cancel ends the interesting part.
        if (pick % 10 === 0) this.send({ kind: 'command', command: { kind, by: 'ann' } });
    }
  }

  /** Answers everything that is asked, until the run has ended. */
  finish(): void {
    if (this.state.status === 'suspended')
      this.send({ kind: 'command', command: { kind: 'resume', by: 'ann' } });
    for (let i = 0; !RUN_ENDED.has(this.state.status); i += 1) {
      assert.ok(i < MOVES_MAX, `The run does not end: ${JSON.stringify(this.state)}`);
      const [call] = outstandingCalls(this.state);
      const [review] = this.openReviews;
      const [child] = awaitedRuns(this.state);
      const due = wakeAt(this.state);
      if (child !== undefined) this.endChild(child, 'ok');
      else if (call !== undefined) this.settle(call, outcomeOf('ok'));
      else if (review !== undefined) this.decideReview(review, true);
      else {
        assert.ok(due !== null, `The run waits for nothing: ${JSON.stringify(this.state)}`);
        this.now = Math.max(this.now, due);
        this.send({ kind: 'due' });
      }
    }
  }
}

/** Starts a run (or one from a restored state) and makes the moves. */
export function randomRun(
  definition: RunDefinition,
  moves: readonly Move[],
  restored?: { state: RunState; runId: string; at: number },
): RandomRun {
  const at = restored?.at ?? STARTED_AT;
  const identity = { id: restored?.runId ?? RUN_ID, workspaceId: 'w', startedAt: at, trigger: 'test' };
  const first: RunEvent =
    restored === undefined
      ? { kind: 'start', run: identity, input: { n: 1 } }
      : { kind: 'restored', run: identity, state: restored.state };
  const run = new RandomRun(definition, first, at);
  for (const move of moves) run.move(move);
  return run;
}
