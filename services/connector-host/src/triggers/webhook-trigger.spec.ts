import { createHmac } from 'node:crypto';
import { uuidv7, type HookAnswer, type HookReader } from '@tutti/contracts';
import { forgetPluginTrigger, switchPluginTrigger } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { feedPlugin } from '../testing/feed-plugin.js';
import { json } from '../testing/http-stub.js';
import { TestBus } from '../testing/test-bus.js';
import { PUBLIC_URL, TriggerBench } from '../testing/trigger-bench.js';
import { HookWorker } from './hook-worker.js';
import { RemoteHookReader } from './remote-hook-reader.js';

const bench = TriggerBench.use(feedPlugin);
const SENT = { trigger: 'util.thing.sent' };
const SECRET = 'feed-canary-signing';

function send(
  triggerId: string,
  body: string,
  more: { secret?: string; event?: string; through?: HookReader } = {},
): Promise<HookAnswer> {
  const signature = createHmac('sha256', more.secret ?? SECRET)
    .update(body)
    .digest('hex');
  const headers = { 'x-feed-signature': `sha256=${signature}`, 'x-feed-event': more.event ?? 'made' };
  const call = { triggerId, method: 'POST', path: '/v1/hooks/x', query: {}, headers };
  return (more.through ?? bench.reader()).read({ ...call, body: Buffer.from(body).toString('base64') });
}

it('keeps events before it answers, and each once', async () => {
  const id = await bench.bind(SENT);
  expect(await send(id, '{"n":1}')).toEqual({ kind: 'taken', events: 1 });
  expect(await send(id, '{"n":1}')).toEqual({ kind: 'taken', events: 1 });
  expect(await send(id, '{"n":2}')).toEqual({ kind: 'taken', events: 1 });
  expect((await bench.events(id)).map((event) => event.id)).toEqual(['thing-1', 'thing-2']);
});

it('answers what the plugin says, and passes over what is of no interest', async () => {
  const id = await bench.bind(SENT);
  expect(await send(id, 'abc', { event: 'challenge' })).toEqual({
    kind: 'answered',
    status: 200,
    contentType: 'text/plain',
    body: 'abc',
  });
  expect(await send(id, '{}', { event: 'ping' })).toEqual({ kind: 'taken', events: 0 });
  expect(await bench.events(id)).toEqual([]);
});

it('refuses who does not know the secret, and shows it without the secret', async () => {
  const id = await bench.bind(SENT);
  expect(await send(id, '{"n":1}', { secret: 'guessed' })).toMatchObject({
    kind: 'refused',
    because: 'unauthorized',
  });
  const { error } = await bench.status(id);
  expect(error).toBe('A request was refused: The signature does not fit the request.');
  expect(await bench.events(id)).toEqual([]);
  await send(id, '{"n":1}');
  expect((await bench.status(id)).error).toBeNull();
});

it('refuses what the plugin cannot read, and a trigger that is paused or cannot work', async () => {
  const id = await bench.bind(SENT);
  expect(await send(id, 'no json')).toMatchObject({ kind: 'refused', because: 'invalid' });
  expect(await send(id, '{"n":"one"}')).toMatchObject({ kind: 'refused', because: 'invalid' });
  await bench.host.database.query(`UPDATE plugin_triggers SET connection = 'gone'`);
  const notNow = { kind: 'refused', because: 'unavailable', detail: expect.not.stringContaining('gone') };
  expect(await send(id, '{"n":1}')).toEqual(notNow);
  expect((await bench.status(id)).error).toBe('There is no connection "gone".');
  await switchPluginTrigger(bench.host.database, id, false);
  expect(await send(id, '{"n":1}')).toMatchObject({ because: 'unavailable' });
  expect(await bench.events(id)).toEqual([]);
});

it('is read by a connector host for an API without plugins', async () => {
  const id = await bench.bind(SENT);
  const [bus, { database }] = [new TestBus(), bench.host];
  const remote = new RemoteHookReader({ database, bus });
  const worker = new HookWorker({ database, bus, reader: bench.reader() });
  expect(await send(id, '{"n":1}', { through: remote })).toEqual({ kind: 'taken', events: 1 });
  expect(await send(id, '{"n":1}', { through: remote, secret: 'x' })).toMatchObject({
    because: 'unauthorized',
  });
  await worker.close();
  // What was sent is kept no longer than it takes.
  expect(await database.query('SELECT 1 FROM hook_requests')).toEqual([]);
  const late = new RemoteHookReader({ database, bus, answerMsMax: 100 });
  expect(await send(id, '{"n":1}', { through: late })).toMatchObject({ because: 'unavailable' });
});

describe('a hook that the plugin registers in the other system', () => {
  let registered: Map<string, string>;
  beforeEach(() => {
    registered = new Map();
    bench.stub.behaviour = ({ method, url, body }, response) => {
      if (method === 'DELETE') registered.delete(url.replace('/hooks/', ''));
      else registered.set(`h${registered.size + 1}`, (JSON.parse(body) as { url: string }).url);
      json(response, 200, { id: `h${registered.size}` });
    };
  });

  it('is registered when the trigger is switched on, and taken back when it is paused', async () => {
    const id = await bench.bind(SENT);
    bench.work();
    await eventually(async () => (await bench.status(id)).subscribed);
    const { hookToken } = await bench.status(id);
    expect([...registered]).toEqual([['h1', `${PUBLIC_URL}/v1/hooks/${hookToken}`]]);
    await switchPluginTrigger(bench.host.database, id, false);
    await eventually(async () => !(await bench.status(id)).subscribed);
    expect(registered.size).toBe(0);
  });

  it('is taken back when the trigger is removed, and forgotten only then', async () => {
    const id = await bench.bind(SENT);
    bench.work();
    await eventually(async () => (await bench.status(id)).subscribed);
    await bench.host.database.query('DELETE FROM triggers WHERE id = $1', [id]);
    await forgetPluginTrigger(bench.host.database, id);
    await eventually(async () => !(await bench.store.statusOf([id])).has(id));
    expect(registered.size).toBe(0);
  });

  it('says what is missing where the hub has no address', async () => {
    const id = await bench.bind(SENT);
    bench.work({ publicUrl: null, owner: uuidv7() });
    const error = await eventually(async () => (await bench.status(id)).error);
    expect(error).toContain('TUTTI_PUBLIC_API_URL');
    expect(registered.size).toBe(0);
  });
});
