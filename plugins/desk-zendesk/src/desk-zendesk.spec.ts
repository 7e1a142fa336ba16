import { createClient } from 'node-zendesk';
import type { DeskHistoryEntry, DeskMessage, DeskTicket } from '@tutti/contracts';
import { verifyPlugin, type PollTrigger, type WebhookTrigger } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { grantedToken, VENDOR_FAILURES, type VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import plugin from './index.js';
import { CLIENT, EMAIL, startZendesk, TOKEN } from './testing/zendesk-simulator.js';
import { zendesk } from './refusals.js';

let server: VendorServer;
let bench: PluginBench;
let keys = 0;
const settings = () => ({ baseUrl: server.origin, email: EMAIL, apiToken: TOKEN });

beforeEach(async () => {
  server = await startZendesk();
  bench = pluginBench(plugin, settings());
});
afterEach(() => server.stop());

const call = <T>(capability: string, input: unknown, idempotencyKey = `key-${(keys += 1)}`) =>
  bench.call(capability, input, { idempotencyKey }) as Promise<T>;
const opened = async (subject: string, more: object = {}, key?: string) => {
  const input = { subject, body: 'It arrived broken.', requester: 'kim@example.com', ...more };
  return (await call<{ ticket: DeskTicket }>('desk.ticket.create', input, key)).ticket;
};
const updated = async (input: object) =>
  (await call<{ ticket: DeskTicket }>('desk.ticket.update', input)).ticket;
const found = async (filters: object) =>
  (await call<{ tickets: DeskTicket[] }>('desk.ticket.find', filters)).tickets;
const historyOf = async (id: string) =>
  (await call<{ entries: DeskHistoryEntry[] }>('desk.ticket.history', { id })).entries;

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(VENDOR_FAILURES)('$name', ({ holds }) =>
  holds({ server, bench, secret: TOKEN, read: { capability: 'desk.ticket.get', input: { id: '1' } } }),
);

it('satisfies the client that everybody uses', async () => {
  const client = createClient({
    username: EMAIL,
    token: TOKEN,
    subdomain: 'none',
    endpointUri: `${server.origin}/api/v2`,
  });
  const { result: made } = await client.tickets.create({
    ticket: { subject: 'From the client', comment: { body: 'Hello' } },
  });
  const { result: shown } = await client.tickets.show(made.id);
  expect(shown).toMatchObject({ subject: 'From the client', status: 'new' });
  await client.tickets.update(made.id, { ticket: { status: 'open' } });
  const { result: me } = await client.users.me();
  expect(me).toMatchObject({ email: EMAIL });
  await expect(client.tickets.show(999_999)).rejects.toThrow('404');
  expect(await call('desk.ticket.get', { id: `${made.id}` })).toMatchObject({ ticket: { status: 'open' } });
});

describe('tickets', () => {
  it('are opened, read, found, changed and closed, and tell their history', async () => {
    const ticket = await opened('Order A-17', { priority: 'high', queue: 'Warehouse' });
    const expected = { subject: 'Order A-17', status: 'new', priority: 'high', queue: 'Warehouse' };
    expect(ticket).toMatchObject({ ...expected, requester: 'kim@example.com', assignee: null });
    expect(await call('desk.ticket.get', { id: ticket.id })).toEqual({ ticket });
    for (const id of ['999999', '1 OR 1'])
      expect(await call('desk.ticket.get', { id })).toEqual({ ticket: null });
    const filters = {
      text: 'a-17',
      requester: 'kim@example.com',
      assignee: null,
      queue: 'Warehouse',
      status: ['new', 'pending'],
    };
    expect(await found(filters)).toEqual([ticket]);
    expect(await found({ text: 'x" status:new subject:"A-17' })).toEqual([]);
    const { id } = ticket;
    const change = {
      id,
      subject: 'Renamed',
      priority: 'urgent',
      status: 'pending',
      queue: 'Support',
      assignee: EMAIL,
    };
    expect(await updated(change)).toMatchObject(change);
    expect(await call('desk.ticket.assign', { id, assignee: null })).toMatchObject({
      ticket: { assignee: null },
    });
    expect(await call('desk.ticket.close', { id })).toMatchObject({ ticket: { status: 'solved' } });
    const entries = await historyOf(id);
    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['created', 'reply', 'change']));
    expect(entries).toContainEqual(
      expect.objectContaining({ field: 'status', from: 'pending', to: 'solved' }),
    );
  });

  it('keep a change of somebody else, and a repeat changes nothing', async () => {
    const { id, version } = await opened('Versions');
    const first = await updated({ id, subject: 'First', expectedVersion: version });
    expect(await updated({ id, subject: 'First', expectedVersion: version })).toEqual(first);
    const late = updated({ id, subject: 'Second', expectedVersion: version });
    await expect(late).rejects.toMatchObject({ fate: 'permanent', status: 409 });
    await expect(updated({ id, assignee: 'nobody@example.com' })).rejects.toMatchObject({ status: 422 });
    await expect(updated({ id, queue: 'Nowhere' })).rejects.toMatchObject({ status: 422 });
    await expect(updated({ id: '999999', subject: 'x' })).rejects.toMatchObject({ status: 404 });
  });

  it('and messages are made once, also when the answer is lost', async () => {
    const twice = async <T>(perform: () => Promise<T>): Promise<T> => {
      server.loseNextWrite();
      await expect(perform()).rejects.toMatchObject({ fate: 'transient' });
      return perform();
    };
    const { id } = await twice(() => opened('Only once', {}, 'k-ticket'));
    expect(await found({ text: 'Only once' })).toHaveLength(1);
    expect(
      server.seen.find(({ url, method }) => method === 'POST' && url.pathname.endsWith('/tickets'))?.headers,
    ).toHaveProperty('idempotency-key');
    const say = (capability: string, key: string) => () =>
      call<{ message: DeskMessage }>(capability, { id, body: 'Hello' }, key);
    const { message } = await twice(say('desk.ticket.reply', 'k-reply'));
    expect(await say('desk.ticket.reply', 'k-reply')()).toEqual({ message });
    await twice(say('desk.ticket.comment', 'k-comment'));
    const kinds = (await historyOf(id)).map(({ kind }) => kind);
    // The first reply is the text that the ticket was opened with.
    expect(kinds.filter((kind) => kind === 'reply')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'comment')).toHaveLength(1);
  });
});

describe('what is special', () => {
  it('tells whose token it is, says what Zendesk says, and waits as long as it asks', async () => {
    expect(await bench.health()).toMatch(/^User \d+ \(agent\)$/);
    const stranger = pluginBench(plugin, { ...settings(), apiToken: 'no' });
    await expect(stranger.health()).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('Zendesk:'),
    });
    server.failNext({ status: 429, headers: { 'retry-after': '93' }, body: {} });
    await expect(bench.health()).rejects.toMatchObject({ fate: 'transient', retryAfterMs: 93_000 });
  });

  it('signs in with an OAuth client, or with a token, and needs one of them', async () => {
    const own = { baseUrl: server.origin, ...CLIENT };
    const token = await grantedToken(plugin, own);
    expect(await pluginBench(plugin, own, token).health()).toMatch(/^User/);
    expect(plugin.auth?.when?.(plugin.settings.parse(settings()))).toBe(false);
    expect(() => plugin.http?.(plugin.settings.parse({ baseUrl: server.origin, email: EMAIL }))).toThrow(
      'apiToken',
    );
  });

  it('knows users', async () => {
    const user = { email: 'ann@example.com', name: 'Ann' };
    expect(await call('zendesk.user.find', { email: user.email })).toEqual({ user: null });
    const made = await call<{ user: { id: string } }>('zendesk.user.upsert', user);
    expect(made.user).toMatchObject(user);
    expect(await call('zendesk.user.upsert', { ...user, name: 'Ann Ode' })).toMatchObject({
      user: { id: made.user.id },
    });
    expect(await call('zendesk.user.find', { email: 'ANN@example.com' })).toMatchObject({
      user: { name: 'Ann Ode' },
    });
  });
});

describe('triggers', () => {
  const trigger = <T>(name: string) => plugin.triggers?.[name] as unknown as T;
  const context = () => ({ settings: settings(), options: {}, signal: new AbortController().signal });

  it('give each change of a ticket once, over all pages', async () => {
    const ids: string[] = [];
    for (const subject of ['1', '2', '3']) ids.push((await opened(subject)).id);
    const poll = trigger<PollTrigger>('desk.ticket.changed');
    const http = {
      get: async (path: string, { query }: { query: Record<string, string> }) => {
        const url = `${server.origin}/api/v2${path}?${new URLSearchParams(query)}`;
        const authorization = `Basic ${btoa(`${EMAIL}/token:${TOKEN}`)}`;
        return (await fetch(url, { headers: { authorization } })).json();
      },
    };
    const look = async (cursor: unknown) =>
      poll.poll({ ...context(), http: http as never, cursor, database: undefined, log: {} as never });
    const first = await look(null);
    expect(first).toMatchObject({ more: true, events: [{ key: ids[0] }, { key: ids[1] }] });
    const second = await look(first.cursor);
    expect(second).toMatchObject({ more: false, events: [{ key: ids[2], data: { subject: '3' } }] });
    await updated({ id: ids[0], status: 'open' });
    const third = await look(second.cursor);
    expect(third.events).toHaveLength(1);
    expect(third.events[0]?.id).not.toBe(first.events[0]?.id);
    expect(await look(third.cursor)).toMatchObject({ events: [], more: false });
  });

  it('read the events of a webhook, and leave others', () => {
    const hook = trigger<WebhookTrigger>('desk.ticket.event');
    const read = (body: object) => hook.webhook({ text: JSON.stringify(body) } as never);
    const event = {
      id: 'cbe4028c',
      type: 'zen:event-type:ticket.status_changed',
      subject: 'zen:ticket:5158',
      time: '2026-06-20T10:57:29Z',
      detail: { id: '5158', status: 'OPEN' },
      event: { current: 'OPEN', previous: 'NEW' },
    };
    expect(read(event)).toMatchObject({ events: [{ id: 'cbe4028c', key: '5158' }] });
    expect(read({ ...event, type: 'zen:event-type:user.created' })).toBe('ignored');
    expect(() => read({ ticket: 'x' })).toThrow('Zendesk events');
  });
});

it('hands other errors on', async () => {
  const http = zendesk({ http: { get: () => Promise.reject(new Error('odd')) } as never });
  await expect(http.get('/x')).rejects.toThrow('odd');
});
