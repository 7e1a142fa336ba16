import { createHash } from 'node:crypto';
import type {
  DeskHistoryEntry,
  DeskMessage,
  DeskTicket,
  DeskTicketCreateInput,
  DeskTicketFindInput,
  DeskTicketUpdateInput,
} from '@tutti/contracts';
import { isClassifiedError, PermanentError, type HttpPort } from '@tutti/plugin-sdk';
import { neededTicket, unmetChanges, type DeskSystem } from '@tutti/plugin-sdk/desk';
import { z } from 'zod';
import type { Settings } from './settings.js';
import { quoted, ticketSql } from './ticket-sql.js';
import { priorityOf, RT_PRIORITY, RT_STATUS, statusOf } from './words.js';

/** What every call works with. */
export interface Call {
  http: HttpPort;
  settings: Settings;
  idempotencyKey: string;
}
/** What only reads. */
type Asking = Pick<Call, 'http'>;

const Numeral = z.union([z.int(), z.string()]).transform(String);
const Person = z.object({ id: z.string() });
/** A ticket as RT tells it, when it is asked for `FIELDS`. */
export const Ticket = z.object({
  id: Numeral,
  Subject: z.string().nullable(),
  Status: z.string(),
  Priority: Numeral,
  Queue: z.object({ Name: z.string() }),
  Requestor: z.array(Person),
  Owner: Person,
  Created: z.string(),
  LastUpdated: z.string(),
});
export type Ticket = z.output<typeof Ticket>;
export const FIELDS = {
  fields: 'Subject,Status,Priority,Queue,Requestor,Owner,Created,LastUpdated',
  'fields[Queue]': 'Name',
};
const Transaction = z.object({
  id: Numeral,
  Type: z.string(),
  Creator: Person,
  Created: z.string(),
  Field: z.string().nullish(),
  OldValue: z.string().nullish(),
  NewValue: z.string().nullish(),
});
type Transaction = z.output<typeof Transaction>;
const TRANSACTION_FIELDS = { fields: 'Type,Creator,Created,Field,OldValue,NewValue' };

/** Request Tracker as a service desk. */
export function requestTrackerDesk(call: Call): DeskSystem {
  return {
    create: (input) => createTicket(call, input),
    ticket: (id) => ticketById(call, id),
    find: (filters) => findTickets(call, filters),
    update: (input) => updateTicket(call, input),
    addMessage: (kind, input) => addMessage(call, kind, input),
    history: (id, limit) => historyOf(call, id, limit),
  };
}

/** The address that marks what a call has made: RT knows no idempotency keys, and finds links. */
function markOf({ idempotencyKey }: Call): string {
  return `tutti-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 24)}`;
}
const linkOf = (call: Call) => `https://tutti.invalid/call/${markOf(call)}`;

async function search(call: Call, query: string, limit: number): Promise<Ticket[]> {
  const sorted = { orderby: 'id', order: 'DESC', per_page: limit };
  const reply = z.object({ items: z.array(Ticket) });
  const found = await call.http.get('/tickets', { query: { query, ...sorted, ...FIELDS }, reply });
  return found.items;
}

function transactions(call: Asking, query: string, of: { order: 'ASC' | 'DESC'; limit: number }) {
  const sorted = { orderby: 'id', order: of.order, per_page: of.limit };
  const reply = z.object({ items: z.array(Transaction) });
  return call.http
    .get('/transactions', { query: { query, ...sorted, ...TRANSACTION_FIELDS }, reply })
    .then(({ items }) => items);
}

const numberOf = (id: string) => (/^[1-9]\d{0,14}$/.test(id) ? Number(id) : 0);

/** RT's entity tag is the number of the ticket's last transaction. */
async function versionOf(call: Asking, id: string): Promise<string> {
  const [last] = await transactions(call, `TicketId = ${numberOf(id)}`, { order: 'DESC', limit: 1 });
  return last?.id ?? '0';
}

/** The ticket in the words of all desks, with its version. */
export async function ticketOf(call: Asking, ticket: Ticket): Promise<DeskTicket> {
  return {
    id: ticket.id,
    subject: ticket.Subject ?? '',
    status: statusOf(ticket.Status),
    priority: priorityOf(Number(ticket.Priority)),
    queue: ticket.Queue.Name,
    requester: ticket.Requestor[0]?.id ?? null,
    assignee: ticket.Owner.id === 'Nobody' ? null : ticket.Owner.id,
    createdAt: ticket.Created,
    updatedAt: ticket.LastUpdated,
    version: await versionOf(call, ticket.id),
  };
}

/** The ticket with this id, or null. */
async function ticketById(call: Call, id: string): Promise<DeskTicket | null> {
  const [found] = await search(call, `id = ${numberOf(id)}`, 1);
  return found === undefined ? null : ticketOf(call, found);
}

function known(call: Call, id: string): Promise<DeskTicket> {
  return neededTicket({ ticket: (asked) => ticketById(call, asked) }, id);
}

/** Tickets that match everything that is given, the newest first. */
async function findTickets(call: Call, filters: z.output<typeof DeskTicketFindInput>): Promise<DeskTicket[]> {
  const tickets: DeskTicket[] = [];
  for (const ticket of await search(call, ticketSql(filters), filters.limit))
    tickets.push(await ticketOf(call, ticket));
  return tickets;
}

const Created = z.object({ id: Numeral });

/** The ticket that this call has made before, or null. */
async function madeBefore(call: Call): Promise<DeskTicket | null> {
  const [before] = await search(call, `RefersTo = ${quoted(linkOf(call))}`, 1);
  return before === undefined ? null : ticketOf(call, before);
}

/** Opens a ticket; a repeat finds the one that it has made. */
async function createTicket(call: Call, input: z.output<typeof DeskTicketCreateInput>): Promise<DeskTicket> {
  const before = await madeBefore(call);
  if (before !== null) return before;
  const queue = input.queue ?? call.settings.queue;
  const body = {
    Queue: queue,
    Subject: input.subject,
    Requestor: input.requester,
    Content: input.body,
    ContentType: 'text/plain',
    Priority: RT_PRIORITY[input.priority],
    RefersTo: linkOf(call),
  };
  const { id } = await call.http.post('/ticket', { body, reply: Created }).catch((error: unknown) => {
    throw noQueue(error, queue);
  });
  return known(call, id);
}

/** A queue that is not there is answered like one that may not be used. */
function noQueue(error: unknown, queue: string): unknown {
  if (!isClassifiedError(error) || error.status !== 403) return error;
  const message = `Request Tracker has no queue "${queue}", or its user may open no tickets there.`;
  return new PermanentError(message, { status: 403, reply: error.reply, cause: error });
}

type Update = z.output<typeof DeskTicketUpdateInput>;

/** Changes a ticket in the fields that are given. */
async function updateTicket(call: Call, input: Update): Promise<DeskTicket> {
  const before = await known(call, input.id);
  // A repeat of a change that was made: nothing is left to do, whatever version it expected.
  if (unmetChanges(before, input).length === 0) return before;
  const { id, expectedVersion } = input;
  const expected: Record<string, string> =
    expectedVersion === undefined ? {} : { 'if-match': `"${expectedVersion}"` };
  const told = await call.http
    .put(`/ticket/${before.id}`, { body: changes(input), headers: expected })
    .catch((error: unknown) => {
      if (!isClassifiedError(error) || error.status !== 412) throw error;
      const message = `Ticket "${id}" is at version ${before.version}, not ${expectedVersion}: it was changed.`;
      throw new PermanentError(message, { status: 409, reply: { ticket: before }, cause: error });
    });
  return changed(call, input, told);
}

/** RT answers 200 also for what it refuses, so the ticket is read back. */
async function changed(call: Call, input: Update, told: unknown): Promise<DeskTicket> {
  const after = await known(call, input.id);
  const left = unmetChanges(after, input);
  if (left.length === 0) return after;
  const words = z.array(z.string()).safeParse(told).data ?? [];
  const message =
    `Request Tracker did not change ${left.join(', ')} of ticket ${input.id}: ` + words.join(' ');
  throw new PermanentError(message, { status: 422, reply: told });
}

function changes({ subject, status, priority, queue, assignee }: Update): Record<string, unknown> {
  return {
    ...(subject !== undefined && { Subject: subject }),
    ...(status !== undefined && { Status: RT_STATUS[status][0] }),
    ...(priority !== undefined && { Priority: RT_PRIORITY[priority] }),
    ...(queue !== undefined && { Queue: queue }),
    ...(assignee !== undefined && { Owner: assignee ?? 'Nobody' }),
  };
}

const MESSAGES = { reply: 'correspond', comment: 'comment' } as const;
const TYPES = { reply: 'Correspond', comment: 'Comment' } as const;

/** Writes to the requester, or to the desk; a repeat finds what it has written. */
async function addMessage(
  call: Call,
  kind: DeskMessage['kind'],
  input: { id: string; body: string },
): Promise<DeskMessage> {
  const ticket = await known(call, input.id);
  const before = await messageOf(call, ticket, kind);
  if (before !== null) return before;
  // RT keeps no key of a message, but its subject can be searched.
  const Subject = `${kind === 'reply' ? 'Re: ' : ''}${ticket.subject} [${markOf(call)}]`;
  const body = { Content: input.body, ContentType: 'text/plain', Subject };
  await call.http.post(`/ticket/${ticket.id}/${MESSAGES[kind]}`, { body });
  const made = await messageOf(call, ticket, kind);
  if (made !== null) return made;
  throw new PermanentError(`Request Tracker took the ${kind} to ticket ${ticket.id}, and does not have it.`, {
    status: 502,
    reason: 'invalid-output',
  });
}

async function messageOf(
  call: Call,
  ticket: DeskTicket,
  kind: DeskMessage['kind'],
): Promise<DeskMessage | null> {
  const query = `TicketId = ${ticket.id} AND Type = '${TYPES[kind]}' AND Subject LIKE ${quoted(markOf(call))}`;
  const [found] = await transactions(call, query, { order: 'ASC', limit: 1 });
  return found === undefined ? null : { id: found.id, ticketId: ticket.id, kind, createdAt: found.Created };
}

const KINDS: Record<string, DeskHistoryEntry['kind']> = {
  Create: 'created',
  Correspond: 'reply',
  Comment: 'comment',
  Set: 'change',
  Status: 'change',
};

/** What happened to a ticket, the oldest first. */
async function historyOf(call: Call, id: string, limit: number): Promise<DeskHistoryEntry[]> {
  const ticket = await known(call, id);
  const found = await transactions(call, `TicketId = ${ticket.id}`, { order: 'ASC', limit });
  return found.map(entryOf);
}

function entryOf({
  id,
  Type,
  Creator,
  Created: at,
  Field,
  OldValue,
  NewValue,
}: Transaction): DeskHistoryEntry {
  return {
    id,
    kind: KINDS[Type] ?? 'other',
    by: Creator.id,
    at,
    field: Field || null,
    from: OldValue || null,
    to: NewValue || null,
  };
}
