import { timingSafeEqual } from 'node:crypto';
import {
  REVIEW_STATUSES,
  type ReviewDecision,
  type ReviewDecisionRequest,
  type ReviewDetail,
  type ReviewStatus,
  type ReviewSummary,
  type RunCommand,
  TOPICS,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { RunStore } from '@tutti/store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { foundOutput } from '../discoveries/discoveries.queries.js';
import { type Page, badCursor, decodeCursor, isUuid, pageFrom } from '../database/page.js';
import { parseJson } from '../database/rows.js';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import { type SchemaFinding, compileSchema } from '../schemas/schema-check.js';
import { editsBetween } from './review-edits.js';
import {
  type ReviewDetailRow,
  type ReviewListRow,
  capabilityForm,
  decideReview,
  findReview,
  listReviews,
} from './reviews.queries.js';

export interface ReviewQuery {
  status?: string | undefined;
  workflow?: string | undefined;
  runId?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

export interface DecideReview {
  caller: Caller;
  origin: string;
  reviewId: string;
  request: ReviewDecisionRequest;
}

type Form = Record<string, unknown> | null;

/** Decisions that runs ask of people. */
@Injectable()
export class ReviewsService {
  private readonly logger = new Logger(ReviewsService.name);

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  async list(workspaceId: string, query: ReviewQuery): Promise<Page<ReviewSummary>> {
    const statuses = statusesOf(query.status);
    const runId = query.runId || null;
    if (runId !== null && !isUuid(runId)) return { items: [], nextCursor: null };
    const rows = await listReviews(this.dataSource, {
      workspaceId,
      statuses,
      workflow: query.workflow || null,
      runId,
      after: placeOf(query.cursor),
      limit: query.limit + 1,
      oldestFirst: statuses?.length === 1 && statuses[0] === 'open',
    });
    return pageFrom(rows, query.limit, { item: toSummary, key: (row) => `${row.openedAt} ${row.id}` });
  }

  async detail(workspaceId: string, id: string): Promise<ReviewDetail> {
    const row = await this.rowOf(workspaceId, id);
    return toDetail(row, await this.formOf(row));
  }

  /**
   * One transaction: the review's row, the command for the run's owner and the audit event. Then the owner
   * is told.
   */
  async decide(decide: DecideReview): Promise<ReviewDetail> {
    const { caller, reviewId, request } = decide;
    const row = await this.rowOf(caller.workspaceId, reviewId);
    // A decided review shows no token any more, so that it is decided is said first.
    if (row.status !== 'open') throw alreadyDecided(row);
    checkToken(row, request.token);
    const decision = await this.decisionOf(row, request, caller.subject);
    const status: ReviewStatus = decision.approved ? 'approved' : 'rejected';
    const command: RunCommand = { kind: 'review.decided', by: caller.subject, reviewId, decision };
    const commandId = await this.dataSource.transaction(async (manager) => {
      const won = await decideReview(manager, {
        workspaceId: caller.workspaceId,
        id: reviewId,
        status,
        by: caller.subject,
        decision: JSON.stringify(decision),
      });
      if (!won) throw alreadyDecided((await findReview(manager, caller.workspaceId, reviewId)) ?? row);
      await this.audit.append(manager, {
        caller,
        origin: decide.origin,
        action: `review.${status}`,
        target: `review:${reviewId}`,
        before: { status: 'open' },
        after: { status, runId: row.runId, edits: decision.edits, comment: decision.comment },
      });
      return this.store.submitCommand(
        { workspaceId: caller.workspaceId, runId: row.runId },
        command,
        manager,
      );
    });
    await this.bus.publish(TOPICS.runInbox, [
      { kind: 'run.commanded', runId: row.runId, commandId, command },
    ]);
    await this.bus.publish(TOPICS.lifecycle, [
      { kind: 'review.changed', reviewId, runId: row.runId, workspaceId: caller.workspaceId, status },
    ]);
    return this.detail(caller.workspaceId, reviewId);
  }

  private async decisionOf(
    row: ReviewDetailRow,
    request: ReviewDecisionRequest,
    by: string,
  ): Promise<ReviewDecision> {
    const before = parseJson(row.data);
    const data = request.data === undefined ? before : request.data;
    const edits = editsBetween(before, data);
    // What nobody edited came from the run and may be incomplete: that can be the very reason for the review.
    if (edits.length > 0 && request.decision === 'approve') this.checkData(row, await this.formOf(row), data);
    return {
      approved: request.decision === 'approve',
      data,
      edits,
      by,
      at: new Date().toISOString(),
      ...(request.comment === undefined || request.comment === '' ? {} : { comment: request.comment }),
    };
  }

  private checkData(row: ReviewDetailRow, form: Form, data: unknown): void {
    if (form === null) return;
    const findings = this.findingsOf(row, form, data);
    if (findings.length === 0) return;
    throw new ProblemError(
      'invalid-input',
      `The edited data does not match the review's form in ${counted(findings.length, 'place')}.`,
      { more: { errors: findings.map((finding) => ({ ...finding, pointer: `/data${finding.pointer}` })) } },
    );
  }

  private findingsOf(row: ReviewDetailRow, form: Record<string, unknown>, data: unknown): SchemaFinding[] {
    try {
      return compileSchema(form)(data);
    } catch (error) {
      // A form that is no valid schema must not lock the person out of deciding; the workflow's author has
      // to mend it.
      this.logger.warn(
        `The form of the review ${row.id} (task ${row.task}) is not a valid JSON Schema: ` +
          (error as Error).message,
      );
      return [];
    }
  }

  private async formOf(row: ReviewDetailRow): Promise<Form> {
    const form = parseJson<Record<string, unknown>>(row.form);
    const capability = form?.$capability;
    if (typeof capability !== 'string') return form;
    const output = await capabilityForm(this.dataSource, capability);
    return output ?? foundOutput(this.dataSource, row.runId, capability);
  }

  private async rowOf(workspaceId: string, id: string): Promise<ReviewDetailRow> {
    const row = isUuid(id) ? await findReview(this.dataSource, workspaceId, id) : undefined;
    if (row === undefined) throw new ProblemError('not-found', `There is no review ${id.slice(0, 64)}.`);
    return row;
  }
}

function checkToken(row: ReviewDetailRow, token: string): void {
  const [given, wanted] = [Buffer.from(token), Buffer.from(row.token)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new ProblemError(
      'forbidden',
      'The token is not the one of this review. Read the review again (GET /v1/reviews/{id}) and send its token.',
    );
  }
}

function alreadyDecided(row: ReviewDetailRow): ProblemError {
  const by = row.decidedBy === null ? '' : ` by ${row.decidedBy}`;
  return new ProblemError(
    'already-decided',
    `The review is ${row.status}${by}${row.decidedAt === null ? '' : ` since ${row.decidedAt}`}; a decision is made once.`,
    { more: { review: { status: row.status, decidedBy: row.decidedBy, decidedAt: row.decidedAt } } },
  );
}

/** Where the page before ended: when its last review was opened, and its id. */
function placeOf(cursor: string | undefined): { openedAt: string; id: string } | null {
  const key = decodeCursor(cursor);
  if (key === null) return null;
  const [openedAt, id, ...more] = key.split(' ');
  if (!openedAt || !id || more.length > 0 || Number.isNaN(Date.parse(openedAt)) || !isUuid(id))
    throw badCursor();
  return { openedAt, id };
}

function statusesOf(text: string | undefined): ReviewStatus[] | null {
  if (!text) return null;
  const statuses = text.split(',').map((status) => status.trim()) as ReviewStatus[];
  const unknown = statuses.find((status) => !REVIEW_STATUSES.includes(status));
  if (unknown !== undefined) {
    throw new ProblemError(
      'invalid-request',
      `The parameter "status" is not valid: "${unknown}" is not a status; they are ${REVIEW_STATUSES.join(', ')}.`,
    );
  }
  return statuses;
}

function toSummary(row: ReviewListRow): ReviewSummary {
  const {
    id,
    runId,
    title,
    because,
    status,
    namespace,
    name,
    version,
    task,
    openedAt,
    dueAt,
    decidedAt,
    decidedBy,
  } = row;
  return {
    id,
    runId,
    title,
    because,
    status,
    workflow: { namespace, name, version },
    task,
    openedAt,
    dueAt,
    decidedAt,
    decidedBy,
  };
}

function toDetail(row: ReviewDetailRow, form: Form): ReviewDetail {
  return {
    ...toSummary(row),
    form,
    data: parseJson(row.data),
    context: parseJson(row.context),
    document: parseJson(row.document),
    decision: parseJson(row.decision),
    token: row.status === 'open' ? row.token : null,
  };
}
