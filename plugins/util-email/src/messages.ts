import { ArtifactRef } from '@tutti/contracts';
import { PermanentError, type FilesPort } from '@tutti/plugin-sdk';
import type { FetchMessageObject, ImapFlow, SearchObject } from 'imapflow';
import PostalMime, { type Address, type Attachment } from 'postal-mime';
import { z } from 'zod';
import { MESSAGE_BYTES_MAX } from './mailbox.js';

const Person = z.object({ address: z.string(), name: z.string().nullable() });

/** A message without its text. */
export const MessageSummary = z.object({
  folder: z.string(),
  uid: z.int().describe('Its number in the folder'),
  uidValidity: z.string().describe('While this stays the same, numbers mean the same messages'),
  messageId: z.string().nullable(),
  subject: z.string(),
  from: Person.nullable(),
  to: z.array(Person),
  date: z.iso.datetime().nullable(),
  flags: z.array(z.string()).describe('As IMAP names them: \\Seen, \\Flagged'),
  bytes: z.int().nonnegative(),
});
export type MessageSummary = z.output<typeof MessageSummary>;

const Text = z.object({
  cc: z.array(Person),
  replyTo: z.array(Person),
  inReplyTo: z.string().nullable(),
  text: z.string().nullable(),
  html: z.string().nullable().describe('As it was sent: clean it before you show it'),
});

/** A message with its text and files. */
export const Message = MessageSummary.extend({ ...Text.shape, attachments: z.array(ArtifactRef) });
export type Message = z.output<typeof Message>;

/** The event of a message that came: triggers have no files, so attachments are only told of. */
export const ReceivedMessage = MessageSummary.extend({
  ...Text.shape,
  attachments: z.array(z.object({ name: z.string().nullable(), mediaType: z.string(), bytes: z.int() })),
  cut: z.boolean().describe('Whether text or html were too long for an event: get the message'),
});
export type ReceivedMessage = z.output<typeof ReceivedMessage>;

export const SearchInput = z.object({
  folder: z.string().min(1).max(500).default('INBOX'),
  from: z.string().min(1).max(500).optional(),
  to: z.string().min(1).max(500).optional(),
  subject: z.string().min(1).max(500).optional(),
  text: z.string().min(1).max(500).optional(),
  messageId: z.string().min(1).max(1_000).optional(),
  since: z.iso.datetime().optional().describe('By day'),
  before: z.iso.datetime().optional().describe('By day'),
  seen: z.boolean().optional(),
  flagged: z.boolean().optional(),
  limit: z.int().min(1).max(200).default(20),
});

const SUMMARY = { uid: true, flags: true, envelope: true, internalDate: true, size: true } as const;

interface Place {
  folder: string;
  uidValidity: string;
}

/** Messages that match everything that is given, the newest first. */
export async function searchMessages(
  client: ImapFlow,
  { limit, folder, messageId, ...given }: z.output<typeof SearchInput>,
  uidValidity: string,
): Promise<MessageSummary[]> {
  const query: SearchObject = {
    ...given,
    ...(messageId !== undefined && { header: { 'message-id': messageId } }),
    all: true,
  };
  const found = await client.search(query, { uid: true });
  const uids = (found === false || found === undefined ? [] : found).toSorted((one, other) => other - one);
  if (uids.length === 0) return [];
  const fetched = await client.fetchAll(uids.slice(0, limit), SUMMARY, { uid: true });
  return fetched.map((one) => summaryOf(one, { folder, uidValidity })).toSorted((a, b) => b.uid - a.uid);
}

function summaryOf(
  { uid, flags, envelope, internalDate, size }: FetchMessageObject,
  place: Place,
): MessageSummary {
  const [from] = envelope?.from ?? [];
  return {
    ...place,
    uid,
    messageId: envelope?.messageId ?? null,
    subject: envelope?.subject ?? '',
    from: from === undefined ? null : personOf(from),
    to: (envelope?.to ?? []).map(personOf),
    date: dateOf(envelope?.date ?? internalDate),
    flags: [...(flags ?? [])].toSorted(),
    bytes: size ?? 0,
  };
}

function personOf({ address = '', name }: { address?: string | undefined; name?: string | undefined }) {
  return { address, name: name || null };
}

function dateOf(date: Date | string | undefined): string | null {
  const time = date === undefined ? Number.NaN : new Date(date).getTime();
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** A message as it was read: its files are still bytes. */
interface ReadMessage {
  summary: MessageSummary;
  text: z.output<typeof Text>;
  attachments: readonly Attachment[];
}

/** The message with this number, or null. */
export async function readMessage(client: ImapFlow, uid: number, place: Place): Promise<ReadMessage | null> {
  const known = await client.fetchOne(String(uid), SUMMARY, { uid: true });
  if (known === false) return null;
  const summary = summaryOf(known, place);
  if (summary.bytes > MESSAGE_BYTES_MAX)
    throw new PermanentError(`The message has more than ${MESSAGE_BYTES_MAX} bytes.`, { status: 413 });
  const whole = await client.fetchOne(String(uid), { source: true }, { uid: true });
  if (whole === false || whole.source === undefined) return null;
  const mail = await PostalMime.parse(whole.source, { attachmentEncoding: 'arraybuffer' });
  const people = (list: readonly Address[] | undefined) =>
    (list ?? []).flatMap((one) => one.group ?? [one]).map(personOf);
  const text = {
    cc: people(mail.cc),
    replyTo: people(mail.replyTo),
    inReplyTo: mail.inReplyTo ?? null,
    text: mail.text ?? null,
    html: mail.html ?? null,
  };
  return { summary, text, attachments: mail.attachments };
}

const bytesOf = ({ content }: Attachment): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);

/** The message with its attachments as files of the hub. */
export async function messageOf(
  { summary, text, attachments }: ReadMessage,
  files: FilesPort,
): Promise<Message> {
  const stored: ArtifactRef[] = [];
  for (const attachment of attachments) {
    const { mimeType: mediaType, filename } = attachment;
    stored.push(await files.write(bytesOf(attachment), { mediaType, ...(filename && { name: filename }) }));
  }
  return { ...summary, ...text, attachments: stored };
}

/** Of an event; two of them and the rest stay below what an event may have. */
const TEXT_LENGTH_MAX = 30_000;

/** The event that a message came. */
export function receivedOf({ summary, text, attachments }: ReadMessage): ReceivedMessage {
  const short = (value: string | null) => value?.slice(0, TEXT_LENGTH_MAX) ?? null;
  const shown = { ...text, text: short(text.text), html: short(text.html) };
  return {
    ...summary,
    ...shown,
    attachments: attachments.map((one) => ({
      name: one.filename,
      mediaType: one.mimeType,
      bytes: bytesOf(one).length,
    })),
    cut: shown.text !== text.text || shown.html !== text.html,
  };
}
