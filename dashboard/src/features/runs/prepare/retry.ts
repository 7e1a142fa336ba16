import type { RetryPreview } from '@tutti/contracts';
import { plural } from '@/format/format';
import type { Entry } from './journal';

type Plan = NonNullable<RetryPreview['plan']>;

/** Tasks that a retry may begin with, as a person chooses among them. */
interface RetryTask {
  position: string;
  name: string;
}

/** Tasks that the choice shows; a loop may have started thousands. */
const RETRY_TASKS_MAX = 500;

/** The tasks to which a run came, in the order in which they first started. */
export function retryTasks(entries: readonly Entry[]): RetryTask[] {
  const tasks = new Map<string, RetryTask>();
  for (const entry of entries) {
    if (entry.kind !== 'task.started' || tasks.has(entry.position)) continue;
    tasks.set(entry.position, { position: entry.position, name: entry.name });
  }
  return [...tasks.values()].slice(0, RETRY_TASKS_MAX);
}

/** A part of a preview in words; `tone` says which need a look before the retry. */
export interface PlanSection {
  title: string;
  tone: 'plain' | 'warn' | 'bad';
  lines: string[];
  /** Items that the hub did not list. */
  more: number;
}

/** What a retry will do, in the order in which a person asks. Sections without anything are left out. */
export function planSections({ kept, firstTurn, repeated, possible }: Plan): PlanSection[] {
  const { calls, reviews, error } = firstTurn;
  const writes = repeated.items.some(({ effect }) => effect === 'write');
  const sections: PlanSection[] = [
    ...(error === null
      ? []
      : [{ title: 'Faults at once', tone: 'bad' as const, lines: [error.detail ?? error.title], more: 0 }]),
    section('Called at once', calls, {
      line: (call) => (call.underWay ? `${callLine(call)}, with the key that it had` : callLine(call)),
    }),
    section('Asked at once', reviews, { line: ({ title, because }) => `${title}: ${because}` }),
    section('Succeeded before, called again when the run comes there', repeated, {
      line: callLine,
      tone: writes ? 'warn' : 'plain',
    }),
    section('Kept: answers of calls that are not made again', kept, {
      line: (call) => `${callLine(call)}${call.receipt ? ', has a receipt' : ''}`,
    }),
    section('May run after that, as answers and data decide', possible, {
      line: ({ name, type, capability, effect }) =>
        [name, `(${capability ?? type}${effect === null ? '' : `, ${effect}`})`].join(' '),
    }),
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

/** One sentence for the top of the preview. */
export function planSummary({ from, kept, firstTurn }: Plan): string {
  const { calls, reviews } = firstTurn;
  return `Begins at ${from.name}: ${plural(calls.count, 'call')} and ${plural(reviews.count, 'question')} at once, ${plural(
    kept.count,
    'answer',
  )} kept.`;
}

function section<T>(
  title: string,
  list: { count: number; items: T[] },
  { line, tone = 'plain' }: { line: (item: T) => string; tone?: PlanSection['tone'] },
): PlanSection {
  return { title, tone, lines: list.items.map(line), more: list.count - list.items.length };
}

function callLine(call: {
  name: string;
  capability: string | null;
  connection: string | null;
  effect: string;
}): string {
  const over = call.connection === null || call.connection === '' ? '' : ` over ${call.connection}`;
  return `${call.name}: ${call.capability ?? 'HTTP'}${over} (${call.effect})`;
}
