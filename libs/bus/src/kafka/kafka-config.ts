import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LIFECYCLE_LEVELS } from '../cloud-events/lifecycle.codec.js';

const MEBIBYTE = 1024 ** 2;
const Pem = z.string().min(1);

/** Where the Kafka of the hub is and how its topics are kept. */
export const KafkaConfig = z.strictObject({
  /** host:port of some brokers; the others are found through them. */
  brokers: z.array(z.string().regex(/^[^\s:]+:\d+$|^\[[^\]]+\]:\d+$/)).min(1),
  /** Before the names of topics and groups, so that several hubs can share a broker. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,180}$/)
    .default('tutti'),
  clientId: z.string().min(1).default('tutti'),
  /** Null: plain text. The files' contents, not their names. */
  tls: z
    .strictObject({ ca: Pem.optional(), cert: Pem.optional(), key: Pem.optional() })
    .nullable()
    .default(null),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1),
      password: z.string(),
    })
    .nullable()
    .default(null),
  partitions: z.number().int().min(1).max(1024).default(16),
  /**
   * How much of each partition of the spans is kept, when the collectors do not keep up; beside it time
   * bounds them.
   */
  spanBytesMax: z
    .number()
    .int()
    .min(MEBIBYTE)
    .default(1024 * MEBIBYTE),
  /** Copies of each message; null: as many as there are brokers, at most 3. */
  replication: z.number().int().min(1).max(9).nullable().default(null),
  /** `create`: make missing topics and grow them; `check`: only look, and refuse what does not fit. */
  manageTopics: z.enum(['create', 'check']).default('create'),
  /** How much of the runs' lives is published as CloudEvents, see docs/events.md. */
  lifecycle: z.enum(LIFECYCLE_LEVELS).default('all'),
});
export type KafkaConfig = z.infer<typeof KafkaConfig>;

/** A setting that keeps the hub from starting: `message` says which and what to do. */
export class KafkaConfigError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLES: Readonly<Record<string, { name: string; expected: string }>> = {
  brokers: {
    name: 'TUTTI_KAFKA_BROKERS',
    expected: 'host:port, several with commas between, as in kafka-1:9092,kafka-2:9092',
  },
  prefix: { name: 'TUTTI_KAFKA_PREFIX', expected: 'letters, digits, dots, underscores and hyphens' },
  clientId: { name: 'TUTTI_KAFKA_CLIENT_ID', expected: 'a name that is not empty' },
  partitions: { name: 'TUTTI_KAFKA_PARTITIONS', expected: 'a whole number from 1 to 1024' },
  spanBytesMax: {
    name: 'TUTTI_KAFKA_SPAN_BYTES_MAX',
    expected: 'a whole number of bytes, at least 1048576 (1 MiB)',
  },
  replication: { name: 'TUTTI_KAFKA_REPLICATION', expected: 'a whole number from 1 to 9' },
  manageTopics: { name: 'TUTTI_KAFKA_MANAGE_TOPICS', expected: 'create or check' },
  lifecycle: { name: 'TUTTI_LIFECYCLE_EVENTS', expected: 'all, workflow or internal' },
  'sasl.mechanism': {
    name: 'TUTTI_KAFKA_SASL_MECHANISM',
    expected: 'plain, scram-sha-256 or scram-sha-512',
  },
};

/** Reads TUTTI_KAFKA_*; null when no brokers are named. Throws KafkaConfigError. */
export function readKafkaConfig(env: Environment): KafkaConfig | null {
  const brokers = present(env.TUTTI_KAFKA_BROKERS);
  if (brokers === undefined) return null;
  const read = KafkaConfig.safeParse({
    brokers: brokers
      .split(',')
      .map((broker) => broker.trim())
      .filter(Boolean),
    // A prefix that ends with its separator means the same as one that does not.
    prefix: present(env.TUTTI_KAFKA_PREFIX)?.replace(/\.+$/, ''),
    clientId: present(env.TUTTI_KAFKA_CLIENT_ID),
    tls: readTls(env),
    sasl: readSasl(env),
    partitions: numberOf(env.TUTTI_KAFKA_PARTITIONS),
    spanBytesMax: numberOf(env.TUTTI_KAFKA_SPAN_BYTES_MAX),
    replication: numberOf(env.TUTTI_KAFKA_REPLICATION),
    manageTopics: present(env.TUTTI_KAFKA_MANAGE_TOPICS),
    lifecycle: present(env.TUTTI_LIFECYCLE_EVENTS),
  });
  if (read.success) return read.data;
  const path = read.error.issues[0]?.path ?? [];
  const variable = VARIABLES[path.slice(0, 2).join('.')] ?? VARIABLES[String(path[0])];
  throw new KafkaConfigError(
    variable === undefined
      ? `The settings of Kafka do not fit together: ${z.prettifyError(read.error)}`
      : `${variable.name} is "${env[variable.name] ?? ''}". Set it to ${variable.expected}.`,
  );
}

function readTls(env: Environment): KafkaConfig['tls'] {
  const ca = fileOf(env, 'TUTTI_KAFKA_CA_FILE');
  const cert = fileOf(env, 'TUTTI_KAFKA_CERT_FILE');
  const key = fileOf(env, 'TUTTI_KAFKA_KEY_FILE');
  if ((cert === undefined) !== (key === undefined))
    throw new KafkaConfigError(
      'TUTTI_KAFKA_CERT_FILE and TUTTI_KAFKA_KEY_FILE belong together. Set both or neither.',
    );
  const tls = present(env.TUTTI_KAFKA_TLS)?.toLowerCase() ?? (ca || cert ? 'true' : 'false');
  if (!['true', 'false', '1', '0'].includes(tls))
    throw new KafkaConfigError(`TUTTI_KAFKA_TLS is "${tls}". Set it to true or false.`);
  if (tls === 'false' || tls === '0') {
    if (ca || cert)
      throw new KafkaConfigError(
        'TUTTI_KAFKA_TLS is false, yet certificates are set. Set it to true, or remove TUTTI_KAFKA_CA_FILE, ' +
          'TUTTI_KAFKA_CERT_FILE and TUTTI_KAFKA_KEY_FILE.',
      );
    return null;
  }
  return { ca, cert, key };
}

function readSasl(env: Environment): unknown {
  const mechanism = present(env.TUTTI_KAFKA_SASL_MECHANISM)?.toLowerCase();
  const username = present(env.TUTTI_KAFKA_SASL_USERNAME);
  if (present(env.TUTTI_KAFKA_SASL_PASSWORD) && present(env.TUTTI_KAFKA_SASL_PASSWORD_FILE))
    throw new KafkaConfigError(
      'TUTTI_KAFKA_SASL_PASSWORD and TUTTI_KAFKA_SASL_PASSWORD_FILE are both set. Set one of them.',
    );
  const password =
    fileOf(env, 'TUTTI_KAFKA_SASL_PASSWORD_FILE')?.replace(/\r?\n$/, '') ??
    present(env.TUTTI_KAFKA_SASL_PASSWORD);
  if (mechanism === undefined && username === undefined && password === undefined) return null;
  const missing = Object.entries({
    TUTTI_KAFKA_SASL_MECHANISM: mechanism,
    TUTTI_KAFKA_SASL_USERNAME: username,
    'TUTTI_KAFKA_SASL_PASSWORD or TUTTI_KAFKA_SASL_PASSWORD_FILE': password,
  }).find(([, value]) => value === undefined);
  if (missing) throw new KafkaConfigError(`Signing in to Kafka needs ${missing[0]} too. Set it.`);
  return { mechanism, username, password };
}

function fileOf(env: Environment, variable: string): string | undefined {
  const path = present(env[variable]);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new KafkaConfigError(
      `${variable} names ${path}, which cannot be read (${why}). Name a file that this process may read.`,
    );
  }
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

/** What is not a number stays as it is, so that the schema says so. */
function numberOf(value: string | undefined): unknown {
  const text = present(value);
  return text === undefined || !/^\d+$/.test(text) ? text : Number(text);
}
