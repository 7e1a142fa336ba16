import { DeskTicket } from '@tutti/contracts';
import {
  byNumber,
  changedRecords,
  pages,
  type Change,
  type HttpPort,
  type PollTrigger,
} from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Settings } from './settings.js';
import { quoted } from './ticket-sql.js';
import { FIELDS, Ticket, ticketOf } from './tickets.js';

const Options = z.object({ queue: z.string().min(1).optional().describe('Of this queue alone') });
const Page = z.object({ items: z.array(Ticket) });
const PAGE_SIZE = 50;
/** What a ticket is found by, in RT's words. */
type Moment = 'Created' | 'LastUpdated';

/** Tells of tickets by the time at which they came or were changed. */
export function ticketTrigger(summary: string, moment: Moment): PollTrigger<typeof DeskTicket, Settings> {
  return {
    summary,
    kind: 'poll',
    options: Options,
    event: DeskTicket,
    poll: ({ http, cursor, options }) =>
      changedRecords({
        cursor,
        list: (from) => ticketsSince(http, { moment, from, queue: Options.parse(options).queue }),
      }),
  };
}

async function* ticketsSince(
  http: HttpPort,
  { moment, from, queue }: { moment: Moment; from: Date; queue: string | undefined },
): AsyncGenerator<Change<DeskTicket>[]> {
  const condition = `${moment} >= ${quoted(ago(from))}`;
  const query = {
    query: queue === undefined ? condition : `${condition} AND Queue = ${quoted(queue)}`,
    orderby: [moment, 'id'],
    order: ['ASC', 'ASC'],
    per_page: PAGE_SIZE,
    ...FIELDS,
  };
  const paging = byNumber({ size: PAGE_SIZE });
  const items = (page: z.output<typeof Page>) => page.items;
  const request = { query, reply: Page, items, paging };
  for await (const found of pages<typeof Page, Ticket>(http, '/tickets', request)) {
    const changes: Change<DeskTicket>[] = [];
    for (const ticket of found) {
      const data = await ticketOf({ http }, ticket);
      // A ticket that came is news once, whatever it says meanwhile.
      const version = moment === 'Created' ? 'created' : data.version;
      changes.push({ id: ticket.id, at: ticket[moment], data, version });
    }
    yield changes;
  }
}

/**
 * RT reads dates in the time zone of the connection's user, whatever zone they name, and forgets what follows
 * a `T`. What is told from now it reads alike everywhere, if it is told so.
 */
function ago(from: Date): string {
  return `-${Math.max(0, Math.ceil((Date.now() - from.getTime()) / 1_000))} seconds`;
}
