import type { DeskTicketFindInput } from '@tutti/contracts';
import type { z } from 'zod';
import { RT_STATUS } from './words.js';

/** A text in TicketSQL: what ends a text or escapes stands for itself. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** The filters as TicketSQL; nobody writes TicketSQL by hand, so nothing can be slipped in. */
export function ticketSql(filters: z.output<typeof DeskTicketFindInput>): string {
  const { text, requester, assignee, queue, status } = filters;
  const conditions = [
    ...(text === undefined ? [] : [`Subject LIKE ${quoted(text)}`]),
    ...(requester === undefined ? [] : [`Requestor.EmailAddress = ${quoted(requester)}`]),
    ...(assignee === undefined ? [] : [`Owner = ${quoted(assignee ?? 'Nobody')}`]),
    ...(queue === undefined ? [] : [`Queue = ${quoted(queue)}`]),
    ...(status === undefined ? [] : [anyStatus(status.flatMap((one) => RT_STATUS[one]))]),
  ];
  return conditions.length === 0 ? 'id > 0' : conditions.join(' AND ');
}

function anyStatus(names: readonly string[]): string {
  return `(${names.map((name) => `Status = ${quoted(name)}`).join(' OR ')})`;
}
