import type { TestKafka } from '@tutti/testing';
import kafkajs from 'kafkajs';

/** Removes a test's topics and groups from the shared broker. */
export async function deleteTopics({ bootstrap, prefix }: TestKafka): Promise<void> {
  const client = new kafkajs.Kafka({
    clientId: 'tutti-test-end',
    brokers: bootstrap.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 3 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const { groups } = await admin.listGroups();
    const own = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix));
    if (own.length > 0) await admin.deleteGroups(own);
  } catch {
    // A broker that the test itself has ended has nothing left of it.
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
