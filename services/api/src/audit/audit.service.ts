import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import { type Queryable, parseJson } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { type AuditRow, chainEnd, insertAuditEvent, listAuditEvents, lockChain } from './audit.queries.js';

export interface AuditEntry {
  caller: Caller;
  /** The address the request came from. */
  origin: string;
  action: string;
  /** `kind:name` of what was changed. */
  target: string;
  before?: unknown;
  after?: unknown;
}

export interface AuditEventItem {
  id: string;
  at: string;
  subject: string;
  action: string;
  target: string;
  before: unknown;
  after: unknown;
  origin: string | null;
  hash: string;
  previousHash: string | null;
}

/**
 * Who did what. Each event holds the hash of the one before, so that one taken away or changed later shows.
 */
@Injectable()
export class AuditService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /**
   * Writes an event into the caller's transaction: what happened and its record are committed together, or
   * neither.
   */
  async append(database: Queryable, entry: AuditEntry): Promise<void> {
    const { workspaceId, subject } = entry.caller;
    await lockChain(database, workspaceId);
    const end = await chainEnd(database, workspaceId);
    const facts = {
      at: end.at,
      subject,
      action: entry.action,
      target: entry.target,
      before: text(entry.before),
      after: text(entry.after),
      origin: entry.origin,
    };
    await insertAuditEvent(database, workspaceId, {
      ...facts,
      previousHash: end.hash,
      hash: auditHash(workspaceId, facts, end.hash),
    });
  }

  async list(
    workspaceId: string,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<Page<AuditEventItem>> {
    const cursor = decodeCursor(query.cursor);
    if (cursor !== null && !/^\d{1,18}$/.test(cursor))
      throw new ProblemError('invalid-request', 'The cursor is not one that this list gave.');
    const rows = await listAuditEvents(this.dataSource, {
      workspaceId,
      beforeId: cursor,
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: toItem, key: (row) => row.id });
  }
}

/**
 * SHA-256 over the hash before and every field, as JSON so that no two different events give the same text.
 */
export function auditHash(
  workspaceId: string,
  facts: Omit<AuditRow, 'hash' | 'previousHash'>,
  previous: Buffer | null,
): Buffer {
  const { at, subject, action, target, before, after, origin } = facts;
  const body = JSON.stringify([workspaceId, at, subject, action, target, before, after, origin]);
  return createHash('sha256')
    .update(previous ?? Buffer.alloc(0))
    .update(body)
    .digest();
}

function text(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function toItem(row: AuditRow & { id: string }): AuditEventItem {
  const { id, at, subject, action, target, origin } = row;
  return {
    id,
    at,
    subject,
    action,
    target,
    before: parseJson(row.before),
    after: parseJson(row.after),
    origin,
    hash: row.hash.toString('hex'),
    previousHash: row.previousHash?.toString('hex') ?? null,
  };
}
