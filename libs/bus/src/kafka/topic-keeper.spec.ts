import { Logger } from '@nestjs/common';
import { type Topic, TOPICS, uuidv7 } from '@tutti/contracts';
import { eventually, testKafka } from '@tutti/testing';
import { KafkaConfigError } from './kafka-config.js';
import { BusBench } from './testing.js';

const WAIT = 60_000;
const CHECK = { TUTTI_KAFKA_MANAGE_TOPICS: 'check' };

describe('the topics of the bus', () => {
  let bench: BusBench;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));
  beforeEach(async () => {
    const { bootstrap, prefix } = await testKafka();
    bench = new BusBench(bootstrap, prefix);
  });
  afterEach(async () => {
    await bench.close();
    await bench.deleteTopics();
  });

  const refusal = async (env: Record<string, string>): Promise<string> => {
    const error = await bench.connect('checked', env).then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(KafkaConfigError);
    return (error as Error).message;
  };

  const configOf = (topic: string, entry: string): Promise<string | undefined> =>
    bench.admin(async (admin) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: topic, configNames: [entry] }],
      });
      return resources[0]?.configEntries[0]?.configValue;
    });

  it('are named with the command that makes them when they are missing and may only be checked', async () => {
    const message = await refusal(CHECK);
    expect(message).toMatch(
      new RegExp(
        `${bench.name(TOPICS.calls)} does not exist. Run: kafka-topics.sh --bootstrap-server \\S+ --create ` +
          `--topic ${bench.name(TOPICS.calls)} --partitions 4 .*--config retention.ms=604800000`,
      ),
    );
  });

  it('of the spans keeps no more than its bytes, which those of runs never lose', async () => {
    await bench.connect('a', { TUTTI_KAFKA_SPAN_BYTES_MAX: '2097152' });
    const keptOf = (topic: Topic) => configOf(bench.name(topic), 'retention.bytes');
    expect([await keptOf(TOPICS.spans), await keptOf(TOPICS.calls)]).toEqual(['2097152', '-1']);
  });

  it('may have more partitions than configured, and are given more when they have fewer', async () => {
    await bench.connect('a');
    expect(await refusal({ ...CHECK, TUTTI_KAFKA_PARTITIONS: '6' })).toContain(
      `has 4 partitions, fewer than TUTTI_KAFKA_PARTITIONS (6). Run: kafka-topics.sh`,
    );
    const fewer = await bench.connect('b', { ...CHECK, TUTTI_KAFKA_PARTITIONS: '2' });
    expect(fewer.status().shards.count).toBe(4);
    const more = await bench.connect('c', { TUTTI_KAFKA_PARTITIONS: '6' });
    expect(more.status().shards.count).toBe(6);
    // The others notice by themselves.
    await eventually(() => fewer.status().shards.count === 6, WAIT);
    const seen: unknown[] = [];
    fewer.consume(TOPICS.runInbox, [(messages) => void seen.push(...messages)]);
    await fewer.publish(
      TOPICS.runInbox,
      Array.from({ length: 60 }, () => ({ kind: 'run.due' as const, runId: uuidv7() })),
    );
    await eventually(() => seen.length === 60, WAIT);
  }, 300_000);

  it('are refused with the difference and the command that mends it', async () => {
    await bench.connect('a');
    const name = bench.name(TOPICS.runInbox);
    await bench.admin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: 2,
            name,
            configEntries: [
              { name: 'cleanup.policy', value: 'compact' },
              { name: 'retention.ms', value: '-1' },
              { name: 'max.message.bytes', value: '1000' },
            ],
          },
        ],
      }),
    );
    // The broker answers with the old ones for a moment.
    await eventually(async () => (await configOf(name, 'max.message.bytes')) === '1000', WAIT);
    const message = await refusal({});
    expect(message.split('\n')).toEqual([
      "Kafka's topics are not as the hub needs them:",
      expect.stringMatching(
        `${name} has cleanup.policy=compact instead of delete. Run: kafka-configs.sh --bootstrap-server \\S+ ` +
          `--alter --entity-type topics --entity-name ${name} --add-config cleanup.policy=delete`,
      ),
      expect.stringContaining('has max.message.bytes=1000 instead of 1048588'),
    ]);
  });

  it('are made again when someone deletes them, and that is told as a loss', async () => {
    const bus = await bench.connect('a');
    const losses: string[] = [];
    bus.onLoss((reason) => void losses.push(reason));
    const seen: string[] = [];
    const fed: string[] = [];
    bus.consume(TOPICS.runInbox, [
      (messages) => void seen.push(...(messages as { runId: string }[]).map(({ runId }) => runId)),
    ]);
    bus.subscribe(TOPICS.control, (messages) => void fed.push(...messages.map((m) => m.workspaceId)));
    const publish = async (runId: string): Promise<void> => {
      await bus.publish(TOPICS.runInbox, [{ kind: 'run.due', runId }]);
      await bus.publish(TOPICS.control, [
        { kind: 'definitions.changed', workspaceId: runId, what: 'policy' },
      ]);
    };
    const runs = Array.from({ length: 50 }, () => uuidv7());
    for (const runId of runs) await publish(runId);
    await eventually(() => seen.length === 50 && fed.length === 50, WAIT);
    await eventually(
      () => losses.length === 1 && JSON.stringify([...bench.ports.facts]).includes('ends'),
      WAIT,
    );
    await eventually(() => bus.status().lag[TOPICS.runInbox] === 0, WAIT);
    await bench.deleteTopics();
    await eventually(() => losses.length === 2, WAIT);
    expect(losses[1]).toContain('was made anew');
    const last = uuidv7();
    await publish(last);
    await eventually(() => seen.includes(last) && fed.includes(last), WAIT);
    await eventually(() => bus.status().connected && bus.status().handling === 0, WAIT);
  }, 300_000);
});
