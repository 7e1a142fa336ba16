import type { CallOutcome, JournalEntry, RunCommand } from '@tutti/contracts';

/**
 * An event as it was decided on, with the time of the decision. The engine knows its type; here only what is
 * stored apart.
 */
export interface JournaledEvent {
  at: number;
  event: object;
}

interface SettledEvent {
  kind: 'settled';
  callId: string;
  attempt: number;
  outcome: CallOutcome;
}
/** What a call, or a run of another workflow, answered in this turn. */
interface Answer {
  key: string;
  output: unknown;
}
/** A stored entry in the place of whose output stands which call of the same turn gave it. */
interface OutputElsewhere {
  outputOf: string;
}

/**
 * The two texts of a journal row. An answer of a call appears three times in a turn: in the event, in
 * `call.settled` and as the task's output; that of a sub-workflow in two of them. It is stored once, in the
 * event; the run's input is not stored in the start event, because `runs.input` has it.
 */
export function packTurn(
  events: readonly JournaledEvent[],
  entries: readonly JournalEntry[],
): { event: string; entries: string } {
  const answers = events.flatMap(answerOf);
  return {
    event: JSON.stringify(events.map(withoutInput)),
    entries: JSON.stringify(
      answers.length === 0 ? entries : entries.map((entry) => packEntry(entry, answers)),
    ),
  };
}

/** The entries of a journal row as the engine made them. */
export function unpackEntries(row: { event: string; entries: string }): JournalEntry[] {
  const entries = JSON.parse(row.entries) as (JournalEntry | (JournalEntry & OutputElsewhere))[];
  if (!entries.some(isPacked)) return entries as JournalEntry[];
  const outputs = new Map<string, unknown>();
  for (const { key, output } of (JSON.parse(row.event) as JournaledEvent[]).flatMap(answerOf))
    outputs.set(key, output);
  return entries.map((entry) => unpackEntry(entry, outputs));
}

/** All events of a run's journal rows, in order, with its input back in the start event. */
export function unpackEvents<E>(
  rows: readonly { event: string; input: string }[],
): { at: number; event: E }[] {
  return rows.flatMap((row) =>
    (JSON.parse(row.event) as JournaledEvent[]).map(({ at, event }) => ({
      at,
      event: ('kind' in event && event.kind === 'start'
        ? { ...event, input: JSON.parse(row.input) as unknown }
        : event) as E,
    })),
  );
}

function answerOf({ event }: JournaledEvent): Answer[] {
  if (isSettled(event))
    return event.outcome.status === 'succeeded' ? [{ key: keyOf(event), output: event.outcome.output }] : [];
  const ended = 'command' in event ? (event.command as RunCommand) : undefined;
  if (ended?.kind !== 'child.ended') return [];
  return [{ key: `run ${ended.runId}`, output: ended.output }];
}

function isSettled(event: object): event is SettledEvent {
  return 'kind' in event && event.kind === 'settled';
}

function withoutInput(item: JournaledEvent): JournaledEvent {
  if (!('kind' in item.event) || item.event.kind !== 'start') return item;
  return { at: item.at, event: { ...item.event, input: undefined } };
}

function keyOf({ callId, attempt }: { callId: string; attempt: number }): string {
  return `${callId} ${attempt}`;
}

function packEntry(
  entry: JournalEntry,
  answers: readonly Answer[],
): JournalEntry | (JournalEntry & OutputElsewhere) {
  if (entry.kind === 'call.settled' && entry.outcome.status === 'succeeded') {
    const { outcome } = entry;
    const answer = answers.find(({ key }) => key === keyOf(entry));
    if (answer === undefined || answer.output !== outcome.output) return entry;
    return { ...entry, outputOf: answer.key, outcome: { ...outcome, output: undefined } };
  }
  // Small values cost less than their reference.
  if (entry.kind === 'task.completed' && entry.output !== null && typeof entry.output === 'object') {
    const answer = answers.find(({ output }) => output === entry.output);
    if (answer) return { ...entry, outputOf: answer.key, output: undefined };
  }
  return entry;
}

function isPacked(entry: JournalEntry | OutputElsewhere): boolean {
  return 'outputOf' in entry;
}

function unpackEntry(
  entry: JournalEntry | (JournalEntry & OutputElsewhere),
  outputs: ReadonlyMap<string, unknown>,
): JournalEntry {
  if (!('outputOf' in entry)) return entry;
  const { outputOf, ...rest } = entry;
  const output = outputs.get(outputOf);
  if (rest.kind === 'call.settled') return { ...rest, outcome: { ...rest.outcome, output } as CallOutcome };
  return { ...rest, output } as JournalEntry;
}
