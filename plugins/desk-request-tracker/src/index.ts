import * as desk from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { httpDefaults, Settings } from './settings.js';
import { addMessage, createTicket, findTickets, historyOf, ticketById, updateTicket } from './tickets.js';

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
  capabilities: {
    'desk.ticket.create': {
      summary: 'Open a ticket.',
      effect: 'idempotent-write',
      input: desk.DeskTicketCreateInput,
      output: desk.DeskTicketCreateOutput,
      run: async (call) => ({ ticket: await createTicket(call, call.input) }),
    },
    'desk.ticket.get': {
      summary: 'Get a ticket.',
      effect: 'read',
      input: desk.DeskTicketGetInput,
      output: desk.DeskTicketGetOutput,
      run: async (call) => ({ ticket: await ticketById(call, call.input.id) }),
    },
    'desk.ticket.find': {
      summary: 'Find tickets by subject, requester, assignee, queue and status.',
      effect: 'read',
      input: desk.DeskTicketFindInput,
      output: desk.DeskTicketFindOutput,
      run: async (call) => ({ tickets: await findTickets(call, call.input) }),
    },
    'desk.ticket.update': {
      summary: 'Change subject, status, priority, queue or assignee of a ticket.',
      effect: 'idempotent-write',
      input: desk.DeskTicketUpdateInput,
      output: desk.DeskTicketUpdateOutput,
      run: async (call) => ({ ticket: await updateTicket(call, call.input) }),
    },
    'desk.ticket.assign': {
      summary: 'Give a ticket to somebody, or to nobody.',
      effect: 'idempotent-write',
      input: desk.DeskTicketAssignInput,
      output: desk.DeskTicketUpdateOutput,
      run: async (call) => ({ ticket: await updateTicket(call, call.input) }),
    },
    'desk.ticket.close': {
      summary: 'Mark a ticket as solved.',
      effect: 'idempotent-write',
      input: desk.DeskTicketCloseInput,
      output: desk.DeskTicketUpdateOutput,
      run: async (call) => ({ ticket: await updateTicket(call, { ...call.input, status: 'solved' }) }),
    },
    'desk.ticket.reply': {
      summary: 'Write to the requester of a ticket.',
      effect: 'idempotent-write',
      input: desk.DeskMessageInput,
      output: desk.DeskMessageOutput,
      run: async (call) => ({ message: await addMessage(call, 'reply', call.input) }),
    },
    'desk.ticket.comment': {
      summary: 'Write a comment that only the desk sees.',
      effect: 'idempotent-write',
      input: desk.DeskMessageInput,
      output: desk.DeskMessageOutput,
      run: async (call) => ({ message: await addMessage(call, 'comment', call.input) }),
    },
    'desk.ticket.history': {
      summary: 'List what happened to a ticket.',
      effect: 'read',
      input: desk.DeskTicketHistoryInput,
      output: desk.DeskTicketHistoryOutput,
      run: async (call) => ({ entries: await historyOf(call, call.input.id, call.input.limit) }),
    },
  },
});
