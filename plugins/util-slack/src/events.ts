import { PermanentError, type HookRequest, type Hooked, type WebhookTrigger } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Options = z.object({
  types: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Only these, such as "message" or "app_mention"'),
  channel: z.string().min(1).optional().describe('Only of the channel with this id'),
  bots: z.boolean().default(false).describe('Also what bots write, the hub among them'),
});

/** What happened in Slack. */
export const SlackEvent = z.object({
  type: z.string().describe('As Slack calls it: message, app_mention, reaction_added, ...'),
  channel: z.string().nullable().describe('Id of the channel'),
  user: z.string().nullable().describe('Id of who did it'),
  text: z.string().nullable(),
  ts: z.string().nullable().describe('Names the message within its channel'),
  threadTs: z.string().nullable(),
  event: z.record(z.string(), z.unknown()).describe('All that Slack says of it'),
});

const Happening = z.looseObject({
  type: z.string(),
  // Of events about channels themselves it is the whole channel.
  channel: z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)]).nullish(),
  user: z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)]).nullish(),
  text: z.string().nullish(),
  ts: z.string().nullish(),
  thread_ts: z.string().nullish(),
  bot_id: z.string().nullish(),
});
const Sent = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('url_verification'), challenge: z.string() }),
  z.looseObject({
    type: z.literal('event_callback'),
    event_id: z.string().min(1),
    event_time: z.int(),
    event: z.record(z.string(), z.unknown()),
  }),
  z.looseObject({ type: z.literal('app_rate_limited') }),
]);

/** Slack's Events API. The host checks the signature and its age before anything here runs. */
export const happened: WebhookTrigger<typeof SlackEvent, { signingSecret?: string | undefined }> = {
  summary: 'Something happened in Slack: a message, a mention, a reaction, whatever the app subscribes to.',
  kind: 'webhook',
  options: Options,
  event: SlackEvent,
  verify: {
    scheme: 'hmac',
    header: 'x-slack-signature',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: 'signingSecret',
    prefix: 'v0=',
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'x-slack-request-timestamp' },
    toleranceSeconds: 300,
  },
  webhook: ({ text, options }) => read(text, Options.parse(options)),
};

function read(
  text: HookRequest['text'],
  options: z.output<typeof Options>,
): Hooked<z.input<typeof SlackEvent>> {
  const sent = Sent.safeParse(JSON.parse(text));
  if (!sent.success)
    throw new PermanentError(`This is no event of Slack: ${z.prettifyError(sent.error)}`, { status: 422 });
  switch (sent.data.type) {
    case 'url_verification':
      return { response: { body: sent.data.challenge } };
    case 'app_rate_limited':
      return 'ignored';
    case 'event_callback': {
      const { event_id: id, event_time: seconds, event } = sent.data;
      const happening = Happening.parse(event);
      if (!isWanted(happening, options)) return 'ignored';
      const data = told(happening, event);
      const key = data.channel ?? data.user;
      const time = new Date(seconds * 1_000).toISOString();
      return { events: [{ id, data, time, ...(key !== null && { key }) }] };
    }
  }
}

/** A bot that answers messages must not answer itself. */
function isWanted(
  { type, channel, bot_id: bot }: z.output<typeof Happening>,
  options: z.output<typeof Options>,
): boolean {
  if (options.types !== undefined && !options.types.includes(type)) return false;
  if (options.channel !== undefined && options.channel !== channel) return false;
  return options.bots || bot === undefined || bot === null;
}

function told(
  { type, channel, user, text, ts, thread_ts: threadTs }: z.output<typeof Happening>,
  event: Record<string, unknown>,
): z.input<typeof SlackEvent> {
  return {
    type,
    channel: channel ?? null,
    user: user ?? null,
    text: text ?? null,
    ts: ts ?? null,
    threadTs: threadTs ?? null,
    event,
  };
}
