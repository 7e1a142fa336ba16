import { z } from 'zod';

const Id = z.string().min(1).max(200);
const Text = z.string().min(1).max(100_000);
const Instant = z.iso.datetime();
const Subject = z.string().min(1).max(500);
/** Changes with every change of the ticket; a change that expects another version is refused (409). */
const Version = z.string().min(1).max(200);

/** Where a ticket stands: `pending` waits for the requester, `solved` may be opened again, `closed` not. */
export const DeskTicketStatus = z.enum(['new', 'open', 'pending', 'solved', 'closed']);
export type DeskTicketStatus = z.infer<typeof DeskTicketStatus>;
export const DeskTicketPriority = z.enum(['low', 'normal', 'high', 'urgent']);
export type DeskTicketPriority = z.infer<typeof DeskTicketPriority>;

/** A request of a customer or colleague at a service desk. */
export const DeskTicket = z
  .object({
    id: Id,
    subject: z.string(),
    status: DeskTicketStatus,
    priority: DeskTicketPriority,
    queue: z.string().describe('The queue, group or project it is in'),
    requester: z.string().nullable().describe('E-mail of who asked'),
    assignee: z.string().nullable().describe('Login or e-mail of who works on it; null: nobody'),
    createdAt: Instant,
    updatedAt: Instant,
    version: Version,
  })
  .meta({ id: 'DeskTicket' });
export type DeskTicket = z.infer<typeof DeskTicket>;

/** Input of `desk.ticket.create`. */
export const DeskTicketCreateInput = z.object({
  subject: Subject,
  body: Text,
  requester: z.email(),
  queue: z.string().min(1).max(200).optional().describe('Absent: the one of the connection'),
  priority: DeskTicketPriority.default('normal'),
});
export const DeskTicketCreateOutput = z.object({ ticket: DeskTicket });

export const DeskTicketGetInput = z.object({ id: Id });
export const DeskTicketGetOutput = z.object({ ticket: DeskTicket.nullable() });

/** Input of `desk.ticket.find`: a ticket is found when all that are given match. */
export const DeskTicketFindInput = z.object({
  text: z.string().min(1).max(500).optional().describe('A part of the subject'),
  requester: z.string().min(1).max(200).optional(),
  assignee: z.string().min(1).max(200).nullable().optional().describe('null: assigned to nobody'),
  queue: z.string().min(1).max(200).optional(),
  status: z.array(DeskTicketStatus).min(1).optional(),
  limit: z.int().min(1).max(100).default(20),
});
/** The newest first. */
export const DeskTicketFindOutput = z.object({ tickets: z.array(DeskTicket) });

/** Input of `desk.ticket.update`: the fields that are given are changed. */
export const DeskTicketUpdateInput = z.object({
  id: Id,
  subject: Subject.optional(),
  status: DeskTicketStatus.optional(),
  priority: DeskTicketPriority.optional(),
  queue: z.string().min(1).max(200).optional(),
  assignee: z.string().min(1).max(200).nullable().optional().describe('null: nobody'),
  expectedVersion: Version.optional(),
});
export const DeskTicketUpdateOutput = z.object({ ticket: DeskTicket });

/** Input of `desk.ticket.assign`. */
export const DeskTicketAssignInput = z.object({
  id: Id,
  assignee: z.string().min(1).max(200).nullable().describe('null: nobody'),
});
/** Input of `desk.ticket.close`: the ticket is solved. */
export const DeskTicketCloseInput = z.object({ id: Id });

/** A message on a ticket: a `reply` goes to the requester, a `comment` is seen by the desk only. */
export const DeskMessage = z
  .object({ id: Id, ticketId: Id, kind: z.enum(['reply', 'comment']), createdAt: Instant })
  .meta({ id: 'DeskMessage' });
export type DeskMessage = z.infer<typeof DeskMessage>;
/** Input of `desk.ticket.reply` and `desk.ticket.comment`. */
export const DeskMessageInput = z.object({ id: Id, body: Text });
export const DeskMessageOutput = z.object({ message: DeskMessage });

/** Something that happened to a ticket. */
export const DeskHistoryEntry = z
  .object({
    id: Id,
    kind: z.enum(['created', 'reply', 'comment', 'change', 'other']),
    by: z.string().nullable(),
    at: Instant,
    field: z.string().nullable().describe('Of a change, as the system names it'),
    from: z.string().nullable(),
    to: z.string().nullable(),
  })
  .meta({ id: 'DeskHistoryEntry' });
export type DeskHistoryEntry = z.infer<typeof DeskHistoryEntry>;
export const DeskTicketHistoryInput = z.object({ id: Id, limit: z.int().min(1).max(100).default(50) });
/** The oldest first. */
export const DeskTicketHistoryOutput = z.object({ entries: z.array(DeskHistoryEntry) });
