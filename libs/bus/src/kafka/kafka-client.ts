import { Logger } from '@nestjs/common';
import kafkajs, { type Kafka, type KafkaConfig as ClientConfig, type LogEntry } from 'kafkajs';
import type { KafkaConfig } from './kafka-config.js';

const logger = new Logger('Kafka');

/** Opens nothing yet: connections are made by what is created from it. */
export function createKafkaClient(config: KafkaConfig, name: string): Kafka {
  return new kafkajs.Kafka({
    clientId: `${config.clientId}-${name}`,
    brokers: [...config.brokers],
    ssl: config.tls === null ? false : { ...config.tls },
    sasl: config.sasl === null ? undefined : (config.sasl as ClientConfig['sasl']),
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: 15_000,
    // What is built on it retries for ever; a short try lets it look at its own state in between.
    retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
    logCreator: () => forward,
  });
}

/** What the client reports is for those who look closely; the bus itself says what matters, once. */
function forward({ namespace, log }: LogEntry): void {
  const { message, error } = log as { message: string; error?: unknown };
  logger.debug(`${namespace}: ${message}${typeof error === 'string' ? ` (${error})` : ''}`);
}

/** The reason as one line, without the client's wrapping. */
export function reasonOf(error: unknown): string {
  let reason = error as { message?: string; cause?: unknown };
  while (reason.cause !== undefined && reason.cause !== null && reason.cause !== reason)
    reason = reason.cause as typeof reason;
  return (reason.message ?? String(error)).split('\n')[0] ?? '';
}
