import { parseArgs } from 'node:util';
import { type HttpEventSinkOptions, type KafkaConfig, readEventTarget, readKafkaConfig } from '@tutti/bus';
import { StartError } from '@tutti/store';
import { z } from 'zod';
import { type EnvironmentKeys, readMasterKeys } from './config/master-keys.js';
import { type ReferenceSources, readReferenceSources } from './config/vault.js';
import { egressMap, mcpWorkflows, names } from './config/variables.js';
import { type OtlpTarget, targetOf } from './telemetry/second-exporter.js';

const Port = z.coerce.number().int().min(0).max(65_535);
const Limit = z.coerce.number().int().min(1);
const Flag = z.union([z.boolean(), z.string().transform((text) => /^(1|true|yes|on)$/i.test(text))]);

/**
 * Everything that can be set about the standalone hub, by flag (`--api-port`) or environment
 * (`TUTTI_API_PORT`); flags win.
 */
export const StandaloneConfig = z.object({
  host: z.string().default('127.0.0.1').describe('address to listen on'),
  port: Port.default(3000).describe('port of the dashboard'),
  apiPort: Port.default(4000).describe('port of the API'),
  otlpPort: Port.default(4318).describe('port of OTLP over HTTP'),
  otlpGrpcPort: Port.default(4317).describe('port of OTLP over gRPC'),
  publicUrl: z.url().optional().describe('where people reach the dashboard, behind a proxy'),
  dataDir: z.string().min(1).default('.tutti').describe('folder of all data'),
  dashboard: Flag.default(true),
  examples: Flag.default(true),
  databaseUrl: z.url().optional().describe('a PostgreSQL of your own instead of the embedded one'),
  otlpToken: z.string().min(1).optional().describe('senders of OTLP need this bearer token'),
  spanDaysMax: z.coerce.number().int().min(1).default(30).describe('days that spans are kept'),
  spanBytesMax: z.coerce
    .number()
    .int()
    .min(1024 ** 2)
    .default(20 * 1024 ** 3)
    .describe('bytes of spans that are kept'),
  unstartedRunsOfWorkflowMax: Limit.default(1_000).describe('runs of one workflow that nobody began'),
  waitingRunsOfWorkflowMax: Limit.default(10_000).describe('runs of one workflow that wait for a place'),
  waitingRunsMax: Limit.default(100_000).describe('runs that wait for a place'),
  kafkaBrokers: z.string().optional().describe('a Kafka that carries the messages, host:port of its brokers'),
  egressMap: egressMap.describe('origins that calls reach at another origin, ORIGIN=ORIGIN,ORIGIN=ORIGIN'),
  blockPrivateAddresses: Flag.default(false).describe('calls reach no private addresses'),
  documentFolder: z.string().min(1).optional().describe('folder of the documents at file: addresses'),
  pluginRegistry: z.url().optional().describe("the npm registry of plugins, instead of npm's own"),
  pluginRegistryToken: z.string().min(1).optional().describe('the token for it'),
  pluginsAllowed: names('*').describe('packages that may be installed as plugins: names or @scope/*'),
  pluginsRequireProvenance: Flag.default(false).describe('plugins need a provenance attestation'),
  pluginsTrusted: names('').describe('integrities of tarballs that are taken without an attestation'),
  mcpWorkflows: mcpWorkflows.describe('workflows that are tools at /mcp: those that are marked, or all'),
  mcpOrigins: names('').describe('hosts of web pages that may call /mcp'),
  allowProcesses: Flag.default(false).describe('workflows may start processes on this machine'),
  publicApiUrl: z.url().optional().describe('where other systems reach the API, for the hooks of plugins'),
  allowContainers: Flag.default(false).describe('workflows may start containers on this machine'),
  logLevel: z.enum(['error', 'warn', 'log', 'debug']).default('log'),
});
export interface StandaloneConfig extends z.infer<typeof StandaloneConfig> {
  /** The bus; null: messages stay in this process. */
  kafka: KafkaConfig | null;
  /** Where the events that runs emit go besides. */
  eventTarget: HttpEventSinkOptions | null;
  /** Where the hub's own spans go besides. */
  otlpTarget: OtlpTarget | null;
  /** Master keys; without them those of the data folder. */
  keys: EnvironmentKeys;
  /** Where settings of connections may lie. */
  references: ReferenceSources;
}

export const USAGE = `Usage: npm start -- [options]

  --port N            port of the dashboard (3000; 0: any free)
  --api-port N        port of the API (4000)
  --otlp-port N       port of OTLP over HTTP (4318)
  --otlp-grpc-port N  port of OTLP over gRPC (4317)
  --host ADDRESS      address to listen on (127.0.0.1)
  --public-url URL    where people reach the dashboard, when a proxy is in front of it (the address above)
  --data-dir FOLDER   folder of all data (.tutti)
  --database-url URL  a PostgreSQL of your own instead of the embedded one
  --kafka-brokers LIST  a Kafka that carries the messages, HOST:PORT,HOST:PORT (none: they stay in the process)
  --otlp-token TOKEN  senders of OTLP need this bearer token (none: open)
  --span-days-max N   days that spans are kept (30)
  --span-bytes-max N  bytes of spans that are kept, whichever is less (21474836480: 20 GiB)
  --unstarted-runs-of-workflow-max N  runs of one workflow that nobody began; further ones wait (1000)
  --waiting-runs-of-workflow-max N    runs of one workflow that wait for a place; further ones are refused (10000)
  --waiting-runs-max N                runs of all workflows that do (100000)
  --egress-map LIST   origins that calls reach at another origin, ORIGIN=ORIGIN,ORIGIN=ORIGIN (none)
  --block-private-addresses  calls do not reach loopback and private networks (off)
  --document-folder FOLDER  proto documents at file: addresses are read here (none: they are not read)
  --allow-processes   workflows may start processes on this machine: run: shell, call: mcp over stdio (off)
  --allow-containers  workflows may start containers with docker or podman: run: container (off)
  --public-api-url URL  where other systems reach the API, for hooks that plugins register there (none)
  --no-dashboard      without the dashboard
  --no-examples       do not load the examples on the first start
  --log-level LEVEL   error, warn, log, debug (log)

Each option can be given by environment too: TUTTI_API_PORT=4001, TUTTI_NO_DASHBOARD=1.
`;

const OPTIONS = {
  port: { type: 'string' },
  'api-port': { type: 'string' },
  'otlp-port': { type: 'string' },
  'otlp-grpc-port': { type: 'string' },
  host: { type: 'string' },
  'public-url': { type: 'string' },
  'data-dir': { type: 'string' },
  'database-url': { type: 'string' },
  'otlp-token': { type: 'string' },
  'span-days-max': { type: 'string' },
  'span-bytes-max': { type: 'string' },
  'kafka-brokers': { type: 'string' },
  'egress-map': { type: 'string' },
  'log-level': { type: 'string' },
  'unstarted-runs-of-workflow-max': { type: 'string' },
  'waiting-runs-of-workflow-max': { type: 'string' },
  'waiting-runs-max': { type: 'string' },
  'document-folder': { type: 'string' },
  'public-api-url': { type: 'string' },
  'block-private-addresses': { type: 'boolean' },
  'allow-processes': { type: 'boolean' },
  'allow-containers': { type: 'boolean' },
  dashboard: { type: 'boolean' },
  examples: { type: 'boolean' },
  'no-dashboard': { type: 'boolean' },
  'no-examples': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads flags and environment; null when help was asked for. Throws StartError with the remedy. */
export function readConfig(
  args: readonly string[],
  environment: Record<string, string | undefined> = process.env,
): StandaloneConfig | null {
  const flags = flagsOf(args);
  if (flags.help) return null;
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith('TUTTI_') && value !== undefined && value !== '')
      given[camel(name.slice(6).toLowerCase().replaceAll('_', '-'))] = value;
  }
  Object.assign(
    given,
    Object.fromEntries(Object.entries(flags).map(([name, value]) => [camel(name), value])),
  );
  if (Flag.safeParse(given.noDashboard).data) given.dashboard = false;
  if (Flag.safeParse(given.noExamples).data) given.examples = false;
  const parsed = StandaloneConfig.safeParse(given);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `--${kebab(String(issue.path[0]))}: ${issue.message}`);
    throw new StartError(
      `The options are not right.\n  ${issues.join('\n  ')}\nnpm start -- --help lists them.`,
    );
  }
  const kafka = kafkaOf({ ...environment, TUTTI_KAFKA_BROKERS: parsed.data.kafkaBrokers });
  return {
    ...parsed.data,
    kafka,
    eventTarget: eventTargetOf(environment),
    otlpTarget: targetOf(environment),
    keys: keysOf(environment),
    references: referencesOf(environment),
  };
}

/** What is more than the brokers (TLS, sign-in, prefix) is set by environment, as for a service. */
function kafkaOf(environment: Record<string, string | undefined>): KafkaConfig | null {
  try {
    return readKafkaConfig(environment);
  } catch (error) {
    throw new StartError(`The settings of Kafka are not right.\n  ${(error as Error).message}`);
  }
}

function referencesOf(environment: Record<string, string | undefined>): ReferenceSources {
  const { sources, problems } = readReferenceSources(environment, { withLogin: true });
  if (problems.length > 0)
    throw new StartError(`The settings of references are not right.\n  ${problems.join('\n  ')}`);
  return sources;
}

function keysOf(environment: Record<string, string | undefined>): EnvironmentKeys {
  const { keys, problems } = readMasterKeys(environment);
  if (problems.length > 0) throw new StartError(`The master key is not right.\n  ${problems.join('\n  ')}`);
  return keys;
}

function eventTargetOf(environment: Record<string, string | undefined>): HttpEventSinkOptions | null {
  try {
    return readEventTarget(environment);
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

function flagsOf(args: readonly string[]): Record<string, unknown> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}. npm start -- --help lists the options.`);
  }
}

function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
