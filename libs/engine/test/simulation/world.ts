import assert from 'node:assert/strict';
import {
  RUN_ENDED,
  type CallOutcome,
  type CloudEvent,
  type JournalEntry,
  type RunCommand,
} from '@tutti/contracts';
import {
  decide,
  listenedTypes,
  outstandingCalls,
  wakeAt,
  type CallEffect,
  type Decision,
  type RunEvent,
  type RunStartEffect,
  type RunState,
} from '../../src/index.js';
import { failed, RUN_ID, STARTED_AT, succeeded } from '../driver.js';
import { Children } from './children.js';
import { ListenModel } from './listens.js';
import { RunModel } from './model.js';
import { numberOf, Random } from './random.js';
import { plannedOutcome, type SimulatedWorkflow, type Task } from './workflows.js';

export const INPUT = { n: 1 };

/** What a world is made of; other parts than the real ones show that the simulation can fail. */
export interface Parts {
  decide: typeof decide;
  /** Whether the journal refuses a turn on a revision that another owner has written. */
  guard: boolean;
}
export const REAL: Parts = { decide, guard: true };

type Message =
  | { kind: 'accepted' }
  | { kind: 'command' }
  | { kind: 'due' }
  | { kind: 'settled'; event: Extract<RunEvent, { kind: 'settled' }> };
export type Crash = 'none' | 'before the commit' | 'after the commit';

interface Memory {
  revision: number;
  state: RunState | null;
  fresh: boolean;
}
interface Owner {
  name: string;
  skewMs: number;
  memory: Memory | undefined;
}
type Made = Extract<Decision, { ignored?: undefined }>;
/** An event that was decided on, with the decision unless it was ignored. */
interface Step {
  event: RunEvent;
  before: RunState | null;
  made: Made | undefined;
}
interface Draft {
  state: RunState | null;
  now: number;
  steps: Step[];
  events: RunEvent[];
  decisions: Made[];
  commands: number[];
  /** Runs that tasks want to have started; those that the turn starts, and those that it cancels. */
  wishes: Map<string, RunStartEffect>;
  children: RunStartEffect[];
  cancels: string[];
}

const TURNS_MAX = 20;

/**
 * A hub in miniature around one run: a journal with a guard, two orchestrators that both believe to own the
 * run and have a clock each, a transport that delivers at least once in any order or loses, connector hosts.
 * What survives a crash is in `rows`, `stateText`, `revision` and `commands` only.
 */
export class World {
  readonly model: RunModel;
  readonly children: Children;
  readonly owners: Owner[] = ['A', 'B'].map((name) => ({ name, skewMs: 0, memory: undefined }));
  readonly messages: Message[] = [{ kind: 'accepted' }];
  readonly requests: CallEffect[] = [];
  /** Attempts that a host has begun, with their outcome. */
  readonly begun = new Map<string, CallOutcome>();
  /** The journal: the events of each turn, as text. */
  readonly rows: { at: number; events: string }[] = [];
  stateText: string | null = null;
  now = STARTED_AT;
  /** No faults any more. */
  calm = false;
  private readonly parts: Parts;
  private readonly trace: string[] | undefined;
  readonly listens: ListenModel;
  /** Types of events that the run listens for, as the last commit wrote them. */
  subscribed: readonly string[] = [];
  private readonly accepted = new Set<string>();
  private revision = 0;
  private commands: { id: number; command: RunCommand }[] = [];
  private commandsMade = 0;
  private readonly ordinals = new Map<string, number>();
  private readonly keys = new Map<string, string>();

  constructor(
    readonly workflow: SimulatedWorkflow,
    readonly random: Random,
    { parts = REAL, trace }: { parts?: Parts | undefined; trace?: string[] | undefined } = {},
  ) {
    this.model = new RunModel(workflow.definition);
    this.children = new Children(workflow);
    this.parts = parts;
    this.trace = trace;
    const { tasks } = workflow.definition.workflow;
    this.listens = new ListenModel((pointer) => tasks.get(pointer)?.definition as Task);
  }

  get state(): RunState | null {
    return this.stateText === null ? null : (JSON.parse(this.stateText) as RunState);
  }

  get ended(): boolean {
    return this.model.out.size === 0 && this.status !== undefined && RUN_ENDED.has(this.status);
  }

  private status: RunState['status'] | undefined;

  note(text: () => string): void {
    this.trace?.push(text());
  }

  /** An owner takes messages in one turn. False when it died before it could say that they are done. */
  turn(owner: Owner, messages: readonly Message[], crash: Crash = 'none'): boolean {
    for (let tries = 0; ; tries += 1) {
      assert.ok(tries < TURNS_MAX, 'a turn does not come to its end');
      owner.memory ??= { revision: this.revision, state: this.state, fresh: true };
      const { memory } = owner;
      const draft = this.draft(memory, messages, this.now + owner.skewMs);
      if (draft.events.length === 0 && draft.commands.length === 0) {
        // What is in memory may be too old to say that a message comes too late.
        if (memory.fresh) {
          this.sendAgain(memory.state);
          memory.fresh = false;
          return true;
        }
        owner.memory = undefined;
        continue;
      }
      if (crash === 'before the commit') {
        owner.memory = undefined;
        return false;
      }
      if (this.parts.guard && memory.revision !== this.revision) {
        this.note(() => `  the journal refuses ${owner.name}, who reads the run anew`);
        owner.memory = undefined;
        continue;
      }
      this.commit(owner, draft);
      if (crash === 'after the commit') {
        owner.memory = undefined;
        return false;
      }
      for (const { effects } of draft.decisions)
        for (const effect of effects) if (effect.kind === 'call') this.requests.push(effect);
      return true;
    }
  }

  private draft(memory: Memory, messages: readonly Message[], now: number): Draft {
    const draft: Draft = {
      state: memory.state,
      now,
      steps: [],
      events: [],
      decisions: [],
      commands: [],
      wishes: new Map(),
      children: [],
      cancels: [],
    };
    for (const message of messages) {
      if (message.kind === 'command') this.applyCommands(draft);
      else this.apply(draft, eventOf(message));
    }
    this.answerWishes(draft);
    return draft;
  }

  /** As the hub does: within the turn, but for those that find no room in it. */
  private answerWishes(draft: Draft): void {
    for (const wish of draft.wishes.values()) {
      if (!this.calm && this.random.chance(0.05)) continue;
      draft.wishes.delete(wish.runId);
      const disabled = !this.calm && !this.workflow.steady && this.random.chance(0.05);
      const event = this.children.answer(wish, disabled);
      if (this.apply(draft, event) && event.kind === 'child.started') draft.children.push(wish);
    }
  }

  private applyCommands(draft: Draft): void {
    if (draft.state === null || draft.commands.length > 0) return;
    for (const { id, command } of this.commands) {
      draft.commands.push(id);
      this.apply(draft, { kind: 'command', command });
    }
  }

  private apply(draft: Draft, event: RunEvent): boolean {
    const decision = this.parts.decide(this.workflow.definition, draft.state, event, draft.now);
    const made = decision.ignored === undefined ? decision : undefined;
    draft.steps.push({ event, before: draft.state, made });
    if (decision.ignored !== undefined) return false;
    const detail = decision.state.error?.detail;
    assert.ok(!detail?.startsWith('The engine failed'), detail);
    draft.state = decision.state;
    draft.events.push(event);
    draft.decisions.push(decision);
    for (const effect of decision.effects) {
      if (effect.kind === 'run.start') draft.wishes.set(effect.runId, effect);
      if (effect.kind === 'run.cancel' && !draft.wishes.delete(effect.runId))
        draft.cancels.push(effect.runId);
    }
    return true;
  }

  private commit(owner: Owner, draft: Draft): void {
    this.commands = this.commands.filter(({ id }) => !draft.commands.includes(id));
    const memory = owner.memory as Memory;
    this.revision = memory.revision + 1;
    owner.memory = { revision: this.revision, state: draft.state, fresh: false };
    for (const step of draft.steps) this.watch(owner, step);
    if (draft.events.length === 0) return;
    this.rows.push({ at: draft.now, events: JSON.stringify(draft.events) });
    this.stateText = JSON.stringify(draft.state);
    this.status = draft.state?.status;
    this.subscribed = draft.state === null ? [] : listenedTypes(draft.state);
    draft.children.forEach((wish) => this.children.store(wish));
    draft.cancels.filter((id) => this.children.has(id)).forEach((id) => this.children.cancel(id));
  }

  private watch(owner: Owner, { event, before, made }: Step): void {
    const entries = made?.entries ?? [];
    if (event.kind === 'command' && event.command.kind === 'event') {
      const { event: given, signal = false } = event.command;
      this.listens.offered({ event: given, signal, before }, entries);
    }
    if (made === undefined) return;
    this.note(() => `  committed by ${owner.name}: ${entries.map(describeEntry).join(', ')}`);
    this.model.observe(made);
    this.listens.observe(entries);
    entries.forEach((entry) => this.compareWithHost(entry));
  }

  /** A run that this one started comes to its end, and tells. */
  endChild(id: string): void {
    const end = this.children.end(id, this.random.chance(0.3));
    this.note(() => `the run ${id} ends${end === undefined ? '' : ` (${end.status}), and tells`}`);
    if (end === undefined || this.ended) return;
    this.command(end);
    this.model.children.ended(id);
  }

  /** What the journal says of an attempt is what the host said, or that it was not heard of in time. */
  private compareWithHost(entry: JournalEntry): void {
    if (entry.kind === 'child.ended') this.children.compare(entry);
    if (entry.kind !== 'call.settled') return;
    const { callId, attempt, outcome } = entry;
    if (outcome.status === 'failed' && outcome.error.status === 408) return;
    const real = this.begun.get(`${callId} ${attempt}`);
    assert.equal(JSON.stringify(outcome), JSON.stringify(real), `the outcome of ${callId} ${attempt}`);
  }

  /** What a turn that was committed may have left unsent. */
  private sendAgain(state: RunState | null): void {
    if (state !== null) this.requests.push(...outstandingCalls(state));
  }

  /** Recovery: whatever the database says is outstanding is asked for again. */
  sweep(): void {
    this.sendAgain(this.state);
    if (this.stateText === null) this.messages.push({ kind: 'accepted' });
    if (this.commands.length > 0) this.messages.push({ kind: 'command' });
    this.ring();
  }

  /** The alarm: says `due` when its time has come. */
  ring(): void {
    const { state } = this;
    const wake = state === null ? null : wakeAt(state);
    if (wake !== null && wake <= this.now) this.messages.push({ kind: 'due' });
  }

  command(command: RunCommand): void {
    this.commands.push({ id: (this.commandsMade += 1), command });
    this.messages.push({ kind: 'command' });
  }

  /**
   * An event is accepted: in one statement it is known, and a command is there if the run listens for its
   * type. One that is known already does nothing.
   */
  accept(event: CloudEvent, signal: boolean): void {
    if (this.accepted.has(event.id)) return;
    this.accepted.add(event.id);
    if (this.status !== undefined && RUN_ENDED.has(this.status)) return;
    const wanted = signal || this.subscribed.includes('') || this.subscribed.includes(event.type);
    if (wanted) this.command({ kind: 'event', by: 'test', event, ...(signal && { signal }) });
  }

  decideReview(reviewId: string, approved: boolean): void {
    const at = new Date(this.now).toISOString();
    const decision = { approved, data: { n: 1 }, edits: [], by: 'ann', at };
    this.command({ kind: 'review.decided', by: 'ann', reviewId, decision });
  }

  /** A host makes an attempt. One that it gets again has the answer of before: the receipt says so. */
  work(call: CallEffect): Message {
    const { callId, attempt, idempotencyKey: key } = call;
    const name = `${callId} ${attempt}`;
    assert.ok(this.model.attempts.has(name), `the attempt ${name} began before it was committed`);
    assert.equal(this.keys.get(callId) ?? key, key, `the call ${callId} was begun with another key`);
    this.keys.set(callId, key);
    let outcome = this.begun.get(name);
    if (outcome === undefined) {
      const ordinal = (this.ordinals.get(callId) ?? 0) + 1;
      this.ordinals.set(callId, ordinal);
      outcome = { ...this.outcomeOf(call, ordinal), ...this.effectOf(call) };
      this.begun.set(name, outcome);
    }
    return {
      kind: 'settled',
      event: { kind: 'settled', callId, attempt, outcome, startedAt: this.now, endedAt: this.now },
    };
  }

  /** What an OpenAPI document says when it has been read. */
  private effectOf({ target, callId }: CallEffect): { effect?: 'read' | 'idempotent-write' } {
    if (target.kind !== 'openapi') return {};
    return { effect: numberOf(this.workflow.seed, callId) % 2 === 0 ? 'read' : 'idempotent-write' };
  }

  private outcomeOf({ taskName, callId, attempt }: CallEffect, ordinal: number): CallOutcome {
    if (this.workflow.steady) {
      const planned = plannedOutcome(this.workflow, taskName, ordinal);
      if ('output' in planned) return succeeded(planned.output);
      return failed(planned.fails, { status: planned.fails === 'permanent' ? 422 : 503 });
    }
    const usage = { costMicros: 10, currency: 'EUR' };
    switch (numberOf(this.workflow.seed, callId, attempt) % 9) {
      case 0:
        return succeeded({ n: 1, confidence: 0.5 }, { usage } as never);
      case 1:
        return failed('transient');
      case 2:
        return failed('permanent', { status: 422 });
      case 3:
        return failed('defect');
      case 4:
        return failed('unknown');
      default:
        return succeeded({ n: 1 }, { usage } as never);
    }
  }

  /** The journal from its beginning must come to the state, byte for byte. */
  checkReplay(): void {
    let state: RunState | null = null;
    for (const { at, events } of this.rows) {
      for (const event of JSON.parse(events) as RunEvent[])
        state = this.parts.decide(this.workflow.definition, state, event, at).state;
    }
    assert.equal(
      state === null ? null : JSON.stringify(state),
      this.stateText,
      'the journal comes to another state',
    );
  }
}

function eventOf(message: Exclude<Message, { kind: 'command' }>): RunEvent {
  if (message.kind === 'settled') return message.event;
  if (message.kind === 'due') return { kind: 'due' };
  const run = { id: RUN_ID, workspaceId: 'w', startedAt: STARTED_AT, trigger: 'test' };
  return { kind: 'start', run, input: INPUT };
}

function describeEntry(entry: object & { kind: string; position?: string; attempt?: number }): string {
  return [entry.kind, entry.position, entry.attempt].filter((part) => part !== undefined).join(' ');
}
