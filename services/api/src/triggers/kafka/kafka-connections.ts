import { brokerTopicName, createKafkaClient, type KafkaConfig, reasonOf } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { SecretBox } from '@tutti/store';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findConnection } from '../../connections/connections.queries.js';
import { counted } from '../../problems/counted.js';
import { configOf, KAFKA_CONNECTOR, KAFKA_DESCRIPTION } from './kafka-connector.js';

/** Injection token of the hub's own Kafka; null where the bus is in the process. */
export const HUB_KAFKA = Symbol('HUB_KAFKA');

const DEFAULT_PREFIX = 'tutti';
const TEST_MS_MAX = 10_000;

/** A cluster that cannot be used: the message says what to do. */
export class ClusterUnusable extends Error {
  override readonly name = 'ClusterUnusable';
}

/** The Kafka clusters that triggers read. Their secrets are opened here and go nowhere else. */
@Injectable()
export class KafkaConnections implements OnApplicationBootstrap {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(HUB_KAFKA) private readonly hubKafka: KafkaConfig | null,
  ) {}

  /** The connector is there in every hub, like an installed plugin. */
  async onApplicationBootstrap(): Promise<void> {
    const { name, version, contract } = KAFKA_DESCRIPTION;
    await this.dataSource.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ($1, $2, $3, $4, 'built-in', 'loaded')
      ON CONFLICT (name, version) DO UPDATE SET description = excluded.description, origin = excluded.origin, state = 'loaded', error = NULL
      WHERE plugins.description IS DISTINCT FROM excluded.description`,
      [name, version, contract, JSON.stringify(KAFKA_DESCRIPTION)],
    );
  }

  /**
   * Where a trigger's topic is. `mark` differs when the cluster or the way in does. Throws ClusterUnusable.
   */
  async clusterOf(
    workspaceId: string,
    connection: string | undefined,
    topic?: string,
  ): Promise<{ config: KafkaConfig; mark: string }> {
    if (connection === undefined) {
      if (this.hubKafka === null)
        throw new ClusterUnusable(
          'The hub has no Kafka of its own (TUTTI_KAFKA_BROKERS is not set). Name a connection of the connector ' +
            'kafka in "spec.kafka.connection".',
        );
      if (isOfHub(this.hubKafka, topic))
        throw new ClusterUnusable(
          `"${topic}" carries the hub's own messages, those of every workspace: no trigger reads it. Name another topic.`,
        );
      return { config: this.hubKafka, mark: 'hub' };
    }
    const row = await findConnection(this.dataSource, workspaceId, connection);
    if (row === undefined)
      throw new ClusterUnusable(
        `There is no connection "${connection}". Create it with the connector kafka.`,
      );
    if (row.plugin !== KAFKA_CONNECTOR)
      throw new ClusterUnusable(`The connection "${connection}" is one of ${row.plugin}, not of kafka.`);
    if (!row.enabled) throw new ClusterUnusable(`The connection "${connection}" is disabled. Enable it.`);
    const secrets = row.secrets === null ? {} : this.box.open(row.secrets, { workspaceId, connection });
    const settings = JSON.parse(row.settings) as Record<string, unknown>;
    const prefix = this.hubKafka?.prefix ?? DEFAULT_PREFIX;
    return { config: configOf(settings, secrets, prefix), mark: `${connection} ${row.updatedAt}` };
  }

  /** Connects and lists the topics; null when the connection is not one of the connector kafka. */
  async test(
    workspaceId: string,
    name: string,
  ): Promise<{ ok: boolean; detail: string; durationMs: number } | null> {
    const row = await findConnection(this.dataSource, workspaceId, name);
    if (row?.plugin !== KAFKA_CONNECTOR) return null;
    const started = performance.now();
    const done = (ok: boolean, detail: string) => ({
      ok,
      detail,
      durationMs: Math.round(performance.now() - started),
    });
    try {
      return done(true, await this.look(workspaceId, name));
    } catch (error) {
      return done(false, reasonOf(error));
    }
  }

  private async look(workspaceId: string, name: string): Promise<string> {
    const { config } = await this.clusterOf(workspaceId, name);
    const admin = createKafkaClient(config, 'test').admin();
    const late = new Promise<never>((_, reject) => {
      setTimeout(
        () => reject(new Error(`No broker answered within ${TEST_MS_MAX / 1_000} seconds.`)),
        TEST_MS_MAX,
      ).unref();
    });
    try {
      await Promise.race([admin.connect(), late]);
      const topics = await Promise.race([admin.listTopics(), late]);
      return `Connected; ${counted(topics.filter((topic) => !topic.startsWith('__')).length, 'topic')} can be seen.`;
    } finally {
      late.catch(() => undefined);
      await admin.disconnect().catch(() => undefined);
    }
  }
}

/** The way in of the hub would show any workspace the runs of all. */
function isOfHub({ prefix }: KafkaConfig, topic: string | undefined): boolean {
  return Object.values(TOPICS).some((own) => brokerTopicName(prefix, own) === topic);
}
