import { type DynamicModule, Global, Module, type Provider, type Type } from '@nestjs/common';
import type { KafkaConfig } from '@tutti/bus';
import { type GivenKeys, SecretBox } from '@tutti/store';
import { DataSource } from 'typeorm';
import { AccessModule } from './access/access.module.js';
import { ArtifactsController } from './artifacts/artifacts.controller.js';
import { AuditModule } from './audit/audit.module.js';
import { API_CONFIG, ApiConfig } from './config/api.config.js';
import { CloudEventsModule } from './cloud-events/cloud-events.module.js';
import { CONNECTION_TESTER } from './connections/connection.tester.js';
import { CONNECTION_SIGN_INS } from './connections/sign-ins.port.js';
import { ConnectionsModule } from './connections/connections.module.js';
import { DiscoveriesModule } from './discoveries/discoveries.module.js';
import { DeadLettersModule } from './dead-letters/dead-letters.module.js';
import { EventsModule } from './events/events.module.js';
import { answers, Health } from './health/health.js';
import { HealthController } from './health/health.controller.js';
import { HOOK_READER, NO_HOOK_READER } from './hooks/hook.reader.js';
import { CallbacksModule } from './callbacks/callbacks.module.js';
import { HooksModule } from './hooks/hooks.module.js';
import { InventoryModule } from './inventory/inventory.module.js';
import { MCP_CONTRIBUTIONS, type McpContribution } from './mcp/mcp.types.js';
import { McpModule } from './mcp/mcp.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { PluginsModule } from './plugins/plugins.module.js';
import { PoliciesModule } from './policies/policies.module.js';
import { ReviewsModule } from './reviews/reviews.module.js';
import { RunsModule } from './runs/runs.module.js';
import { HUB_KAFKA } from './triggers/kafka/kafka-connections.js';
import { TriggersModule } from './triggers/triggers.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { secretBoxProviders } from './secrets/secret-box.providers.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { SystemModule } from './system/system.module.js';
import { TracesModule } from './traces/traces.module.js';
import { FUNCTION_SOURCE, type FunctionSource } from './workflows/function-source.js';
import { WorkflowsModule } from './workflows/workflows.module.js';

export type ModuleImport = Type | DynamicModule | Promise<DynamicModule>;

/** What the API needs from the composition around it. */
export interface ApiModuleOptions {
  config: ApiConfig;
  /** Modules that give the store and the bus (both global), and whatever else shares the process. */
  imports: ModuleImport[];
  /** Seals the secrets of connections: a box, or the keys of one that is checked against the database. */
  secretBox: SecretBox | GivenKeys;
  /**
   * Binds CONNECTION_TESTER, for example `{ provide: CONNECTION_TESTER, useExisting: ... }`; without it
   * connections cannot be tested from here.
   */
  connectionTester?: Provider;
  /** Binds CONNECTION_SIGN_INS; without it nobody signs in to connections from here. */
  connectionSignIns?: Provider;
  /** Binds HOOK_READER; without it nothing can be sent to triggers of plugins. */
  hookReader?: Provider;
  /** The hub's own Kafka, for triggers that name no connection; absent: there is none. */
  kafka?: KafkaConfig | null | undefined;
  /** Where the definitions of functions are fetched that lie elsewhere; absent: nothing is fetched. */
  functionSource?: FunctionSource | undefined;
  /** What the MCP endpoint offers besides the workflows. */
  mcpContributions?: readonly McpContribution[];
  /** How the process is, when the composition knows more of it than that the database answers. */
  health?: Health;
}

const HEALTH_OF_DATABASE: Provider = {
  provide: Health,
  inject: [DataSource],
  useFactory: (database: DataSource) => new Health('ready').needs('database', answers(database)),
};

/** The settings and ports of the API, for all of its modules. */
@Global()
@Module({})
class ApiPortsModule {
  static with(options: ApiModuleOptions): DynamicModule {
    const providers: Provider[] = [
      { provide: API_CONFIG, useValue: options.config },
      ...secretBoxProviders(options.secretBox),
      { provide: FUNCTION_SOURCE, useValue: options.functionSource ?? null },
      { provide: HUB_KAFKA, useValue: options.kafka ?? null },
      { provide: MCP_CONTRIBUTIONS, useValue: options.mcpContributions ?? [] },
      options.hookReader ?? NO_HOOK_READER,
      options.connectionTester ?? { provide: CONNECTION_TESTER, useValue: null },
      options.connectionSignIns ?? { provide: CONNECTION_SIGN_INS, useValue: null },
      options.health ? { provide: Health, useValue: options.health } : HEALTH_OF_DATABASE,
    ];
    return {
      module: ApiPortsModule,
      providers,
      exports: [
        API_CONFIG,
        FUNCTION_SOURCE,
        HUB_KAFKA,
        MCP_CONTRIBUTIONS,
        SecretBox,
        CONNECTION_TESTER,
        CONNECTION_SIGN_INS,
        HOOK_READER,
        Health,
      ],
    };
  }
}

/** The REST API of the hub. */
@Module({})
export class ApiModule {
  static register(options: ApiModuleOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ...options.imports,
        ApiPortsModule.with(options),
        AccessModule,
        AuditModule,
        WorkflowsModule,
        RunsModule,
        SecretsModule,
        SchedulesModule,
        TriggersModule,
        ReviewsModule,
        PoliciesModule,
        ConnectionsModule,
        PluginsModule,
        EventsModule,
        CallbacksModule,
        HooksModule,
        CloudEventsModule,
        TracesModule,
        InventoryModule,
        MetricsModule,
        McpModule,
        DeadLettersModule,
        DiscoveriesModule,
        SystemModule,
      ],
      controllers: [HealthController, ArtifactsController],
    };
  }
}
