import { Logger } from '@nestjs/common';
import { TOPICS, uuidv7 } from '@tutti/contracts';
import { eventually, testKafka } from '@tutti/testing';
import kafkajs from 'kafkajs';
import type { BatchContext } from '../bus.js';
import { KafkaBus } from './kafka.bus.js';
import { brokerTopicName } from './kafka-topics.js';
import { busOptions, MemoryPorts } from './testing.js';

const WAIT = 15_000;
const due = (runId: string) => ({ kind: 'run.due' as const, runId });

describe('KafkaBus', () => {
  const buses: KafkaBus[] = [];
  let env: { bootstrap: string; prefix: string; partitions?: number };
  let ports: MemoryPorts;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

  beforeEach(async () => {
    const { bootstrap, prefix } = await testKafka();
    env = { bootstrap, prefix: prefix.replace(/\.$/, '') };
    ports = new MemoryPorts();
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
    const admin = new kafkajs.Kafka({ brokers: [env.bootstrap], logLevel: 0 }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: Object.values(TOPICS).map((t) => brokerTopicName(env.prefix, t)) });
    await admin.disconnect();
  });

  async function connect(instanceId = 'a'): Promise<KafkaBus> {
    const bus = await KafkaBus.connect(busOptions(env, ports, instanceId));
    buses.push(bus);
    return bus;
  }

  it('hands over what was published, in order for each run, and commits it', async () => {
    const bus = await connect();
    const seen: { runId: string; n: number }[] = [];
    bus.consume(TOPICS.runInbox, [
      (messages) => {
        seen.push(
          ...(messages as { runId: string; commandId: string }[]).map(({ runId, commandId }) => ({
            runId,
            n: Number(commandId),
          })),
        );
      },
    ]);
    const runs = Array.from({ length: 20 }, () => uuidv7());
    for (let n = 0; n < 10; n++)
      await bus.publish(
        TOPICS.runInbox,
        runs.map((runId) => ({
          kind: 'run.commanded',
          runId,
          commandId: String(n),
          command: { kind: 'resume', by: 'a' },
        })),
      );
    await eventually(() => seen.length === 200, WAIT);
    for (const runId of runs)
      expect(seen.filter((message) => message.runId === runId).map(({ n }) => n)).toEqual([
        ...Array(10).keys(),
      ]);
    await eventually(async () => {
      const inbox = (await bus.topics()).find(({ topic }) => topic === TOPICS.runInbox);
      return inbox?.lag === 0 && inbox.partitions.some(({ committed }) => committed !== null);
    }, WAIT);
    expect(bus.status()).toMatchObject({ transport: 'kafka', sending: 0, handling: 0 });
    expect(bus.status().shards).toEqual({ owned: [0, 1, 2, 3], count: 4 });
    expect(bus.counters).toMatchObject({ sent: 200, received: 200, deadLetters: 0 });
  });

  it('gives every process what is published after it subscribed', async () => {
    const [one, two] = [await connect('one'), await connect('two')];
    const seen: string[] = [];
    const message = { kind: 'definitions.changed' as const, workspaceId: 'default', what: 'policy' as const };
    await one.publish(TOPICS.lifecycle, [{ ...message, workspaceId: 'before' }]);
    one.subscribe(
      TOPICS.lifecycle,
      (messages) => void seen.push(...messages.map((m) => `one ${m.workspaceId}`)),
    );
    two.subscribe(
      TOPICS.lifecycle,
      (messages) => void seen.push(...messages.map((m) => `two ${m.workspaceId}`)),
    );
    await two.publish(TOPICS.lifecycle, [message]);
    await one.publish(TOPICS.lifecycle, [{ ...message, workspaceId: 'second' }]);
    await eventually(() => seen.length === 4, WAIT);
    expect(seen.toSorted()).toEqual(['one default', 'one second', 'two default', 'two second']);
  });

  it('commits nothing behind a message that is not done, and hands that over again', async () => {
    env.partitions = 1;
    const first = await connect('first');
    const gates: (() => void)[] = [];
    first.consume(TOPICS.runInbox, [
      (messages) => messages.map(() => new Promise<void>((open) => gates.push(open))),
    ]);
    const runs = Array.from({ length: 4 }, () => uuidv7());
    await first.publish(TOPICS.runInbox, runs.map(due));
    await eventually(() => gates.length === 4, WAIT);
    for (const index of [0, 2, 3]) gates[index]?.();
    await first.close();
    buses.splice(0);
    const second = await connect('second');
    const seen: { runId: string; repeat: boolean }[] = [];
    second.consume(TOPICS.runInbox, [
      (messages, context: BatchContext) => {
        (messages as { runId: string }[]).forEach(({ runId }, index) =>
          seen.push({ runId, repeat: context.repeats[index] === true }),
        );
      },
    ]);
    await eventually(() => seen.length === 3, WAIT);
    expect(seen.map(({ runId }) => runId)).toEqual(runs.slice(1));
    expect(seen.every(({ repeat }) => repeat)).toBe(true);
    await second.publish(TOPICS.runInbox, [due(runs[0] as string)]);
    await eventually(() => seen.length === 4, WAIT);
    expect(seen[3]).toEqual({ runId: runs[0], repeat: false });
  });
});
