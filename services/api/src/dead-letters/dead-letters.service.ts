import { createHash } from 'node:crypto';
import type {
  DeadLetterDetail,
  DeadLetterEdit,
  DeadLetterItem,
  DeadLetterListQuery,
  Problem,
  RunStatus,
} from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeIdCursor, isUuid, pageFrom } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { PAYLOAD_BYTES_MAX, type Unreadable } from './bus-letter.js';
import {
  type LetterDetailRow,
  type LetterRow,
  editLetter,
  findLetter,
  listLetters,
  reopenLetter,
  runsOfLetters,
} from './dead-letters.queries.js';
import { letterFilterOf } from './letter-filter.js';
import { editedBytes, payloadView } from './letter-payload.js';
import { LetterSender, originalPayload, sentenceOf } from './letter-sender.js';
import { type Asker, RedriveService } from './redrive.service.js';

/** Larger payloads stand in the audit log by their hash: it is for people, and kept for long. */
const AUDITED_BYTES_MAX = 8 * 1024;

export interface LetterRequest extends Asker {
  id: string;
}

/**
 * Messages that could not be handled: seen, edited, sent again or put aside. Nothing is ever deleted here.
 */
@Injectable()
export class DeadLettersService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RedriveService) private readonly redriving: RedriveService,
    @Inject(LetterSender) private readonly sender: LetterSender,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  async list(workspaceId: string, query: z.infer<typeof DeadLetterListQuery>): Promise<Page<DeadLetterItem>> {
    const rows = await listLetters(this.dataSource, letterFilterOf(workspaceId, query), {
      beforeId: decodeIdCursor(query.cursor),
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: toItem, key: (row) => row.id });
  }

  async detail(workspaceId: string, id: string): Promise<DeadLetterDetail> {
    const row = await this.rowOf(workspaceId, id);
    const problems = await this.sender.check(this.dataSource, [row]);
    const problem = problems.get(id);
    const payload = await originalPayload(this.dataSource, row);
    return {
      ...toItem(row),
      bytes: payload.length,
      headers: JSON.parse(row.headers) as Record<string, string>,
      payload: payloadView(payload),
      editedPayload: row.editedPayload === null ? null : payloadView(row.editedPayload),
      run: await this.runOf(row),
      problem: problem === undefined ? null : sentenceOf(problem),
    };
  }

  /** Keeps the original; a payload that the topic does not take is refused with its places. */
  async edit(at: LetterRequest, edit: DeadLetterEdit): Promise<DeadLetterDetail> {
    const payload = editedBytes(edit);
    if (payload.length > PAYLOAD_BYTES_MAX)
      throw new ProblemError('payload-too-large', `A payload holds at most ${PAYLOAD_BYTES_MAX} bytes.`);
    return this.change(at, payload);
  }

  /** The original is what a redrive sends again. */
  restore(at: LetterRequest): Promise<DeadLetterDetail> {
    return this.change(at, null);
  }

  async redrive(at: LetterRequest): Promise<DeadLetterDetail> {
    await this.openRowOf(at);
    const { done, refused, failed } = await this.redriving.redrive(at, [at.id]);
    if (done.length === 1) return this.detail(at.caller.workspaceId, at.id);
    const [why] = [...refused, ...failed];
    if (why === undefined) throw await this.notOpen(at);
    const problems = await this.sender.check(this.dataSource, [
      await this.rowOf(at.caller.workspaceId, at.id),
    ]);
    throw unfit(problems.get(at.id) ?? { detail: `It failed again: ${why.detail}`, errors: [] });
  }

  async discard(at: LetterRequest): Promise<DeadLetterDetail> {
    await this.openRowOf(at);
    if ((await this.redriving.discard(at, [at.id])).length === 0) throw await this.notOpen(at);
    return this.detail(at.caller.workspaceId, at.id);
  }

  async reopen(at: LetterRequest): Promise<DeadLetterDetail> {
    const { workspaceId } = at.caller;
    const row = await this.rowOf(workspaceId, at.id);
    await this.dataSource.transaction(async (manager) => {
      if (!(await reopenLetter(manager, workspaceId, at.id))) {
        throw new ProblemError(
          'conflict',
          row.status === 'open'
            ? 'The letter is open already.'
            : 'The letter was sent again, so it stays closed.',
        );
      }
      await this.audit.append(manager, {
        caller: at.caller,
        origin: at.origin,
        action: 'dead-letter.reopened',
        target: `dead-letter:${at.id}`,
      });
    });
    return this.detail(workspaceId, at.id);
  }

  private async change(at: LetterRequest, payload: Buffer | null): Promise<DeadLetterDetail> {
    const { workspaceId } = at.caller;
    const row = await this.openRowOf(at);
    if (payload !== null) {
      const problems = await this.sender.check(this.dataSource, [{ ...row, editedPayload: payload }]);
      const problem = problems.get(at.id);
      if (problem !== undefined) throw unfit(problem);
    }
    await this.dataSource.transaction(async (manager) => {
      if (!(await editLetter(manager, { workspaceId, id: at.id, payload }))) throw await this.notOpen(at);
      await this.audit.append(manager, {
        caller: at.caller,
        origin: at.origin,
        action: payload === null ? 'dead-letter.restored' : 'dead-letter.edited',
        target: `dead-letter:${at.id}`,
        before: audited(row.editedPayload ?? row.payload),
        after: audited(payload ?? row.payload),
      });
    });
    return this.detail(workspaceId, at.id);
  }

  /** The run by the key, else by what the payload says. */
  private async runOf(row: LetterDetailRow): Promise<DeadLetterDetail['run']> {
    const ids = [row.key, runIdIn(row.editedPayload ?? row.payload)].filter(
      (id) => id !== null && isUuid(id),
    );
    const runs = await runsOfLetters(this.dataSource, ids as string[]);
    const run = runs.find(({ workspaceId }) => workspaceId === row.workspaceId);
    if (run === undefined) return null;
    const { id, status, namespace, name } = run;
    return { id, status: status as RunStatus, workflow: { namespace, name } };
  }

  private async rowOf(workspaceId: string, id: string): Promise<LetterDetailRow> {
    const row = isUuid(id) ? await findLetter(this.dataSource, workspaceId, id) : undefined;
    if (row === undefined)
      throw new ProblemError('not-found', `There is no dead letter "${id.slice(0, 64)}".`);
    return row;
  }

  private async openRowOf(at: LetterRequest): Promise<LetterDetailRow> {
    const row = await this.rowOf(at.caller.workspaceId, at.id);
    if (row.status !== 'open') throw closed(row);
    return row;
  }

  private async notOpen(at: LetterRequest): Promise<ProblemError> {
    const row = await this.rowOf(at.caller.workspaceId, at.id);
    if (row.status !== 'open') return closed(row);
    return new ProblemError('conflict', 'Somebody else is at this letter right now. Look again in a moment.');
  }
}

function closed({ status, resolvedBy }: LetterRow): ProblemError {
  const fix = status === 'discarded' ? ' Reopen it first.' : '';
  return new ProblemError('conflict', `The letter was ${status} by ${resolvedBy ?? 'somebody'}.${fix}`);
}

function unfit({ detail, errors }: Unreadable): ProblemError {
  const more: Partial<Problem> = errors.length === 0 ? {} : { errors };
  return new ProblemError('invalid-input', detail, { more });
}

function audited(payload: Buffer): unknown {
  if (payload.length <= AUDITED_BYTES_MAX) return { payload: payloadView(payload).text };
  return { bytes: payload.length, sha256: createHash('sha256').update(payload).digest('hex') };
}

function runIdIn(payload: Buffer): string | null {
  return (
    /"runId"\s*:\s*"([0-9a-f-]{36})"/i.exec(payload.subarray(0, 64 * 1024).toString('latin1'))?.[1] ?? null
  );
}

function toItem(row: LetterRow): DeadLetterItem {
  const { id, topic, partition, offset, key, reason, detail, status, bytes, edited, redrives } = row;
  const trigger = row.triggerId === null ? null : { id: row.triggerId, name: row.triggerName };
  const { createdAt, resolvedAt, resolvedBy } = row;
  return {
    id,
    topic,
    partition,
    offset,
    key,
    reason,
    detail,
    status,
    bytes,
    edited,
    redrives,
    trigger,
    createdAt,
    resolvedAt,
    resolvedBy,
  };
}
