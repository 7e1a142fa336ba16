import type { Later } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { fails, tellsNot, VENDOR_FAILURES, VendorServer } from '@tutti/plugin-sdk/testing/vendor';
import plugin from './index.js';
import { recordedN8n } from './testing/recorded-n8n.js';

/** A real n8n with the workflows of `recordedN8n`, where one is given. */
const { TUTTI_TEST_N8N_URL: REAL, TUTTI_TEST_N8N_KEY: REAL_KEY } = process.env;
const KEY = REAL_KEY ?? 'canary-n8n-key';
let n8n: VendorServer;

beforeAll(async () => {
  n8n = await VendorServer.start(recordedN8n(KEY));
});
afterAll(() => n8n.stop());
beforeEach(() => n8n.reset());

const benchOf = (more: object = {}) =>
  pluginBench(plugin, { baseUrl: REAL ?? n8n.origin, apiKey: KEY, ...more });
const start = (job: string, more: object = {}, data: unknown = { total: 4 }) =>
  benchOf(more).call('auto.job.run', { job, data }, { idempotencyKey: 'key-1', callback });
const callback = () => Promise.resolve('https://hub.example/v1/callbacks/abc');
const pendingOf = (given: unknown) => (given as Later).pending;

it('gives what a workflow answers', async () => {
  expect(await start('book')).toEqual({
    result: { booked: 'RE-4', key: expect.any(String) },
    execution: null,
  });
});

it('fails with a workflow that fails, and starts it no second time', async () => {
  await fails(start('fails'), { fate: 'permanent', status: 422 });
});

it('says what n8n says where there is no webhook', async () => {
  const error = await fails(start('nobody'), { fate: 'permanent', status: 404 });
  expect(error.message).toContain('is not registered. The workflow must be active');
  await fails(benchOf().call('auto.job.run', {}), { status: 400 });
});

it('looks at the execution until it is done', async () => {
  const bench = benchOf({ answers: 'execution' });
  const begun = pendingOf(await start('later', { answers: 'execution' }));
  expect(begun).toMatchObject({ state: { execution: expect.any(String), looks: 0 }, againAfterMs: 2_000 });
  // A real one may be at it still.
  let given: unknown;
  for (let looks = 0; looks < 50; looks += 1) {
    given = await bench.resume('auto.job.run', { job: 'later' }, { later: begun });
    if (!('pending' in (given as object))) break;
  }
  const { execution } = begun.state as { execution: string };
  expect(given).toEqual({ result: [{ total: 8 }], execution });
  expect(await bench.call('auto.execution.read', { id: execution })).toMatchObject({
    status: 'success',
    items: [{ total: 8 }],
    error: null,
  });
});

it('wants the name of the execution where it is to look at it', async () => {
  const error = await fails(start('book', { answers: 'execution' }), { reason: 'invalid-output' });
  expect(error.message).toContain('executionId');
});

it('lists executions, and says why one failed', async () => {
  await start('fails').catch(() => undefined);
  const bench = benchOf();
  const { executions } = (await bench.call('auto.execution.list', { limit: 2 })) as {
    executions: { id: string; status: string }[];
  };
  expect(executions).toHaveLength(2);
  const failed = executions.find(({ status }) => status === 'error');
  expect(await bench.call('auto.execution.read', { id: failed?.id })).toMatchObject({
    error: 'The printer is out of paper.',
  });
});

it('tells its health', async () => {
  expect(await benchOf().health()).toBe('n8n is there, and takes the key.');
  await expect(benchOf({ apiKey: 'wrong' }).health()).rejects.toMatchObject({ status: 401 });
});

it('gives the address of the hub and the secret of webhooks in headers, and no key of the API', async () => {
  const more = { answers: 'callback', webhookHeader: 'x-secret', webhookSecret: 'canary-webhook' };
  const simulated = pluginBench(plugin, { baseUrl: n8n.origin, apiKey: KEY, ...more });
  const given = await simulated.call('auto.job.run', { job: 'later' }, { callback });
  expect(pendingOf(given)).toMatchObject({ state: { execution: '3' }, forMs: 24 * 3_600_000 });
  const [asked] = n8n.seen;
  expect(asked?.headers).toMatchObject({
    'x-secret': 'canary-webhook',
    'x-tutti-callback-url': 'https://hub.example/v1/callbacks/abc',
  });
  expect(asked?.headers).not.toHaveProperty('x-n8n-api-key');
  const later = { state: pendingOf(given).state, answer: { status: 'completed', result: 'ok' } };
  expect(await simulated.resume('auto.job.run', {}, { later })).toEqual({ result: 'ok', execution: '3' });
  const failed = { state: null, answer: { status: 'failed', error: 'No paper.' } };
  const error = await fails(simulated.resume('auto.job.run', {}, { later: failed }), { status: 422 });
  tellsNot('canary-webhook', error);
});

describe('a failing n8n', () => {
  it.each(VENDOR_FAILURES.map((one) => [one.name, one] as const))('%s', async (_name, { holds }) => {
    const bench = pluginBench(plugin, { baseUrl: n8n.origin, apiKey: KEY });
    const read = { capability: 'auto.execution.read', input: { id: '3' } };
    await holds({ server: n8n, bench, secret: KEY, read });
  });
});
