import { randomUUID } from 'node:crypto';
import { uuidv7 } from '@tutti/contracts';
import { json } from '../testing/http-stub.js';
import { capabilityRequest } from '../testing/requests.js';
import { TestBus } from '../testing/test-bus.js';
import { TestHub } from '../testing/test-plugin.js';
import { RemoteSignIns } from '../tokens/remote-sign-ins.js';
import { ConnectionTestWorker } from './connection-test-worker.js';
import { ConnectionNotTested, RemoteConnectionTester } from './remote-connection-tester.js';

const hub = TestHub.use();
const CONNECTION = { workspaceId: 'default', name: 'main' };
let bus: TestBus;
let workers: ConnectionTestWorker[];

beforeEach(() => {
  bus = new TestBus();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await hub.host.database.query('DELETE FROM connection_tests');
  await hub.host.database.query('DELETE FROM service_instances');
});

async function startHost(): Promise<ConnectionTestWorker> {
  const { database, host } = hub.host;
  const instanceId = uuidv7();
  await database.query(
    `INSERT INTO service_instances (id, role, host, pid, version, state)
     VALUES ($1, 'connector-host', 'test', 1, '1', 'ready')`,
    [instanceId],
  );
  const worker = new ConnectionTestWorker({
    database,
    tester: host.tester,
    tryCall: (request) => host.tryCall(request),
    signIns: host.signIns,
    secretBox: host.secretBox,
    bus,
    instanceId,
  });
  workers.push(worker);
  return worker;
}
const tester = (answerMsMax?: number) =>
  new RemoteConnectionTester({
    database: hub.host.database,
    bus,
    ...(answerMsMax === undefined ? {} : { answerMsMax }),
  });

it('is performed by a host that is told, and its answer comes back', async () => {
  await startHost();
  await expect(tester().test(CONNECTION)).resolves.toMatchObject({ ok: true, detail: 'as it should be' });
  hub.stub.behaviour = (_request, response) => json(response, 401, {});
  await expect(tester().test(CONNECTION)).resolves.toMatchObject({
    ok: false,
    detail: expect.stringContaining('answered 401'),
  });
  expect(bus.others).toHaveLength(2);
});

it('may be a call that somebody tries out, of which nothing is left but its trace', async () => {
  await startHost();
  const request = capabilityRequest('util.confident', {});
  const settled = await tester().tryCall(request);
  expect(settled).toMatchObject({ kind: 'call.settled', outcome: { status: 'succeeded' } });
  expect(await hub.host.database.query('SELECT * FROM connection_tests')).toEqual([]);
  const spans = hub.host.spans.filter(({ traceId }) => traceId === request.trace.traceId);
  expect(spans.map(({ spanId, parentSpanId }) => [spanId === request.trace.spanId, parentSpanId])).toEqual([
    [false, request.trace.spanId],
    [true, undefined],
  ]);
});

it('is performed once, however many hosts are told', async () => {
  await Promise.all([startHost(), startHost(), startHost()]);
  await Promise.all(Array.from({ length: 10 }, () => tester().test(CONNECTION)));
  expect(hub.stub.seen).toHaveLength(10);
});

it('is found by a host also while the bus is away', async () => {
  await startHost();
  bus.state = 'away';
  await expect(tester().test(CONNECTION)).resolves.toMatchObject({ ok: true });
});

it('says at once that no host is running', async () => {
  await expect(tester().test(CONNECTION)).rejects.toThrow('No connector host is running');
  await expect(tester().test(CONNECTION)).rejects.toBeInstanceOf(ConnectionNotTested);
});

it('gives up on hosts that live but do not answer, and leaves nothing for later', async () => {
  await (await startHost()).close();
  await expect(tester(50).test(CONNECTION)).rejects.toThrow('none tested the connection in time');
  expect(await hub.host.database.query('SELECT 1 FROM connection_tests')).toEqual([]);
});

it('answers for a connection that does not exist', async () => {
  await startHost();
  const name = randomUUID();
  await expect(tester().test({ workspaceId: 'default', name })).resolves.toMatchObject({
    ok: false,
    detail: `There is no connection "${name}".`,
  });
});

describe('sign-ins from a process without plugins', () => {
  const request = {
    workspaceId: 'default',
    connection: 'main',
    redirectUri: 'http://127.0.0.1:3000/v1/oauth/callback',
    returnTo: null,
    by: 'ann',
  };
  const remote = () =>
    new RemoteSignIns({ database: hub.host.database, bus, secretBox: hub.host.host.secretBox });

  /** Rows go when their answer was read: they are kept as they were then. */
  const keepRows = () =>
    hub.host.database.query(`
      CREATE TABLE kept_tests (row text);
      CREATE FUNCTION keep_test() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO kept_tests VALUES (OLD::text); RETURN OLD; END';
      CREATE TRIGGER keep_test BEFORE DELETE ON connection_tests FOR EACH ROW EXECUTE FUNCTION keep_test()`);

  it('are made by a host, with question and answer sealed', async () => {
    await keepRows();
    await startHost();
    expect(await remote().begin(request)).toEqual({
      error: expect.stringContaining('Nobody signs in to connections of the plugin "util-test"'),
    });
    expect(await remote().finish({ state: 'canary-state', code: 'canary-code' })).toMatchObject({
      ok: false,
      connection: null,
    });
    const rows = await hub.host.database.query('SELECT row FROM kept_tests');
    expect(rows).toHaveLength(2);
    const text = JSON.stringify(rows);
    for (const told of ['canary', 'util-test', Buffer.from('canary').toString('hex')])
      expect(text).not.toContain(told);
  });

  it('say at once that no host is running', async () => {
    await expect(remote().begin(request)).rejects.toThrow('No connector host is running');
  });
});
