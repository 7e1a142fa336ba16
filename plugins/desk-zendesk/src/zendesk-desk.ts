import type {
  DeskHistoryEntry,
  DeskMessage,
  DeskTicket,
  DeskTicketCreateInput,
  DeskTicketFindInput,
  DeskTicketUpdateInput,
} from '@tutti/contracts';
import { byCursor, isClassifiedError, markOf, orNull, pages, PermanentError } from '@tutti/plugin-sdk';
import type { HttpPort } from '@tutti/plugin-sdk';
import { neededTicket, unmetChanges, type DeskSystem } from '@tutti/plugin-sdk/desk';
import { z } from 'zod';
import { zendesk } from './refusals.js';
import { searchQuery } from './search-query.js';
import {
  Audit,
  AuditPage,
  Beside,
  BESIDE,
  entryOf,
  GroupPage,
  type CursorMeta,
  type Group,
  STATUS,
  Ticket,
  ticketOf,
} from './wire.js';

/** What every call works with. */
interface Call {
  http: HttpPort;
  idempotencyKey: string;
}

const One = Beside.extend({ ticket: Ticket });
const Many = Beside.extend({ tickets: z.array(Ticket) });
const Found = Beside.extend({ results: z.array(Ticket) });
const Changed = z.object({ ticket: Ticket, audit: Audit });
/** Pages of so many; Zendesk gives no larger ones. */
const PAGE = { 'page[size]': 100 };
const NEXT_PAGE = byCursor<{ meta: CursorMeta }>('page[after]', ({ meta }) =>
  meta.has_more ? meta.after_cursor : null,
);

/**
 * Zendesk as a service desk. A new ticket carries the call's mark as its external id, a message in the
 * metadata of its audit: Zendesk itself remembers an idempotency key for two hours only.
 */
export function zendeskDesk({ http: port, idempotencyKey }: Call): DeskSystem {
  const http = zendesk({ http: port });
  const mark = async () => `tutti-${await markOf(idempotencyKey)}`;
  const ticket = (id: string) => ticketById(http, id);
  return {
    create: async (input) => createTicket(http, input, await mark()),
    ticket,
    find: (filters) => findTickets(http, filters),
    update: (input) => updateTicket(http, input),
    addMessage: async (kind, input) => addMessage(http, { ...input, kind, mark: await mark() }),
    async history(id, limit) {
      await neededTicket({ ticket }, id);
      return historyOf(http, id, limit);
    },
  };
}

const isId = (id: string) => /^[1-9]\d{0,15}$/.test(id);

async function ticketById(http: HttpPort, id: string): Promise<DeskTicket | null> {
  if (!isId(id)) return null;
  const found = await orNull(http.get(`/tickets/${id}`, { query: { include: BESIDE }, reply: One }));
  return found === null ? null : ticketOf(found.ticket, found);
}

async function findTickets(
  http: HttpPort,
  filters: z.output<typeof DeskTicketFindInput>,
): Promise<DeskTicket[]> {
  const query = {
    query: searchQuery(filters),
    include: `tickets(${BESIDE})`,
    sort_by: 'created_at',
    sort_order: 'desc',
    per_page: filters.limit,
  };
  const found = await http.get('/search', { query, reply: Found });
  return found.results.map((ticket) => ticketOf(ticket, found));
}

async function createTicket(
  http: HttpPort,
  input: z.output<typeof DeskTicketCreateInput>,
  mark: string,
): Promise<DeskTicket> {
  const before = await http.get('/tickets', { query: { external_id: mark, include: BESIDE }, reply: Many });
  const [made] = before.tickets;
  if (made !== undefined) return ticketOf(made, before);
  const { subject, body, requester, queue, priority } = input;
  const ticket = {
    subject,
    comment: { body },
    priority,
    external_id: mark,
    // Zendesk makes a user of an address that it does not know, and a user needs a name.
    requester: { email: requester, name: requester.split('@')[0] },
    ...(queue !== undefined && { group_id: await groupId(http, queue) }),
  };
  const headers = { 'idempotency-key': mark };
  const reply = z.object({ ticket: Ticket });
  const { ticket: created } = await http.post('/tickets', { body: { ticket }, headers, reply });
  return neededTicket({ ticket: (id) => ticketById(http, id) }, String(created.id));
}

async function groupId(http: HttpPort, name: string): Promise<number> {
  const groups = pages<typeof GroupPage, Group>(http, '/groups', {
    query: PAGE,
    reply: GroupPage,
    items: (page) => page.groups,
    paging: NEXT_PAGE,
  });
  for await (const some of groups) {
    const found = some.find((group) => group.name === name);
    if (found !== undefined) return found.id;
  }
  throw new PermanentError(`Zendesk has no group "${name}".`, { status: 422 });
}

type Update = z.output<typeof DeskTicketUpdateInput>;

async function updateTicket(http: HttpPort, input: Update): Promise<DeskTicket> {
  const ticket = (id: string) => ticketById(http, id);
  const before = await neededTicket({ ticket }, input.id);
  // A repeat of a change that was made: nothing is left to do, whatever version it expected.
  if (unmetChanges(before, input).length === 0) return before;
  const { expectedVersion } = input;
  const guard = expectedVersion !== undefined && { safe_update: true, updated_stamp: expectedVersion };
  const body = { ticket: { ...(await changes(http, input)), ...guard } };
  await http.put(`/tickets/${before.id}`, { body, reply: Changed }).catch((error: unknown) => {
    if (!isClassifiedError(error) || error.status !== 409 || expectedVersion === undefined) throw error;
    const message = `Ticket "${input.id}" is at version ${before.version}, not ${expectedVersion}: it was changed.`;
    throw new PermanentError(message, { status: 409, reply: { ticket: before }, cause: error });
  });
  const after = await neededTicket({ ticket }, input.id);
  const left = unmetChanges(after, input);
  if (left.length === 0) return after;
  throw new PermanentError(`Zendesk did not change ${left.join(', ')} of ticket ${input.id}.`, {
    status: 422,
  });
}

async function changes(
  http: HttpPort,
  { subject, status, priority, queue, assignee }: Update,
): Promise<object> {
  return {
    ...(subject !== undefined && { subject }),
    ...(status !== undefined && { status: STATUS[status][0] }),
    ...(priority !== undefined && { priority }),
    ...(queue !== undefined && { group_id: await groupId(http, queue) }),
    ...(assignee === null && { assignee_id: null }),
    ...(typeof assignee === 'string' && { assignee_email: assignee }),
  };
}

interface NewMessage {
  kind: DeskMessage['kind'];
  id: string;
  body: string;
  mark: string;
}

async function addMessage(http: HttpPort, { kind, id, body, mark }: NewMessage): Promise<DeskMessage> {
  await neededTicket({ ticket: (asked) => ticketById(http, asked) }, id);
  const told = await messageMarked(http, { kind, id, mark });
  if (told !== null) return told;
  const ticket = { comment: { body, public: kind === 'reply' }, metadata: { tutti: mark } };
  const { audit } = await http.put(`/tickets/${id}`, { body: { ticket }, reply: Changed });
  const made = messageOf(audit, kind);
  if (made !== null) return made;
  const message = `Zendesk took the ${kind} to ticket ${id}, and does not have it.`;
  throw new PermanentError(message, { status: 502, reason: 'invalid-output' });
}

async function messageMarked(
  http: HttpPort,
  { kind, id, mark }: Pick<NewMessage, 'kind' | 'id' | 'mark'>,
): Promise<DeskMessage | null> {
  for await (const audits of auditsOf(http, id)) {
    const found = audits.find(({ metadata }) => metadata?.custom?.['tutti'] === mark);
    if (found !== undefined) return messageOf(found, kind);
  }
  return null;
}

function messageOf({ ticket_id, created_at, events }: Audit, kind: DeskMessage['kind']): DeskMessage | null {
  const comment = events.find(({ type }) => type === 'Comment');
  if (comment === undefined) return null;
  return { id: String(comment.id), ticketId: String(ticket_id), kind, createdAt: created_at };
}

async function historyOf(http: HttpPort, id: string, limit: number): Promise<DeskHistoryEntry[]> {
  const entries: DeskHistoryEntry[] = [];
  for await (const audits of auditsOf(http, id)) {
    for (const audit of audits) entries.push(...audit.events.map((event) => entryOf(audit, event)));
    if (entries.length >= limit) break;
  }
  return entries.slice(0, limit);
}

function auditsOf(http: HttpPort, id: string): AsyncGenerator<readonly Audit[]> {
  return pages<typeof AuditPage, Audit>(http, `/tickets/${id}/audits`, {
    query: PAGE,
    reply: AuditPage,
    items: ({ audits }) => audits,
    paging: NEXT_PAGE,
  });
}
