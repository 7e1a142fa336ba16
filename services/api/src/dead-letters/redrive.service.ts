import { DEAD_LETTERS_BATCH_MAX, type DeadLetterBatch, type DeadLetterSelection } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { decodeIdCursor, encodeCursor } from '../database/page.js';
import type { Queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import {
  type LetterDetailRow,
  claimForRedrive,
  countLetters,
  discardLetters,
  failAgain,
  findLetters,
  openLetterIds,
  recordSent,
  unclaim,
} from './dead-letters.queries.js';
import { letterFilterOf } from './letter-filter.js';
import { LetterSender, type Sent } from './letter-sender.js';

export interface Asker {
  caller: Caller;
  /** The address the request came from. */
  origin: string;
}

/** The letters of one request. */
interface Chosen {
  ids: string[];
  matched: number;
  nextCursor: string | null;
}

/** Sends letters again and discards them, a bounded batch at a time, each letter once whoever asks. */
@Injectable()
export class RedriveService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(LetterSender) private readonly sender: LetterSender,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  async redriveMany(asker: Asker, selection: DeadLetterSelection, plan: boolean): Promise<DeadLetterBatch> {
    const chosen = await this.choose(asker.caller.workspaceId, selection);
    const rows = await findLetters(this.dataSource, asker.caller.workspaceId, chosen.ids);
    if (!plan) {
      const { done, refused, failed } = await this.redrive(asker, chosen.ids);
      return batchOf(chosen, rows, { plan, done: done.length, refused: [...refused, ...failed] });
    }
    const open = rows.filter(({ status }) => status === 'open');
    const problems = await this.sender.check(this.dataSource, open);
    const refused = [...problems].map(([id, { detail }]) => ({ id, detail }));
    return batchOf(chosen, rows, { plan, done: open.length - refused.length, refused });
  }

  async discardMany(asker: Asker, selection: DeadLetterSelection, plan: boolean): Promise<DeadLetterBatch> {
    const chosen = await this.choose(asker.caller.workspaceId, selection);
    const rows = await findLetters(this.dataSource, asker.caller.workspaceId, chosen.ids);
    const open = rows.filter(({ status }) => status === 'open').length;
    const done = plan ? open : (await this.discard(asker, chosen.ids)).length;
    return batchOf(chosen, rows, { plan, done, refused: [] });
  }

  /**
   * The mark, the sending and the record of it in one transaction: the mark is taken first, so that a second
   * request finds nothing to do, and committed only after the acknowledgement.
   */
  redrive(asker: Asker, ids: readonly string[]): Promise<Sent> {
    const { workspaceId, subject } = asker.caller;
    return this.dataSource.transaction(async (manager) => {
      const rows = await claimForRedrive(manager, { workspaceId, ids, subject });
      const sent = await this.sender.send(manager, rows);
      await unclaim(
        manager,
        sent.refused.map(({ id }) => id),
      );
      for (const letter of sent.failed) await failAgain(manager, letter);
      await recordSent(
        manager,
        sent.done.flatMap(({ id, hash }) => (hash === null ? [] : [{ id, hash }])),
      );
      await this.note(manager, asker, { action: 'redriven', ids: sent.done.map(({ id }) => id) });
      await this.note(manager, asker, { action: 'failed-again', ids: sent.failed.map(({ id }) => id) });
      return sent;
    });
  }

  discard(asker: Asker, ids: readonly string[]): Promise<string[]> {
    const { workspaceId, subject } = asker.caller;
    return this.dataSource.transaction(async (manager) => {
      const done = await discardLetters(manager, { workspaceId, ids, subject });
      await this.note(manager, asker, { action: 'discarded', ids: done });
      return done;
    });
  }

  private async note(
    manager: Queryable,
    { caller, origin }: Asker,
    { action, ids }: { action: string; ids: string[] },
  ): Promise<void> {
    const [first] = ids;
    if (first === undefined) return;
    const target = ids.length === 1 ? `dead-letter:${first}` : `dead-letters:${ids.length}`;
    await this.audit.append(manager, {
      caller,
      origin,
      action: `dead-letter.${action}`,
      target,
      ...(ids.length > 1 ? { after: { ids } } : {}),
    });
  }

  private async choose(workspaceId: string, { ids, filter, cursor }: DeadLetterSelection): Promise<Chosen> {
    if ((ids === undefined) === (filter === undefined)) {
      throw new ProblemError(
        'invalid-request',
        'Say which letters: either "ids", or "filter" ({} means every open letter).',
      );
    }
    if (ids !== undefined) return { ids: [...new Set(ids)], matched: new Set(ids).size, nextCursor: null };
    const wanted = letterFilterOf(workspaceId, { ...filter, status: 'open' });
    const afterId = decodeIdCursor(cursor);
    const matched = await countLetters(this.dataSource, wanted, afterId);
    const found = await openLetterIds(this.dataSource, wanted, { afterId, limit: DEAD_LETTERS_BATCH_MAX });
    const last = found.at(-1);
    return { ids: found, matched, nextCursor: matched > found.length && last ? encodeCursor(last) : null };
  }
}

function batchOf(
  { ids, matched, nextCursor }: Chosen,
  rows: readonly LetterDetailRow[],
  { plan, done, refused }: Pick<DeadLetterBatch, 'plan' | 'done' | 'refused'>,
): DeadLetterBatch {
  const groups = new Map<string, DeadLetterBatch['groups'][number]>();
  for (const { topic, reason } of rows) {
    const group = groups.get(`${topic}\n${reason}`) ?? { topic, reason, count: 0 };
    group.count += 1;
    groups.set(`${topic}\n${reason}`, group);
  }
  const skipped = ids.length - done - refused.length;
  return { plan, matched, done, refused, skipped, groups: [...groups.values()], nextCursor };
}
