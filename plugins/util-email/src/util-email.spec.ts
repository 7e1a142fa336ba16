import { createServer, type AddressInfo, type Server } from 'node:net';
import { jest } from '@jest/globals';
import type { ArtifactRef } from '@tutti/contracts';
import { verifyPlugin, type Polled, type PollTrigger } from '@tutti/plugin-sdk';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { eventually, startMail, type TestMail } from '@tutti/testing';
import plugin from './index.js';
import { withMailbox } from './mailbox.js';
import type { Message, MessageSummary, ReceivedMessage } from './messages.js';
import { Settings } from './settings.js';

// A real server, on a machine that may be busy with much else: a limit against hanging, not a measure.
jest.setTimeout(600_000);

const START_MS_MAX = 600_000;
const ME = 'kim@example.com';
let server: TestMail;
let mail: PluginBench;
let keys = 0;

beforeAll(async () => {
  server = await startMail();
  mail = connected();
  const settings = Settings.parse(server.settings);
  await withMailbox({ settings, signal: new AbortController().signal }, async (client) => {
    for (const folder of ['Sent', 'Done']) await client.mailboxCreate(folder);
  });
}, START_MS_MAX);
afterAll(() => server?.stop());

const connected = (more: object = {}) =>
  pluginBench(plugin, { ...server.settings, sentFolder: 'Sent', ...more });
const call = <T>(capability: string, input: unknown, idempotencyKey = `key-${(keys += 1)}`) =>
  mail.call(`email.message.${capability}`, input, { idempotencyKey }) as Promise<T>;
const send = (input: object, key?: string) =>
  call<{ messageId: string; accepted: string[] }>(
    'send',
    { to: [ME], text: 'Hello', subject: 'x', ...input },
    key,
  );
const search = async (input: object) =>
  (await call<{ messages: MessageSummary[] }>('search', input)).messages;
/** What was sent arrives a moment later. */
const arrived = (subject: string) =>
  eventually(async () => {
    const [message] = await search({ subject });
    if (message === undefined) throw new Error(`"${subject}" has not come yet.`);
    return message;
  });
const get = async ({ uid, folder }: { uid: number; folder: string }) =>
  (await call<{ message: Message | null }>('get', { uid, folder })).message;

it('keeps the rules for plugins, and tells in its health who answers', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  expect(await mail.health()).toBe('127.0.0.1 sends, 127.0.0.1 has the mailbox');
  await expect(connected({ smtpHost: undefined, imapHost: undefined }).health()).rejects.toMatchObject({
    status: 422,
  });
});

it('sends text, HTML and files, and gets them back', async () => {
  const file = await mail.files.write(new Uint8Array([0, 1, 2, 255]), {
    mediaType: 'application/pdf',
    name: 'März "1".pdf',
  });
  const { messageId, accepted } = await send({
    to: [{ address: ME, name: 'Kim Möller' }],
    bcc: ['hidden@example.com'],
    replyTo: 'desk@example.com',
    subject: 'Grüße, with files',
    text: 'In short: ü',
    html: '<p>In short: ü</p>',
    attachments: [file],
    inReplyTo: '<first@example.com>',
  });
  expect(accepted).toEqual([ME, 'hidden@example.com']);
  const message = await get(await arrived('with files'));
  expect(message).toMatchObject({
    messageId,
    subject: 'Grüße, with files',
    from: { address: ME },
    to: [{ address: ME, name: 'Kim Möller' }],
    replyTo: [{ address: 'desk@example.com', name: null }],
    inReplyTo: '<first@example.com>',
    text: expect.stringContaining('In short: ü'),
    html: expect.stringContaining('<p>In short: ü</p>'),
    attachments: [{ name: 'März "1".pdf', mediaType: 'application/pdf', bytes: 4 }],
  });
  const [attachment] = message?.attachments ?? [];
  expect([...(await mail.files.read(attachment as ArtifactRef))]).toEqual([0, 1, 2, 255]);
  expect(JSON.stringify(message)).not.toContain('hidden@');
  expect(await get({ uid: 99_999, folder: 'INBOX' })).toBeNull();
});

it('lets no line break become a header', async () => {
  for (const input of [
    { subject: 'x\r\nBcc: thief@example.com' },
    { to: [{ address: ME, name: 'Kim\r\nBcc: thief@example.com' }] },
    { to: ['kim@example.com\r\nBcc: thief@example.com'] },
    { inReplyTo: '<a@b>\r\nBcc: thief@example.com' },
  ])
    await expect(send(input)).rejects.toThrow(/one line|email|look like/i);
});

describe('a message whose answer was lost', () => {
  const input = { to: [ME], subject: 'Only once', text: 'x' };
  const reconcile = (bench: PluginBench, idempotencyKey: string) =>
    bench.reconcile('email.message.send', input, { idempotencyKey });

  it('is found again by its copy', async () => {
    const { messageId } = await send(input, 'k-once');
    expect(await reconcile(mail, 'k-once')).toEqual({
      happened: true,
      output: { messageId, accepted: [ME], refused: [] },
    });
  });

  it('is a question for a person without one', async () => {
    expect(await reconcile(mail, 'k-other')).toEqual({ happened: 'unknown' });
    expect(await reconcile(connected({ sentFolder: undefined }), 'k-once')).toEqual({ happened: 'unknown' });
  });
});

it('finds, flags and moves', async () => {
  await send({ subject: 'Invoice 4711', text: 'the needle' });
  const found = await arrived('Invoice 4711');
  expect(await search({ from: ME, text: 'needle' })).toMatchObject([{ uid: found.uid }]);
  expect(await search({ subject: 'Invoice 4711', flagged: true })).toEqual([]);
  const { uid, uidValidity } = found;
  const flag = { uid, uidValidity, add: ['\\Flagged', '\\Seen'], remove: [] };
  expect(await call('flag', flag)).toMatchObject({ flags: expect.arrayContaining(['\\Flagged', '\\Seen']) });
  expect(await call('flag', { uid, remove: ['\\Seen'] })).toMatchObject({
    flags: expect.not.arrayContaining(['\\Seen']),
  });
  expect(await search({ subject: 'Invoice 4711', flagged: true })).toHaveLength(1);
  expect(await call('move', { uid, uidValidity, to: 'Done' })).toEqual({ moved: true });
  expect(await call('move', { uid, uidValidity, to: 'Done' })).toEqual({ moved: false });
  expect(await search({ folder: 'Done' })).toMatchObject([{ subject: 'Invoice 4711', folder: 'Done' }]);
});

describe('the trigger', () => {
  const poll = async (cursor: unknown, options: object = {}) => {
    const trigger = plugin.triggers?.['email.message.received'] as PollTrigger;
    const signal = new AbortController().signal;
    const settings = Settings.parse(server.settings);
    const context = { settings, signal, cursor, options: options as Record<string, unknown> };
    return (await trigger.poll(context as Parameters<PollTrigger['poll']>[0])) as Polled<ReceivedMessage>;
  };

  it('gives each message that comes once, and none from before', async () => {
    const first = await poll(null);
    expect(first.events).toEqual([]);
    const file = await mail.files.write(new Uint8Array(9), { mediaType: 'image/png', name: 'a.png' });
    await send({ subject: 'News 1', attachments: [file] });
    await send({ subject: 'News 2', text: 'y'.repeat(40_000) });
    await arrived('News 2');
    const second = await poll(first.cursor);
    expect(second.events.map(({ data }) => [data.subject, data.attachments, data.cut])).toEqual([
      ['News 1', [{ name: 'a.png', mediaType: 'image/png', bytes: 9 }], false],
      ['News 2', [], true],
    ]);
    expect(new Set(second.events.map(({ id }) => id)).size).toBe(2);
    expect(second.events[0]).toMatchObject({ key: ME, time: expect.any(String) });
    expect((await poll(second.cursor)).events).toEqual([]);
    expect((await poll(first.cursor)).events.map(({ id }) => id)).toEqual(second.events.map(({ id }) => id));
  });

  it('reads a folder that was made anew from its beginning', async () => {
    const { events } = await poll({ validity: '1', uid: 99_999 }, { folder: 'Done' });
    expect(events.map(({ data }) => data.subject)).toEqual(['Invoice 4711']);
  });
});

describe('what goes wrong', () => {
  const thrown = (asked: Promise<unknown>) =>
    asked.then(
      () => undefined,
      (error: Error) => error,
    );

  it('is a wrong password, which is not told', async () => {
    const wrong = connected({ password: 'other-canary' });
    for (const asked of [
      () => wrong.health(),
      () => wrong.call('email.message.search', {}),
      () => wrong.call('email.message.send', { to: [ME], subject: 'x' }),
    ]) {
      const error = await thrown(asked());
      expect(error).toMatchObject({ fate: 'permanent', status: 401 });
      expect(`${error?.stack}${JSON.stringify(error)}`).not.toContain('canary');
    }
  });

  it('is a folder or message that is not there, or another one now', async () => {
    await expect(search({ folder: 'Nowhere' })).rejects.toMatchObject({ fate: 'permanent', status: 404 });
    await expect(call('flag', { uid: 99_999, add: ['\\Seen'] })).rejects.toMatchObject({ status: 404 });
    await expect(call('get', { uid: 1, uidValidity: '17' })).rejects.toMatchObject({ status: 409 });
  });

  it('is a certificate that nobody signed', async () => {
    const { imapsPort } = server;
    const secure = connected({ imapPort: imapsPort, imapTls: 'implicit' });
    await expect(secure.call('email.message.search', {})).rejects.toThrow(/certificate|self.signed/i);
    const demanding = connected({ imapTls: 'starttls' });
    await expect(demanding.call('email.message.search', {})).rejects.toThrow();
  });
});

describe('a sending server', () => {
  /** Says what it is told, line by line. */
  let stub: Server;
  let data = '';
  let answers: Record<string, string> = {};
  const asked: string[] = [];

  beforeAll(async () => {
    stub = createServer((socket) => {
      let inText = false;
      let rest = '';
      socket.on('error', () => undefined);
      socket.write('220 stub\r\n');
      socket.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (inText) {
            if (line !== '.') continue;
            inText = false;
            if (data === 'silent') return void socket.destroy();
            socket.write(`${data}\r\n`);
            continue;
          }
          const verb = line.slice(0, 4).toUpperCase();
          asked.push(verb);
          inText = verb === 'DATA' && answers[verb] === undefined;
          socket.write(`${answers[verb] ?? (inText ? '354 go on' : '250 ok')}\r\n`);
        }
      });
    });
    await new Promise<void>((done) => stub.listen(0, '127.0.0.1', done));
  });
  afterAll(() => new Promise((done) => stub.close(done)));

  const sent = (
    given: Record<string, string>,
    said: string,
    mayHaveHappened: () => void = () => undefined,
  ) => {
    answers = given;
    data = said;
    const { port } = stub.address() as AddressInfo;
    const bench = pluginBench(plugin, { smtpHost: '127.0.0.1', smtpPort: port, smtpTls: 'off', from: ME });
    return bench.call('email.message.send', { to: [ME], subject: 'x' }, { mayHaveHappened });
  };

  it.each([
    ['RCPT', '550 no such user', { fate: 'permanent', status: 422 }],
    ['RCPT', '452 mailbox full', { fate: 'transient', status: 503 }],
    ['MAIL', '552 too large', { fate: 'permanent', status: 413 }],
    ['DATA', '451 try later', { fate: 'transient' }],
  ])('that answers %s with %s has sent nothing', async (verb, answer, expected) => {
    const told = jest.fn();
    await expect(sent({ [verb]: answer }, '250 ok', told)).rejects.toMatchObject(expected);
    expect(told).not.toHaveBeenCalled();
  });

  it('that falls silent after the text may have sent it', async () => {
    const told = jest.fn();
    await expect(sent({}, 'silent', told)).rejects.toMatchObject({ fate: 'transient' });
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('that refuses the text has not', async () => {
    await expect(sent({}, '554 spam')).rejects.toMatchObject({ fate: 'permanent', status: 422 });
  });

  it('that is away is asked later', async () => {
    const away = connected({ smtpPort: 1 });
    await expect(away.call('email.message.send', { to: [ME], subject: 'x' })).rejects.toMatchObject({
      fate: 'transient',
      reason: 'unavailable',
    });
  });
});
