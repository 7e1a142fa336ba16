import type { CallRequest, LifecycleMessage, RunAccepted, RunInboxMessage } from '@tutti/contracts';
import type { TurnBatch } from './inbox.js';

/** What one turn has to do for one run. */
export interface RunWork {
  runId: string;
  messages: RunInboxMessage[];
  /** How often another owner was quicker; each time the run is read anew. */
  refusals: number;
  /** The run was read from the database in this turn, or must be: what is in memory may be older. */
  fresh: boolean;
}

/**
 * A turn on its way: what is left of it, so that one which is repeated after a failure does nothing twice,
 * and what is to be sent at its end.
 */
export interface TurnTask {
  work: Map<string, RunWork>;
  repeats: ReadonlySet<RunInboxMessage>;
  /** Whether other processes may write the same runs. */
  shared: boolean;
  calls: CallRequest[];
  /** Runs that were started, and word of commands that were given. */
  toRuns: RunInboxMessage[];
  /** Sub-workflows whose acceptance may not have been sent. */
  acceptAgain: Set<string>;
  changes: LifecycleMessage[];
  /** Runs of which those who follow them may not have heard the last. */
  tellAgain: Set<string>;
}

export function taskOf({ messages, repeats }: TurnBatch, shared: boolean): TurnTask {
  const work = new Map<string, RunWork>();
  for (const message of messages) {
    const of = work.get(message.runId);
    if (of) of.messages.push(message);
    else work.set(message.runId, { runId: message.runId, messages: [message], refusals: 0, fresh: false });
  }
  return {
    work,
    repeats,
    shared,
    calls: [],
    toRuns: [],
    acceptAgain: new Set(),
    changes: [],
    tellAgain: new Set(),
  };
}

/**
 * Whether a message may have been decided before: the bus says so, or another owner wrote meanwhile. A
 * command's row may also be applied by an owner of before, to whom an older message rang.
 */
export function mayRepeat(task: TurnTask, work: RunWork, message: RunInboxMessage): boolean {
  if (work.refusals > 0 || (task.shared && message.kind === 'run.commanded')) return true;
  return task.repeats.size > 0 && task.repeats.has(message);
}

/** The acceptance from which a run that is not in memory may be made: one that was surely not decided yet. */
export function firstAcceptance(task: TurnTask, work: RunWork): RunAccepted | undefined {
  if (work.fresh) return undefined;
  return work.messages.find(
    (message): message is RunAccepted => message.kind === 'run.accepted' && !mayRepeat(task, work, message),
  );
}
