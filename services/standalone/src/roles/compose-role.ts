import { eventSinks } from '@tutti/bus';
import type { Role } from '../composition/role.types.js';
import type { ServiceConfig, ServiceRole, WithKafka } from '../config/service.config.js';
import type { WantedPort } from '../ports.js';

type Composed = Exclude<ServiceRole, 'dashboard'>;

/** How a role is made of its environment, and which ports it listens on. A process loads only its own. */
export interface Composition<R extends Composed> {
  ports(config: ServiceConfig<R>): WantedPort[];
  role(config: ServiceConfig<R> & WithKafka): Promise<Role>;
}

export const COMPOSITIONS: { [R in Composed]: Composition<R> } = {
  api: {
    ports: ({ TUTTI_API_PORT: port }) => [{ port, what: 'API', change: 'TUTTI_API_PORT=N' }],
    async role(config) {
      const { apiRole, remoteHookReader, remoteSignIns, remoteTester } = await import('./api.role.js');
      const { withExamples } = await import('./examples.role.js');
      const role = apiRole({
        port: config.TUTTI_API_PORT,
        dashboardUrl: config.TUTTI_PUBLIC_URL ?? 'http://127.0.0.1:3000',
        publicUrl: config.TUTTI_PUBLIC_URL,
        keys: { ...config.keys, masterKey: config.TUTTI_MASTER_KEY },
        adminToken: config.TUTTI_ADMIN_TOKEN,
        connectionTester: remoteTester,
        connectionSignIns: remoteSignIns,
        hookReader: remoteHookReader,
        references: config.references,
        egressMap: config.TUTTI_EGRESS_MAP,
        blockPrivateAddresses: config.TUTTI_BLOCK_PRIVATE_ADDRESSES,
        plugins: {
          registry: config.TUTTI_PLUGIN_REGISTRY,
          token: config.TUTTI_PLUGIN_REGISTRY_TOKEN,
          allowed: config.TUTTI_PLUGINS_ALLOWED,
          requireProvenance: config.TUTTI_PLUGINS_REQUIRE_PROVENANCE,
          trusted: config.TUTTI_PLUGINS_TRUSTED,
        },
        mcp: { workflows: config.TUTTI_MCP_WORKFLOWS, origins: config.TUTTI_MCP_ORIGINS },
        door: {
          unstartedRunsOfWorkflowMax: config.TUTTI_UNSTARTED_RUNS_OF_WORKFLOW_MAX,
          waitingRunsOfWorkflowMax: config.TUTTI_WAITING_RUNS_OF_WORKFLOW_MAX,
          waitingRunsMax: config.TUTTI_WAITING_RUNS_MAX,
        },
        kafka: config.kafka,
      });
      return config.TUTTI_EXAMPLES ? withExamples(role) : role;
    },
  },
  orchestrator: {
    ports: () => [],
    async role({ kafka, eventTarget }) {
      const { orchestratorRole } = await import('./orchestrator.role.js');
      return orchestratorRole(eventSinks(kafka, eventTarget));
    },
  },
  'connector-host': {
    ports: () => [],
    role: async (config) =>
      (await import('./connector-host.role.js')).connectorHostRole({
        ...config.keys,
        ...config.references,
        masterKey: config.TUTTI_MASTER_KEY,
        egressMap: config.TUTTI_EGRESS_MAP,
        blockPrivateAddresses: config.TUTTI_BLOCK_PRIVATE_ADDRESSES,
        allowProcesses: config.TUTTI_ALLOW_PROCESSES,
        documentFolder: config.TUTTI_DOCUMENT_FOLDER,
        allowContainers: config.TUTTI_ALLOW_CONTAINERS,
        publicApiUrl: config.TUTTI_PUBLIC_API_URL,
      }),
  },
  collector: {
    ports: (config) => [
      { port: config.TUTTI_OTLP_PORT, what: 'OTLP over HTTP', change: 'TUTTI_OTLP_PORT=N' },
      { port: config.TUTTI_OTLP_GRPC_PORT, what: 'OTLP over gRPC', change: 'TUTTI_OTLP_GRPC_PORT=N' },
    ],
    role: async (config) =>
      (await import('./collector.role.js')).collectorRole({
        httpPort: config.TUTTI_OTLP_PORT,
        grpcPort: config.TUTTI_OTLP_GRPC_PORT,
        token: config.TUTTI_OTLP_TOKEN,
        spanDaysMax: config.TUTTI_SPAN_DAYS_MAX,
        spanBytesMax: config.TUTTI_SPAN_BYTES_MAX,
        intake: 'bus',
      }),
  },
};
