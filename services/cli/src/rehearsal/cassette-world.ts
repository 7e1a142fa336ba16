import {
  type CallOutcome,
  type Cassette,
  fallbackReasonOf,
  isTransientStatus,
  type RecordedCall,
  type RecordedChild,
  type RecordedReview,
  type ReviewDecision,
  type RunCommand,
  workflowProblem,
} from '@tutti/contracts';
import type {
  After,
  CallEffect,
  ChildEnd,
  RehearsalWorld,
  ReviewOpenEffect,
  RunStartEffect,
} from '@tutti/engine';
import type { Program } from '@tutti/jq';
import { canonicalJson, pointerTokens } from '@tutti/workflow';
import { differences } from './compare.js';
import type { Case, GivenAnswer, GivenReview } from './test-document.js';

/** The run asked what is not on the cassette: the message says what, and what came nearest. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded';
}

type Given = Pick<Case, 'answers' | 'reviews' | 'events'>;

/** A recorded thing, and how often it was played. */
interface Track<T> {
  recorded: T;
  played: number;
  key: string;
}

/**
 * Answers a rehearsed run as its cassette says: a call by what is asked and of whom, and of several like it
 * in their order. Reads and repeatable writes may be asked again and are answered as the last time; a `write`
 * only as often as it was recorded. What a test gives comes first.
 */
export class CassetteWorld implements RehearsalWorld {
  readonly commands: readonly After<RunCommand>[];
  readonly #calls: Track<RecordedCall>[];
  readonly #children: Track<RecordedChild>[];
  readonly #reviews: Track<RecordedReview>[];
  readonly #given: { answer: GivenAnswer; left: number }[];
  readonly #givenReviews: GivenReview[];

  /** `ignore`: takes out of an input what is not compared. */
  constructor(
    cassette: Cassette,
    given: Given,
    private readonly ignore: Program | null,
  ) {
    this.#calls = cassette.calls.map((recorded) => this.#track(recorded, recorded.input));
    this.#children = cassette.children.map((recorded) => this.#track(recorded, recorded.input));
    this.#reviews = cassette.reviews.map((recorded) => ({ recorded, played: 0, key: recorded.task }));
    this.#given = given.answers.map((answer) => ({ answer, left: answer.times ?? Infinity }));
    this.#givenReviews = [...given.reviews];
    this.commands = given.events.length > 0 ? given.events.map(signalOf) : cassette.commands.map(commandOf);
  }

  call(call: CallEffect): After<CallOutcome> | null {
    const given = this.#given.find(({ answer, left }) => left > 0 && isFor(answer, call));
    if (given !== undefined) {
      given.left -= 1;
      return answerOf(given.answer);
    }
    const { recorded } = this.#play(this.#candidates(call), {
      what: describe(call),
      input: call.input,
      again: call.effect !== 'write',
    });
    return recorded.outcome === null ? null : { ms: recorded.ms, answer: recorded.outcome };
  }

  child({ workflow, input }: RunStartEffect): After<ChildEnd> {
    const name = `${workflow.namespace}/${workflow.name}`;
    const same = this.#children.filter(
      ({ recorded }) => `${recorded.workflow.namespace}/${recorded.workflow.name}` === name,
    );
    const { recorded } = this.#play(same, { what: `the sub-workflow ${name}`, input, again: true });
    const { status, output, error, ms } = recorded;
    const end = { status, ...(output !== undefined && { output }), ...(error !== undefined && { error }) };
    return { ms, answer: end };
  }

  review(review: ReviewOpenEffect): After<ReviewDecision> | null {
    const index = this.#givenReviews.findIndex(({ task }) => isTask(task, review.task));
    if (index >= 0) return decisionOf(this.#givenReviews.splice(index, 1)[0] as GivenReview, review);
    const track = this.#reviews.find(({ key, played }) => key === review.task && played === 0);
    if (track === undefined) {
      if (review.dueAt !== undefined) return null;
      throw new NotRecorded(
        `The review of ${review.task} ("${review.because}") has no decision on the cassette: ` +
          'give one under `reviews`.',
      );
    }
    track.played += 1;
    const { decision, ms } = track.recorded;
    return decision === null ? null : { ms, answer: decision };
  }

  #track<T>(recorded: T, input: unknown): Track<T> {
    return { recorded, played: 0, key: this.#keyOf(input) };
  }

  #keyOf(input: unknown): string {
    const compared = this.ignore === null ? input : [...this.ignore.run(input)][0];
    return canonicalJson(compared ?? null);
  }

  /** The recorded calls of the same thing: those over the connection that was chosen before the others. */
  #candidates({ target, position }: CallEffect): Track<RecordedCall>[] {
    const { capability, connection } = target.kind === 'capability' ? target : {};
    const rank = ({ recorded }: Track<RecordedCall>) =>
      (recorded.connection === connection ? 0 : 2) + (recorded.position === position ? 0 : 1);
    return this.#calls
      .filter(({ recorded }) => recorded.kind === target.kind && recorded.capability === capability)
      .sort((one, other) => rank(one) - rank(other));
  }

  #play<T extends { input: unknown }>(
    tracks: readonly Track<T>[],
    { what, input, again }: { what: string; input: unknown; again: boolean },
  ): Track<T> {
    const key = this.#keyOf(input);
    const same = tracks.filter((track) => track.key === key);
    const track = same.find(({ played }) => played === 0) ?? (again ? same.at(-1) : undefined);
    if (track === undefined) throw new NotRecorded(notRecordedText(what, input, { tracks, same }));
    track.played += 1;
    return track;
  }
}

function notRecordedText<T extends { input: unknown }>(
  what: string,
  input: unknown,
  { tracks, same }: { tracks: readonly Track<T>[]; same: readonly Track<T>[] },
): string {
  if (same.length > 0)
    return `${what} is a write and was asked ${same.length + 1} times; the cassette has ${same.length}.`;
  const remedy = 'Record a run that does this, or give an answer under `answers`.';
  const nearest = tracks
    .map(({ recorded }) => differences(recorded.input, input, { partial: false }))
    .sort((one, other) => one.length - other.length)[0];
  return nearest === undefined
    ? `${what} is not on the cassette. ${remedy}`
    : `${what} is not on the cassette with this input. What came nearest differs at ${nearest.join('; ')}. ${remedy}`;
}

function describe({ target, task }: CallEffect): string {
  return target.kind === 'capability'
    ? `The call of ${target.capability} over ${target.connection} (${task})`
    : `The ${target.kind} call of ${task}`;
}

/** Whether `given`, the name or JSON pointer of a task, stands for the task. */
export function isTask(given: string | undefined, pointer: string): boolean {
  return given === undefined || given === pointer || pointerTokens(pointer).at(-1) === given;
}

/** What names a call in a test. */
export interface Which {
  task?: string | undefined;
  capability?: string | undefined;
  connection?: string | undefined;
  input?: unknown;
}

/** Whether a call is one of those that are meant. */
export function isFor(which: Which, { target, task, input }: CallEffect): boolean {
  const { capability, connection } = target.kind === 'capability' ? target : {};
  return (
    isTask(which.task, task) &&
    (which.capability === undefined || which.capability === capability) &&
    (which.connection === undefined || which.connection === connection) &&
    (which.input === undefined || differences(which.input, input, { partial: true }).length === 0)
  );
}

function answerOf({ output, confidence, error, after = 0 }: GivenAnswer): After<CallOutcome> | null {
  if (error !== undefined) return { ms: after, answer: failureOf(error) };
  if (output === undefined) return null;
  return {
    ms: after,
    answer: { status: 'succeeded', output, ...(confidence !== undefined && { confidence }) },
  };
}

function failureOf(given: NonNullable<GivenAnswer['error']>): CallOutcome {
  const { status, title, detail, type, retryAfter } = given;
  const isTransient = isTransientStatus(status);
  const problem = workflowProblem('communication', detail ?? 'As the test says.');
  return {
    status: 'failed',
    fate: given.fate ?? (isTransient ? 'transient' : 'permanent'),
    error: {
      type: type ?? problem.type,
      status,
      title: title ?? problem.title,
      ...(detail !== undefined && { detail }),
      reason: fallbackReasonOf(status),
    },
    ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
  };
}

function decisionOf(given: GivenReview, { data: shownData }: ReviewOpenEffect): After<ReviewDecision> | null {
  if (given.nobody === true) return null;
  const { approved = true, data = shownData, comment, by, after: ms = 0 } = given;
  const at = new Date(0).toISOString();
  const decision = { approved, data, edits: [], by, at, ...(comment !== undefined && { comment }) };
  return { ms, answer: decision };
}

function signalOf({ after = 0, event }: Case['events'][number], i: number): After<RunCommand> {
  const whole = { specversion: '1.0' as const, id: `event-${i + 1}`, source: 'test', ...event };
  return { ms: after, answer: { kind: 'event', by: 'tester', event: whole, signal: true } };
}

function commandOf({ afterMs, command }: Cassette['commands'][number]): After<RunCommand> {
  return { ms: afterMs, answer: command };
}
