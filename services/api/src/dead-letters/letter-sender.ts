import { TOPICS, type Topic } from '@tutti/contracts';
import { Bus, type TopicMessages } from '@tutti/bus';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { isUuid } from '../database/page.js';
import type { Queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import {
  type BusMessage,
  type Unreadable,
  hubTopicOf,
  ownerOf,
  readBusMessage,
  sentHashOf,
} from './bus-letter.js';
import {
  DEAD_LETTER_REDRIVERS,
  type DeadLetterRedriver,
  type RedrivableLetter,
} from './dead-letter.redriver.js';
import {
  type LetterDetailRow,
  type LetterRun,
  referredPayload,
  runsOfLetters,
} from './dead-letters.queries.js';
import { NOT_STARTED, putStartBack, readStartLetter, type StartAgain, STARTS_TOPIC } from './start-letter.js';

/** Longer than a broker takes to elect another leader, shorter than anybody waits for a page. */
const ACK_MS_MAX = 10_000;
const REFERENCE_HEADER = 'tutti-payload';

type Prepared =
  { bus: BusMessage } | { trigger: RedrivableLetter } | { start: StartAgain } | { refusal: Unreadable };

/** What became of the letters of one batch. */
export interface Sent {
  done: { id: string; hash: Buffer | null }[];
  /** Not sent: the message is not one that can be. */
  refused: { id: string; detail: string }[];
  /** Handled once more, and failed again. */
  failed: { id: string; reason: string; detail: string }[];
}

/** Makes messages of letters and sends them: to the bus, or to the trigger whose letter it is. */
@Injectable()
export class LetterSender {
  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Optional() @Inject(DEAD_LETTER_REDRIVERS) private readonly redriver: DeadLetterRedriver | null = null,
  ) {}

  /** Why these letters cannot be sent again as they are now; letters that can are missing in the answer. */
  async check(database: Queryable, rows: readonly LetterDetailRow[]): Promise<Map<string, Unreadable>> {
    const found = new Map<string, Unreadable>();
    for (const [row, prepared] of await this.prepareAll(database, rows)) {
      if ('refusal' in prepared) found.set(row.id, prepared.refusal);
      if (!('trigger' in prepared)) continue;
      const detail = await this.redriver?.check(prepared.trigger);
      if (detail) found.set(row.id, { detail, errors: [] });
    }
    return found;
  }

  /**
   * Resolves once every message is acknowledged. Throws when that cannot be had: then nothing may be marked,
   * though some of the messages may arrive; what handles them recognises a repeat.
   */
  async send(database: Queryable, rows: readonly LetterDetailRow[]): Promise<Sent> {
    const sent: Sent = { done: [], refused: [], failed: [] };
    const toBus: { id: string; bus: BusMessage }[] = [];
    for (const [{ id }, prepared] of await this.prepareAll(database, rows)) {
      if ('refusal' in prepared) sent.refused.push({ id, detail: sentenceOf(prepared.refusal) });
      else if ('bus' in prepared) toBus.push({ id, bus: prepared.bus });
      else if ('start' in prepared) await this.startAgain(database, prepared.start, sent);
      else await this.sendToTrigger(prepared.trigger, sent);
    }
    await this.publish(toBus.map(({ bus }) => bus));
    for (const { id, bus } of toBus) sent.done.push({ id, hash: sentHashOf(bus) });
    return sent;
  }

  private async sendToTrigger(letter: RedrivableLetter, sent: Sent): Promise<void> {
    const outcome = await (this.redriver as DeadLetterRedriver).redrive(letter);
    if (outcome.status === 'accepted') sent.done.push({ id: letter.id, hash: null });
    else sent.failed.push({ id: letter.id, reason: outcome.reason, detail: outcome.detail });
  }

  private async startAgain(database: Queryable, start: StartAgain, sent: Sent): Promise<void> {
    const wrong = await putStartBack(database, start);
    if (wrong === null) sent.done.push({ id: start.letterId, hash: null });
    else sent.failed.push({ id: start.letterId, reason: NOT_STARTED, detail: wrong });
  }

  private async publish(messages: readonly BusMessage[]): Promise<void> {
    if (messages.length === 0) return;
    if (!this.bus.status().connected) throw busAway();
    const sending = Object.values(TOPICS).flatMap((topic) => {
      const ofTopic = messages.filter((each) => each.topic === topic).map(({ message }) => message);
      return ofTopic.length === 0 ? [] : [this.publishTo(topic, ofTopic)];
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(busAway()), ACK_MS_MAX);
    });
    // A bus rejects only when it is closed: this process is about to end, and another one can be asked.
    const acknowledged = Promise.all(sending).catch(() => Promise.reject(busAway()));
    await Promise.race([acknowledged, late]).finally(() => clearTimeout(timer));
  }

  private publishTo<T extends Topic>(topic: T, messages: readonly unknown[]): Promise<void> {
    return this.bus.publish(topic, messages as readonly TopicMessages[T][]);
  }

  private async prepareAll(
    database: Queryable,
    rows: readonly LetterDetailRow[],
  ): Promise<[LetterDetailRow, Prepared][]> {
    const prepared: [LetterDetailRow, Prepared][] = [];
    for (const row of rows) prepared.push([row, await this.prepare(database, row)]);
    const runIds = prepared.flatMap(([, each]) => ('bus' in each ? (ownerOf(each.bus).runId ?? []) : []));
    const runs = new Map((await runsOfLetters(database, runIds.filter(isUuid))).map((run) => [run.id, run]));
    return prepared.map(([row, each]) => [row, 'bus' in each ? ownedBy(row.workspaceId, each, runs) : each]);
  }

  private async prepare(database: Queryable, row: LetterDetailRow): Promise<Prepared> {
    const headers = JSON.parse(row.headers) as Record<string, string>;
    const payload = row.editedPayload ?? (await originalPayload(database, row));
    if (row.triggerId === null && row.topic === STARTS_TOPIC) {
      const start = readStartLetter(row, payload);
      return typeof start === 'string' ? refused(start) : { start };
    }
    if (row.triggerId === null) {
      const topic = hubTopicOf(row.topic);
      if (topic === undefined) return refused(`"${row.topic}" is not a topic of this hub.`);
      const read = readBusMessage(topic, headers, payload);
      return 'topic' in read ? { bus: read } : { refusal: read };
    }
    if (this.redriver === null)
      return refused('Triggers do not run in this process, so it cannot be handled here.');
    const { id, workspaceId, triggerId, topic, partition, offset, key, createdAt } = row;
    return {
      trigger: { id, workspaceId, triggerId, topic, partition, offset, key, headers, payload, createdAt },
    };
  }
}

/** The payload as it came; a record with a large one only refers to it. */
export async function originalPayload(database: Queryable, row: LetterDetailRow): Promise<Buffer> {
  if (row.payload.length > 0) return row.payload;
  const reference = (JSON.parse(row.headers) as Record<string, string>)[REFERENCE_HEADER];
  const kept =
    reference !== undefined && isUuid(reference) ? await referredPayload(database, reference) : undefined;
  return kept ?? row.payload;
}

/** What is wrong with a letter, in one sentence that has the first place. */
export function sentenceOf({ detail, errors }: Unreadable): string {
  const [first] = errors;
  if (first === undefined) return detail;
  const { line, column } = first as { line?: number; column?: number };
  const at = line === undefined ? '' : ` (line ${line}:${column})`;
  return `${detail} ${first.pointer ? `${first.pointer}: ` : ''}${first.detail}${at}`;
}

/** An edited message must not reach into another workspace. */
function ownedBy(
  workspaceId: string,
  prepared: { bus: BusMessage },
  runs: ReadonlyMap<string, LetterRun>,
): Prepared {
  const owner = ownerOf(prepared.bus);
  if (owner.workspaceId !== undefined && owner.workspaceId !== workspaceId)
    return refused('The message is for another workspace.', '/workspaceId');
  const run = owner.runId === undefined ? undefined : runs.get(owner.runId);
  if (run !== undefined && run.workspaceId !== workspaceId)
    return refused('The message is for a run of another workspace.', '/runId');
  return prepared;
}

function refused(detail: string, pointer?: string): { refusal: Unreadable } {
  return { refusal: { detail, errors: pointer === undefined ? [] : [{ pointer, detail }] } };
}

function busAway(): ProblemError {
  return new ProblemError(
    'unavailable',
    'The bus did not acknowledge in time, so nothing was marked as redriven. Try again when it is back; ' +
      'should a message have arrived all the same, the hub recognises the repeat.',
    { headers: { 'retry-after': '5' } },
  );
}
