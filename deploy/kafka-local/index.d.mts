/** The Apache Kafka that is run. */
export const kafkaVersion: string;

/** Downloads Kafka and makes ready what a quick start needs. `startKafka` does it by itself. */
export function prepareKafka(): Promise<unknown>;

export interface KafkaUser {
  username: string;
  password: string;
}

export interface KafkaOptions {
  /** The data; kept after the end. Without it a temporary folder, which is removed at the end. */
  dir?: string;
  /** 1 (default) or 3: each a broker and a controller. With 3, everything has 3 copies, 2 of them in sync. */
  brokers?: number;
  /** One per broker for its clients; free ones by default. */
  ports?: readonly number[];
  /** Where clients are told to go instead: proxies of the caller's own in front of `ports`. */
  proxyPorts?: readonly number[];
  /** More settings of the broker, over the ones it has by default. */
  settings?: Readonly<Record<string, string | number | boolean>>;
  heapMb?: number;
  /** `sasl-tls`: clients need TLS and a user, by PLAIN or SCRAM-SHA-512. */
  security?: 'plaintext' | 'sasl-tls';
  /** Users of `sasl-tls`; by default tutti with the password tutti-secret. */
  sasl?: { users: readonly KafkaUser[] };
}

export interface KafkaBroker {
  readonly id: number;
  /** For clients; the same over restarts. */
  readonly port: number;
  /** Of its process; null while it does not run. */
  readonly pid: number | null;
  /** Sends a signal, SIGKILL by default; after SIGKILL and SIGTERM it resolves once the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Shuts it down in order. */
  stop(): Promise<void>;
  /** Starts it again on its port and data; resolves once it answers and counts as alive. */
  start(): Promise<void>;
}

export interface LocalKafka {
  /** host:port of each broker, with commas between. */
  readonly bootstrap: string;
  readonly dir: string;
  readonly brokers: readonly KafkaBroker[];
  /** What a client needs with `sasl-tls`: users, and the certificate (PEM) to trust; else null. */
  readonly security: { users: readonly KafkaUser[]; ca: string } | null;
  /** Ends all brokers; a temporary folder is removed. */
  stop(): Promise<void>;
}

/**
 * Starts a real Apache Kafka of this version on this machine, and resolves when every broker answers and knows
 * the others. The brokers end with this process, however it ends.
 */
export function startKafka(options?: KafkaOptions): Promise<LocalKafka>;
