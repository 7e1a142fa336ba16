import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, startTestKafkaCluster } from '@tutti/testing';
import { DistributedHub } from './testing/distributed-hub.js';
import { temporaryFolder } from './testing/hub-process.js';
import { HttpStub } from './testing/http-stub.js';
import { produce } from './testing/kafka-produce.js';
import { freePort } from './ports.js';
import { RunAudit } from './testing/run-audit.js';
import { threeCalls } from './testing/run-load.js';
import { SlowProxy } from './testing/slow-proxy.js';
import { SteadyLoad } from './testing/steady-load.js';

/** Loads the hub while `trouble` happens; every accepted run has to complete, each step with one key. */
async function survive(hub: DistributedHub, stub: HttpStub, trouble: () => Promise<void>): Promise<void> {
  const audit = new RunAudit(hub.databaseUrl);
  expect((await hub.call('PUT', '/v1/workflows', { text: threeCalls(stub.url) })).status).toBe(200);
  const load = new SteadyLoad((...args) => hub.call(...args), { workflow: 'load/three-calls', perSecond: 8 });
  try {
    await eventually(() => stub.seen.length > 20, 60_000);
    await trouble();
    const runs = [...(await load.stop()).values()];
    let last: Record<string, number> = {};
    await eventually(async () => {
      last = await audit.statuses(runs);
      return last.completed === runs.length;
    }, 120_000).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${JSON.stringify(last)}\n${hub.output.slice(-20_000)}`);
    });
    expect([...stub.byKey()].filter(([, of]) => of.size > 1)).toEqual([]);
    expect(Object.values(await audit.faults(runs)).every((count) => count === 0)).toBe(true);
  } finally {
    load.abandon();
    await audit.close();
  }
}

describe('a hub whose network is bad', () => {
  it('loses and doubles nothing while what it says comes late, or is cut off', async () => {
    const [port, proxyPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
    const cluster = await startTestKafkaCluster({ ports: [port], proxyPorts: [proxyPort] });
    const toKafka = await SlowProxy.start({ to: port, port: proxyPort });
    const kafka = { bootstrap: cluster.bootstrap, prefix: 'slow' };
    const hub = await DistributedHub.prepare({ kafka });
    const own = new URL(hub.databaseUrl.replace('postgres://', 'http://'));
    const toDatabase = await SlowProxy.start({ to: `${own.searchParams.get('host')}/.s.PGSQL.5432` });
    const stub = await HttpStub.start();
    const behind = `postgres://${own.username}@127.0.0.1:${toDatabase.port}${own.pathname}`;
    const slow = { TUTTI_DATABASE_URL: behind };
    try {
      for (const role of ['orchestrator', 'connector-host', 'collector', 'api'] as const)
        await hub.start(role, slow);
      await survive(hub, stub, async () => {
        toKafka.delayMs = toDatabase.delayMs = 40;
        for (let i = 0; i < 4; i++) {
          await pause(2_500);
          toKafka.cut();
          await pause(1_000);
          toDatabase.cut();
        }
        toKafka.delayMs = toDatabase.delayMs = 0;
      });
    } finally {
      stub.stop();
      await hub.stop();
      toKafka.stop();
      toDatabase.stop();
      await cluster.stop();
    }
  }, 300_000);
});

describe('a broker whose disk is full', () => {
  it('stops the runs and loses none: they go on when there is room', async () => {
    const folder = temporaryFolder();
    const mount = join(folder.path, 'small');
    mkdirSync(mount);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', mount]).status === 0;
    // Without the right to mount there is no disk that a test may fill: then the broker is stopped.
    const cluster = await startTestKafkaCluster(mounted ? { dir: join(mount, 'kafka') } : {});
    const stub = await HttpStub.start();
    const hub = await DistributedHub.start({ kafka: { bootstrap: cluster.bootstrap, prefix: 'full' } });
    try {
      await survive(hub, stub, async () => {
        if (mounted) await fill(cluster.bootstrap);
        else await cluster.brokers[0]?.stop();
        await eventually(
          async () => (await hub.at('orchestrator', 0).probe('/readyz'))?.status === 503,
          90_000,
        );
        await pause(3_000);
        if (mounted) spawnSync('mount', ['-o', 'remount,size=1g', mount]);
        await cluster.brokers[0]?.kill();
        await cluster.brokers[0]?.start();
      });
    } finally {
      stub.stop();
      await hub.stop();
      await cluster.stop();
      spawnSync('umount', ['-l', mount]);
      folder.remove();
    }
  }, 300_000);

  /** As another program of the company does, until the broker takes no more. */
  async function fill(bootstrap: string): Promise<void> {
    for (let i = 0; i < 400; i++) {
      const records = [{ key: String(i), value: randomBytes(600 * 1024).toString('base64') }];
      const sent = await Promise.race([
        produce(bootstrap, 'full.run-inbox.v1', records).then(
          () => true,
          () => false,
        ),
        pause(10_000).then(() => false),
      ]);
      if (!sent) return;
    }
    throw new Error('The disk did not get full.');
  }
});
