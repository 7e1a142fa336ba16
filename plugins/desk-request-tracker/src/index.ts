import { definePlugin } from '@tutti/plugin-sdk';
import { deskCapabilities } from '@tutti/plugin-sdk/desk';
import { z } from 'zod';
import { httpDefaults, Settings } from './settings.js';
import { ticketTrigger } from './ticket-changes.js';
import { requestTrackerDesk } from './tickets.js';

const About = z.object({ Version: z.string() });

/** Request Tracker 5 over REST 2: tickets, replies, comments, history. */
export default definePlugin({
  contract: 1,
  name: 'desk-request-tracker',
  kind: 'desk',
  summary: 'Request Tracker: tickets, replies, comments, history.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  async health({ http }) {
    const { Version } = await http.get('/rt', { reply: About });
    return `Request Tracker ${Version}`;
  },
  capabilities: deskCapabilities<Settings>({ open: requestTrackerDesk }),
  triggers: {
    'desk.ticket.created': ticketTrigger('A ticket was opened.', 'Created'),
    'desk.ticket.changed': ticketTrigger('A ticket was opened or changed.', 'LastUpdated'),
  },
});
