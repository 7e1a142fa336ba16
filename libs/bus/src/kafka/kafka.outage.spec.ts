import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { TOPICS, uuidv7 } from '@tutti/contracts';
import { eventually, type LocalKafka, startTestKafkaCluster } from '@tutti/testing';
import type { KafkaBus } from './kafka.bus.js';
import { BusBench } from './testing.js';

const WAIT = 60_000;

describe('KafkaBus when the broker fails', () => {
  let kafka: LocalKafka;
  let bench: BusBench;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));
  afterEach(async () => {
    await bench.close();
    await kafka.stop();
  });

  /** Publishes without a pause until told to stop; returns what was acknowledged. */
  function publishSteadily(bus: KafkaBus): { acked: Set<string>; stop: () => Promise<void> } {
    const acked = new Set<string>();
    let running = true;
    const work = (async () => {
      while (running) {
        const runs = Array.from({ length: 5 }, () => uuidv7());
        await bus.publish(
          TOPICS.runInbox,
          runs.map((runId) => ({ kind: 'run.due' as const, runId })),
        );
        for (const runId of runs) acked.add(runId);
      }
    })();
    const stop = (): Promise<void> => {
      running = false;
      return work;
    };
    return { acked, stop };
  }

  it('waits for a broker that is not there yet, and loses nothing when it is killed', async () => {
    kafka = await startTestKafkaCluster();
    const [broker] = kafka.brokers;
    if (!broker) throw new Error('unreachable');
    await broker.kill();
    bench = new BusBench(kafka.bootstrap, 'outage');
    const [sender, receiver] = [bench.open('sender'), bench.open('receiver')];
    const seen = new Map<string, number>();
    const fed: string[] = [];
    const held: (() => void)[] = [];
    let holding = false;
    receiver.consume(TOPICS.runInbox, [
      (messages) =>
        (messages as { runId: string }[]).map(({ runId }) => {
          seen.set(runId, (seen.get(runId) ?? 0) + 1);
          return holding && held.length < 20
            ? new Promise<void>((open) => held.push(open))
            : Promise.resolve();
        }),
    ]);
    receiver.subscribe(TOPICS.control, (m) => void fed.push(...m.map((c) => c.workspaceId)));
    const early = uuidv7();
    const sent = sender.publish(TOPICS.runInbox, [{ kind: 'run.due', runId: early }]);
    expect(sender.status().connected).toBe(false);
    await broker.start();
    await sent;
    await eventually(() => seen.has(early) && receiver.status().connected, WAIT);

    const steady = publishSteadily(sender);
    await eventually(() => seen.size > 100, WAIT);
    holding = true;
    await eventually(() => held.length === 20, WAIT);
    await broker.kill();
    await eventually(() => !sender.status().connected && !receiver.status().connected, WAIT);
    const before = seen.size;
    await broker.start();
    await eventually(() => seen.size > before + 100, WAIT);
    const inbox = (await receiver.topics()).find(({ topic }) => topic === TOPICS.runInbox);
    const offsets = inbox?.partitions.reduce((sum, { committed }) => sum + (committed ?? 0), 0);
    expect(offsets).toBeLessThan(seen.size - 20 + [...seen.values()].filter((count) => count > 1).length);
    for (const open of held) open();
    await steady.stop();
    await eventually(() => [...steady.acked].every((runId) => seen.has(runId)), WAIT);
    await eventually(() => receiver.status().lag[TOPICS.runInbox] === 0, WAIT);
    expect(receiver.status().handling).toBe(0);
    expect(bench.ports.letters).toEqual([]);
    await sender.publish(TOPICS.control, [
      { kind: 'definitions.changed', workspaceId: 'after', what: 'policy' },
    ]);
    await eventually(() => fed.includes('after'), WAIT);
  }, 180_000);

  it('speaks to a broker over TLS, signed in with SCRAM or PLAIN', async () => {
    kafka = await startTestKafkaCluster({ security: 'sasl-tls' });
    const { users, ca } = kafka.security ?? { users: [], ca: '' };
    const caFile = join(kafka.dir, 'bus-ca.pem');
    writeFileSync(caFile, ca);
    bench = new BusBench(kafka.bootstrap, 'secure', {
      TUTTI_KAFKA_CA_FILE: caFile,
      TUTTI_KAFKA_SASL_USERNAME: users[0]?.username ?? '',
      TUTTI_KAFKA_SASL_PASSWORD: users[0]?.password ?? '',
    });
    const scram = await bench.connect('scram', { TUTTI_KAFKA_SASL_MECHANISM: 'scram-sha-512' });
    const plain = await bench.connect('plain', { TUTTI_KAFKA_SASL_MECHANISM: 'plain' });
    const seen: unknown[] = [];
    plain.consume(TOPICS.runInbox, [(messages) => void seen.push(...messages)]);
    await scram.publish(TOPICS.runInbox, [{ kind: 'run.due', runId: uuidv7() }]);
    await eventually(() => seen.length === 1, WAIT);
  }, 120_000);
});
