import { definePlugin, PermanentError } from '@tutti/plugin-sdk';
import { deskCapabilities } from '@tutti/plugin-sdk/desk';
import { z } from 'zod';
import { zendesk } from './refusals.js';
import { auth, httpDefaults, Settings } from './settings.js';
import { ticketChanged, ticketEvent } from './triggers.js';
import { userCapabilities } from './users.js';
import { zendeskDesk } from './zendesk-desk.js';

const Me = z.object({ user: z.object({ id: z.int().nullable(), role: z.string() }) });

/** Zendesk Support over its API v2: tickets, messages, users, events of tickets. */
export default definePlugin({
  contract: 1,
  name: 'desk-zendesk',
  kind: 'desk',
  summary: 'Zendesk: tickets, replies, comments, history, users, events.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  auth,
  async health(context) {
    const { user } = await zendesk(context).get('/users/me', { reply: Me });
    // Zendesk answers strangers too.
    if (user.id === null)
      throw new PermanentError('Zendesk knows no user with these credentials.', { status: 401 });
    return `User ${user.id} (${user.role})`;
  },
  capabilities: { ...deskCapabilities<Settings>({ open: zendeskDesk }), ...userCapabilities },
  triggers: { 'desk.ticket.changed': ticketChanged, 'desk.ticket.event': ticketEvent },
});
