import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import type { DeskHistoryEntry, DeskMessage, DeskTicket } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { FaultyProxy, startRequestTracker, type TestRequestTracker } from '@tutti/testing';
import plugin from './index.js';

// A real server, on a machine that may be busy with much else: a limit against hanging, not a measure.
jest.setTimeout(600_000);

const START_MS_MAX = 600_000;
let tracker: TestRequestTracker;
let proxy: FaultyProxy;
let desk: PluginBench;
let keys = 0;

beforeAll(async () => {
  tracker = await startRequestTracker();
  proxy = await FaultyProxy.before(tracker.settings.baseUrl);
  desk = connected();
}, START_MS_MAX);
afterAll(async () => {
  await proxy?.stop();
  await tracker?.stop();
});

const connected = (more: object = {}) =>
  pluginBench(plugin, { ...tracker.settings, baseUrl: proxy.address, ...more });
const call = <T>(capability: string, input: unknown, idempotencyKey = `key-${(keys += 1)}`) =>
  desk.call(capability, input, { idempotencyKey }) as Promise<T>;
const opened = async (subject: string, more: object = {}, key?: string) => {
  const input = { subject, body: 'It arrived broken.', requester: 'kim@example.com', ...more };
  return (await call<{ ticket: DeskTicket }>('desk.ticket.create', input, key)).ticket;
};
const found = async (filters: object) =>
  (await call<{ tickets: DeskTicket[] }>('desk.ticket.find', filters)).tickets;
const updated = async (input: object) =>
  (await call<{ ticket: DeskTicket }>('desk.ticket.update', input)).ticket;
/** Loses the answer of the next write to a path, which is performed all the same. */
const loseAnswerOf = (path: RegExp) =>
  proxy.once(({ method, path: asked }) => method !== 'GET' && path.test(asked), 'lose-answer');

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it('tells in its health what it speaks with', async () => {
  expect(await desk.health()).toMatch(/^Request Tracker 5\./);
});

it('opens a ticket and gives it back', async () => {
  const ticket = await opened('Order A-17', { priority: 'high' });
  expect(ticket).toMatchObject({
    subject: 'Order A-17',
    status: 'new',
    priority: 'high',
    queue: 'General',
    requester: 'kim@example.com',
    assignee: null,
  });
  expect(await call('desk.ticket.get', { id: ticket.id })).toEqual({ ticket });
  expect(await call('desk.ticket.get', { id: '99999' })).toEqual({ ticket: null });
  expect(await call('desk.ticket.get', { id: '1 OR id > 0' })).toEqual({ ticket: null });
});

it('finds tickets by what is given, and lets no text become a query', async () => {
  const ticket = await opened("O'Neil's lamp");
  expect(await found({ text: "O'Neil" })).toEqual([ticket]);
  expect(await found({ text: "O'Neil", status: ['solved'] })).toEqual([]);
  expect(await found({ text: "O'Neil", assignee: null, queue: 'General', status: ['new'] })).toHaveLength(1);
  expect(await found({ text: "zzz' OR id > 0 OR Subject LIKE 'x" })).toEqual([]);
  expect(await found({ text: 'zzz\\' })).toEqual([]);
  expect((await found({ requester: 'kim@example.com' })).map(({ id }) => id)).toContain(ticket.id);
});

it('changes, assigns and closes a ticket, and tells its history', async () => {
  const { id } = await opened('Way of a ticket');
  expect(await updated({ id, subject: 'Renamed', priority: 'urgent', status: 'pending' })).toMatchObject({
    subject: 'Renamed',
    priority: 'urgent',
    status: 'pending',
  });
  expect(await call('desk.ticket.assign', { id, assignee: 'root' })).toMatchObject({
    ticket: { assignee: 'root' },
  });
  expect(await call('desk.ticket.assign', { id, assignee: null })).toMatchObject({
    ticket: { assignee: null },
  });
  const { message } = await call<{ message: DeskMessage }>('desk.ticket.reply', { id, body: 'On its way.' });
  expect(message).toMatchObject({ ticketId: id, kind: 'reply' });
  await call('desk.ticket.comment', { id, body: 'Ask the warehouse.' });
  expect(await call('desk.ticket.close', { id })).toMatchObject({ ticket: { status: 'solved' } });
  const { entries } = await call<{ entries: DeskHistoryEntry[] }>('desk.ticket.history', { id, limit: 100 });
  expect(entries.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['created', 'change', 'reply', 'comment']),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({ kind: 'change', field: 'Status', to: 'resolved', by: 'root' }),
  );
});

describe('what happens at the desk', () => {
  /** The ids of tickets that a poll tells of, and its cursor. */
  const looked = async (trigger: string, cursor: unknown, options = {}) => {
    const { events, cursor: next } = await desk.poll(trigger, { cursor, options });
    return { told: events.map(({ key }) => key), cursor: next, events };
  };

  it('is found by its time in any time zone of the user', async () => {
    const { baseUrl, user, password } = tracker.settings;
    const move = async (Timezone: string) => {
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ Timezone });
      expect((await fetch(`${baseUrl}/REST/2.0/user/root`, { method: 'PUT', headers, body })).ok).toBe(true);
    };
    const from = (ms: number) => ({ from: new Date(Date.now() + ms).toISOString(), seen: [] });
    const HOUR_MS = 3_600_000;
    const ticket = await opened('Somewhere');
    for (const zone of ['America/New_York', 'Asia/Tokyo', '']) {
      await move(zone);
      expect((await looked('desk.ticket.created', from(-HOUR_MS))).told).toContain(ticket.id);
      expect((await looked('desk.ticket.created', from(HOUR_MS))).told).toEqual([]);
    }
  });

  it('is told as new tickets, once each, of the queue that is named', async () => {
    await opened('Before the first look');
    const first = await looked('desk.ticket.created', null);
    expect(first.told).toEqual([]);
    const one = await opened("Ann's lamp");
    const two = await opened('A second lamp');
    const second = await looked('desk.ticket.created', first.cursor);
    expect(second.told).toEqual([one.id, two.id]);
    expect(second.events[0]).toMatchObject({ data: one, time: one.createdAt });
    await updated({ id: one.id, subject: 'Renamed' });
    expect((await looked('desk.ticket.created', second.cursor)).told).toEqual([]);
    const elsewhere = await looked('desk.ticket.created', first.cursor, { queue: "Queue of O'Neil" });
    expect(elsewhere.told).toEqual([]);
  });

  it('is told as changes, also when a second comes at once', async () => {
    const ticket = await opened('Changes');
    const first = await looked('desk.ticket.changed', null);
    await updated({ id: ticket.id, status: 'open' });
    const second = await looked('desk.ticket.changed', first.cursor);
    expect(second.events).toMatchObject([{ key: ticket.id, data: { status: 'open' } }]);
    await updated({ id: ticket.id, priority: 'urgent' });
    const third = await looked('desk.ticket.changed', second.cursor);
    expect(third.events).toMatchObject([{ key: ticket.id, data: { priority: 'urgent' } }]);
    expect((await looked('desk.ticket.changed', third.cursor)).told).toEqual([]);
  });
});

it('refuses a change at another version, and does a repeat once', async () => {
  const ticket = await opened('Versions');
  await updated({ id: ticket.id, subject: 'First' });
  const late = updated({ id: ticket.id, subject: 'Second', expectedVersion: ticket.version });
  await expect(late).rejects.toMatchObject({ fate: 'permanent', status: 409 });
  const again = { id: ticket.id, subject: 'First', expectedVersion: ticket.version };
  const before = await updated({ id: ticket.id, priority: 'low' });
  expect(await updated(again)).toEqual(before);
  const seen = await updated({ id: ticket.id, subject: 'Third', expectedVersion: before.version });
  expect(seen.subject).toBe('Third');
});

it('tells what Request Tracker refuses with status 200', async () => {
  const { id } = await opened('Refused');
  await expect(updated({ id, assignee: 'no-such-user' })).rejects.toMatchObject({
    fate: 'permanent',
    status: 422,
    message: expect.stringContaining('assignee'),
  });
  await expect(updated({ id: '99999', subject: 'x' })).rejects.toMatchObject({ status: 404 });
  await expect(opened('x', { queue: 'Nowhere' })).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('Nowhere'),
  });
});

it('makes nothing twice when an answer is lost', async () => {
  const twice = async <T>(path: RegExp, perform: () => Promise<T>): Promise<T> => {
    loseAnswerOf(path);
    await expect(perform()).rejects.toMatchObject({ fate: 'transient' });
    return perform();
  };
  const ticket = await twice(/\/ticket$/, () => opened('Only once', {}, 'k-ticket'));
  expect(await found({ text: 'Only once' })).toHaveLength(1);
  const say = () =>
    call<{ message: DeskMessage }>('desk.ticket.reply', { id: ticket.id, body: 'Hello' }, 'k-reply');
  const { message } = await twice(/correspond$/, say);
  expect((await say()).message).toEqual(message);
  const history = await call<{ entries: DeskHistoryEntry[] }>('desk.ticket.history', {
    id: ticket.id,
    limit: 100,
  });
  expect(history.entries.filter(({ kind }) => kind === 'reply')).toHaveLength(1);
});

it.each([
  [429, '', { fate: 'transient', status: 429, reason: 'throttled' }],
  [500, 'x', { fate: 'transient', status: 500 }],
  [503, '', { fate: 'transient', status: 503 }],
  [409, '{}', { fate: 'permanent', status: 409 }],
  [422, '{"message":"no"}', { fate: 'permanent', status: 422 }],
  [200, '{"items":[{}]}', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
  [200, '{"ite', { fate: 'permanent', status: 502, reason: 'invalid-output' }],
])('classifies %i %s', async (status, body, expected) => {
  proxy.once(({ path }) => path.includes('/tickets'), { status, body });
  await expect(call('desk.ticket.get', { id: '1' })).rejects.toMatchObject(expected);
});

it('tells a wrong password without repeating it', async () => {
  const failed = await connected({ password: 'canary-secret' })
    .health()
    .then(
      () => undefined,
      (error: Error) => error,
    );
  expect(failed).toMatchObject({ fate: 'permanent', status: 401 });
  expect(inspect(failed)).not.toContain('canary');
});

it('needs a token, or a user and a password', () => {
  const settings = plugin.settings.parse({ baseUrl: 'https://rt.example.com/', user: 'kim' });
  expect(() => plugin.http?.(settings as Record<string, unknown>)).toThrow('token');
  expect(plugin.http?.({ ...settings, token: 't0k' })).toEqual({
    baseUrl: 'https://rt.example.com/REST/2.0',
    headers: { authorization: 'token t0k' },
  });
});
