import { uuidv7, type CallRequest } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { HostInstance, type Watched } from '../testing/host-instance.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { callRequest, capabilityRequest, httpRequest } from '../testing/requests.js';
import { CANARY, script, testPlugin } from '../testing/test-plugin.js';
import { TestHost } from '../testing/test-host.js';

let hub: TestHost;
let stub: HttpStub;
let one: HostInstance;
let other: HostInstance;
/** Answers the requests that wait at the stub. */
let releases: (() => void)[];

beforeAll(async () => {
  hub = await TestHost.start(testPlugin);
});
afterAll(() => hub.stop());

beforeEach(async () => {
  stub = await HttpStub.start();
  releases = [];
  await hub.connect('util-test', { baseUrl: stub.origin, token: CANARY });
  Object.assign(script, { running: 0, releases: [] });
  await hub.database.query('DELETE FROM call_claims');
  [one, other] = [await HostInstance.start(hub), await HostInstance.start(hub)];
});
afterEach(async () => {
  await stub.stop();
  await Promise.all([one.stop(), other.stop()]);
});

const write = (about: Partial<CallRequest> = {}, capability = 'util.send') =>
  capabilityRequest(capability, {}, { effect: 'write', ...about });
const holdAnswers = () => {
  stub.behaviour = (_request, response) => void releases.push(() => json(response, 200, { id: 'made' }));
};
const runIdAt = (ms: number) => {
  const time = Math.round(ms).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${uuidv7().slice(13)}`;
};
const posts = () => stub.seen.filter(({ method }) => method === 'POST').length;
const done = (call: Watched | undefined) => eventually(() => call?.done);
const claims = (of: HostInstance) =>
  of.database.query('SELECT instance_id, settled FROM call_claims') as Promise<
    { instance_id: string; settled: string | null }[]
  >;

describe('a write that comes to a second host', () => {
  beforeEach(holdAnswers);

  it('waits there while the first has it, is made once, and has one result', async () => {
    const request = write();
    const [first] = one.accept([request]);
    await eventually(() => posts() === 1);
    const [second] = other.accept([request], true);
    await eventually(() => other.counters.read()['claims.waited'] === 1);
    releases[0]?.();
    await Promise.all([done(first), done(second)]);
    expect(posts()).toBe(1);
    expect(one.bus.settled[0]?.outcome).toEqual({ status: 'succeeded', output: { id: 'made' } });
    expect(other.bus.settled).toEqual(one.bus.settled);
    expect(other.counters.read()).toEqual({ 'calls.repeated': 1, 'claims.waited': 1 });
  });

  it('is made once when both get it at the same moment, unaware of each other', async () => {
    const requests = Array.from({ length: 20 }, () => write({ timeoutMs: 60_000 }));
    const calls = [...one.accept(requests), ...other.accept(requests)];
    await eventually(() => {
      for (const release of releases.splice(0)) release();
      return calls.every((call) => call.done);
    });
    expect(posts()).toBe(20);
    expect(one.bus.settled).toHaveLength(20);
    expect(other.bus.settled).toHaveLength(20);
  });

  it('is asked for when the first died, and is unknown when nobody can tell', async () => {
    stub.behaviour = (request, response) => {
      if (request.method === 'GET') json(response, 200, { id: 'found' });
    };
    const [asked, open] = [write({}, 'util.send-and-ask'), write()];
    one.accept([asked, open]);
    await eventually(() => posts() === 2);
    await one.seen('16 seconds');
    const calls = other.accept([asked, open], true);
    await Promise.all(calls.map(done));
    const outcomes = new Map(other.bus.settled.map(({ runId, outcome }) => [runId, outcome]));
    expect(outcomes.get(asked.runId)).toEqual({ status: 'succeeded', output: { id: 'found' } });
    expect(outcomes.get(open.runId)).toMatchObject({ status: 'failed', fate: 'unknown' });
    expect(posts()).toBe(2);
    expect(other.counters.read()['claims.taken-over']).toBe(2);
  });

  it('has the result of a host that died before it could publish it', async () => {
    one.bus.state = 'away';
    const request = write();
    const [first] = one.accept([request]);
    await eventually(() => releases.length === 1);
    releases[0]?.();
    await eventually(async () => (await claims(other))[0]?.settled);
    await one.seen('16 seconds');
    await done(other.accept([request], true)[0]);
    expect(other.bus.settled[0]?.outcome).toEqual({ status: 'succeeded', output: { id: 'made' } });
    expect({ posts: posts(), first: first?.done }).toEqual({ posts: 1, first: false });
  });

  it('is waited for again when the host that looked after it dies while it waits', async () => {
    const request = write({}, 'util.send-and-ask');
    one.accept([request]);
    await eventually(() => posts() === 1);
    const [second] = other.accept([request], true);
    await eventually(() => other.counters.read()['claims.waited'] === 1);
    stub.behaviour = (_request, response) => json(response, 200, { id: 'found' });
    await one.seen('16 seconds');
    await done(second);
    expect(other.bus.settled[0]?.outcome).toEqual({ status: 'succeeded', output: { id: 'found' } });
    expect(posts()).toBe(1);
  });
});

describe('a write that was sent again and has no claim', () => {
  beforeEach(() => {
    stub.behaviour = (_request, response) => json(response, 200, { id: 'made' });
  });
  /** A run of so long after the first claims were kept. */
  const runAfter = async (ms: number) => {
    const [row] = (await hub.database.query(
      `UPDATE bus_state SET updated_at = clock_timestamp() - interval '10 minutes'
       WHERE key = 'calls.claimed-since' RETURNING (extract(epoch FROM updated_at) * 1000)::float8 AS ms`,
    )) as unknown as [{ ms: number }[], number];
    await one.stop();
    one = await HostInstance.start(hub);
    return write({ redelivered: true, runId: runIdAt((row[0]?.ms ?? 0) + ms) });
  };

  it('never began, so it is made', async () => {
    const request = await runAfter(60_000);
    await done(one.accept([request])[0]);
    expect(one.bus.settled[0]?.outcome).toEqual({ status: 'succeeded', output: { id: 'made' } });
  });

  it('is open when a host without claims may have begun it', async () => {
    const request = await runAfter(-60_000);
    await done(one.accept([request])[0]);
    expect(one.bus.settled[0]?.outcome).toMatchObject({ status: 'failed', fate: 'unknown' });
    expect(posts()).toBe(0);
  });
});

describe('a call that is no write', () => {
  const read = () => capabilityRequest('util.fetch', { path: '/slow' });
  beforeEach(holdAnswers);

  it('is performed by one host while it may change hands, and the other sends the same result', async () => {
    const request = read();
    one.accept([request]);
    await eventually(() => stub.seen.length === 1);
    await one.intake.claimUnderWay();
    const [second] = other.accept([request], true);
    await eventually(() => other.counters.read()['claims.waited'] === 1);
    releases[0]?.();
    await done(second);
    expect(stub.seen).toHaveLength(1);
    expect(other.bus.settled).toEqual(one.bus.settled);
  });

  it('is claimed after a second without being told, and performed again when its host died', async () => {
    const request = read();
    one.accept([request]);
    await eventually(async () => (await claims(one)).length === 1);
    await one.seen('16 seconds');
    const [second] = other.accept([request], true);
    await eventually(() => releases.length === 2);
    releases[1]?.();
    await done(second);
    expect(other.bus.settled[0]?.outcome.status).toBe('succeeded');
  });

  it('costs no statement when it comes once and ends soon', async () => {
    stub.behaviour = (_request, response) => json(response, 200, 'quick');
    await eventually(() => one.statements.length > 0);
    one.statements.length = 0;
    const requests = Array.from({ length: 50 }, () => httpRequest({ uri: stub.origin }));
    await Promise.all(one.accept(requests).map(({ promise }) => promise));
    expect(one.statements).toEqual([]);
    expect(one.counters.read()).toEqual({ 'calls.performed': 50 });
  });
});

describe('the same call again in one host', () => {
  it('joins the one that is under way, also when it is said to be sent again', async () => {
    holdAnswers();
    const request = write();
    const calls = one.accept([request, request]);
    await eventually(() => posts() === 1);
    calls.push(...one.accept([{ ...request, redelivered: true }], true));
    releases[0]?.();
    await Promise.all(calls.map(done));
    expect({ posts: posts(), results: one.bus.settled.length }).toEqual({ posts: 1, results: 1 });
    expect(one.counters.read()).toEqual({ 'calls.performed': 1, 'calls.repeated': 2 });
  });

  it('is answered with the result it had', async () => {
    stub.behaviour = (_request, response) => json(response, 200, { id: 'made' });
    const request = write();
    await done(one.accept([request])[0]);
    await done(one.accept([request], true)[0]);
    expect(posts()).toBe(1);
    expect(one.bus.settled[1]).toEqual(one.bus.settled[0]);
  });
});

it('claims the writes of a batch in few statements, each before it is made', async () => {
  let unclaimed = 0;
  stub.behaviour = (_request, response) => {
    void claims(other).then((rows) => {
      if (rows.length === 0) unclaimed += 1;
      json(response, 200, { id: 'made' });
    });
  };
  await eventually(() => one.statements.length > 0);
  one.statements.length = 0;
  const requests = Array.from({ length: 50 }, () =>
    httpRequest({ uri: stub.origin, method: 'POST' }, { effect: 'write' }),
  );
  await Promise.all(one.accept(requests).map(({ promise }) => promise));
  expect({ unclaimed, posts: posts() }).toEqual({ unclaimed: 0, posts: 50 });
  expect(one.statements.filter((sql) => sql.startsWith('INSERT')).length).toBeLessThan(10);
});

it('waits for a database that is away, and loses no call', async () => {
  stub.behaviour = (_request, response) => json(response, 200, { id: 'made' });
  await eventually(() => one.statements.length > 0);
  const away = Object.assign(new Error('no database'), { code: 'ECONNREFUSED' });
  one.failures.push(away, away);
  await done(one.accept([write()])[0]);
  expect({ posts: posts(), failures: one.failures.length }).toEqual({ posts: 1, failures: 0 });
});

it('gives no call for done whose result the bus did not take', async () => {
  stub.behaviour = (_request, response) => json(response, 200, { id: 'made' });
  one.bus.state = 'closed';
  const [call] = one.accept([write()]);
  await eventually(async () => (await claims(one))[0]?.settled);
  expect(call).toMatchObject({ done: false, failed: undefined });
});

describe('a host that is asked to end', () => {
  it('ends what is under way, and begins nothing any more', async () => {
    const narrow = Array.from({ length: 3 }, () => capabilityRequest('util.narrow', {}, { effect: 'write' }));
    const calls = one.accept(narrow);
    await eventually(() => script.releases.length === 1);
    const draining = one.intake.drain();
    const late = one.accept([write()]);
    script.releases[0]?.();
    await draining;
    expect(calls.map((call) => call.done)).toEqual([true, false, false]);
    expect(late[0]?.done).toBe(false);
    expect(script.releases).toHaveLength(1);
    expect({ posts: posts(), claims: (await claims(other)).length }).toEqual({ posts: 0, claims: 1 });
    const again = other.accept(narrow.slice(1), true);
    await eventually(() => script.releases.length === 2);
    script.releases[1]?.();
    await eventually(() => script.releases.length === 3);
    script.releases[2]?.();
    await Promise.all(again.map(done));
  });

  it('leaves a claim on what did not end in time: its repeat waits until this host is dead', async () => {
    holdAnswers();
    const request = capabilityRequest('util.fetch', { path: '/slow' });
    one.accept([request]);
    await eventually(() => stub.seen.length === 1);
    await one.intake.drain(1);
    expect(await claims(other)).toMatchObject([{ instance_id: one.id, settled: null }]);
  });

  it('does not tell of what it cut off: that is performed where it is given again', async () => {
    const codes = ['for (;;);', 'console.log("done")'];
    stub.behaviour = (_request, response) => response.end(codes[stub.seen.length - 1]);
    const source = { uri: `${stub.origin}/script.js` };
    const input = { language: 'javascript', source, arguments: [], environment: {}, return: 'stdout' };
    const request = callRequest({ target: { kind: 'script' }, input });
    const [cut] = one.accept([request]);
    await eventually(() => stub.seen.length === 1);
    await one.intake.drain(1);
    await one.host.close();
    await one.seen('16 seconds');
    await done(other.accept([request], true)[0]);
    expect(other.bus.settled[0]?.outcome).toEqual({ status: 'succeeded', output: 'done\n' });
    expect({ done: cut?.done, failed: cut?.failed, told: one.bus.settled }).toEqual({
      done: false,
      failed: undefined,
      told: [],
    });
  });
});
