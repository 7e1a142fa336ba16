import { ConnectionUseStore, type ConnectionTold } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { json } from '../testing/http-stub.js';
import { CANARY, TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();
const store = () => new ConnectionUseStore(hub.host.database);
const watch = () => hub.host.host.watch;
const told = async (): Promise<ConnectionTold | undefined> => (await store().told('default', ['main']))[0];
const parsed = (text: string | null | undefined) => JSON.parse(text ?? 'null') as unknown;

describe('what connections do', () => {
  it('is summed by the hour and the currency, over writes and hosts', async () => {
    for (let round = 0; round < 2; round++) {
      await hub.host.call('util.confident', {});
      hub.stub.behaviour = (_request, response) => json(response, 200, { fine: true });
      await hub.host.call('util.fetch', { path: '/' });
      await watch().write();
    }
    const hours = await store().day('default', ['main']);
    const sum = (of: 'calls' | 'failed' | 'costMicros', currency: string) =>
      hours.filter((hour) => hour.currency === currency).reduce((total, hour) => total + hour[of], 0);
    expect([sum('calls', 'EUR'), sum('costMicros', 'EUR')]).toEqual([2, 24]);
    expect([sum('calls', ''), sum('failed', ''), sum('costMicros', '')]).toEqual([2, 0, 0]);
    for (const { calls, durations } of hours)
      expect(durations.reduce((total, count) => total + count, 0)).toBe(calls);
    expect(await store().day('elsewhere', ['main'])).toEqual([]);
  });

  it('tells the newest failure without a secret, and keeps it when calls succeed again', async () => {
    hub.stub.behaviour = (_request, response) => json(response, 503, {});
    await hub.host.call('util.fetch', { path: `/echo?value=${encodeURIComponent(CANARY)}` });
    await watch().write();
    hub.stub.behaviour = (_request, response) => json(response, 200, {});
    await hub.host.call('util.fetch', { path: '/' });
    await watch().write();
    const { lastError } = (await told()) ?? {};
    expect(parsed(lastError)).toMatchObject({
      status: 503,
      capability: 'util.fetch',
      at: expect.any(String),
      runId: expect.any(String),
    });
    expect(lastError).not.toContain('canary');
  });

  it('tells what replies say of quotas, and Retry-After of refusals only', async () => {
    const headers = { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59', 'retry-after': '30' };
    const headroom = async () => parsed((await told())?.headroom);
    hub.stub.behaviour = (_request, response) => json(response, 200, {}, headers);
    await hub.host.call('util.fetch', { path: '/' });
    await watch().write();
    expect(await headroom()).toMatchObject({
      quotas: [{ name: 'requests', limit: 60, remaining: 59 }],
      retryAt: null,
    });
    hub.stub.behaviour = (_request, response) => json(response, 429, {}, headers);
    await hub.host.host.tester.test('default', 'main');
    await watch().write();
    expect(await headroom()).toMatchObject({ retryAt: expect.any(String) });
  });

  it('is written by itself, and of a connection that is gone it is dropped', async () => {
    const calls = async () =>
      (await store().day('default', ['main'])).reduce((total, hour) => total + hour.calls, 0);
    const before = await calls();
    await hub.host.call('util.confident', {}, { connection: 'nobody' });
    await hub.host.call('util.confident', {});
    await eventually(async () => (await calls()) === before + 1, 60_000);
    expect(await store().day('default', ['nobody'])).toEqual([]);
  });
});
