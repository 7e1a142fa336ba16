import { setTimeout as pause } from 'node:timers/promises';
import { eventually, type LocalKafka, startTestKafkaCluster } from '@tutti/testing';
import { DistributedHub } from './testing/distributed-hub.js';
import { HttpStub } from './testing/http-stub.js';
import { produce } from './testing/kafka-produce.js';
import { RunAudit } from './testing/run-audit.js';
import { SteadyLoad } from './testing/steady-load.js';

const ROLES = ['api', 'orchestrator', 'connector-host', 'collector'] as const;
/** How long the broker and the database are away. */
const AWAY_MS = 60_000;
const END_MS_MAX = 120_000;

const patient = 'timeout: { after: { minutes: 5 } }';

/**
 * Calls that may be repeated with their key, with a wait between them. Each has more time than the longest
 * outage: a deadline that passes while nobody can answer is a timeout, as its author asked for.
 */
const steps = (stub: string) => `
document: { dsl: '1.0.3', namespace: chaos, name: steps, version: '1.0.0' }
do:
  - first: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/first', body: '\${ . }' } }
  - rest: { wait: { milliseconds: 300 } }
  - both:
      fork:
        branches:
          - left: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/left', body: '\${ $input }' } }
          - right: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/right', body: '\${ $input }' } }
  - last: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/last', body: '\${ $workflow.input }' } }
`;

/** One call that must never be made twice: when nobody knows whether it was made, a person is asked. */
const once = (stub: string) => `
document: { dsl: '1.0.3', namespace: chaos, name: once, version: '1.0.0' }
do:
  - pay:
      call: http
      ${patient}
      with: { method: post, endpoint: '${stub}/pay', body: '\${ . }' }
      metadata: { tutti: { effect: write } }
`;

describe('the distributed hub under a steady load', () => {
  let kafka: LocalKafka;
  let hub: DistributedHub;
  let stub: HttpStub;
  let audit: RunAudit;
  const loads: SteadyLoad[] = [];
  const accepted = new Set<string>();
  const apiOf = () => hub.apis[Math.floor(Math.random() * hub.apis.length)] ?? '';
  const call: DistributedHub['call'] = (method, path, options) =>
    hub.call(method, path, { ...options, api: apiOf() });

  beforeAll(async () => {
    kafka = await startTestKafkaCluster({ brokers: 3 });
    hub = await DistributedHub.start({
      kafka: { bootstrap: kafka.bootstrap, prefix: 'chaos' },
      apis: 2,
      orchestrators: 2,
      hosts: 2,
    });
    stub = await HttpStub.start();
    audit = new RunAudit(hub.databaseUrl);
    for (const text of [steps(stub.url), once(stub.url)])
      expect((await call('PUT', '/v1/workflows', { text })).status).toBe(200);
  }, 300_000);
  afterAll(async () => {
    loads.forEach((load) => load.abandon());
    stub?.stop();
    await audit?.close();
    await hub?.stop();
    await kafka?.stop();
  }, 60_000);

  /** Loads the hub while `trouble` happens, then waits until every run has ended, and checks all of them. */
  async function survive(trouble: () => Promise<void>): Promise<void> {
    const round = `r${loads.length}`;
    const starts = (workflow: string, perSecond: number) =>
      new SteadyLoad(
        (method, path, { headers, body, ...options } = {}) =>
          call(method, path, {
            ...options,
            body: { n: `${round} ${(body as { n: string }).n}` },
            headers: { 'idempotency-key': `${round} ${headers?.['idempotency-key'] ?? ''}` },
          }),
        { workflow, perSecond },
      );
    const running = [starts('chaos/steps', 10), starts('chaos/once', 3)];
    loads.push(...running);
    const before = stub.seen.length;
    await eventually(() => stub.seen.length > before + 20, 60_000);
    await trouble();
    await pause(1_000);
    for (const load of running) for (const id of (await load.stop()).values()) accepted.add(id);
    await allEnded();
  }

  async function allEnded(): Promise<void> {
    let last: Record<string, number> = {};
    await eventually(async () => {
      last = await audit.statuses([...accepted]);
      return (last.completed ?? 0) + (await unsure()) === accepted.size;
    }, END_MS_MAX).catch(async (error: unknown) => {
      const found = [(error as Error).message, JSON.stringify(last), ...(await audit.errors())].join('\n');
      throw new Error(`${found}\n${hub.output.slice(-20_000)}`);
    });
    checkEffects();
    expect(await audit.faults([...accepted])).toEqual({
      'runs nobody knows': 0,
      'journals with a gap': 0,
      'states of ended runs': 0,
      'rollups away from the runs': 0,
    });
  }

  /** Runs whose only call may have been made when its host died: a person is asked. */
  async function unsure(): Promise<number> {
    const { body } = await call('GET', '/v1/reviews?status=open&limit=100');
    return (body as unknown as { items: unknown[] }).items.length;
  }

  /** What the other system sees: one key per step of a run, and a payment at most once. */
  function checkEffects(): void {
    const keys = new Map<string, Set<string>>();
    const payments = new Map<string, number>();
    for (const { key, path, body } of stub.seen) {
      const step = `${path} ${body}`;
      keys.set(step, (keys.get(step) ?? new Set()).add(key));
      if (path === '/pay') payments.set(step, (payments.get(step) ?? 0) + 1);
    }
    expect([...keys].filter(([, of]) => of.size > 1)).toEqual([]);
    expect([...stub.byKey()].filter(([, of]) => of.size > 1)).toEqual([]);
    expect([...payments].filter(([, times]) => times > 1)).toEqual([]);
  }

  it(
    'loses and doubles nothing when each service is killed in turn',
    () =>
      survive(async () => {
        for (const role of ROLES) {
          await hub.kill(role, 0);
          await hub.restart(role, 0);
        }
      }),
    300_000,
  );

  it(
    'survives two that die at once',
    () =>
      survive(async () => {
        await Promise.all([hub.kill('orchestrator', 0), hub.kill('connector-host', 1)]);
        await Promise.all([hub.restart('orchestrator', 0), hub.restart('connector-host', 1)]);
        await Promise.all([hub.kill('api', 0), hub.kill('orchestrator', 1)]);
        await Promise.all([hub.restart('api', 0), hub.restart('orchestrator', 1)]);
      }),
    300_000,
  );

  it(
    'survives orchestrators that come and go every few seconds',
    () =>
      survive(async () => {
        for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
          const third = await hub.start('orchestrator');
          await pause(3_000);
          await third.end(signal);
          await pause(1_000);
        }
      }),
    300_000,
  );

  it(
    'survives the loss of one of three brokers, and its return',
    () =>
      survive(async () => {
        await kafka.brokers[0]?.kill();
        await pause(8_000);
        await kafka.brokers[0]?.start();
      }),
    300_000,
  );

  it(
    'survives a minute without any broker',
    () =>
      survive(async () => {
        await Promise.all(kafka.brokers.map((broker) => broker.kill()));
        await pause(AWAY_MS);
        await Promise.all(kafka.brokers.map((broker) => broker.start()));
      }),
    400_000,
  );

  it(
    'survives a restart of the database and a minute without it',
    () =>
      survive(async () => {
        await hub.stopDatabase();
        await hub.startDatabase();
        await pause(2_000);
        await hub.stopDatabase();
        await pause(AWAY_MS);
        await hub.startDatabase();
      }),
    400_000,
  );

  it(
    'sets a poisoned message aside with its reason, and goes on',
    () =>
      survive(async () => {
        await produce(kafka.bootstrap, 'chaos.run-inbox.v1', [
          { key: 'poison', value: 'this is no message' },
          { key: 'poison', value: '{"kind":"run.unheard-of"}' },
        ]);
        await produce(kafka.bootstrap, 'chaos.calls.v1', [
          { key: 'poison', value: '{"kind":"call.request","runId":7}' },
        ]);
        const letters = await eventually(async () => {
          const { body } = await call('GET', '/v1/dead-letters?status=open');
          const { items } = body as unknown as { items: { reason: string; detail: string; topic: string }[] };
          return items.length >= 3 ? items : undefined;
        }, 60_000);
        expect(letters.map(({ topic }) => topic).sort()).toEqual([
          expect.stringMatching(/calls\.v1$/),
          expect.stringMatching(/run-inbox\.v1$/),
          expect.stringMatching(/run-inbox\.v1$/),
        ]);
        for (const { detail } of letters) expect(detail).not.toBe('');
      }),
    300_000,
  );

  it('has counted what it did twice', async () => {
    await eventually(async () => {
      const counters = await audit.counters();
      return Object.entries(counters).some(([name, value]) => name.includes('repeated') && value > 0);
    }, 30_000);
  });
});
