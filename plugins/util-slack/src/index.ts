import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { happened } from './events.js';
import { findSent, latest, Message, messageOf, SendInput, sendMessage } from './messages.js';
import { slack } from './web-api.js';

const User = z.object({
  id: z.string(),
  name: z.string(),
  realName: z.string().nullable(),
  email: z.string().nullable(),
});
const WireUser = z.looseObject({
  user: z.looseObject({
    id: z.string(),
    name: z.string(),
    real_name: z.string().nullish(),
    profile: z.looseObject({ email: z.string().nullish() }).nullish(),
  }),
});
const Channel = z.object({
  id: z.string(),
  name: z.string(),
  isPrivate: z.boolean(),
  isArchived: z.boolean(),
});
const WireChannels = z.looseObject({
  channels: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      is_private: z.boolean().optional(),
      is_archived: z.boolean().optional(),
    }),
  ),
  response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
});
/** Pages of channels that are read to find one by its name; of 1,000 channels each. */
const CHANNEL_PAGES_MAX = 20;

/** Messages, channels and people of Slack. */
export default definePlugin({
  contract: 1,
  name: 'util-slack',
  kind: 'util',
  summary: 'Messages, channels and people of Slack.',
  settings: z.object({
    token: z.string().min(1).meta({ secret: true }).describe('Bot token: xoxb-...'),
    baseUrl: z.url().default('https://slack.com/api'),
    signingSecret: z
      .string()
      .min(1)
      .optional()
      .meta({ secret: true })
      .describe('Signing secret of the app, for its events'),
  }),
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: `Bearer ${token}` } }),
  // Tier 3 of Slack's limits; messages have their own.
  rateLimit: { requests: 50, perMs: 60_000 },
  async health({ http }) {
    const reply = z.looseObject({ team: z.string(), user: z.string() });
    const { team, user } = await slack(http, 'auth.test', { reply });
    return `${user} of ${team}`;
  },
  capabilities: {
    'slack.message.send': {
      summary: 'Send a message to a channel, a thread or a person.',
      effect: 'write',
      input: SendInput,
      output: z.object({ message: Message }),
      // "One message per second per channel", and several hundred a minute in a workspace.
      rateLimit: { requests: 1, perMs: 1_000 },
      run: sendMessage,
      reconcile: findSent,
    },
    'slack.message.update': {
      summary: 'Change the text of a message that the bot has sent.',
      effect: 'idempotent-write',
      input: z.object({
        channel: z.string(),
        ts: z.string(),
        text: z.string().min(1).max(40_000),
        blocks: SendInput.shape.blocks,
      }),
      output: z.object({ message: Message }),
      async run({ input: { blocks, ...input }, http }) {
        const reply = z.looseObject({ channel: z.string(), ts: z.string(), text: z.string() });
        const { channel, ts, text } = await slack(http, 'chat.update', {
          ...input,
          ...(blocks && { blocks }),
          reply,
        });
        return { message: messageOf(channel, { ts, text }) };
      },
    },
    'slack.message.list': {
      summary: 'The latest messages of a channel or a thread, the newest first.',
      effect: 'read',
      input: z.object({
        channel: z.string(),
        threadTs: z.string().optional(),
        limit: z.int().min(1).max(200).default(50),
      }),
      output: z.object({ messages: z.array(Message) }),
      async run({ input, http }) {
        const { messages } = await latest(http, input);
        return { messages: messages.map((message) => messageOf(input.channel, message)) };
      },
    },
    'slack.user.find': {
      summary: 'Find a person by e-mail address.',
      effect: 'read',
      input: z.object({ email: z.email() }),
      output: z.object({ user: User.nullable() }),
      async run({ input, http }) {
        try {
          const { user } = await slack(http, 'users.lookupByEmail', { ...input, reply: WireUser });
          const { id, name, real_name: realName, profile } = user;
          return { user: { id, name, realName: realName ?? null, email: profile?.email ?? null } };
        } catch (error) {
          if ((error as { status?: number }).status === 404) return { user: null };
          throw error;
        }
      },
    },
    'slack.channel.find': {
      summary: 'Find a channel by its name.',
      effect: 'read',
      input: z.object({ name: z.string().min(1).describe('without #') }),
      output: z.object({ channel: Channel.nullable() }),
      async run({ input, http }) {
        let cursor: string | null = '';
        for (let page = 0; page < CHANNEL_PAGES_MAX && cursor !== null; page += 1) {
          const found: z.output<typeof WireChannels> = await slack(http, 'conversations.list', {
            limit: 1000,
            types: 'public_channel,private_channel',
            ...(cursor !== '' && { cursor }),
            reply: WireChannels,
          });
          const channel = found.channels.find(({ name }) => name === input.name);
          if (channel !== undefined) {
            const { id, name, is_private: isPrivate = false, is_archived: isArchived = false } = channel;
            return { channel: { id, name, isPrivate, isArchived } };
          }
          cursor = found.response_metadata?.next_cursor || null;
        }
        return { channel: null };
      },
    },
  },
  triggers: { 'slack.event.happened': happened },
});
