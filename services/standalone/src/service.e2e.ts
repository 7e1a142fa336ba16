import { eventually, startTestKafkaCluster, testKafka } from '@tutti/testing';
import { DistributedHub } from './testing/distributed-hub.js';
import { HttpStub } from './testing/http-stub.js';
import { endsOf, RunLoad, threeCalls } from './testing/run-load.js';
import { ServiceUnderTest } from './testing/service-process.js';

const ROLES = ['api', 'orchestrator', 'connector-host', 'collector'] as const;

describe('one role alone', () => {
  it('refuses an environment that is not right, naming all of it', async () => {
    const api = new ServiceUnderTest('api', { TUTTI_HEALTH_PORT: 'x', TUTTI_MASTER_KEY: 'short' });
    expect(await api.exited()).toBe(1);
    expect(api.output).toContain('Tutti api cannot start:\nThe environment of the api is not right.\n');
    for (const name of [
      'TUTTI_HEALTH_PORT',
      'TUTTI_DATABASE_URL',
      'TUTTI_KAFKA_BROKERS',
      'TUTTI_MASTER_KEY',
      'TUTTI_ADMIN_TOKEN',
    ])
      expect(api.output).toMatch(new RegExp(`^ {2}${name} (is|must)`, 'm'));
    expect(api.output).toContain('docs/configuration.md lists every variable.');
  });

  it('refuses a role that there is not', async () => {
    const service = new ServiceUnderTest('worker' as 'api', {});
    expect(await service.exited()).toBe(1);
    expect(service.output).toContain('"worker" is no role. Give one of api, orchestrator,');
  });

  it('says how a database refuses it', async () => {
    const hub = await DistributedHub.prepare({ kafka: await testKafka() });
    try {
      const wrong = hub.databaseUrl.replace(/\/tutti\?/, '/nothing?');
      const service = hub.launch('orchestrator', { TUTTI_DATABASE_URL: wrong });
      expect(await service.exited()).toBe(1);
      expect(service.output).toMatch(
        /^The database at localhost refuses: database "nothing" does not exist\. Check TUTTI_DATABASE_URL/m,
      );
    } finally {
      await hub.stop();
    }
  });

  it('waits, alive, for a database and broker that start later, and ends at once when told to', async () => {
    const hub = await DistributedHub.prepare({
      kafka: { bootstrap: '127.0.0.1:9', prefix: 'none' },
      environment: { TUTTI_HEALTH_PORT: '0' },
    });
    try {
      const service = hub.launch('orchestrator');
      await service.line(/Waiting for Kafka at 127\.0\.0\.1:9/, 60_000);
      expect(await service.end('SIGTERM')).toBe(0);
    } finally {
      await hub.stop();
    }
  });
});

describe('the services over Kafka', () => {
  let hub: DistributedHub;
  let stub: HttpStub;
  const call = (...args: Parameters<DistributedHub['call']>) => hub.call(...args);

  beforeAll(async () => {
    hub = await DistributedHub.start({ kafka: await testKafka(), apis: 2, orchestrators: 2, hosts: 2 });
    stub = await HttpStub.start();
    expect((await call('PUT', '/v1/workflows', { text: threeCalls(stub.url) })).status).toBe(200);
  }, 300_000);
  afterAll(async () => {
    stub?.stop();
    await hub?.stop();
  });

  it('are alive and ready, each on its own port and the API on its own too', async () => {
    for (const role of ROLES) {
      // The last process that came makes the others join their groups anew.
      await eventually(async () => (await hub.at(role, 0).probe('/readyz'))?.status === 200, 30_000);
      expect(await hub.at(role, 0).probe('/readyz')).toEqual({ status: 200, body: { status: 'ok' } });
      expect(await hub.at(role, 0).probe('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
    }
    for (const api of hub.apis)
      await eventually(async () => (await call('GET', '/readyz', { api })).status === 200, 30_000);
  });

  it('answer a request that waits, whichever API accepted the run', async () => {
    for (const api of hub.apis) {
      const run = await call('POST', '/v1/workflows/load/three-calls/runs', {
        api,
        body: { n: 1 },
        headers: { prefer: 'wait=30' },
      });
      expect(run).toMatchObject({ status: 200, body: { status: 'completed', output: { n: 1 } } });
    }
  });

  it('answer who waits at one API for a run that another one accepted', async () => {
    stub.answerMs = 500;
    const key = { 'idempotency-key': `same-${Date.now()}` };
    const [first, second] = hub.apis as [string, string];
    const start = (api: string, headers: Record<string, string>) =>
      call('POST', '/v1/workflows/load/three-calls/runs', { api, body: { n: 2 }, headers });
    const accepted = await start(first, key);
    const waited = await start(second, { ...key, prefer: 'wait=30' });
    stub.answerMs = 5;
    expect(accepted.status).toBe(202);
    expect(waited).toMatchObject({ status: 200, body: { id: accepted.body?.id, status: 'completed' } });
  });

  it('keep one trace of a run that crossed them', async () => {
    const { body } = await call('POST', '/v1/workflows/load/three-calls/runs', {
      body: { n: 3 },
      headers: { prefer: 'wait=30' },
    });
    const trace = await eventually(async () => {
      const answer = await call('GET', `/v1/runs/${String(body?.id)}/trace`);
      const { spans } = answer.body as unknown as { spans: { name: string; parentSpanId: string | null }[] };
      return spans.length >= 4 && spans.some(({ name }) => name.startsWith('invoke_workflow'))
        ? spans
        : undefined;
    });
    expect(trace.filter(({ name }) => name.startsWith('POST'))).toHaveLength(3);
    expect(trace.filter(({ parentSpanId }) => parentSpanId === null)).toHaveLength(1);
  });

  it('lose nothing and double nothing in a rolling restart under load', async () => {
    const load = new RunLoad((method, path, options) =>
      // As a load balancer: whichever API is ready.
      call(method, path, { ...options, api: hub.apis[Math.floor(Math.random() * hub.apis.length)] ?? '' }),
    );
    try {
      const before = stub.seen.length;
      await eventually(() => stub.seen.length > before + 30);
      for (const role of ROLES) {
        for (const [i] of hub.processes[role].entries()) {
          expect(await hub.kill(role, i, 'SIGTERM')).toBe(0);
          await hub.restart(role, i);
        }
      }
    } finally {
      await load.stop();
    }
    const { accepted } = load;
    expect(accepted.length).toBeGreaterThan(50);
    expect(await endsOf(call, accepted)).toEqual({ completed: accepted.length });
    expect([...stub.byKey().values()].filter((requests) => requests.size > 1)).toEqual([]);
  }, 900_000);

  it('drain on SIGTERM: not ready first, and every call under way is done once', async () => {
    stub.answerMs = 1_500;
    const before = stub.seen.length;
    const { body } = await call('POST', '/v1/workflows/load/three-calls/runs', { body: { n: 4 } });
    await eventually(() => stub.seen.slice(before).some(({ key }) => key.startsWith(String(body?.id))));
    const hosts = hub.processes['connector-host'].map((_, i) => i);
    const ended = Promise.all(hosts.map((i) => hub.kill('connector-host', i, 'SIGTERM')));
    await eventually(async () => (await hub.at('connector-host', 0).probe('/readyz'))?.status === 503);
    expect(await ended).toEqual(hosts.map(() => 0));
    stub.answerMs = 5;
    await Promise.all(hosts.map((i) => hub.restart('connector-host', i)));
    expect(await endsOf(call, [String(body?.id)])).toEqual({ completed: 1 });
    // The call that was under way was finished and not made again.
    const ofRun = stub.seen.slice(before).filter(({ key }) => key.startsWith(String(body?.id)));
    expect(ofRun).toHaveLength(3);
  });

  it('say that the database is away, live on, and are ready again when it is back', async () => {
    await hub.stopDatabase();
    for (const role of ROLES) {
      const probe = await eventually(async () => {
        const answer = await hub.at(role, 0).probe('/readyz');
        return answer?.status === 503 ? answer : undefined;
      });
      expect(probe.body).toMatchObject({
        detail: expect.stringContaining('The database does not answer.'),
        errors: expect.arrayContaining([expect.objectContaining({ part: 'database' })]),
      });
      expect((await hub.at(role, 0).probe('/healthz'))?.status).toBe(200);
    }
    await hub.startDatabase();
    for (const role of ROLES)
      await eventually(async () => (await hub.at(role, 0).probe('/readyz'))?.status === 200);
    const run = await call('POST', '/v1/workflows/load/three-calls/runs', {
      body: { n: 5 },
      headers: { prefer: 'wait=60' },
    });
    expect(run).toMatchObject({ status: 200, body: { status: 'completed' } });
  }, 300_000);
});

describe('a broker that goes away', () => {
  it('is named by every process until it is back, and no run is lost', async () => {
    const cluster = await startTestKafkaCluster();
    const stub = await HttpStub.start();
    let load: RunLoad | undefined;
    const hub = await DistributedHub.start({ kafka: { bootstrap: cluster.bootstrap, prefix: 'away' } });
    try {
      expect((await hub.call('PUT', '/v1/workflows', { text: threeCalls(stub.url) })).status).toBe(200);
      const call = (...args: Parameters<DistributedHub['call']>) => hub.call(...args);
      load = new RunLoad(call);
      await eventually(() => stub.seen.length > 30);
      const [broker] = cluster.brokers;
      await broker?.kill();
      for (const role of ROLES) {
        const probe = await eventually(async () => {
          const answer = await hub.at(role, 0).probe('/readyz');
          return answer?.status === 503 ? answer : undefined;
        }, 60_000);
        expect(probe.body).toMatchObject({ detail: expect.stringContaining('The bus is not connected') });
        expect((await hub.at(role, 0).probe('/healthz'))?.status).toBe(200);
      }
      await broker?.start();
      for (const role of ROLES)
        await eventually(async () => (await hub.at(role, 0).probe('/readyz'))?.status === 200, 90_000);
      const accepted = await load.stop();
      expect(await endsOf(call, accepted)).toEqual({ completed: accepted.length });
      expect([...stub.byKey().values()].filter((requests) => requests.size > 1)).toEqual([]);
    } finally {
      await load?.stop();
      await hub.stop();
      await cluster.stop();
      stub.stop();
    }
  }, 600_000);
});
