import type { ArtifactRef, CallOutcome, CandidateVerdict, JournalEntry, LaterCall } from '@tutti/contracts';
import { defaultPolicy, DEFAULT_RETRY, type CompiledPolicy, type RetryRule } from '@tutti/routing';
import type { CallEffect } from './engine.types.js';
import { idempotencyKey } from './identifiers.js';
import type { CallNode, RunState } from './state.types.js';
import { positionOf } from './tree.js';
import type { Frame, Turn } from './turn.types.js';

/**
 * The policy of a call; undefined for plain HTTP. It may have changed since the call began: the newest
 * counts.
 */
export function policyOf(turn: Turn, node: CallNode): CompiledPolicy | undefined {
  if (node.target.kind !== 'capability') return undefined;
  const { capability } = node.target;
  return turn.definition.policies.get(capability) ?? defaultPolicy(capability);
}

/** The retries of the present candidate. */
export function retryRuleOf(turn: Turn, node: CallNode): RetryRule | undefined {
  if (node.target.kind !== 'capability') return undefined;
  const { connection } = node.target;
  const candidate = policyOf(turn, node)?.candidates?.find((other) => other.connection === connection);
  return candidate?.retry ?? DEFAULT_RETRY;
}

/** What every journal entry of a task has. */
export function ofNode(
  turn: Turn,
  { node, task }: Frame,
): { task: string; name: string; position: string; at: number } {
  return { task: node.task, name: task.name, position: positionOf(node), at: turn.now };
}

type Entry<K extends JournalEntry['kind']> = Extract<JournalEntry, { kind: K }>;

/**
 * The journal entry of an attempt that is sent. Like its like below without spreads: they would be most of
 * the turn's time.
 */
export function attemptedEntry(
  turn: Turn,
  { node, task }: Frame,
  candidates: CandidateVerdict[] | undefined,
): Entry<'call.attempted'> {
  const { target, attempt, policy } = node as CallNode;
  const position = positionOf(node);
  const entry: Entry<'call.attempted'> = {
    kind: 'call.attempted',
    task: node.task,
    name: task.name,
    position,
    at: turn.now,
    callId: position,
    attempt,
  };
  if (target.kind === 'capability') {
    entry.connection = target.connection;
    entry.capability = target.capability;
  }
  if (policy !== undefined) entry.policy = policy;
  if (candidates !== undefined) entry.candidates = candidates;
  return entry;
}

/** The journal entry of an attempt that came to its end. */
export function settledEntry(
  turn: Turn,
  { node, task }: Frame,
  { outcome, startedAt }: { outcome: CallOutcome; startedAt: number },
): Entry<'call.settled'> {
  const { target, attempt } = node as CallNode;
  const position = positionOf(node);
  const entry: Entry<'call.settled'> = {
    kind: 'call.settled',
    task: node.task,
    name: task.name,
    position,
    at: turn.now,
    callId: position,
    attempt,
    startedAt,
    outcome,
  };
  if (target.kind === 'capability') {
    entry.connection = target.connection;
    entry.capability = target.capability;
  }
  return entry;
}

/** The attempt that is outstanding at a node, as it was sent; everything comes from the state. */
export function callEffect(state: RunState, node: CallNode, taskName: string): CallEffect {
  const position = positionOf(node);
  const later = laterOf(node);
  return {
    kind: 'call',
    callId: position,
    attempt: node.attempt,
    position,
    task: node.task,
    taskName,
    target: node.target,
    input: node.call,
    // To go on with what was begun changes nothing more.
    effect: later === undefined ? node.effect : 'idempotent-write',
    idempotencyKey: keyOf(state, node),
    timeoutMs: node.timeoutMs,
    ...(node.policy && { policy: node.policy }),
    ...(node.secrets && { secrets: node.secrets }),
    ...(later && { later }),
  };
}

/** What the outstanding attempt goes on with; undefined: it begins the call. */
function laterOf({ pending }: CallNode): LaterCall | undefined {
  if (pending === undefined || (pending.dueAt === undefined && !pending.told)) return undefined;
  return 'answer' in pending ? { state: pending.state, answer: pending.answer } : { state: pending.state };
}

/** The key that all attempts of a call share. */
export function keyOf(state: RunState, node: CallNode): string {
  return node.key ?? idempotencyKey(state, positionOf(node));
}

/** The document that a call is about, for the person who looks. */
export function documentOf(input: unknown): ArtifactRef | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { document } = input as { document?: unknown };
  const isRef = typeof document === 'object' && document !== null && '$artifact' in document;
  return isRef ? (document as ArtifactRef) : undefined;
}
