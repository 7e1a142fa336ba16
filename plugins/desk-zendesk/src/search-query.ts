import type { DeskTicketFindInput } from '@tutti/contracts';
import type { z } from 'zod';
import { STATUS } from './wire.js';

/** A text in a search: quotes cannot be escaped in Zendesk's language, so they are left out. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', ' ')}"`;
}

/** The filters in Zendesk's search language; several statuses mean any of them. */
export function searchQuery(filters: z.output<typeof DeskTicketFindInput>): string {
  const { text, requester, assignee, queue, status = [] } = filters;
  return [
    'type:ticket',
    ...(text === undefined ? [] : [`subject:${quoted(text)}`]),
    ...(requester === undefined ? [] : [`requester:${quoted(requester)}`]),
    ...(assignee === undefined ? [] : [`assignee:${assignee === null ? 'none' : quoted(assignee)}`]),
    ...(queue === undefined ? [] : [`group:${quoted(queue)}`]),
    ...status.flatMap((one) => STATUS[one]).map((name) => `status:${name}`),
  ].join(' ');
}
