import { jest } from '@jest/globals';
import { eventually } from '@tutti/testing';
import { HostInstance } from '../testing/host-instance.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { capabilityRequest } from '../testing/requests.js';
import { CANARY, testPlugin } from '../testing/test-plugin.js';
import { TestHost } from '../testing/test-host.js';

let hub: TestHost;
let stub: HttpStub;
let hosts: HostInstance[];

beforeAll(async () => {
  hub = await TestHost.start(testPlugin);
});
afterAll(() => hub.stop());

beforeEach(async () => {
  stub = await HttpStub.start();
  await hub.database.query('DELETE FROM shared_limits');
  await hub.database.query('DELETE FROM service_instances');
  hosts = [];
});
afterEach(async () => {
  await stub.stop();
  await Promise.all(hosts.map((host) => host.stop()));
});

async function connect(limits: object | null): Promise<void> {
  await hub.connect('util-test', { baseUrl: stub.origin, token: CANARY });
  await hub.database.query('UPDATE connections SET limits = $1, revision = revision + 1', [
    limits === null ? null : JSON.stringify(limits),
  ]);
}

async function start(count: number): Promise<void> {
  for (let i = 0; i < count; i++) hosts.push(await HostInstance.start(hub));
  await Promise.all(hosts.map((host) => host.share()));
}

const fetches = (count: number, workflow = 'calls') =>
  Array.from({ length: count }, () => {
    const request = capabilityRequest('util.fetch', { path: '/x' }, { timeoutMs: 60_000 });
    return { ...request, workflow: { ...request.workflow, name: workflow } };
  });
const performed = (host: HostInstance) => host.counters.read()['calls.performed'] ?? 0;

/**
 * When calls begin on these hosts. Their arrivals would say less: the way there may bring them closer
 * together.
 */
function beginnings(of: readonly HostInstance[]): number[] {
  const at: number[] = [];
  for (const { counters } of of) {
    const add = counters.add.bind(counters);
    jest.spyOn(counters, 'add').mockImplementation((name, count) => {
      if (name === 'calls.performed') at.push(performance.now());
      add(name, count);
    });
  }
  return at;
}

describe('a connection that two hosts call', () => {
  it('has no more calls under way than its limit, and both get their share', async () => {
    let [running, most] = [0, 0];
    stub.behaviour = (_request, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        json(response, 200, {});
      }, 20);
    };
    await connect({ concurrency: 4 });
    await start(2);
    const calls = hosts.flatMap((host) => host.accept(fetches(60)));
    await eventually(() => calls.some((call) => call.done));
    await eventually(() => hosts.every((host) => performed(host) >= 20));
    expect(hosts.map((host) => host.bus.settled.length).every((count) => count < 60)).toBe(true);
    await Promise.all(calls.map(({ promise }) => promise));
    expect(most).toBe(4);
    expect(
      hosts.map((host) => host.bus.settled.filter(({ outcome }) => outcome.status === 'succeeded').length),
    ).toEqual([60, 60]);
  });

  it('gets no more calls in any second than its rate, from all hosts together', async () => {
    stub.behaviour = (_request, response) => json(response, 200, {});
    await connect({ rateLimit: { requests: 10, perMs: 1_000 } });
    await start(2);
    const at = beginnings(hosts);
    const calls = hosts.flatMap((host) => host.accept(fetches(15)));
    await Promise.all(calls.map(({ promise }) => promise));
    const most = Math.max(
      ...at.map((from) => at.filter((time) => time >= from && time < from + 1_000).length),
    );
    expect(at).toHaveLength(30);
    expect(most).toBeLessThanOrEqual(10);
    expect(hosts.some((host) => (host.counters.read()['limits.throttled'] ?? 0) > 0)).toBe(true);
  });

  it('is left alone by all hosts when it says so to one', async () => {
    const at: number[] = [];
    stub.behaviour = (_request, response) => {
      at.push(performance.now());
      if (at.length === 1) json(response, 429, {}, { 'retry-after': '2' });
      else json(response, 200, {});
    };
    await connect({ concurrency: 4 });
    await start(2);
    const [one, other] = hosts as [HostInstance, HostInstance];
    await Promise.all(one.accept(fetches(1)).map(({ promise }) => promise));
    await eventually(async () => {
      const [row] = (await hub.database.query('SELECT state FROM shared_limits')) as { state: string }[];
      return (JSON.parse(row?.state ?? '{"notBeforeMs":0}') as { notBeforeMs: number }).notBeforeMs > 0;
    });
    await Promise.all(other.accept(fetches(3)).map(({ promise }) => promise));
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_950);
    expect(other.bus.settled.every(({ outcome }) => outcome.status === 'succeeded')).toBe(true);
  });
});

describe('a host that is alone', () => {
  it('asks the database for no share', async () => {
    stub.behaviour = (_request, response) => json(response, 200, {});
    await connect({ concurrency: 2, rateLimit: { requests: 1_000, perMs: 1_000 } });
    await start(1);
    const [one] = hosts as [HostInstance];
    await Promise.all(one.accept(fetches(40)).map(({ promise }) => promise));
    expect(one.statements.filter((sql) => sql.includes('shared_limits'))).toEqual([]);
    expect(stub.seen).toHaveLength(40);
  });

  it('refuses a call at once that would have to wait for the other side beyond its deadline', async () => {
    stub.behaviour = (_request, response) => json(response, 429, {}, { 'retry-after': '3600' });
    await connect(null);
    await start(1);
    const [one] = hosts as [HostInstance];
    for (const request of fetches(2)) await one.accept([request])[0]?.promise;
    const [, second] = one.bus.settled;
    expect(second?.outcome).toMatchObject({
      status: 'failed',
      fate: 'transient',
      error: { reason: 'throttled' },
    });
    expect(stub.seen).toHaveLength(1);
    expect(one.counters.read()['limits.throttled']).toBe(1);
  });

  it('keeps a quiet workflow waiting for no more than one round of a noisy one', async () => {
    const releases: (() => void)[] = [];
    stub.behaviour = (_request, response) => void releases.push(() => json(response, 200, {}));
    await connect({ concurrency: 1 });
    await start(1);
    const [one] = hosts as [HostInstance];
    one.accept(fetches(200, 'noisy'));
    await eventually(() => releases.length === 1);
    const [quiet] = one.accept(fetches(1, 'quiet'));
    let released = 0;
    while (quiet?.done === false && released < 5) {
      await eventually(() => releases.length > released || quiet.done);
      releases[released]?.();
      released += 1;
      await eventually(() => one.bus.settled.length === released);
    }
    expect(released).toBeLessThanOrEqual(3);
  });

  it('sends a call away whose deadline comes while it waits', async () => {
    stub.behaviour = () => undefined;
    await connect({ concurrency: 1 });
    await start(1);
    const [one] = hosts as [HostInstance];
    const [first, second] = fetches(2);
    one.accept([first as never]);
    await eventually(() => stub.seen.length === 1);
    await one.accept([{ ...second, timeoutMs: 100 } as never])[0]?.promise;
    expect(one.bus.settled[0]?.outcome).toMatchObject({ status: 'failed', error: { reason: 'timeout' } });
  });
});
