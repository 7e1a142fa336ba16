import type { BusStateStore, DeadLetter, DeadLetterSink, PayloadStore } from '../ports.js';
import type { KafkaBusOptions } from './kafka.bus.js';
import { readKafkaConfig } from './kafka-config.js';

/** Ports of the bus that keep everything in memory. */
export class MemoryPorts {
  readonly letters: DeadLetter[] = [];
  readonly payloadsById = new Map<string, Uint8Array>();
  readonly facts = new Map<string, string>();

  readonly deadLetters: DeadLetterSink = {
    write: (letters) => {
      this.letters.push(...letters);
      return Promise.resolve();
    },
  };
  readonly payloads: PayloadStore = {
    put: (payloads) => {
      for (const { id, content } of payloads) this.payloadsById.set(id, content);
      return Promise.resolve();
    },
    get: (ids) =>
      Promise.resolve(
        new Map(
          ids.flatMap((id) => {
            const content = this.payloadsById.get(id);
            return content ? [[id, content] as const] : [];
          }),
        ),
      ),
  };
  readonly state: BusStateStore = {
    get: (key) => Promise.resolve(this.facts.get(key) ?? null),
    set: (key, value) => {
      this.facts.set(key, value);
      return Promise.resolve();
    },
  };
}

/** Options of a bus of one test. */
export function busOptions(
  env: { bootstrap: string; prefix: string; partitions?: number },
  ports: MemoryPorts,
  instanceId: string,
): KafkaBusOptions {
  const config = readKafkaConfig({
    TUTTI_KAFKA_BROKERS: env.bootstrap,
    TUTTI_KAFKA_PREFIX: env.prefix,
    TUTTI_KAFKA_PARTITIONS: String(env.partitions ?? 4),
  });
  if (!config) throw new Error('The test names no broker.');
  return {
    config,
    instanceId,
    deadLetters: ports.deadLetters,
    payloads: ports.payloads,
    state: ports.state,
    closeLimitMs: 3_000,
  };
}
