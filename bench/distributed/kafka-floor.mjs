// The least that Kafka costs from here: bare kafkajs, one producer and one consumer in a process of its own.
// Gets { bootstrap, messages, bytes } by IPC; measures throughput with batches, and the time of one hop at a
// low rate.
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';

const topic = `floor-${process.pid}-${Date.now()}`;
const partitions = 16;
const batch = 500;
const hopSamples = 200;
const percentile = (values, share) => values.sort((a, b) => a - b)[Math.floor(values.length * share)];
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

async function measureThroughput({ producer, seen, messages, value }) {
  const before = { cpu: cpuMs(), at: performance.now() };
  for (let sent = 0; sent < messages; sent += batch) {
    const records = Array.from({ length: batch }, (_, i) => ({ partition: (sent + i) % partitions, value }));
    await producer.send({ topic, acks: -1, messages: records });
  }
  while (seen.count < messages) await delay(1);
  const seconds = (performance.now() - before.at) / 1_000;
  return {
    messagesPerSecond: Math.round(messages / seconds),
    cpuMsPerThousand: Number((((cpuMs() - before.cpu) / messages) * 1_000).toFixed(2)),
  };
}

async function measureHop({ producer, seen, value }) {
  const hops = [];
  for (let i = 0; i < hopSamples; i++) {
    const before = { count: seen.count, at: performance.now() };
    const arrived = new Promise((resolve) => {
      seen.listener = resolve;
    });
    await Promise.all([
      producer.send({ topic, acks: -1, messages: [{ partition: i % partitions, value }] }),
      arrived,
    ]);
    hops.push(performance.now() - before.at);
    await delay(20);
  }
  return {
    hopP50Ms: Number(percentile(hops, 0.5).toFixed(2)),
    hopP99Ms: Number(percentile(hops, 0.99).toFixed(2)),
  };
}

async function measure({ bootstrap, messages, bytes }) {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
  const producer = kafka.producer();
  await producer.connect();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen = { count: 0, listener: () => undefined };
  await consumer.run({
    partitionsConsumedConcurrently: partitions,
    eachBatch: async (payload) => {
      seen.count += payload.batch.messages.length;
      payload.resolveOffset(payload.batch.lastOffset());
      seen.listener();
    },
  });
  const value = Buffer.alloc(bytes, 'x');
  await measureThroughput({ producer, seen, messages: batch * 10, value });
  seen.count = 0;
  const throughput = await measureThroughput({ producer, seen, messages, value });
  const hop = await measureHop({ producer, seen, value });
  await consumer.disconnect();
  await producer.disconnect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  process.send({ result: { ...throughput, ...hop } }, () => process.exit(0));
}

process.once('message', (job) => void measure(job));
process.on('disconnect', () => process.exit(0));
