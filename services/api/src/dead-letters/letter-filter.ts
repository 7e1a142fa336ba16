import { DEAD_LETTER_STATUSES, type DeadLetterFilter } from '@tutti/contracts';
import type { z } from 'zod';
import { isUuid } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';

type Status = (typeof DEAD_LETTER_STATUSES)[number];

export interface LetterFilter {
  workspaceId: string;
  statuses: Status[] | null;
  topic: string | null;
  reason: string | null;
  trigger: string | null;
  q: string | null;
}

/** The filter of a request; without a status it means all of them. */
export function letterFilterOf(workspaceId: string, query: z.infer<typeof DeadLetterFilter>): LetterFilter {
  return {
    workspaceId,
    statuses: statusesOf(query.status),
    topic: query.topic || null,
    reason: query.reason || null,
    trigger: query.trigger || null,
    q: query.q?.trim() || null,
  };
}

/** The conditions over `dead_letters l`, their parameters, and how to add more of them. */
export function conditionsOf(filter: LetterFilter): {
  sql: string;
  parameters: unknown[];
  add: (value: unknown) => string;
} {
  const parameters: unknown[] = [];
  const add = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = [`l.workspace_id = ${add(filter.workspaceId)}`];
  // One status as a constant, so that the index of the open letters serves.
  const [status, ...more] = filter.statuses ?? [];
  if (status !== undefined && more.length === 0) conditions.push(`l.status = '${status}'`);
  else if (status !== undefined) conditions.push(`l.status = ANY(${add(filter.statuses)}::text[])`);
  if (filter.topic !== null) conditions.push(`l.topic = ${add(filter.topic)}`);
  if (filter.reason !== null) conditions.push(`l.reason = ${add(filter.reason)}`);
  if (filter.trigger !== null)
    conditions.push(
      `l.trigger_id = (SELECT id FROM triggers WHERE workspace_id = $1 AND name = ${add(filter.trigger)})`,
    );
  if (filter.q !== null && isUuid(filter.q)) {
    const id = add(filter.q.toLowerCase());
    conditions.push(
      `(l.id = ${id}::text::uuid OR l.key = ${id}::text OR position(convert_to(${id}, 'UTF8') IN l.payload) > 0)`,
    );
  } else if (filter.q !== null) {
    const text = add(filter.q);
    conditions.push(`(position(lower(${text}) IN lower(l.detail)) > 0 OR position(${text} IN l.key) > 0
      OR position(convert_to(${text}, 'UTF8') IN coalesce(l.edited_payload, l.payload)) > 0)`);
  }
  return { sql: conditions.join(' AND '), parameters, add };
}

function statusesOf(text: string | undefined): Status[] | null {
  if (!text) return null;
  const statuses = text.split(',').map((status) => status.trim()) as Status[];
  const unknown = statuses.find((status) => !DEAD_LETTER_STATUSES.includes(status));
  if (unknown === undefined) return statuses;
  const detail = `"${unknown}" is not a status; they are ${DEAD_LETTER_STATUSES.join(', ')}`;
  throw new ProblemError('invalid-request', `The parameter "status" is not valid: ${detail}.`, {
    more: { errors: [{ parameter: 'status', detail }] },
  });
}
