import { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import { isMissingTopic, reasonOf } from './kafka-client.js';
import { withLimit } from './kafka-sender.js';
import type { BrokerTopic } from './kafka-topics.js';
import { backoffMs, pause } from './pause.js';

/** One partition on the broker. */
export interface PartitionStatus {
  partition: number;
  /** The oldest offset that is kept, and the one the next message gets. */
  begin: number;
  end: number;
  /** Where the group continues; null: it has none, or nothing was done yet. */
  committed: number | null;
}

/** A topic of the hub on the broker, for the system page. */
export interface TopicStatus {
  topic: string;
  /** Its name on the broker. */
  name: string;
  group: string | null;
  partitions: PartitionStatus[];
  /** Messages that the group has not done yet; null for topics that every process reads. */
  lag: number | null;
}

export interface TopicWatchOptions {
  client: Kafka;
  topics: readonly BrokerTopic[];
  /** Called with every look that succeeded, in order. */
  onLook: (statuses: readonly TopicStatus[], clusterId: string) => Promise<void>;
  /** Called when a topic is not there any more. */
  onMissing: () => Promise<void>;
}

/** How often the brokers are asked whether they are there. */
const ASK_EVERY_MS = 2_000;
/** How often the offsets are asked for: that costs both sides something for every partition. */
const LOOK_EVERY_MS = 6_000;
const LOOK_LIMIT_MS = 20_000;

/** Knows whether the brokers answer, how long the topics are and how far their groups have come. */
export class TopicWatch {
  private readonly logger = new Logger('KafkaBus');
  private readonly closing = new AbortController();
  private admin: Admin | null = null;
  private running: Promise<void> | null = null;
  /** False while the brokers do not answer. */
  healthy = false;
  statuses: readonly TopicStatus[] = [];

  constructor(private readonly options: TopicWatchOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
    await this.drop();
  }

  /** Deletes groups that nobody needs any more; what cannot be deleted the broker forgets by itself. */
  async deleteGroups(groupIds: string[]): Promise<void> {
    if (groupIds.length === 0) return;
    const admin = this.options.client.admin({ retry: { retries: 2 } });
    try {
      await withLimit(
        admin.connect().then(() => admin.deleteGroups(groupIds)),
        3_000,
      );
    } catch (error) {
      this.logger.debug(`The groups ${groupIds.join(', ')} are not deleted: ${reasonOf(error)}`);
    } finally {
      await withLimit(admin.disconnect(), 1_000).catch(() => undefined);
    }
  }

  /** The offsets at the ends of a topic's partitions right now. */
  async ends(topic: BrokerTopic): Promise<Map<number, number>> {
    const offsets = await withLimit((await this.connected()).fetchTopicOffsets(topic.name), LOOK_LIMIT_MS);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  /** Asks now. */
  async look(): Promise<TopicStatus[]> {
    const admin = await this.connected();
    return withLimit(Promise.all(this.options.topics.map((topic) => statusOf(admin, topic))), LOOK_LIMIT_MS);
  }

  private async run(): Promise<void> {
    let lookedAt = -Infinity;
    for (let failures = 0; !this.closing.signal.aborted;) {
      try {
        const { clusterId } = await withLimit((await this.connected()).describeCluster(), LOOK_LIMIT_MS);
        if (failures > 0 || performance.now() - lookedAt >= LOOK_EVERY_MS) {
          const statuses = await this.look();
          lookedAt = performance.now();
          await this.options.onLook(statuses, clusterId);
          this.statuses = statuses;
        }
        if (failures > 0) this.logger.log('Kafka answers again.');
        failures = 0;
        this.healthy = true;
        await pause(ASK_EVERY_MS, this.closing.signal);
      } catch (error) {
        if (this.closing.signal.aborted) return;
        if (failures === 0) this.logger.warn(`Kafka does not answer: ${reasonOf(error)}`);
        this.healthy = false;
        await this.drop();
        if (isMissingTopic(error)) await this.options.onMissing();
        await pause(backoffMs(failures++), this.closing.signal);
      }
    }
  }

  private async connected(): Promise<Admin> {
    const admin = (this.admin ??= this.options.client.admin({ retry: { retries: 2 } }));
    await withLimit(admin.connect(), LOOK_LIMIT_MS);
    return admin;
  }

  private async drop(): Promise<void> {
    const { admin } = this;
    this.admin = null;
    if (admin) await withLimit(admin.disconnect(), 3_000).catch(() => undefined);
  }
}

async function statusOf(admin: Admin, { topic, name, group }: BrokerTopic): Promise<TopicStatus> {
  // First how far the group is, then how long the topic: a group is never ahead of the end seen after it.
  const committed = new Map<number, number>();
  if (group !== null) {
    const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [name] });
    for (const { partition, offset } of offsets?.partitions ?? []) committed.set(partition, Number(offset));
  }
  const ends = await admin.fetchTopicOffsets(name);
  const partitions = ends
    .map(({ partition, low, high }): PartitionStatus => {
      const position = committed.get(partition) ?? -1;
      return { partition, begin: Number(low), end: Number(high), committed: position < 0 ? null : position };
    })
    .sort((a, b) => a.partition - b.partition);
  const lagOf = ({ begin, end, committed }: PartitionStatus): number =>
    Math.max(0, end - Math.max(committed ?? begin, begin));
  const lag = partitions.reduce((sum, partition) => sum + lagOf(partition), 0);
  return { topic, name, group, partitions, lag: group === null ? null : lag };
}
