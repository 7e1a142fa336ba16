import { RUN_STATUSES, type RunStatus } from '@tutti/contracts';
import { decodeIdCursor } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import type { RunFilter } from './runs.queries.js';

export interface RunQuery {
  status?: string | undefined;
  workflow?: string | undefined;
  q?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  parent?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** The filters of a list of runs, out of the query of the request. */
export function runFilterOf(workspaceId: string, query: RunQuery): RunFilter {
  return {
    workspaceId,
    statuses: statusesOf(query.status),
    workflow: workflowOf(query.workflow),
    fromId: idAt('from', query.from),
    toId: idAt('to', query.to),
    q: textOf(query.q),
    parentId: query.parent ?? null,
    beforeId: decodeIdCursor(query.cursor),
    limit: query.limit + 1,
  };
}

function statusesOf(text: string | undefined): RunStatus[] | null {
  if (!text) return null;
  const statuses = text.split(',').map((status) => status.trim()) as RunStatus[];
  const unknown = statuses.find((status) => !RUN_STATUSES.includes(status));
  if (unknown !== undefined)
    throw invalid('status', `"${unknown}" is not a status; they are ${RUN_STATUSES.join(', ')}`);
  return statuses;
}

function workflowOf(text: string | undefined): { namespace: string; name: string } | null {
  if (!text) return null;
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0) throw invalid('workflow', 'write it as namespace/name');
  return { namespace, name };
}

/** The smallest UUIDv7 of an instant. */
function idAt(parameter: 'from' | 'to', text: string | undefined): string | null {
  if (!text) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms < 0)
    throw invalid(parameter, 'write an ISO 8601 instant, such as 2026-01-31T12:00:00Z');
  return firstIdAt(ms);
}

/** The smallest id that a run of that time can have, in epoch milliseconds. */
export function firstIdAt(ms: number): string {
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7000-8000-000000000000`;
}

/** Something that looks like the start of an id is one; anything else is text. */
function textOf(q: string | undefined): RunFilter['q'] {
  const text = q?.trim();
  if (!text) return null;
  const hex = text.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{8,32}$/.test(hex) || !/^[0-9a-f-]+$/i.test(text))
    return { text, lowId: null, highId: null };
  return { text, lowId: dashed(hex.padEnd(32, '0')), highId: dashed(hex.padEnd(32, 'f')) };
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function invalid(parameter: string, detail: string): ProblemError {
  return new ProblemError('invalid-request', `The parameter "${parameter}" is not valid: ${detail}.`, {
    more: { errors: [{ parameter, detail }] },
  });
}
