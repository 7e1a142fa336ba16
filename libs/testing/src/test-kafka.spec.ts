import { Kafka, logLevel, type Message } from 'kafkajs';
import { eventually } from './eventually.js';
import { type LocalKafka, startTestKafkaCluster, testKafka } from './test-kafka.js';

// A new leader is found quickly: by default kafkajs waits up to 30 s between two tries.
const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: 60 };

const clientOf = (bootstrap: string) =>
  new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry });

async function createTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  // Waiting for leaders is done here: kafkajs gives up when a broker has not heard of the topic yet.
  const topics = [{ topic, numPartitions: 1, replicationFactor: -1 }];
  await admin.createTopics({ topics, waitForLeaders: false });
  await eventually(() => admin.fetchTopicMetadata({ topics: [topic] }));
  await admin.disconnect();
}

async function produce(kafka: Kafka, topic: string, messages: Message[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  // Its first request goes to one broker, and kafkajs does not try again when that one has just been killed.
  await eventually(() => producer.connect().then(() => true));
  await producer.send({ topic, messages, acks: -1 });
  await producer.disconnect();
}

/**
 * All values of a topic, once there are so many. kafkajs ends a consumer after its open fetch: 5 s by
 * default.
 */
async function consume(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `${topic}-${Math.random()}`, maxWaitTimeInMs: 100 });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) });
  await eventually(() => values.length >= count);
  await consumer.disconnect();
  return values;
}

describe('the shared Kafka of the tests', () => {
  it('takes messages and gives them back, and each test gets names of its own', async () => {
    const [mine, other] = [await testKafka(), await testKafka()];
    expect(mine.bootstrap).toBe(other.bootstrap);
    expect(mine.prefix).not.toBe(other.prefix);
    const kafka = clientOf(mine.bootstrap);
    const topic = `${mine.prefix}greetings`;
    await createTopic(kafka, topic);
    await produce(kafka, topic, [{ value: 'one' }, { value: 'two' }]);
    expect(await consume(kafka, topic, 2)).toEqual(['one', 'two']);
  });
});

describe('brokers of one test', () => {
  let cluster: LocalKafka | undefined;
  afterEach(async () => {
    await cluster?.stop();
    cluster = undefined;
  });

  it('keep port and data when one is killed and started again', async () => {
    cluster = await startTestKafkaCluster();
    const [broker] = cluster.brokers;
    const kafka = clientOf(cluster.bootstrap);
    await createTopic(kafka, 'kept');
    await produce(kafka, 'kept', [{ value: 'before' }]);
    const { pid, port } = broker!;
    await broker!.kill('SIGKILL');
    expect(broker!.pid).toBeNull();
    await broker!.start();
    expect(broker!.pid).not.toBe(pid);
    expect(broker!.port).toBe(port);
    await produce(kafka, 'kept', [{ value: 'after' }]);
    expect(await consume(kafka, 'kept', 2)).toEqual(['before', 'after']);
  });

  it('three of them lose nothing when one is killed, and take it back', async () => {
    cluster = await startTestKafkaCluster({ brokers: 3 });
    const kafka = clientOf(cluster.bootstrap);
    await createTopic(kafka, 'copied');
    await produce(kafka, 'copied', [{ value: 'with three' }]);
    const admin = kafka.admin();
    await admin.connect();
    const partition = async () =>
      (await admin.fetchTopicMetadata({ topics: ['copied'] })).topics[0]!.partitions[0]!;
    const { leader } = await eventually(partition);
    const lost = cluster.brokers.find(({ id }) => id === leader)!;
    await lost.kill('SIGKILL');
    await produce(kafka, 'copied', [{ value: 'with two' }]);
    expect(await consume(kafka, 'copied', 2)).toEqual(['with three', 'with two']);
    await lost.start();
    await eventually(async () => (await partition()).isr.length === 3);
    await admin.disconnect();
  });

  it.each(['plain', 'scram-sha-512'] as const)(
    'let in who has a certificate to trust and a user by %s',
    async (mechanism) => {
      cluster = await startTestKafkaCluster({ security: 'sasl-tls' });
      const { ca, users } = cluster.security!;
      const secured = (password: string) =>
        new Kafka({
          brokers: cluster!.bootstrap.split(','),
          logLevel: logLevel.NOTHING,
          ssl: { ca: [ca] },
          sasl: { mechanism: mechanism as 'plain', username: users[0]!.username, password },
          retry: { retries: 0 },
        });
      const admin = secured(users[0]!.password).admin();
      await admin.connect();
      expect(await admin.listTopics()).toEqual([]);
      await admin.disconnect();
      await expect(secured('wrong').admin().connect()).rejects.toThrow(/authentication/i);
    },
  );
});
