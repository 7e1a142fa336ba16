import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Logger } from '@nestjs/common';
import kafkajs, {
  type ISocketFactoryArgs,
  type Kafka,
  type KafkaConfig as ClientConfig,
  type LogEntry,
} from 'kafkajs';
import { useFastRecords } from '../kafka-records/use-fast-records.js';
import type { KafkaConfig } from './kafka-config.js';
import { mendClient } from './mend-client.js';

const logger = new Logger('Kafka');

/** How often a connection is tried, about once a second, before what is built on it hears of the failure. */
const PATIENCE = { brief: 4, long: 90 } as const;

export interface KafkaClientOptions {
  /**
   * With long patience a consumer stays a member of its group over a restart of a broker: one that begins
   * anew has to wait until its old self is given up.
   */
  patience?: keyof typeof PATIENCE;
  /** Gets every connection while it is open, because the client may forget to close some. */
  sockets?: Set<Socket>;
}

/** Opens nothing yet: connections are made by what is created from it. */
export function createKafkaClient(
  config: KafkaConfig,
  name: string,
  { patience = 'brief', sockets }: KafkaClientOptions = {},
): Kafka {
  useFastRecords();
  mendClient();
  return new kafkajs.Kafka({
    clientId: `${config.clientId}-${name}`,
    brokers: [...config.brokers],
    ssl: config.tls === null ? false : { ...config.tls },
    sasl: config.sasl === null ? undefined : (config.sasl as ClientConfig['sasl']),
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: 15_000,
    // What is built on it retries for ever; a short try lets it look at its own state in between.
    retry: { retries: PATIENCE[patience], initialRetryTime: 100, maxRetryTime: 1_000 },
    socketFactory: (args) => {
      const socket = openSocket(args);
      if (sockets) {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      }
      return socket;
    },
    logCreator: () => forward,
  });
}

const KEEP_ALIVE_MS = 60_000;

/** As the client would, but without holding small requests back. */
function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const name = isIP(host) ? {} : { servername: host };
  // The client passes null for plain text, whatever its types say.
  const socket = (ssl as typeof ssl | null)
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  // The client lets go of a socket several times while it connects, and each leaves a listener.
  socket.setMaxListeners(0);
  return socket;
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

/** Whether the brokers say that a topic is not there. */
export function isMissingTopic(error: unknown): boolean {
  for (let e = error as { type?: string; cause?: unknown } | undefined; e; e = e.cause as typeof e)
    if (e.type === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  return false;
}
