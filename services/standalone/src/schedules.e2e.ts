import { jest } from '@jest/globals';
import { eventually, testKafka } from '@tutti/testing';
import type { Answer, CallOptions } from './testing/api-caller.js';
import { DistributedHub } from './testing/distributed-hub.js';
import { EventLoad } from './testing/event-load.js';
import { databasePidOf, endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';

jest.setTimeout(300_000);

interface Hub {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

interface Shown {
  fired: number;
  skipped: number;
  fires: { plannedAt: string; outcome: string; count: number; run: { id: string } }[];
}

const SCHEDULES = ['a', 'b', 'c'];
const workflowText = (name: string) => `
document:
  dsl: '1.0.3'
  namespace: scheduled
  name: ${name}
  version: '1.0.0'
  metadata: { tutti: { schedule: { catchUp: { all: 100 }, input: { planned: '\${ .plannedAt }' } } } }
schedule: { every: { seconds: 1 } }
do:
  - pause: { wait: { milliseconds: 15 } }
  - done: { set: { planned: '\${ $workflow.input.planned }' } }
`;

async function applyAll(hub: Hub): Promise<void> {
  for (const name of SCHEDULES) {
    const { status, body } = await hub.call('PUT', '/v1/workflows', { text: workflowText(name) });
    expect([status, body]).toEqual([200, expect.anything()]);
  }
}

const show = async (hub: Hub, name: string) =>
  (await hub.call('GET', `/v1/schedules/scheduled/${name}`)).body as unknown as Shown;

/** Waits until a schedule has started so many runs; a hub that cannot answer is asked again. */
const untilFired = (hub: Hub, count: number) =>
  eventually(async () => {
    try {
      return (await Promise.all(SCHEDULES.map((name) => show(hub, name)))).every(
        ({ fired }) => fired >= count,
      );
    } catch {
      return false;
    }
  });

/** Every second from the first to the last planned time has one run, and each of them ended well. */
async function expectEverySecondOnce(hub: Hub): Promise<void> {
  for (const name of SCHEDULES) {
    await hub.call('POST', `/v1/schedules/scheduled/${name}/pause`);
    const { fired, skipped, fires } = await show(hub, name);
    expect(skipped).toBe(0);
    const planned = fires.map(({ plannedAt }) => Date.parse(plannedAt)).reverse();
    const first = planned[0] as number;
    expect(planned).toEqual(planned.map((_, i) => first + i * 1000));
    expect(planned).toHaveLength(fired);
    await eventually(async () => {
      const { body } = await hub.call('GET', `/v1/runs?workflow=scheduled/${name}&limit=200`);
      const runs = (body as unknown as { items: { status: string; trigger: string }[] }).items;
      if (runs.some(({ status }) => status !== 'completed')) return false;
      expect(new Set(runs.map(({ trigger }) => trigger)).size).toBe(runs.length);
      expect(runs).toHaveLength(fired);
      return true;
    });
  }
}

describe('schedules of a hub in one process', () => {
  const folder = temporaryFolder();
  let hub: HubProcess;
  beforeAll(async () => {
    hub = await HubProcess.start(folder.path);
  });
  afterAll(async () => {
    await hub.end('SIGTERM');
    await endLeftDatabase(folder.path);
    folder.remove();
  });

  it('take every planned time once, though the hub and its database are killed', async () => {
    await applyAll(hub);
    for (const round of [1, 2]) {
      await untilFired(hub, round * 4);
      const database = databasePidOf(folder.path);
      await hub.end('SIGKILL');
      if (round === 2) process.kill(database, 'SIGKILL');
      await endLeftDatabase(folder.path);
      hub = await HubProcess.start(folder.path);
    }
    await untilFired(hub, 12);
    await expectEverySecondOnce(hub);
  });
});

describe('schedules of a hub over Kafka', () => {
  let hub: DistributedHub;
  beforeAll(async () => {
    hub = await DistributedHub.start({ kafka: await testKafka(), apis: 2, orchestrators: 2 });
  });
  afterAll(() => hub?.stop());

  it('take every planned time once, though an API dies and the database is away', async () => {
    await applyAll(hub);
    await untilFired(hub, 4);
    await hub.kill('api', 0);
    await untilFired(hub, 8);
    await hub.stopDatabase();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await hub.startDatabase();
    await untilFired(hub, 14);
    await expectEverySecondOnce(hub);
  });

  it('events come once to who listens and to what they start, though an owner dies', async () => {
    const load = new EventLoad(() => hub);
    await load.prepare();
    await load.send(10);
    const sending = load.send(20);
    const telling = load.tell();
    await hub.kill('orchestrator', 0);
    await sending;
    await telling;
    await load.check();
  });
});
