import type { JournalEntry } from '@tutti/contracts';
import type { JournalItem } from '@/hub/types';
import { formatCost, formatDuration, plural, shortId, taskName, toMs } from '@/format/format';

type Of<K extends JournalEntry['kind']> = Extract<JournalEntry, { kind: K }>;

/** A journal entry with its time as a number and its place in the journal. */
export type Entry = JournalEntry & { sequence: number; atMs: number };

/** The items of the API as entries, in the order in which the engine decided them. */
export function entriesOf(items: readonly JournalItem[]): Entry[] {
  return items.map((item) => ({ ...item, atMs: toMs(item.at) }) as unknown as Entry);
}

/** The kinds of entries as a person filters them. */
export type Topic = 'run' | 'task' | 'call' | 'review';
export function topicOf(kind: string): Topic {
  const first = kind.split('.')[0];
  return first === 'call' ? 'call' : first === 'review' ? 'review' : first === 'run' ? 'run' : 'task';
}

/** An entry in words: what happened, and in small what belongs to it. */
export interface Line {
  title: string;
  detail: string | null;
  status: string;
}

const LISTEN_KINDS = new Set<string>(['listen.started', 'event.received', 'event.kept', 'event.refused']);

type OfListening = Of<'listen.started' | 'event.received' | 'event.kept' | 'event.refused'>;

function isOfListening(entry: Entry): entry is Entry & OfListening {
  return LISTEN_KINDS.has(entry.kind);
}

function rareLine(entry: Entry): Line {
  if (entry.kind === 'run.migrated') {
    const detail = `from version ${entry.from.version} to ${entry.to.version}`;
    return { title: `Migrated by ${entry.by}`, detail, status: 'started' };
  }
  if (entry.kind === 'run.migration-refused') {
    const title = `Stays on its version, asked by ${entry.by}`;
    return { title, detail: entry.reasons.join('; '), status: 'suspended' };
  }
  return { title: entry.kind, detail: null, status: 'idle' };
}

const EVENT_WORDS = { consumed: 'received', queued: 'queued', until: 'ends with' } as const;

function listenLine(entry: OfListening): Line {
  if (entry.kind === 'listen.started') {
    const types = entry.types?.join(', ') ?? 'of any type';
    return { title: `${entry.name} waits for events`, detail: types, status: 'waiting' };
  }
  const { id, source, type } = entry.event;
  const detail = join(id, `from ${source}`);
  if (entry.kind === 'event.received')
    return { title: `${entry.name} ${EVENT_WORDS[entry.as]} ${type}`, detail, status: 'completed' };
  if (entry.kind === 'event.kept')
    return { title: `${type} waits for a task that listens`, detail, status: 'waiting' };
  return { title: `${type} was refused`, detail: join(entry.because, detail), status: 'faulted' };
}

function settled({ capability, connection, attempt, outcome, startedAt, at }: Of<'call.settled'>): Line {
  const what = capability ?? 'HTTP call';
  const where = connection === undefined ? '' : ` over ${connection}`;
  const tookMs = toMs(at) - toMs(startedAt);
  const took = tookMs >= 0 ? formatDuration(tookMs) : null;
  if (outcome.status === 'failed') {
    return {
      title: `${what}${where} failed`,
      detail: join(`attempt ${attempt}`, took, outcome.fate, outcome.error.detail ?? outcome.error.title),
      status: 'faulted',
    };
  }
  const { usage, confidence } = outcome;
  const tokens =
    usage?.inputTokens === undefined ? null : plural(usage.inputTokens + (usage.outputTokens ?? 0), 'token');
  const cost = usage?.costMicros === undefined ? null : formatCost(usage.costMicros, usage.currency);
  return {
    title: `${what}${where} answered`,
    detail: join(
      took,
      confidence === undefined ? null : `confidence ${confidence.toFixed(2)}`,
      usage?.model ?? null,
      tokens,
      cost,
    ),
    status: 'completed',
  };
}

/** What became of a run that a task started. */
function child(entry: Of<'child.started' | 'child.ended'>): Line {
  const id = shortId(entry.runId);
  if (entry.kind === 'child.ended') {
    const was = entry.status === 'cancelled' ? 'was ' : '';
    return { title: `The run of ${entry.name} ${was}${entry.status}`, detail: id, status: entry.status };
  }
  const { namespace, name } = entry.workflow;
  return {
    title: `${entry.name} started a run of ${namespace}/${name}`,
    detail: join(id, entry.awaited ? null : 'does not wait for its end'),
    status: 'started',
  };
}

function attempted({ capability, connection, attempt, policy, candidates }: Of<'call.attempted'>): Line {
  const skipped = (candidates ?? [])
    .filter(({ verdict }) => verdict !== 'chosen')
    .map(({ connection: name, because }) => `${name} passed over: ${because ?? 'no reason given'}`);
  return {
    title: `Called ${capability ?? 'HTTP'}${connection === undefined ? '' : ` over ${connection}`}`,
    status: 'started',
    detail: join(
      attempt > 1 ? `attempt ${attempt}` : null,
      policy === undefined ? null : `policy ${policy.name} ${policy.version}`,
      ...skipped,
    ),
  };
}

function join(...parts: (string | null)[]): string | null {
  const kept = parts.filter((part) => part !== null && part !== '');
  return kept.length === 0 ? null : kept.join(' · ');
}

/** What an entry says. A kind of a later version still gets a line. */
export function lineOf(entry: Entry): Line {
  switch (entry.kind) {
    case 'run.started':
      return {
        title: 'Run started',
        detail: entry.from === undefined ? null : `from ${taskName(entry.from)}`,
        status: 'started',
      };
    case 'task.started':
      return { title: `${entry.name} started`, detail: entry.type, status: 'started' };
    case 'task.completed':
      return { title: `${entry.name} completed`, detail: null, status: 'completed' };
    case 'task.skipped':
      return { title: `${entry.name} skipped`, detail: 'its condition did not hold', status: 'skipped' };
    case 'task.faulted':
      return {
        title: `${entry.name} faulted`,
        detail: join(entry.error.title, entry.error.detail ?? null),
        status: 'faulted',
      };
    case 'task.retried':
      return {
        title: `${entry.name} will be tried again`,
        detail: join(`in ${formatDuration(entry.delayMs)}`, entry.error.title),
        status: 'retrying',
      };
    case 'call.attempted':
      return attempted(entry);
    case 'call.settled':
      return settled(entry);
    case 'review.opened':
      return { title: 'Review opened', detail: entry.because, status: 'open' };
    case 'review.decided':
      return {
        title: `Review ${entry.decision.approved ? 'approved' : 'rejected'} by ${entry.decision.by}`,
        status: entry.decision.approved ? 'approved' : 'rejected',
        detail: join(
          entry.decision.edits.length === 0 ? null : `${plural(entry.decision.edits.length, 'field')} edited`,
          entry.decision.comment ?? null,
        ),
      };
    case 'review.expired':
      return { title: 'Review expired', detail: 'nobody decided in time', status: 'expired' };
    case 'wait.started':
      return {
        title: `${entry.name} waits`,
        detail: `until ${new Date(entry.until).toISOString()}`,
        status: 'waiting',
      };
    case 'child.started':
    case 'child.ended':
      return child(entry);
    case 'run.cancelled':
      return { title: `Cancelled by ${entry.by}`, detail: entry.reason ?? null, status: 'cancelled' };
    case 'run.suspended':
      return { title: `Suspended by ${entry.by}`, detail: null, status: 'suspended' };
    case 'run.resumed':
      return { title: `Resumed by ${entry.by}`, detail: null, status: 'started' };
    case 'run.completed':
      return { title: 'Run completed', detail: null, status: 'completed' };
    case 'run.faulted':
      return {
        title: 'Run faulted',
        detail: join(entry.error.title, entry.error.detail ?? null),
        status: 'faulted',
      };
    default:
      return isOfListening(entry) ? listenLine(entry) : rareLine(entry);
  }
}
