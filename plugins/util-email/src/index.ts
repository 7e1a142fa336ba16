import { definePlugin, PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { inFolder, withMailbox } from './mailbox.js';
import {
  Message,
  messageOf,
  MessageSummary,
  ReceivedMessage,
  readMessage,
  SearchInput,
  searchMessages,
} from './messages.js';
import { pollMessages, ReceivedOptions } from './received.js';
import { findSent, SendInput, sendMessage, SendOutput, smtpAnswers } from './send.js';
import { Settings } from './settings.js';

/** Each call has a session of its own, and mail servers take few of one user. */
const SESSIONS_MAX = 3;

const Folder = z.string().min(1).max(500);
const Place = z.object({
  folder: Folder.default('INBOX'),
  uid: z.int().min(1),
  uidValidity: z
    .string()
    .max(20)
    .optional()
    .describe('Of the search or event: refused (409) when it is another now'),
});
const Flag = z
  .string()
  .regex(/^(?:\\(?:Seen|Flagged|Answered|Deleted|Draft)|[A-Za-z0-9$_-]{1,100})$/)
  .describe('\\Seen, \\Flagged, \\Answered, \\Deleted, \\Draft, or a keyword');
const Flags = z.array(Flag).max(20).default([]);

/** Sends over SMTP, and reads a mailbox over IMAP. */
export default definePlugin({
  contract: 1,
  name: 'util-email',
  kind: 'util',
  summary: 'E-mail: sends over SMTP, reads and sorts a mailbox over IMAP.',
  settings: Settings,
  async health({ settings, signal }) {
    const { smtpHost, imapHost } = settings;
    if (smtpHost === undefined && imapHost === undefined)
      throw new PermanentError('Give smtpHost, imapHost or both.', { status: 422 });
    if (smtpHost !== undefined) await smtpAnswers({ settings, signal });
    if (imapHost !== undefined) await withMailbox({ settings, signal }, (client) => client.noop());
    return [smtpHost && `${smtpHost} sends`, imapHost && `${imapHost} has the mailbox`]
      .filter(Boolean)
      .join(', ');
  },
  capabilities: {
    'email.message.send': {
      summary: 'Send a message.',
      effect: 'write',
      concurrency: SESSIONS_MAX,
      input: SendInput,
      output: SendOutput,
      run: sendMessage,
      reconcile: findSent,
    },
    'email.message.search': {
      summary: 'Find messages of a folder.',
      effect: 'read',
      concurrency: SESSIONS_MAX,
      input: SearchInput,
      output: z.object({ messages: z.array(MessageSummary) }),
      run: async ({ input, ...context }) => ({
        messages: await inFolder(context, { folder: input.folder }, (client, validity) =>
          searchMessages(client, input, validity),
        ),
      }),
    },
    'email.message.get': {
      summary: 'Get a message with its text and attachments.',
      effect: 'read',
      concurrency: SESSIONS_MAX,
      input: Place,
      output: z.object({ message: Message.nullable() }),
      run: async ({ input, ...context }) => ({
        message: await inFolder(context, input, async (client, uidValidity) => {
          const read = await readMessage(client, input.uid, { folder: input.folder, uidValidity });
          return read === null ? null : messageOf(read, context.files);
        }),
      }),
    },
    'email.message.move': {
      summary: 'Move a message to another folder.',
      effect: 'idempotent-write',
      concurrency: SESSIONS_MAX,
      input: Place.extend({ to: Folder }),
      output: z.object({ moved: z.boolean().describe('false: it is not in the folder any more') }),
      run: async ({ input, ...context }) => ({
        moved: await inFolder(context, input, async (client) => {
          const there = await client.fetchOne(String(input.uid), { uid: true }, { uid: true });
          if (there === false) return false;
          await client.messageMove(String(input.uid), input.to, { uid: true });
          return true;
        }),
      }),
    },
    'email.message.flag': {
      summary: 'Add flags to a message, or take them away.',
      effect: 'idempotent-write',
      concurrency: SESSIONS_MAX,
      input: Place.extend({ add: Flags, remove: Flags }),
      output: z.object({ flags: z.array(z.string()) }),
      run: async ({ input, ...context }) => ({
        flags: await inFolder(context, input, async (client) => {
          const uid = String(input.uid);
          if (input.add.length > 0) await client.messageFlagsAdd(uid, input.add, { uid: true });
          if (input.remove.length > 0) await client.messageFlagsRemove(uid, input.remove, { uid: true });
          const after = await client.fetchOne(uid, { flags: true }, { uid: true });
          if (after === false) throw new PermanentError(`There is no message ${uid}.`, { status: 404 });
          return [...(after.flags ?? [])].toSorted();
        }),
      }),
    },
  },
  triggers: {
    'email.message.received': {
      summary: 'A message came into a folder.',
      kind: 'poll',
      options: ReceivedOptions,
      event: ReceivedMessage,
      poll({ settings, signal, cursor, options }) {
        const { folder } = ReceivedOptions.parse(options);
        return inFolder({ settings, signal }, { folder }, (client, validity) =>
          pollMessages(client, { cursor, folder, validity }),
        );
      },
    },
  },
});
