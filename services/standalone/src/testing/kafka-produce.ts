import kafkajs from 'kafkajs';

/** Sends records as any other program would, by no code of the hub. */
export async function produce(
  bootstrap: string,
  topic: string,
  records: readonly { key: string; value: string }[],
): Promise<void> {
  const client = new kafkajs.Kafka({
    clientId: 'foreign',
    brokers: bootstrap.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, messages: [...records] });
  } finally {
    await producer.disconnect();
  }
}
