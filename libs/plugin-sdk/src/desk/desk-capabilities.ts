import * as desk from '@tutti/contracts';
import type { Capability, DatabaseFor } from '../plugin.js';
import type { DeskConnector } from './desk-system.js';

type DeskCapability<
  Input extends Capability['input'],
  Output extends Capability['output'],
  Settings,
> = Capability<Input, Output, Settings, DatabaseFor<never>>;

/** The canonical capabilities of a service desk that is reached over HTTP. */
export function deskCapabilities<Settings>(
  connector: DeskConnector<Settings>,
): ReturnType<typeof ticketCapabilities<Settings>> &
  ReturnType<typeof changeCapabilities<Settings>> &
  ReturnType<typeof messageCapabilities<Settings>> {
  return {
    ...ticketCapabilities(connector),
    ...changeCapabilities(connector),
    ...messageCapabilities(connector),
  };
}

function ticketCapabilities<Settings>({ open }: DeskConnector<Settings>): {
  'desk.ticket.create': DeskCapability<
    typeof desk.DeskTicketCreateInput,
    typeof desk.DeskTicketCreateOutput,
    Settings
  >;
  'desk.ticket.get': DeskCapability<
    typeof desk.DeskTicketGetInput,
    typeof desk.DeskTicketGetOutput,
    Settings
  >;
  'desk.ticket.find': DeskCapability<
    typeof desk.DeskTicketFindInput,
    typeof desk.DeskTicketFindOutput,
    Settings
  >;
} {
  return {
    'desk.ticket.create': {
      summary: 'Open a ticket.',
      effect: 'idempotent-write',
      input: desk.DeskTicketCreateInput,
      output: desk.DeskTicketCreateOutput,
      run: async ({ input, ...context }) => ({ ticket: await open(context).create(input) }),
    },
    'desk.ticket.get': {
      summary: 'Get a ticket.',
      effect: 'read',
      input: desk.DeskTicketGetInput,
      output: desk.DeskTicketGetOutput,
      run: async ({ input, ...context }) => ({ ticket: await open(context).ticket(input.id) }),
    },
    'desk.ticket.find': {
      summary: 'Find tickets by subject, requester, assignee, queue and status.',
      effect: 'read',
      input: desk.DeskTicketFindInput,
      output: desk.DeskTicketFindOutput,
      run: async ({ input, ...context }) => ({ tickets: await open(context).find(input) }),
    },
  };
}

function changeCapabilities<Settings>({ open }: DeskConnector<Settings>): {
  'desk.ticket.update': DeskCapability<
    typeof desk.DeskTicketUpdateInput,
    typeof desk.DeskTicketUpdateOutput,
    Settings
  >;
  'desk.ticket.assign': DeskCapability<
    typeof desk.DeskTicketAssignInput,
    typeof desk.DeskTicketUpdateOutput,
    Settings
  >;
  'desk.ticket.close': DeskCapability<
    typeof desk.DeskTicketCloseInput,
    typeof desk.DeskTicketUpdateOutput,
    Settings
  >;
} {
  return {
    'desk.ticket.update': {
      summary: 'Change subject, status, priority, queue or assignee of a ticket.',
      effect: 'idempotent-write',
      input: desk.DeskTicketUpdateInput,
      output: desk.DeskTicketUpdateOutput,
      run: async ({ input, ...context }) => ({ ticket: await open(context).update(input) }),
    },
    'desk.ticket.assign': {
      summary: 'Give a ticket to somebody, or to nobody.',
      effect: 'idempotent-write',
      input: desk.DeskTicketAssignInput,
      output: desk.DeskTicketUpdateOutput,
      run: async ({ input, ...context }) => ({ ticket: await open(context).update(input) }),
    },
    'desk.ticket.close': {
      summary: 'Mark a ticket as solved.',
      effect: 'idempotent-write',
      input: desk.DeskTicketCloseInput,
      output: desk.DeskTicketUpdateOutput,
      run: async ({ input, ...context }) => ({
        ticket: await open(context).update({ ...input, status: 'solved' }),
      }),
    },
  };
}

function messageCapabilities<Settings>({ open }: DeskConnector<Settings>): {
  'desk.ticket.reply': DeskCapability<typeof desk.DeskMessageInput, typeof desk.DeskMessageOutput, Settings>;
  'desk.ticket.comment': DeskCapability<
    typeof desk.DeskMessageInput,
    typeof desk.DeskMessageOutput,
    Settings
  >;
  'desk.ticket.history': DeskCapability<
    typeof desk.DeskTicketHistoryInput,
    typeof desk.DeskTicketHistoryOutput,
    Settings
  >;
} {
  return {
    'desk.ticket.reply': {
      summary: 'Write to the requester of a ticket.',
      effect: 'idempotent-write',
      input: desk.DeskMessageInput,
      output: desk.DeskMessageOutput,
      run: async ({ input, ...context }) => ({ message: await open(context).addMessage('reply', input) }),
    },
    'desk.ticket.comment': {
      summary: 'Write a comment that only the desk sees.',
      effect: 'idempotent-write',
      input: desk.DeskMessageInput,
      output: desk.DeskMessageOutput,
      run: async ({ input, ...context }) => ({ message: await open(context).addMessage('comment', input) }),
    },
    'desk.ticket.history': {
      summary: 'List what happened to a ticket.',
      effect: 'read',
      input: desk.DeskTicketHistoryInput,
      output: desk.DeskTicketHistoryOutput,
      run: async ({ input, ...context }) => ({ entries: await open(context).history(input.id, input.limit) }),
    },
  };
}
