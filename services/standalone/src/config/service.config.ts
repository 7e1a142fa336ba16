import { type HttpEventSinkOptions, type KafkaConfig, readEventTarget, readKafkaConfig } from '@tutti/bus';
import { StartError } from '@tutti/store';
import { z } from 'zod';
import { type EnvironmentKeys, readMasterKeys } from './master-keys.js';
import { type ReferenceSources, readReferenceSources } from './vault.js';
import {
  adminToken,
  count,
  dashboardSecret,
  databaseUrl,
  egressMap,
  flag,
  masterKey,
  mcpWorkflows,
  names,
  port,
  readEnvironment,
  seconds,
  url,
} from './variables.js';

/** What every process of the distributed hub is told. Keys are the names of the variables. */
const EVERY_PROCESS = {
  TUTTI_HOST: z.string().default('127.0.0.1'),
  TUTTI_HEALTH_PORT: port(4100),
  TUTTI_LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug']).default('log'),
  /** How long the process still serves after it became unready, until nobody sends it anything any more. */
  TUTTI_DRAIN_SECONDS: seconds(0),
  /** A stop that takes longer is cut off: what is not done is done by another process. */
  TUTTI_STOP_SECONDS_MAX: seconds(25),
};
const EVERY_SERVICE = {
  ...EVERY_PROCESS,
  TUTTI_DATABASE_URL: databaseUrl,
  TUTTI_KAFKA_BROKERS: z.string({
    error: 'is missing: the brokers of the bus, such as kafka-1:9092,kafka-2:9092.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('').optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
};

const ENVIRONMENTS = {
  api: z.object({
    ...EVERY_SERVICE,
    TUTTI_API_PORT: port(4000),
    TUTTI_MASTER_KEY: masterKey,
    TUTTI_ADMIN_TOKEN: adminToken,
    TUTTI_EGRESS_MAP: egressMap,
    TUTTI_BLOCK_PRIVATE_ADDRESSES: flag,
    TUTTI_PUBLIC_URL: url('').optional(),
    TUTTI_EXAMPLES: flag,
    TUTTI_PLUGIN_REGISTRY: url('').optional(),
    TUTTI_PLUGIN_REGISTRY_TOKEN: z.string().min(1).optional(),
    TUTTI_PLUGINS_ALLOWED: names('*'),
    TUTTI_PLUGINS_REQUIRE_PROVENANCE: flag,
    TUTTI_PLUGINS_TRUSTED: names(''),
    TUTTI_MCP_WORKFLOWS: mcpWorkflows,
    TUTTI_MCP_ORIGINS: names(''),
    TUTTI_UNSTARTED_RUNS_OF_WORKFLOW_MAX: count(1_000),
    TUTTI_WAITING_RUNS_OF_WORKFLOW_MAX: count(10_000),
    TUTTI_WAITING_RUNS_MAX: count(100_000),
  }),
  orchestrator: z.object(EVERY_SERVICE),
  'connector-host': z.object({
    ...EVERY_SERVICE,
    TUTTI_MASTER_KEY: masterKey,
    TUTTI_EGRESS_MAP: egressMap,
    TUTTI_BLOCK_PRIVATE_ADDRESSES: flag,
    TUTTI_ALLOW_PROCESSES: flag,
    TUTTI_DOCUMENT_FOLDER: z.string().min(1).nullable().default(null),
    TUTTI_ALLOW_CONTAINERS: flag,
    TUTTI_PUBLIC_API_URL: url('').nullable().default(null),
  }),
  collector: z.object({
    ...EVERY_SERVICE,
    TUTTI_OTLP_PORT: port(4318),
    TUTTI_OTLP_GRPC_PORT: port(4317),
    TUTTI_OTLP_TOKEN: z.string().optional(),
    TUTTI_SPAN_DAYS_MAX: z.coerce.number().int().min(1).default(30),
    TUTTI_SPAN_BYTES_MAX: z.coerce
      .number()
      .int()
      .min(1024 ** 2)
      .default(20 * 1024 ** 3),
  }),
  dashboard: z.object({
    ...EVERY_PROCESS,
    TUTTI_PORT: port(3000),
    TUTTI_API_URL: url('where the API is, such as http://api:4000.'),
    TUTTI_DASHBOARD_SECRET: dashboardSecret,
  }),
};

export type ServiceRole = keyof typeof ENVIRONMENTS;
/** The settings of one role, by the names of their variables. */
export type ServiceConfig<R extends ServiceRole> = z.output<(typeof ENVIRONMENTS)[R]>;
export const SERVICE_ROLES = Object.keys(ENVIRONMENTS) as ServiceRole[];

/** The role of the command line. Throws StartError with the list of them. */
export function readRole(args: readonly string[]): ServiceRole {
  const [role, ...more] = args;
  if (SERVICE_ROLES.includes(role as ServiceRole) && more.length === 0) return role as ServiceRole;
  const given = role === undefined ? 'No role is given.' : `"${args.join(' ')}" is no role.`;
  throw new StartError(
    `${given} Give one of ${SERVICE_ROLES.join(', ')}; everything else is set by environment variables (docs/configuration.md).`,
  );
}

const NO_KEYS: ReturnType<typeof readMasterKeys> = { keys: {}, problems: [] };

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of the bus; needed by every role but the dashboard, which talks to the API alone. */
export interface WithKafka {
  kafka: KafkaConfig | null;
  /** Where the events that runs emit go besides. */
  eventTarget: HttpEventSinkOptions | null;
  /** What secrets are sealed under, for the roles that open them. */
  keys: EnvironmentKeys;
  /** Where settings of connections may lie, for the same roles. */
  references: ReferenceSources;
}

/** Reads the environment of a role. Throws StartError that names everything that is missing or wrong. */
export function readServiceConfig<R extends ServiceRole>(
  role: R,
  environment: Environment = process.env,
): ServiceConfig<R> & WithKafka {
  const { given, problems } = readEnvironment(environment);
  const found = 'TUTTI_MASTER_KEY' in ENVIRONMENTS[role].shape ? readMasterKeys(environment) : NO_KEYS;
  const { keys } = found;
  // One that is wrong is told as that, not as missing.
  if (keys.masterKey !== undefined || found.problems.length > 0)
    given.TUTTI_MASTER_KEY = keys.masterKey ?? 'wrong';
  const { sources: references, problems: unread } = readReferenceSources(
    'TUTTI_MASTER_KEY' in ENVIRONMENTS[role].shape ? environment : {},
    { withLogin: role === 'connector-host' },
  );
  const parsed = ENVIRONMENTS[role].safeParse(given);
  let kafka: KafkaConfig | null = null;
  let eventTarget: HttpEventSinkOptions | null = null;
  try {
    if (role !== 'dashboard') kafka = readKafkaConfig(environment);
    if (role === 'orchestrator') eventTarget = readEventTarget(given);
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (!parsed.success)
    problems.push(...parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`));
  problems.push(...found.problems, ...unread);
  if (problems.length > 0 || !parsed.success)
    throw new StartError(
      `The environment of the ${role} is not right.\n  ${problems.join('\n  ')}\n` +
        'docs/configuration.md lists every variable.',
    );
  return { ...(parsed.data as ServiceConfig<R>), kafka, eventTarget, keys, references };
}
