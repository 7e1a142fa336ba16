import { type InstanceItem, InstanceBus, type SystemTopic, TOPIC_GROUPS, TOPICS } from '@tutti/contracts';
import type { ServiceInstance } from '@tutti/store';
import { hubTopicOf } from '../dead-letters/bus-letter.js';

/** An instance as the API shows it. */
export function instanceItem(instance: ServiceInstance, nowMs: number): InstanceItem {
  const { id, role, host, pid, version, state, alive, startedAtMs, seenAtMs, clockSkewMs } = instance;
  const bus = InstanceBus.safeParse(instance.bus);
  return {
    id,
    role,
    host,
    pid,
    version,
    state,
    alive,
    startedAt: new Date(startedAtMs).toISOString(),
    seenAt: new Date(seenAtMs).toISOString(),
    uptimeSeconds: Math.max(0, Math.round(((alive ? nowMs : seenAtMs) - startedAtMs) / 1000)),
    clockSkewMs: clockSkewMs === null ? null : Math.round(clockSkewMs),
    bus: bus.success ? { ...bus.data, lag: byHubTopic(bus.data.lag) } : null,
    counters: { ...instance.counters },
  };
}

function byHubTopic(lag: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(lag).map(([topic, value]) => [hubTopicOf(topic) ?? topic, value]));
}

/**
 * Lag by topic. Every process reports that of the whole group, each as of its own last look; one that the
 * brokers do not answer reports what once was.
 */
export function lagOf(instances: readonly InstanceItem[]): Record<string, number> {
  const living = instances.flatMap(({ alive, bus }) => (alive && bus !== null ? [bus] : []));
  const connected = living.filter((bus) => bus.connected);
  const most: Record<string, number> = {};
  for (const { lag: ofTopics } of connected.length > 0 ? connected : living)
    for (const [topic, lag] of Object.entries(ofTopics)) most[topic] = Math.max(most[topic] ?? 0, lag);
  return most;
}

/** The hub's topics, with who works them off and what waits. */
export function topicsOf(instances: readonly InstanceItem[]): SystemTopic[] {
  const lag = lagOf(instances);
  const kafka = instances.filter(({ alive, bus }) => alive && bus?.transport === 'kafka');
  const partitions = Math.max(0, ...kafka.map(({ bus }) => bus?.shards.count ?? 0));
  return Object.values(TOPICS).map((topic) => ({
    topic,
    // What every process has to hear is in one.
    partitions: partitions === 0 ? null : topic === TOPICS.control ? 1 : partitions,
    group: TOPIC_GROUPS[topic],
    lag: lag[topic] ?? null,
  }));
}

const DUPLICATE = /^(?!bus\.).*\.(?:repeated|ignored)$/;

/** What came more than once and was recognised, by name. */
export function duplicatesOf(instances: readonly InstanceItem[]): {
  total: number;
  byName: Record<string, number>;
} {
  const byName: Record<string, number> = {};
  for (const { counters } of instances) {
    for (const [name, count] of Object.entries(counters)) {
      if (DUPLICATE.test(name)) byName[name] = (byName[name] ?? 0) + count;
    }
  }
  return { total: Object.values(byName).reduce((sum, count) => sum + count, 0), byName };
}
