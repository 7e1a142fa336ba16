import type { CandidateVerdict, Problem } from '@tutti/contracts';
import { toMs } from '@/format/format';
import type { Entry } from './journal';

export type TaskState =
  'running' | 'waiting' | 'retrying' | 'completed' | 'faulted' | 'skipped' | 'cancelled';

/** One try of a call of a task. */
export interface Attempt {
  callId: string;
  attempt: number;
  capability: string | null;
  connection: string | null;
  startedMs: number;
  endedMs: number | null;
  failed: boolean;
  said: string | null;
  candidates: CandidateVerdict[];
  policy: string | null;
  confidence: number | null;
  costMicros: number | null;
  currency: string | null;
  tokens: number | null;
  output: unknown;
}

/** A `try` whose tasks failed and were begun again. */
export interface Retry {
  attempt: number;
  delayMs: number;
  error: Problem;
  atMs: number;
}

/** What the journal says of one instance of a task. */
export interface TaskFacts {
  task: string;
  position: string;
  name: string;
  type: string;
  state: TaskState;
  startedMs: number;
  endedMs: number | null;
  attempts: Attempt[];
  retries: Retry[];
  error: Problem | null;
  output: unknown;
  reviewId: string | null;
  /** The run of another workflow that it started last. */
  childRunId: string | null;
  because: string | null;
  idle: boolean;
}

type OfTask = Extract<Entry, { position: string }>;

function begin(entry: OfTask): TaskFacts {
  return {
    task: entry.task,
    position: entry.position,
    name: entry.name,
    type: 'type' in entry ? entry.type : '',
    state: 'running',
    startedMs: entry.atMs,
    endedMs: null,
    attempts: [],
    retries: [],
    error: null,
    output: undefined,
    reviewId: null,
    childRunId: null,
    because: null,
    idle: false,
  };
}

function attemptOf(facts: TaskFacts, entry: Extract<OfTask, { callId: string }>): Attempt {
  const found = facts.attempts.find(
    ({ callId, attempt }) => callId === entry.callId && attempt === entry.attempt,
  );
  if (found !== undefined) return found;
  const made: Attempt = {
    callId: entry.callId,
    attempt: entry.attempt,
    capability: entry.capability ?? null,
    connection: entry.connection ?? null,
    startedMs: entry.atMs,
    endedMs: null,
    failed: false,
    said: null,
    candidates: [],
    policy: null,
    confidence: null,
    costMicros: null,
    currency: null,
    tokens: null,
    output: undefined,
  };
  facts.attempts.push(made);
  return made;
}

function settle(attempt: Attempt, entry: Extract<OfTask, { kind: 'call.settled' }>): void {
  attempt.startedMs = toMs(entry.startedAt);
  attempt.endedMs = entry.atMs;
  if (entry.outcome.status === 'failed') {
    attempt.failed = true;
    attempt.said = entry.outcome.error.detail ?? entry.outcome.error.title;
    return;
  }
  const { output, confidence, usage } = entry.outcome;
  Object.assign(attempt, {
    output,
    confidence: confidence ?? null,
    costMicros: usage?.costMicros ?? null,
    currency: usage?.currency ?? null,
    tokens: usage?.inputTokens === undefined ? null : usage.inputTokens + (usage.outputTokens ?? 0),
  });
}

function end(facts: TaskFacts, state: TaskState, atMs: number): void {
  facts.state = state;
  facts.endedMs = atMs;
}

function apply(facts: TaskFacts, entry: OfTask): void {
  switch (entry.kind) {
    case 'task.started':
      facts.type = entry.type;
      facts.state = 'running';
      return;
    case 'task.completed':
      facts.output = entry.output;
      return end(facts, 'completed', entry.atMs);
    case 'task.skipped':
      return end(facts, 'skipped', entry.atMs);
    case 'task.faulted':
      facts.error = entry.error;
      return end(facts, 'faulted', entry.atMs);
    case 'task.retried':
      facts.state = 'retrying';
      facts.retries.push({
        attempt: entry.attempt,
        delayMs: entry.delayMs,
        error: entry.error,
        atMs: entry.atMs,
      });
      facts.error = entry.error;
      return;
    case 'call.attempted': {
      const attempt = attemptOf(facts, entry);
      attempt.candidates = entry.candidates ?? [];
      attempt.policy = entry.policy === undefined ? null : `${entry.policy.name} ${entry.policy.version}`;
      facts.state = 'running';
      return;
    }
    case 'call.settled':
      return settle(attemptOf(facts, entry), entry);
    case 'review.opened':
      Object.assign(facts, {
        state: 'waiting',
        reviewId: entry.reviewId,
        because: entry.because,
        idle: true,
      });
      return;
    case 'review.decided':
    case 'review.expired':
      facts.state = 'running';
      return;
    case 'child.started':
      facts.childRunId = entry.runId;
      return;
    case 'child.ended':
      return;
    case 'wait.started':
    case 'listen.started':
      Object.assign(facts, { state: 'waiting', idle: true });
      return;
    // It waits on for others, unless the task ends.
    case 'event.received':
      return;
  }
}

/**
 * The instances of tasks in the order in which they started. A task in a loop has one for each turn;
 * `position` tells them apart. Tasks that were under way when the run was cancelled or faulted ended with it.
 */
export function taskFacts(entries: readonly Entry[]): TaskFacts[] {
  const byPosition = new Map<string, TaskFacts>();
  for (const entry of entries) {
    if ('position' in entry) {
      const facts = byPosition.get(entry.position) ?? begin(entry);
      byPosition.set(entry.position, facts);
      apply(facts, entry);
    } else if (entry.kind === 'run.cancelled' || entry.kind === 'run.faulted') {
      for (const facts of byPosition.values())
        if (facts.endedMs === null)
          end(facts, entry.kind === 'run.faulted' ? 'faulted' : 'cancelled', entry.atMs);
    }
  }
  return [...byPosition.values()];
}

/** For each task of the document its latest instance and how often it ran: what the graph shows. */
export function latestByTask(facts: readonly TaskFacts[]): Map<string, { facts: TaskFacts; times: number }> {
  const latest = new Map<string, { facts: TaskFacts; times: number }>();
  for (const each of facts)
    latest.set(each.task, { facts: each, times: (latest.get(each.task)?.times ?? 0) + 1 });
  return latest;
}
