import { DeskTicket } from '@tutti/contracts';
import { PermanentError, type PollTrigger, type WebhookTrigger } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { zendesk } from './refusals.js';
import type { Settings } from './settings.js';
import { Beside, BESIDE, Ticket, ticketOf } from './wire.js';

const Export = Beside.extend({
  tickets: z.array(Ticket),
  after_cursor: z.string().nullable(),
  end_of_stream: z.boolean(),
});

/** Zendesk refuses a start that is less than a minute ago. */
const START_BEFORE_SECONDS = 120;

/** Tickets that were made or changed, by the cursor of the incremental export: nothing is passed over. */
export const ticketChanged: PollTrigger<typeof DeskTicket, Settings, undefined> = {
  summary: 'A ticket was made or changed.',
  kind: 'poll',
  // The export may be asked 10 times a minute.
  intervalSeconds: 60,
  event: DeskTicket,
  async poll({ http, cursor }) {
    const start_time = Math.floor(Date.now() / 1_000) - START_BEFORE_SECONDS;
    const from = typeof cursor === 'string' ? { cursor } : { start_time };
    const query = { ...from, include: BESIDE, per_page: 500 };
    const page = await zendesk({ http }).get('/incremental/tickets/cursor', { query, reply: Export });
    const tickets = page.tickets
      .filter(({ status }) => status !== 'deleted')
      .map((ticket) => ticketOf(ticket, page));
    const events = tickets.map((ticket) => ({
      id: `${ticket.id}@${ticket.updatedAt}`,
      key: ticket.id,
      time: ticket.updatedAt,
      data: ticket,
    }));
    return { events, cursor: page.after_cursor ?? cursor, more: !page.end_of_stream };
  },
};

/** An event as Zendesk's webhooks tell it. */
const WebhookEvent = z.object({
  id: z.string().min(1),
  type: z.string().describe('Such as `zen:event-type:ticket.status_changed`'),
  subject: z.string(),
  time: z.string(),
  detail: z.record(z.string(), z.unknown()),
  event: z.record(z.string(), z.unknown()).optional(),
});

/** Events of tickets as they happen, to which a webhook in Zendesk subscribes. */
export const ticketEvent: WebhookTrigger<typeof WebhookEvent, Settings, undefined> = {
  summary: 'Zendesk tells of an event of a ticket.',
  kind: 'webhook',
  event: WebhookEvent,
  verify: {
    scheme: 'hmac',
    header: 'X-Zendesk-Webhook-Signature',
    algorithm: 'sha256',
    encoding: 'base64',
    secret: 'webhookSecret',
    signed: '{timestamp}{body}',
    timestamp: { header: 'X-Zendesk-Webhook-Signature-Timestamp' },
  },
  webhook({ text }) {
    const told = WebhookEvent.safeParse(JSON.parse(text));
    if (!told.success)
      throw new PermanentError('The webhook has to send Zendesk events, not a text of its own.', {
        status: 422,
      });
    const { id, type, subject, time } = told.data;
    if (!type.startsWith('zen:event-type:ticket.')) return 'ignored';
    return { events: [{ id, time, key: subject.split(':').at(-1) ?? subject, data: told.data }] };
  },
};
