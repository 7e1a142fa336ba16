import assert from 'node:assert/strict';
import type {
  CallOutcome,
  Fate,
  FallbackReason,
  JournalEntry,
  ReviewDecision,
  RunCommand,
} from '@tutti/contracts';
import { compilePolicy, parsePolicy, type CompiledPolicy, type ConnectionInfo } from '@tutti/routing';
import { compileWorkflow, parseWorkflow } from '@tutti/workflow';
import {
  decide,
  type CallEffect,
  type Decision,
  type ReviewOpenEffect,
  type RunDefinition,
  type RunEffect,
  type RunEvent,
  type RunState,
} from '../src/index.js';

export const RUN_ID = '018f0000-0000-7000-8000-000000000001';
export const STARTED_AT = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Freezes a value to its depth, so that a change of it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export interface Setup {
  connections?: readonly ConnectionInfo[];
  /** Policies as YAML. */
  policies?: readonly string[];
}

/** Tasks in YAML (a whole document when it begins with `document:`) to a definition. */
export function define(yaml: string, { connections = [], policies = [] }: Setup = {}): RunDefinition {
  const text = /^\s*(document:|\{"document":)/.test(yaml) ? yaml : document(yaml);
  const { document: parsed, findings } = parseWorkflow(text);
  if (parsed === undefined) throw new Error(JSON.stringify(findings, null, 1));
  const compiled = new Map<string, CompiledPolicy>();
  for (const source of policies) {
    const { policy, findings: wrong } = parsePolicy(source);
    if (policy === undefined) throw new Error(JSON.stringify(wrong, null, 1));
    compiled.set(policy.spec.capability, compilePolicy(policy));
  }
  return {
    workflow: compileWorkflow(parsed),
    identity: { namespace: 'test', name: 'test', version: '1.0.0', versionId: 'v1' },
    policies: compiled,
    connections,
  };
}

function document(tasks: string): string {
  const lines = tasks.replace(/^\n+/, '').trimEnd().split('\n');
  const indent = /^ */.exec(lines[0] as string)?.[0].length ?? 0;
  const body = lines.map((line) => line.slice(indent)).join('\n');
  const head = "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\n";
  return /^(do|use|input|output|timeout):/m.test(body) && !body.startsWith('- ')
    ? head + body
    : `${head}do:\n${body}`;
}

/** A connection that offers capabilities, all with one effect. */
export function connection(
  name: string,
  capabilities: readonly string[],
  effect: CallEffect['effect'] = 'idempotent-write',
): ConnectionInfo {
  return {
    name,
    plugin: `plugin-${name}`,
    pluginVersion: '1.2.3',
    capabilities: Object.fromEntries(capabilities.map((one) => [one, { effect, reconciles: false }])),
  };
}

export const succeeded = (output: unknown, more: Partial<CallOutcome> = {}): CallOutcome =>
  ({ status: 'succeeded', output, ...more }) as CallOutcome;

export function failed(
  fate: Fate,
  {
    status = 503,
    reason,
    retryAfterMs,
  }: { status?: number; reason?: FallbackReason; retryAfterMs?: number } = {},
): CallOutcome {
  return {
    status: 'failed',
    fate,
    error: {
      type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication',
      status,
      title: 'Service Unavailable',
      ...(reason && { reason }),
    },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/**
 * Drives one run through the engine by hand. Every decision is made twice, on the state as it is (deeply
 * frozen) and on its JSON, and both must be the same: so each test is also a test of crashes and of purity.
 */
export class Driver {
  readonly definition: RunDefinition;
  state: RunState | null = null;
  now = STARTED_AT;
  readonly history: { event: RunEvent; at: number }[] = [];
  readonly entries: JournalEntry[] = [];
  readonly effects: RunEffect[] = [];
  /** Effects of the last decision. */
  last: RunEffect[] = [];

  constructor(yaml: string | RunDefinition, setup?: Setup) {
    this.definition = typeof yaml === 'string' ? define(yaml, setup) : yaml;
  }

  send(event: RunEvent): Decision {
    deepFreeze(event);
    const decision = decide(this.definition, deepFreeze(this.state), event, this.now);
    const again = decide(this.definition, throughJson(this.state), throughJson(event), this.now);
    assert.deepEqual(throughJson(again), throughJson(decision));
    // Byte for byte, so that a stored state can be compared with a replay's.
    assert.equal(JSON.stringify(again.state), JSON.stringify(decision.state));
    if (decision.ignored === undefined) this.history.push({ event, at: this.now });
    this.state = decision.state;
    this.last = decision.effects;
    this.entries.push(...decision.entries);
    this.effects.push(...decision.effects);
    return decision;
  }

  start(input: unknown = {}): this {
    const run = { id: RUN_ID, workspaceId: 'w', startedAt: this.now, trigger: 'api' };
    this.send({ kind: 'start', run, input });
    return this;
  }

  settle(outcome: CallOutcome, call: CallEffect = this.call): this {
    const times = { startedAt: this.now, endedAt: this.now };
    this.send({ kind: 'settled', callId: call.callId, attempt: call.attempt, outcome, ...times });
    return this;
  }

  answer(output: unknown, call?: CallEffect): this {
    return this.settle(succeeded(output), call);
  }

  /** Lets time pass and says that something is due. */
  after(ms: number): this {
    this.now += ms;
    this.send({ kind: 'due' });
    return this;
  }

  command(command: RunCommand): Decision {
    return this.send({ kind: 'command', command });
  }

  review(decision: Partial<ReviewDecision>, review: ReviewOpenEffect = this.openReview): Decision {
    const at = new Date(this.now).toISOString();
    const whole = { approved: true, data: review.data, edits: [], by: 'ann', at, ...decision };
    return this.command({ kind: 'review.decided', by: 'ann', reviewId: review.reviewId, decision: whole });
  }

  /** The last call that was sent. */
  get call(): CallEffect {
    return this.effects.findLast((effect) => effect.kind === 'call') as CallEffect;
  }

  get calls(): CallEffect[] {
    return this.effects.filter((effect) => effect.kind === 'call');
  }

  get openReview(): ReviewOpenEffect {
    return this.effects.findLast((effect) => effect.kind === 'review.open') as ReviewOpenEffect;
  }

  get status(): string {
    return this.state?.status ?? 'none';
  }

  get output(): unknown {
    return this.state?.output;
  }

  get error() {
    return this.state?.error;
  }

  /** Names of the tasks in the order in which they started. */
  get ran(): string[] {
    return this.entries.flatMap((entry) => (entry.kind === 'task.started' ? [entry.name] : []));
  }

  get positions(): string[] {
    return this.entries.flatMap((entry) => (entry.kind === 'task.started' ? [entry.position] : []));
  }

  kinds(prefix = ''): string[] {
    return this.entries.map(({ kind }) => kind).filter((kind) => kind.startsWith(prefix));
  }

  entry<K extends JournalEntry['kind']>(kind: K): Extract<JournalEntry, { kind: K }> {
    return this.entries.findLast((entry) => entry.kind === kind) as Extract<JournalEntry, { kind: K }>;
  }
}

/** Runs tasks that need nothing from outside to their end. */
export function run(yaml: string, input: unknown = {}): Driver {
  return new Driver(yaml).start(input);
}
