import { Later } from '@tutti/plugin-sdk';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import { fails, tellsNot, type VendorReply, VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import { Webhook } from 'standardwebhooks';
import plugin from './index.js';

const SECRET = 'whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0';
const CALLBACK = 'https://hub.example/v1/callbacks/abc';
let robot: VendorServer;
let says: () => VendorReply;

beforeAll(async () => {
  robot = await VendorServer.start(() => says());
});
afterAll(() => robot.stop());
beforeEach(() => {
  robot.reset();
  says = () => ({ status: 202, body: {} });
});

const benchOf = (more: object = {}): PluginBench =>
  pluginBench(plugin, { baseUrl: `${robot.origin}/start`, signingSecret: SECRET, ...more });
const callback = () => Promise.resolve(CALLBACK);
const run = (bench: PluginBench, input: object = { data: { copies: 2 } }) =>
  bench.call('auto.job.run', input, { callback, idempotencyKey: 'key-1' });
const goOn = (bench: PluginBench, later: { state: unknown; answer?: unknown }) =>
  bench.resume('auto.job.run', {}, { later });
const pendingOf = (given: unknown) => (given as Later).pending;

it('says what is wanted and where the answer goes, signed as Standard Webhooks are', async () => {
  const given = await run(benchOf(), { job: 'print/all', data: { copies: 2 } });
  expect(pendingOf(given)).toEqual({
    state: { execution: null, statusUrl: null, looks: 0 },
    forMs: 24 * 3_600_000,
  });
  const [asked] = robot.seen;
  expect(asked?.url.pathname).toBe('/start/print/all');
  expect(asked?.body).toMatchObject({ job: 'print/all', data: { copies: 2 }, callbackUrl: CALLBACK });
  const headers = Object.fromEntries(
    Object.entries(asked?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  expect(asked?.body).toMatchObject({ id: headers['idempotency-key'] });
  expect(new Webhook(SECRET).verify(JSON.stringify(asked?.body), headers)).toMatchObject({
    job: 'print/all',
  });
  expect(() => new Webhook(SECRET).verify('{}', headers)).toThrow();
});

it('signs with any text, and gives all attempts one key', async () => {
  const bench = benchOf({ signingSecret: 'any text', answers: 'reply' });
  await run(bench);
  await run(bench);
  const [first, second] = robot.seen;
  expect(first?.headers['idempotency-key']).toBe(second?.headers['idempotency-key']);
  const key = Buffer.from('any text').toString('base64');
  const headers = first?.headers as Record<string, string>;
  expect(new Webhook(key).verify(JSON.stringify(first?.body), headers)).toMatchObject({
    data: { copies: 2 },
  });
});

it.each([
  ['a result as it is', { pages: 4 }, { result: { pages: 4 }, execution: 'e7' }],
  ['a completed job', { status: 'completed', result: [1] }, { result: [1], execution: 'e7' }],
  ['nothing', null, { result: null, execution: 'e7' }],
])('takes a callback with %s', async (_what, answer, output) => {
  expect(await goOn(benchOf(), { state: { execution: 'e7', statusUrl: null, looks: 0 }, answer })).toEqual(
    output,
  );
});

it('takes a callback though nobody knows how the job began', async () => {
  expect(await goOn(benchOf(), { state: null, answer: 5 })).toEqual({ result: 5, execution: null });
});

it('fails with the words of the automation', async () => {
  const answer = { status: 'failed', error: { message: 'The printer is out of paper.' } };
  const error = await fails(goOn(benchOf(), { state: null, answer }), { fate: 'permanent', status: 422 });
  expect(error.message).toBe('The automation failed: The printer is out of paper.');
});

it('refuses a result that breaks the schema of the connection', async () => {
  const resultSchema = '{"type":"object","required":["pages"],"properties":{"pages":{"type":"integer"}}}';
  const bench = benchOf({ resultSchema });
  const error = await fails(goOn(bench, { state: null, answer: { pages: 'four' } }), { status: 502 });
  expect(error.message).toContain('pages');
  expect(await goOn(bench, { state: null, answer: { pages: 4 } })).toMatchObject({ result: { pages: 4 } });
  expect(() => benchOf({ resultSchema: '[' })).toThrow('no JSON object');
});

it('asks the address that it was given until the job is done, less and less often', async () => {
  const bench = benchOf({ answers: 'status' });
  says = () => ({ status: 202, headers: { location: '/jobs/7' }, body: {} });
  const begun = pendingOf(await run(bench));
  expect(begun).toMatchObject({
    state: { statusUrl: `${robot.origin}/jobs/7`, looks: 0 },
    againAfterMs: 2_000,
  });
  says = () => ({ body: { status: 'running', execution: 7 } });
  const second = pendingOf(await goOn(bench, { state: begun.state }));
  expect(second).toMatchObject({ state: { execution: '7', looks: 1 }, againAfterMs: 3_000 });
  says = () => ({ body: { status: 'completed', result: 'ok' } });
  expect(await goOn(bench, { state: second.state })).toEqual({ result: 'ok', execution: '7' });
  expect(robot.seen.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
    'POST /start',
    'GET /jobs/7',
    'GET /jobs/7',
  ]);
});

it('looks at no host but that of the connection', async () => {
  const bench = benchOf({ answers: 'status' });
  says = () => ({ body: { status: 'running', statusUrl: 'http://elsewhere.example/jobs/7' } });
  const { state } = pendingOf(await run(bench));
  await fails(goOn(bench, { state }), { fate: 'permanent', status: 403 });
});

it.each(['reply', 'status'])('refuses a job that goes on nobody knows where (%s)', async (answers) => {
  says = () => ({ body: { status: 'running' } });
  await fails(run(benchOf({ answers })), { fate: 'permanent', reason: 'invalid-output' });
});

it('may be repeated where the automation drops repeats, and tells no secret', async () => {
  const known = { happened: false };
  expect(await benchOf({ dropsRepeats: true }).reconcile('auto.job.run', {})).toEqual(known);
  expect(await benchOf().reconcile('auto.job.run', {})).toEqual({ happened: 'unknown' });
  robot.failNext({ status: 503, body: 'no' });
  tellsNot(SECRET, await fails(run(benchOf()), { fate: 'transient' }));
});
