import type { HttpPort, Reconciliation, RunContext } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { slack } from './web-api.js';

/** Marks what the hub has sent, so that it is found again by the key of the call. */
const EVENT_TYPE = 'tutti_call';
/** How many messages of a channel are looked through for one that may have been sent. */
const LOOKED_THROUGH = 200;

export const Message = z.object({
  channel: z.string().describe('Id of the channel'),
  ts: z.string().describe('Names the message within its channel'),
  text: z.string(),
  user: z.string().nullable(),
  threadTs: z.string().nullable(),
});
export type Message = z.output<typeof Message>;

export const SendInput = z.object({
  channel: z.string().min(1).describe('Id or name of a channel, or id of a person'),
  text: z.string().min(1).max(40_000).describe('Slack’s markdown; with blocks the text of notifications'),
  blocks: z
    .array(z.looseObject({ type: z.string() }))
    .max(50)
    .optional()
    .describe('Block Kit'),
  threadTs: z.string().optional().describe('Answers that message, in its thread'),
});
export type SendInput = z.output<typeof SendInput>;

const WireMessage = z.looseObject({
  ts: z.string(),
  text: z.string().optional(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  thread_ts: z.string().nullish(),
  metadata: z
    .looseObject({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
    .nullish(),
});
const Sent = z.looseObject({ channel: z.string(), ts: z.string(), message: WireMessage.optional() });
export const Page = z.looseObject({
  messages: z.array(WireMessage),
  has_more: z.boolean().optional(),
});
type Context = RunContext<SendInput, Record<string, unknown>, undefined>;

export function messageOf(channel: string, wire: z.output<typeof WireMessage>): Message {
  const { ts, text = '', user, bot_id: bot, thread_ts: threadTs } = wire;
  return { channel, ts, text, user: user ?? bot ?? null, threadTs: threadTs ?? null };
}

export async function sendMessage({ input, http, idempotencyKey }: Context): Promise<{ message: Message }> {
  const { channel, text, blocks, threadTs } = input;
  const sent = await slack(http, 'chat.postMessage', {
    channel,
    text,
    ...(blocks && { blocks }),
    ...(threadTs !== undefined && { thread_ts: threadTs }),
    metadata: { event_type: EVENT_TYPE, event_payload: { key: idempotencyKey } },
    reply: Sent,
  });
  return { message: messageOf(sent.channel, { thread_ts: threadTs, ...sent.message, text, ts: sent.ts }) };
}

/** Looks whether a message with the key of the call stands in the channel or thread already. */
export async function findSent({
  input,
  http,
  idempotencyKey,
}: Context): Promise<Reconciliation<{ message: Message }>> {
  const { channel, threadTs } = input;
  // Names of channels are understood by chat.postMessage alone.
  if (!/^[CDGU][A-Z0-9]{2,}$/.test(channel)) return { happened: 'unknown' };
  const { messages, has_more: hasMore } = await latest(http, { channel, threadTs, limit: LOOKED_THROUGH });
  const found = messages.find(
    ({ metadata }) => metadata?.event_type === EVENT_TYPE && metadata.event_payload.key === idempotencyKey,
  );
  if (found !== undefined) return { happened: true, output: { message: messageOf(channel, found) } };
  return { happened: hasMore === true ? 'unknown' : false };
}

export function latest(
  http: HttpPort,
  { channel, threadTs, limit }: { channel: string; threadTs?: string | undefined; limit: number },
): Promise<z.output<typeof Page>> {
  const of = { channel, limit, include_all_metadata: true, reply: Page };
  return threadTs === undefined
    ? slack(http, 'conversations.history', of)
    : slack(http, 'conversations.replies', { ...of, ts: threadTs });
}
