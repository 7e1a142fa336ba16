import type { HttpCall, McpCall, OpenApiCall, ReviewDecision, ScriptCall } from '@tutti/contracts';
import { documentOf, ofNode, policyOf } from './call-node.js';
import type { ReviewOpenEffect } from './engine.types.js';
import { deterministicUuid } from './identifiers.js';
import type { CallNode } from './state.types.js';
import { clear, positionOf } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

/** The form of "did this happen?". */
const HAPPENED_FORM = {
  type: 'object',
  required: ['happened'],
  properties: {
    happened: { type: 'boolean', title: 'It happened' },
    answer: { title: 'The answer of the other side, where it is known' },
  },
};

interface CallReview {
  why: 'unknown' | 'confidence' | 'exhausted';
  data: unknown;
  because: string;
}

/**
 * Asks a person about a call: whether it happened, whether an unsure answer is right, or for the answer
 * itself.
 */
export function openCallReview(turn: Turn, frame: Frame, { why, data, because }: CallReview): Result {
  const node = frame.node as CallNode;
  const policy = policyOf(turn, node);
  const position = positionOf(node);
  const reviewId = deterministicUuid(turn.state.run.id, position, node.attempt, why);
  node.phase = 'review';
  node.review = { id: reviewId, why };
  const timeoutMs = policy?.review.timeoutMs;
  if (timeoutMs === undefined) clear(node, 'until');
  else node.until = turn.now + timeoutMs;
  const dueAt = Math.min(node.until ?? Infinity, node.deadline ?? Infinity);
  const document = documentOf(node.call);
  const effect: ReviewOpenEffect = {
    kind: 'review.open',
    reviewId,
    position,
    task: node.task,
    title: titleOf(frame, why, policy?.review.title),
    because,
    ...formOf(node, why),
    data,
    context: contextOf(node),
    ...(document && { document }),
    ...(dueAt !== Infinity && { dueAt }),
  };
  turn.effects.push(effect);
  turn.entries.push({ kind: 'review.opened', ...ofNode(turn, frame), reviewId, because });
  return BLOCKED;
}

function titleOf(frame: Frame, why: CallReview['why'], title: string | undefined): string {
  if (why === 'unknown') return `Did this happen? ${frame.task.name}`;
  return title ?? `Check ${frame.task.name}`;
}

function formOf(node: CallNode, why: CallReview['why']): Pick<ReviewOpenEffect, 'form' | 'formCapability'> {
  if (why === 'unknown') return { form: HAPPENED_FORM };
  return node.target.kind === 'capability' ? { formCapability: node.target.capability } : {};
}

type SentCall = Partial<
  HttpCall &
    Pick<OpenApiCall, 'document' | 'authorization'> &
    Pick<McpCall, 'process'> &
    Pick<ScriptCall, 'environment' | 'source'>
>;

/** A request for the person who looks at it. */
function withoutCredentials({ authorization: _1, authentication: _2, ...call }: SentCall): SentCall {
  if (call.headers !== undefined) {
    const entries = Object.entries(call.headers).filter(([name]) => !/^(proxy-)?authorization$/i.test(name));
    call.headers = Object.fromEntries(entries);
  }
  if (call.document !== undefined) call.document = { uri: call.document.uri };
  if (call.process !== undefined) call.process = { ...call.process, environment: {} };
  if (call.environment !== undefined) call.environment = {};
  if (call.source !== undefined) call.source = { uri: call.source.uri };
  return call;
}

function contextOf(node: CallNode): Record<string, unknown> {
  const target = node.target.kind === 'capability' ? { capability: node.target.capability } : {};
  const connection =
    node.best?.connection ?? (node.target.kind === 'capability' ? node.target.connection : undefined);
  return {
    ...target,
    ...(connection !== undefined && { connection }),
    input: node.target.kind === 'capability' ? node.call : withoutCredentials(node.call as SentCall),
    ...(node.tried && { tried: node.tried }),
    ...(node.best && { confidence: node.best.confidence }),
  };
}

const WHAT: Readonly<Record<string, string>> = {
  script: 'The script',
  shell: 'The command',
  container: 'The container',
};

/** The question about a `write` whose outcome is not known. */
export function askWhetherItHappened(turn: Turn, frame: Frame, detail: string): Result {
  const node = frame.node as CallNode;
  const what =
    node.target.kind === 'capability'
      ? `${node.target.capability} over ${node.target.connection}`
      : (WHAT[node.target.kind] ?? 'The request');
  const because = `${what} may or may not have happened, and repeating it could do it twice: ${detail}`;
  return openCallReview(turn, frame, { why: 'unknown', data: { happened: false, answer: null }, because });
}

/** Why an answer is shown to a person: the confidence, and the fields that are lowest. */
export function unsureBecause(output: unknown, confidence: number, floor: number): string {
  const low = lowFields(output, floor);
  const fields = low.length === 0 ? '' : `; least sure: ${low.join(', ')}`;
  return `The confidence ${percent(confidence)} is below ${percent(floor)}${fields}`;
}

function lowFields(output: unknown, floor: number): string[] {
  if (typeof output !== 'object' || output === null) return [];
  const { fieldConfidence } = output as { fieldConfidence?: unknown };
  if (typeof fieldConfidence !== 'object' || fieldConfidence === null) return [];
  return Object.entries(fieldConfidence)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] < floor)
    .sort(([, a], [, b]) => a - b)
    .slice(0, 5)
    .map(([name, value]) => `${name} (${percent(value)})`);
}

function percent(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

/** What a person said about "did this happen?". */
export function saysItHappened({ data }: ReviewDecision): { happened: boolean; answer: unknown } {
  const given = (typeof data === 'object' && data !== null ? data : {}) as {
    happened?: unknown;
    answer?: unknown;
  };
  return { happened: given.happened === true, answer: given.answer ?? null };
}
