import { Logger } from '@nestjs/common';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { KafkaConfigError, type KafkaConfig } from './kafka-config.js';
import { type BrokerTopic, brokerTopics, insyncOf, replicationOf } from './kafka-topics.js';

/** Asked again a moment later, the brokers know of the topics. */
export class TopicsNotKnownYet extends Error {
  constructor() {
    super('The brokers do not know the topics and partitions yet that were made a moment ago.');
  }
}

interface Found {
  partitions: number;
  replicas: number;
  config: ReadonlyMap<string, string>;
}

/**
 * Makes the hub's topics, or looks whether they are as the hub needs them. Returns them with the partitions
 * they really have; throws KafkaConfigError with what differs and the command that mends it.
 */
export async function keepTopics(client: Kafka, config: KafkaConfig): Promise<BrokerTopic[]> {
  const admin = client.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const topics = brokerTopics(config, brokers.length);
    if (config.manageTopics === 'create')
      await createMissing(admin, topics, replicationOf(config, brokers.length));
    const found = await findTopics(admin, topics);
    // What was made a moment ago, here or elsewhere, is not known to every broker at once.
    const known = topics.every(({ name, partitions }) => (found.get(name)?.partitions ?? 0) >= partitions);
    if (config.manageTopics === 'create' && !known) throw new TopicsNotKnownYet();
    const faults = topics.flatMap((topic) => faultsOf(topic, found.get(topic.name), config));
    if (faults.length > 0)
      throw new KafkaConfigError(
        `Kafka's topics are not as the hub needs them:\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
      );
    return topics.map((topic) => ({ ...topic, partitions: found.get(topic.name)?.partitions ?? 0 }));
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function createMissing(
  admin: Admin,
  topics: readonly BrokerTopic[],
  replicationFactor: number,
): Promise<void> {
  const logger = new Logger('KafkaBus');
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  for (const topic of missing) {
    const request = {
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor,
      configEntries: Object.entries(topic.config).map(([name, value]) => ({ name, value })),
    };
    // False: another process was quicker.
    const made = await admin.createTopics({ topics: [request], waitForLeaders: true });
    if (made) logger.log(`Topic ${topic.name} is made, with ${topic.partitions} partitions.`);
  }
  const found = await findTopics(admin, topics);
  for (const topic of topics) {
    const count = found.get(topic.name)?.partitions ?? topic.partitions;
    if (count >= topic.partitions) continue;
    await admin.createPartitions({ topicPartitions: [{ topic: topic.name, count: topic.partitions }] });
    logger.log(`Topic ${topic.name} has ${topic.partitions} partitions now instead of ${count}.`);
  }
}

async function findTopics(admin: Admin, topics: readonly BrokerTopic[]): Promise<Map<string, Found>> {
  const existing = new Set(await admin.listTopics());
  const names = topics.map(({ name }) => name).filter((name) => existing.has(name));
  if (names.length === 0) return new Map();
  const metadata = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics
      .filter(({ name }) => existing.has(name))
      .map(({ name, config }) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: Object.keys(config),
      })),
  });
  const configs = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return new Map(
    metadata.topics.map(({ name, partitions }) => [
      name,
      {
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        config: configs.get(name) ?? new Map<string, string>(),
      },
    ]),
  );
}

function faultsOf(topic: BrokerTopic, found: Found | undefined, config: KafkaConfig): string[] {
  const at = `--bootstrap-server ${config.brokers[0]}`;
  const settings = Object.entries(topic.config)
    .map(([name, value]) => `--config ${name}=${value}`)
    .join(' ');
  const copies = config.replication ? ` --replication-factor ${config.replication}` : '';
  if (!found)
    return [
      `${topic.name} does not exist. Run: kafka-topics.sh ${at} --create --topic ${topic.name} ` +
        `--partitions ${topic.partitions}${copies} ${settings}`,
    ];
  const faults: string[] = [];
  if (found.partitions < topic.partitions)
    faults.push(
      `${topic.name} has ${found.partitions} partitions, fewer than TUTTI_KAFKA_PARTITIONS ` +
        `(${topic.partitions}). Run: kafka-topics.sh ${at} --alter --topic ${topic.name} ` +
        `--partitions ${topic.partitions}`,
    );
  if (config.replication !== null && found.replicas < config.replication)
    faults.push(
      `${topic.name} has ${found.replicas} copies of each partition, fewer than TUTTI_KAFKA_REPLICATION ` +
        `(${config.replication}). Give it more with kafka-reassign-partitions.sh, ` +
        `or set the variable to ${found.replicas}.`,
    );
  // What is asked of the copies follows from how many there really are.
  const wantedConfig = { ...topic.config, 'min.insync.replicas': insyncOf(found.replicas) };
  for (const [name, wanted] of Object.entries(wantedConfig)) {
    const value = found.config.get(name) ?? '';
    if (suffices(name, value, wanted)) continue;
    faults.push(
      `${topic.name} has ${name}=${value} instead of ${wanted}. Run: kafka-configs.sh ${at} ` +
        `--alter --entity-type topics --entity-name ${topic.name} --add-config ${name}=${wanted}`,
    );
  }
  return faults;
}

/** Keeping longer, taking larger batches and asking for more copies does no harm; -1 keeps for ever. */
function suffices(name: string, value: string, wanted: string): boolean {
  if (name === 'cleanup.policy') return value === wanted;
  return Number(value) === -1 || Number(value) >= Number(wanted);
}
