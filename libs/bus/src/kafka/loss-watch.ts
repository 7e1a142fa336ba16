import { TOPICS } from '@tutti/contracts';
import type { BusStateStore } from '../ports.js';
import type { TopicStatus } from './topic-watch.js';

/** What was last seen of the broker. */
interface Seen {
  clusterId: string;
  /** Where each partition of each topic ended. */
  ends: Record<string, number[]>;
}

/** A partition whose offsets began again, at this one. */
export interface LostPartition {
  topic: string;
  partition: number;
  begin: number;
}
export interface Loss {
  reason: string;
  partitions: LostPartition[];
}

/**
 * Notices that messages may have been lost: topics that were made anew, another cluster, or a group whose
 * place is no longer kept. What was seen is kept over restarts of all processes.
 */
export class LossWatch {
  private seen: Seen | null | undefined;
  private savedAt = 0;
  private saved = '';
  private suspected = '';

  constructor(
    private readonly store: BusStateStore,
    private readonly key: string,
  ) {}

  /** Null when nothing was lost. Only `remember` makes it forget the loss. */
  async look(statuses: readonly TopicStatus[], clusterId: string): Promise<Loss | null> {
    if (this.seen === undefined) {
      const saved = await this.store.get(this.key);
      this.saved = saved ?? '';
      this.seen = saved === undefined ? null : readSeen(saved);
    }
    if (this.seen === null)
      return { reason: 'This Kafka was never used by this hub before.', partitions: [] };
    if (this.seen.clusterId !== clusterId)
      return {
        reason: `Kafka is another cluster: ${clusterId} instead of ${this.seen.clusterId}.`,
        partitions: everything(statuses),
      };
    const loss = this.shrunk(statuses) ?? missed(statuses);
    // A leader that has just taken over may be a moment behind: what is true is still true at the next look.
    const confirmed = loss !== null && this.suspected !== '';
    this.suspected = loss?.reason ?? '';
    return confirmed ? loss : null;
  }

  /** Whether something looks lost and is to be looked at once more before anything is remembered. */
  get suspects(): boolean {
    return this.suspected !== '';
  }

  /** Keeps what was seen; the store is asked only now and then. */
  async remember(statuses: readonly TopicStatus[], clusterId: string, now = Date.now()): Promise<void> {
    const ends = Object.fromEntries(
      statuses.map(({ topic, partitions }) => [topic, partitions.map(({ end }) => end)]),
    );
    const isNew = this.seen === null || this.seen === undefined || this.seen.clusterId !== clusterId;
    this.seen = { clusterId, ends };
    this.suspected = '';
    const text = JSON.stringify(this.seen);
    if (text === this.saved || (!isNew && now - this.savedAt < SAVE_EVERY_MS)) return;
    await this.store.set(this.key, text);
    this.saved = text;
    this.savedAt = now;
  }

  private shrunk(statuses: readonly TopicStatus[]): Loss | null {
    const partitions = statuses.flatMap(({ topic, partitions: found }) =>
      found
        .filter(({ partition, end }) => end < (this.seen?.ends[topic]?.[partition] ?? 0))
        .map(({ partition, begin }) => ({ topic, partition, begin })),
    );
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    return partitions.length === 0
      ? null
      : { reason: `${topics.join(' and ')} ended further on before: it was made anew.`, partitions };
  }
}

const SAVE_EVERY_MS = 10_000;

/** A group whose place lies before what is kept, or behind the end. */
function missed(statuses: readonly TopicStatus[]): Loss | null {
  for (const { topic, partitions } of statuses) {
    for (const { partition, committed, begin, end } of partitions) {
      if (committed === null || (committed >= begin && committed <= end)) continue;
      // Spans that nobody took in time are gone for good: there is nothing to send again.
      if (topic === TOPICS.spans && committed < begin) continue;
      const reason = `Messages ${committed} to ${begin} of ${topic}, partition ${partition}, are no longer kept.`;
      return { reason, partitions: committed > end ? [{ topic, partition, begin }] : [] };
    }
  }
  return null;
}

function everything(statuses: readonly TopicStatus[]): LostPartition[] {
  return statuses.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, begin }) => ({ topic, partition, begin })),
  );
}

function readSeen(text: string): Seen | null {
  try {
    return JSON.parse(text) as Seen;
  } catch {
    return null;
  }
}
