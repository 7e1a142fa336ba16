import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaBus, type KafkaConfig, KafkaConfigError, KafkaStrategy } from '@tutti/bus';
import { uuidv7 } from '@tutti/contracts';
import {
  BusStateStore,
  type DatabaseConnection,
  DeadLetterStore,
  openHotPool,
  PayloadStore,
  StartError,
} from '@tutti/store';
import type { Transport } from './transport.js';

export interface KafkaTransportOptions {
  /** Names the process among those on the bus, with a number of its own behind. */
  name: string;
  kafka: KafkaConfig;
  /** Where the bus keeps what Kafka cannot: large payloads, dead letters, which cluster it is on. */
  database: DatabaseConnection;
  /** Ends the waiting for a broker. */
  stopped?: AbortSignal;
}

/**
 * Over Kafka. Resolves when a broker answered and the topics are there. Throws StartError when they are not
 * as the hub needs them.
 */
export async function kafkaTransport(options: KafkaTransportOptions): Promise<Transport> {
  const pool = openHotPool(options.database);
  const bus = KafkaBus.open({
    config: options.kafka,
    instanceId: `${options.name}-${uuidv7()}`,
    deadLetters: new DeadLetterStore(pool),
    payloads: new PayloadStore(pool),
    state: new BusStateStore(pool),
  });
  const close = async () => {
    await bus.close();
    await pool.end();
  };
  try {
    await Promise.race([bus.ready, aborted(options.stopped)]);
  } catch (error) {
    await close();
    throw error instanceof KafkaConfigError ? new StartError(error.message) : error;
  }
  return {
    bus,
    strategy: new KafkaStrategy(bus),
    counters: () => countersOf(bus),
    drain: () => bus.stopReceiving(),
    close,
  };
}

/** By the names under which the system's page shows them. */
function countersOf({ counters }: KafkaBus): Record<string, number> {
  return {
    'bus.sent': counters.sent,
    'bus.retried': counters.retried,
    'bus.received': counters.received,
    'bus.repeated': counters.repeated,
    'bus.losses': counters.loss,
    'dead-letters': counters.deadLetters,
  };
}

/** Rejects when the signal comes; without one never. */
async function aborted(signal?: AbortSignal): Promise<never> {
  // Unreferenced, because it must not keep the process alive.
  for (;;) await sleep(2 ** 31 - 1, undefined, { ...(signal ? { signal } : {}), ref: false });
}
