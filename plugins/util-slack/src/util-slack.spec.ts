import { type Capability, verifyPlugin } from '@tutti/plugin-sdk';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import { LogLevel, WebClient } from '@slack/web-api';
import plugin from './index.js';
import type { Message } from './messages.js';
import { SlackServer, TOKEN } from './testing/slack-server.js';

const ORDERS = 'C0000001';
let slack: SlackServer;
let url: string;
let bench: PluginBench;

beforeEach(async () => {
  slack = new SlackServer();
  url = await slack.listen();
  bench = pluginBench(plugin, { token: TOKEN, baseUrl: url });
});
afterEach(() => slack.close());

const send = async (input: object, idempotencyKey = 'key-1') =>
  ((await bench.call('slack.message.send', input, { idempotencyKey })) as { message: Message }).message;

it('keeps the rules for plugins and says who it is', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  expect(await bench.health()).toBe('tutti of Acme');
  const stranger = pluginBench(plugin, { token: 'xoxb-wrong', baseUrl: url });
  await expect(stranger.health()).rejects.toMatchObject({ fate: 'permanent', status: 401 });
});

it("is tested against a Slack that Slack's own SDK takes for one", async () => {
  const client = new WebClient(TOKEN, { slackApiUrl: `${url}/`, logLevel: LogLevel.ERROR });
  const mine = await send({ channel: ORDERS, text: 'from Tutti' });
  const theirs = await client.chat.postMessage({ channel: ORDERS, text: 'from the SDK' });
  const { messages } = await client.conversations.history({ channel: ORDERS, include_all_metadata: true });
  expect(messages?.map(({ text, ts }) => [text, ts])).toEqual([
    ['from the SDK', theirs.ts],
    ['from Tutti', mine.ts],
  ]);
  expect(messages?.[1]?.metadata).toMatchObject({
    event_type: 'tutti_call',
    event_payload: { key: 'key-1' },
  });
  await expect(client.users.lookupByEmail({ email: 'x@y.z' })).rejects.toThrow('users_not_found');
});

it('sends to a channel by name, answers in a thread, lists and changes', async () => {
  const first = await send({ channel: 'orders', text: 'one' });
  expect(first).toMatchObject({ channel: ORDERS, text: 'one', user: 'B1', threadTs: null });
  const answer = await send({
    channel: ORDERS,
    text: 'two',
    threadTs: first.ts,
    blocks: [{ type: 'divider' }],
  });
  expect(answer.threadTs).toBe(first.ts);
  await bench.call('slack.message.update', { channel: ORDERS, ts: first.ts, text: 'three' });
  expect(await bench.call('slack.message.list', { channel: ORDERS })).toMatchObject({
    messages: [{ text: 'three' }],
  });
  expect(await bench.call('slack.message.list', { channel: ORDERS, threadTs: first.ts })).toMatchObject({
    messages: [{ text: 'two' }],
  });
});

it('finds people and channels, over several pages', async () => {
  expect(await bench.call('slack.user.find', { email: 'ann@example.com' })).toEqual({
    user: { id: 'U0000001', name: 'ann', realName: 'Ann Ode', email: 'ann@example.com' },
  });
  expect(await bench.call('slack.user.find', { email: 'bob@example.com' })).toEqual({ user: null });
  expect(await bench.call('slack.channel.find', { name: 'old' })).toEqual({
    channel: { id: 'C0000002', name: 'old', isPrivate: false, isArchived: true },
  });
  expect(await bench.call('slack.channel.find', { name: 'none' })).toEqual({ channel: null });
});

describe('a message whose answer was lost', () => {
  const reconcile = (input: object, key: string) =>
    bench.reconcile('slack.message.send', input, { idempotencyKey: key });

  it('is found again by the key of the call', async () => {
    const sent = await send({ channel: ORDERS, text: 'once' }, 'key-7');
    expect(await reconcile({ channel: ORDERS, text: 'once' }, 'key-7')).toEqual({
      happened: true,
      output: { message: sent },
    });
    expect(await reconcile({ channel: ORDERS, text: 'once' }, 'key-8')).toEqual({ happened: false });
  });

  it('is a question for a person where it cannot be looked for', async () => {
    expect(await reconcile({ channel: 'orders', text: 'once' }, 'key-7')).toEqual({ happened: 'unknown' });
    for (let i = 0; i < 201; i += 1) await send({ channel: ORDERS, text: `${i}` }, `other-${i}`);
    expect(await reconcile({ channel: ORDERS, text: 'once' }, 'key-7')).toEqual({ happened: 'unknown' });
  });
});

describe('what Slack refuses', () => {
  it.each([
    ['channel_not_found', { fate: 'permanent', status: 404 }],
    ['not_in_channel', { fate: 'permanent', status: 403 }],
    ['token_revoked', { fate: 'permanent', status: 401 }],
    ['msg_too_long', { fate: 'permanent', status: 422 }],
    ['ratelimited', { fate: 'transient', status: 429, reason: 'throttled' }],
    ['internal_error', { fate: 'transient', status: 500 }],
  ])('in a body of 200 is no success: %s', async (error, expected) => {
    slack.next = { body: JSON.stringify({ ok: false, error }) };
    await expect(send({ channel: ORDERS, text: 'x' })).rejects.toMatchObject(expected);
    expect(slack.messages.length).toBeLessThan(2);
  });

  it('by its limit of calls says when to come back', async () => {
    slack.next = { status: 429, headers: { 'retry-after': '7' }, body: '{"ok":false,"error":"ratelimited"}' };
    await expect(bench.health()).rejects.toMatchObject({ fate: 'transient', retryAfterMs: 7_000 });
  });

  it('in a broken or another form is an invalid output', async () => {
    slack.next = { body: '{"ok":tr' };
    await expect(bench.health()).rejects.toMatchObject({ fate: 'permanent', reason: 'invalid-output' });
    slack.next = { body: '{"ok":true}' };
    await expect(bench.health()).rejects.toMatchObject({ fate: 'permanent', reason: 'invalid-output' });
  });

  it('tells no token', async () => {
    slack.next = { body: JSON.stringify({ ok: false, error: 'missing_scope', needed: 'chat:write' }) };
    const error = await bench.health().catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('it needs the scope chat:write');
    expect(JSON.stringify(error) + String(error)).not.toContain(TOKEN);
  });
});

it('declares its message as a write that can be looked for', () => {
  const capability = plugin.capabilities['slack.message.send'] as Capability;
  expect([capability.effect, typeof capability.reconcile]).toEqual(['write', 'function']);
});

describe('what happens in Slack', () => {
  const message = { type: 'message', channel: ORDERS, user: 'U1', text: 'hello', ts: '1.2' };
  const sent = (event: object, more: object = {}) =>
    JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event_time: 1_790_000_000, event, ...more });
  const told = (text: string, options = {}) => bench.webhook('slack.event.happened', { text, options });

  it('is an event by the id that Slack gives it, however often it comes', async () => {
    const once = await told(sent(message));
    expect(once).toEqual({
      events: [
        {
          id: 'Ev1',
          key: ORDERS,
          time: '2026-09-21T14:13:20.000Z',
          data: { ...message, threadTs: null, event: message },
        },
      ],
    });
    expect(await told(sent(message))).toEqual(once);
  });

  it('answers the challenge by which Slack knows the address', async () => {
    const text = JSON.stringify({ type: 'url_verification', token: 'x', challenge: '3eZbr' });
    expect(await told(text)).toEqual({ response: { body: '3eZbr' } });
  });

  it.each([
    ['of another type', { types: ['app_mention'] }, message],
    ['of another channel', { channel: 'C9' }, message],
    ['that a bot wrote', {}, { ...message, bot_id: 'B1' }],
  ])('is ignored: an event %s', async (_title, options, event) => {
    expect(await told(sent(event), options)).toBe('ignored');
  });

  it('is told of people and channels as of their ids', async () => {
    const event = { type: 'channel_rename', channel: { id: 'C7', name: 'new' } };
    const of = { events: [{ key: 'C7', data: { channel: 'C7', text: null, event } }] };
    expect(await told(sent(event))).toMatchObject(of);
    const bots = await told(sent({ ...message, bot_id: 'B1' }), { bots: true });
    expect(bots).toMatchObject({ events: [{ id: 'Ev1' }] });
  });

  it('is refused when it is nothing of Slack', async () => {
    await expect(told('{"type":"other"}')).rejects.toMatchObject({ fate: 'permanent', status: 422 });
    await expect(told('no JSON')).rejects.toThrow(SyntaxError);
  });
});
