import type { DeskHistoryEntry, DeskTicket, DeskTicketPriority, DeskTicketStatus } from '@tutti/contracts';
import { z } from 'zod';

const Id = z.int().nonnegative();
const User = z.object({ id: Id, email: z.string().nullable() });
export const Group = z.object({ id: Id, name: z.string() });
export type Group = z.output<typeof Group>;
export const Ticket = z.object({
  id: Id,
  subject: z.string().nullable(),
  status: z.string(),
  priority: z.string().nullable(),
  group_id: Id.nullable(),
  requester_id: Id.nullable(),
  assignee_id: Id.nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Ticket = z.output<typeof Ticket>;
/** What stands beside tickets when it is asked for, so that ids become names. */
export const Beside = z.object({ users: z.array(User).optional(), groups: z.array(Group).optional() });
export type Beside = z.output<typeof Beside>;
export const BESIDE = 'users,groups';
const CursorMeta = z.object({ has_more: z.boolean(), after_cursor: z.string().nullable() });
export type CursorMeta = z.output<typeof CursorMeta>;
export const GroupPage = z.object({ groups: z.array(Group), meta: CursorMeta });

/** Statuses of Zendesk; the first of each is the one that is set. */
export const STATUS: Record<DeskTicketStatus, readonly [string, ...string[]]> = {
  new: ['new'],
  open: ['open'],
  pending: ['pending', 'hold'],
  solved: ['solved'],
  closed: ['closed'],
};

/** The ticket in the words of the contract. */
export function ticketOf(ticket: Ticket, { users = [], groups = [] }: Beside): DeskTicket {
  const emailOf = (id: number | null) => users.find((user) => user.id === id)?.email ?? null;
  return {
    id: String(ticket.id),
    subject: ticket.subject ?? '',
    status: statusOf(ticket.status),
    priority: (ticket.priority ?? 'normal') as DeskTicketPriority,
    queue: groups.find((group) => group.id === ticket.group_id)?.name ?? '',
    requester: emailOf(ticket.requester_id),
    assignee: emailOf(ticket.assignee_id) ?? (ticket.assignee_id === null ? null : `${ticket.assignee_id}`),
    createdAt: ticket.created_at,
    updatedAt: ticket.updated_at,
    version: ticket.updated_at,
  };
}

function statusOf(name: string): DeskTicketStatus {
  const found = Object.entries(STATUS).find(([, names]) => names.includes(name));
  return (found?.[0] as DeskTicketStatus | undefined) ?? 'open';
}

const Value = z.unknown().optional();
const AuditEvent = z.object({
  id: Id,
  type: z.string(),
  public: z.boolean().nullish(),
  field_name: z.string().nullish(),
  value: Value,
  previous_value: Value,
});
export const Audit = z.object({
  id: Id,
  ticket_id: Id,
  created_at: z.string(),
  author_id: Id.nullable(),
  metadata: z.object({ custom: z.record(z.string(), z.unknown()).optional() }).nullish(),
  events: z.array(AuditEvent),
});
export type Audit = z.output<typeof Audit>;
export const AuditPage = z.object({ audits: z.array(Audit), meta: CursorMeta });

/** What one event of an audit says happened. */
export function entryOf(audit: Audit, event: Audit['events'][number]): DeskHistoryEntry {
  return {
    id: String(event.id),
    kind: kindOf(event),
    by: audit.author_id === null ? null : String(audit.author_id),
    at: audit.created_at,
    field: event.field_name ?? null,
    from: text(event.previous_value),
    to: event.field_name == null ? null : text(event.value),
  };
}

function kindOf({ type, public: isPublic, field_name }: Audit['events'][number]): DeskHistoryEntry['kind'] {
  if (type === 'Create') return field_name === 'subject' ? 'created' : 'other';
  if (type === 'Change') return 'change';
  if (type === 'Comment') return isPublic === false ? 'comment' : 'reply';
  return 'other';
}

function text(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
