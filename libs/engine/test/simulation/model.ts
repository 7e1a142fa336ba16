import assert from 'node:assert/strict';
import { RUN_ENDED, type JournalEntry } from '@tutti/contracts';
import {
  activeTasks,
  listenedTypes,
  outstandingCalls,
  wakeAt,
  type CallEffect,
  type Decision,
  type RunDefinition,
} from '../../src/index.js';
import { ChildrenModel } from './children-model.js';

interface CallRecord {
  position: string;
  key: string;
  effect: CallEffect['effect'];
  attempt: number;
  /** How the latest attempt ended; `open` while it has not. */
  last: 'open' | 'given-up' | 'succeeded' | 'unknown' | 'failed';
  /** A `write` that may have happened may be made again: its task was started anew, or a person said so. */
  allowed: boolean;
}

/** Nobody knows whether the latest attempt of a call had its effect. */
const isUnsure = ({ last }: CallRecord) => last === 'unknown' || last === 'given-up';

/** The effects of a decision that belong to entries. */
interface Told {
  sent: Map<string, CallEffect>;
  cancelled: readonly string[];
}

/**
 * What a run is allowed to do, as an automaton over what its committed decisions say. It reads entries and
 * effects; of the state only what the hub reads: calls that are outstanding, active tasks, the alarm.
 */
export class RunModel {
  private phase: 'new' | 'active' | 'suspended' | 'ended' = 'new';
  private readonly calls = new Map<string, CallRecord>();
  private readonly positionsOfKeys = new Map<string, string>();
  private readonly open = new Map<string, number>();
  private readonly waits = new Map<string, number>();
  private readonly reviews = new Map<string, 'open' | 'ended'>();
  /** Attempts that are outstanding, as `callId attempt`. */
  readonly out = new Set<string>();
  /** Attempts that were ever made, and how they ended. */
  readonly attempts = new Map<string, CallRecord['last']>();
  readonly children: ChildrenModel;

  constructor(definition: RunDefinition) {
    this.children = new ChildrenModel(definition);
  }

  /** A decision was committed. */
  observe(decision: Extract<Decision, { ignored?: undefined }>): void {
    assert.notEqual(this.phase, 'ended', 'an ended run went on');
    const calls = decision.effects.filter((effect) => effect.kind === 'call');
    const sent = new Map(calls.map((call) => [`${call.callId} ${call.attempt}`, call]));
    assert.equal(sent.size, calls.length, 'an attempt was sent twice');
    for (const effect of decision.effects)
      if (effect.kind === 'review.open') this.openReview(effect.reviewId);
    const cancelled = decision.effects.flatMap((effect) =>
      effect.kind === 'call.cancel' ? [`${effect.callId} ${effect.attempt}`] : [],
    );
    for (const entry of decision.entries) this.entry(entry, { sent, cancelled });
    assert.equal(sent.size, 0, `calls were sent without an entry: ${[...sent.keys()].join(', ')}`);
    cancelled.forEach((name) => this.giveUp(name));
    for (const effect of decision.effects)
      if (effect.kind === 'review.close') this.endReview(effect.reviewId);
    this.children.effects(decision);
    this.compare(decision);
  }

  get openReviews(): string[] {
    return [...this.reviews].flatMap(([id, status]) => (status === 'open' ? [id] : []));
  }

  private entry(entry: JournalEntry, told: Told): void {
    assert.notEqual(this.phase, 'ended', `${entry.kind} after the end`);
    if (entry.kind !== 'run.started') assert.notEqual(this.phase, 'new', `${entry.kind} before the start`);
    this.children.entry(entry);
    switch (entry.kind) {
      case 'run.started':
        assert.equal(this.phase, 'new', 'the run started twice');
        this.phase = 'active';
        return;
      case 'run.suspended':
      case 'run.resumed':
        assert.equal(this.phase, entry.kind === 'run.suspended' ? 'active' : 'suspended', entry.kind);
        this.phase = entry.kind === 'run.suspended' ? 'suspended' : 'active';
        return;
      case 'run.completed':
      case 'run.faulted':
      case 'run.cancelled':
        this.phase = 'ended';
        return;
      case 'task.started':
        return this.taskStarted(entry.position);
      case 'task.completed':
      case 'task.faulted':
      case 'task.skipped':
        return this.taskEnded(entry.position);
      case 'wait.started':
        this.waits.set(entry.position, entry.until);
        return;
      case 'call.attempted':
        return this.attempted(entry, told);
      case 'call.settled':
        return this.settled(entry);
      case 'review.decided':
        for (const call of this.calls.values()) if (isUnsure(call)) call.allowed = true;
        return this.endReview(entry.reviewId);
      default:
    }
  }

  private taskStarted(position: string): void {
    assert.equal(this.phase, 'active', `${position} started in a run that is ${this.phase}`);
    this.open.set(position, (this.open.get(position) ?? 0) + 1);
    const call = this.calls.get(position);
    if (call?.last === 'succeeded' || call?.last === 'failed') call.allowed = true;
  }

  private taskEnded(position: string): void {
    const left = (this.open.get(position) ?? 0) - 1;
    assert.ok(left >= 0, `${position} ended and had not started`);
    this.open.set(position, left);
    this.waits.delete(position);
    this.children.taskEnded(position);
  }

  private attempted(
    { callId, attempt }: Extract<JournalEntry, { kind: 'call.attempted' }>,
    { sent, cancelled }: Told,
  ): void {
    assert.equal(this.phase, 'active', 'a call began while the run was suspended');
    const name = `${callId} ${attempt}`;
    const call = sent.get(name);
    assert.ok(call, `the attempt ${name} was noted and not sent`);
    sent.delete(name);
    const before = this.calls.get(callId);
    // Given up by a timeout around it and begun again by a retry in the same decision.
    const previous = `${callId} ${before?.attempt}`;
    if (cancelled.includes(previous)) this.giveUp(previous);
    const { idempotencyKey: key, position, effect } = call;
    assert.equal(this.positionsOfKeys.get(key) ?? position, position, `two calls have the key ${key}`);
    assert.equal(before?.key ?? key, key, `the call ${callId} changed its key`);
    assert.ok(attempt > (before?.attempt ?? 0), `the attempt ${name} is not a new one`);
    assert.notEqual(before?.last, 'open', `the attempt ${name} began before the one before had ended`);
    const mayHaveHappened = before !== undefined && (before.last === 'succeeded' || isUnsure(before));
    if (before?.effect === 'write' && mayHaveHappened)
      assert.ok(before.allowed, `the write ${name} may be done twice`);
    this.positionsOfKeys.set(key, position);
    this.calls.set(callId, { position, key, effect, attempt, last: 'open', allowed: false });
    this.out.add(name);
    this.attempts.set(name, 'open');
  }

  private settled({ callId, attempt, outcome }: Extract<JournalEntry, { kind: 'call.settled' }>): void {
    const name = `${callId} ${attempt}`;
    assert.ok(this.out.delete(name), `the attempt ${name} settled and was not outstanding`);
    const call = this.calls.get(callId) as CallRecord;
    call.last =
      outcome.status === 'succeeded' ? 'succeeded' : outcome.fate === 'unknown' ? 'unknown' : 'failed';
    this.attempts.set(name, call.last);
  }

  private giveUp(name: string): void {
    if (!this.out.delete(name)) return;
    this.attempts.set(name, 'given-up');
    (this.calls.get(name.slice(0, name.lastIndexOf(' '))) as CallRecord).last = 'given-up';
  }

  private openReview(id: string): void {
    assert.ok(!this.reviews.has(id), `the review ${id} was opened twice`);
    this.reviews.set(id, 'open');
  }

  private endReview(id: string): void {
    assert.equal(this.reviews.get(id), 'open', `the review ${id} ended and was not open`);
    this.reviews.set(id, 'ended');
  }

  /** What the state says must be what the decisions so far come to. */
  private compare(decision: Extract<Decision, { ignored?: undefined }>): void {
    const { state } = decision;
    assert.equal(RUN_ENDED.has(state.status), this.phase === 'ended', `status ${state.status}`);
    assert.equal(state.status === 'suspended', this.phase === 'suspended', `status ${state.status}`);
    const outstanding = outstandingCalls(state);
    for (const { callId, attempt } of outstanding)
      assert.ok(this.out.has(`${callId} ${attempt}`), `the call ${callId} ${attempt} was never sent`);
    assert.equal(outstanding.length, this.out.size, `forgotten calls: ${[...this.out].join(', ')}`);
    const wake = wakeAt(state);
    this.children.compare(decision, wake);
    if (this.phase === 'ended') {
      assert.equal(wake, null, 'an ended run has an alarm');
      assert.deepEqual(this.openReviews, [], 'an ended run has open reviews');
      return;
    }
    if (this.phase === 'suspended') return;
    const active = activeTasks(state);
    for (const { position, type } of active) {
      const until = type === 'wait' ? this.waits.get(position) : undefined;
      if (until !== undefined)
        assert.ok(wake !== null && wake <= until, `nothing wakes the run for the wait ${position}`);
    }
    if (outstanding.length > 0) assert.ok(wake !== null, 'a call is outstanding and nothing times it out');
    const listens = listenedTypes(state).length;
    const others = this.openReviews.length + this.children.awaiting.length + listens;
    assert.ok(wake !== null || others > 0, 'the run waits for nothing');
  }
}
