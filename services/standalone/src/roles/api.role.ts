import type { Provider } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type ApiConfig,
  CONNECTION_SIGN_INS,
  CONNECTION_TESTER,
  type ConnectionSignIns,
  type ConnectionTester,
  createApiApp,
  drainApi,
  ensureAdminToken,
  HOOK_READER,
  ProblemError,
} from '@tutti/api';
import { Bus, type KafkaConfig } from '@tutti/bus';
import { DocumentReader } from '@tutti/connector-host/document-reader';
import type { EgressMap } from '@tutti/connector-host/egress-map';
import { RemoteHookReader } from '@tutti/connector-host/hooks';
import { ConnectionNotTested, RemoteConnectionTester } from '@tutti/connector-host/remote-tester';
import { RemoteSignIns } from '@tutti/connector-host/remote-sign-ins';
import { type GivenKeys, SecretBox } from '@tutti/store';
import { DataSource } from 'typeorm';
import type { ReferenceSources } from '../config/vault.js';
import type { Role } from '../composition/role.types.js';

/** Where plugins may come from. */
export interface PluginSources {
  /** An npm registry; undefined: npm's own. */
  registry: string | undefined;
  token: string | undefined;
  /** Names of packages, or `@scope/*`. */
  allowed: string[];
  requireProvenance: boolean;
  /** Integrities of tarballs that need none. */
  trusted: string[];
}

export interface ApiSettings {
  port: number;
  /** Address of the dashboard as people see it; sign-in links point there. */
  dashboardUrl: string;
  /** Where people reach the hub, when the operator said so: they come back there from sign-ins elsewhere. */
  publicUrl: string | undefined;
  /** What secrets are sealed under. */
  keys: GivenKeys;
  adminToken: string;
  /** Tries connections out where the plugins are: in this process, or over the bus. */
  connectionTester: Provider & { provide: typeof CONNECTION_TESTER };
  /** Makes sign-ins to connections there. */
  connectionSignIns: Provider & { provide: typeof CONNECTION_SIGN_INS };
  /** Reads what is sent to triggers of plugins, where the plugins are. */
  hookReader: Provider & { provide: typeof HOOK_READER };
  /** How many runs may wait at the door. */
  door: Pick<ApiConfig, 'unstartedRunsOfWorkflowMax' | 'waitingRunsOfWorkflowMax' | 'waitingRunsMax'>;
  /** What connector hosts do not start; absent: only they know. */
  switchedOff?: ApiConfig['switchedOff'];
  /** Origins that are reached elsewhere, for functions that are fetched when a document is applied. */
  egressMap: EgressMap;
  /** Whether they are fetched from public addresses only. */
  blockPrivateAddresses: boolean;
  plugins: PluginSources;
  /** Where settings of connections may lie; hosts read them there. */
  references: ReferenceSources;
  /** Which workflows are tools of the MCP server, and hosts of web pages that may call it. */
  mcp: { workflows: ApiConfig['mcpWorkflows']; origins: readonly string[] };
  /** The hub's own Kafka, whose topics triggers may read without a connection. */
  kafka: KafkaConfig | null;
}

/**
 * Asks a connector host, wherever it runs. That none answered says nothing of the connection: the caller
 * hears what to do about it, and its health stays as it was.
 */
export const remoteTester = {
  provide: CONNECTION_TESTER,
  inject: [DataSource, Bus],
  useFactory: (database: DataSource, bus: Bus): ConnectionTester => {
    const tester = new RemoteConnectionTester({ database, bus });
    const unavailable = (error: unknown) => {
      throw error instanceof ConnectionNotTested ? new ProblemError('unavailable', error.message) : error;
    };
    return {
      test: (connection) => tester.test(connection).catch(unavailable),
      discover: (connection) => tester.discover(connection).catch(unavailable),
      tryCall: (request) => tester.tryCall(request).catch(unavailable),
    };
  },
} satisfies ApiSettings['connectionTester'];

/** Has a connector host make the sign-ins, wherever it runs. */
export const remoteSignIns = {
  provide: CONNECTION_SIGN_INS,
  inject: [DataSource, Bus, SecretBox],
  useFactory: (database: DataSource, bus: Bus, secretBox: SecretBox): ConnectionSignIns => {
    const signIns = new RemoteSignIns({ database, bus, secretBox });
    const unavailable = (error: unknown) => {
      throw error instanceof ConnectionNotTested ? new ProblemError('unavailable', error.message) : error;
    };
    return {
      begin: (request) => signIns.begin(request).catch(unavailable),
      finish: (answer) => signIns.finish(answer).catch(unavailable),
    };
  },
} satisfies ApiSettings['connectionSignIns'];

/** Has a connector host read what is sent, wherever it runs. */
export const remoteHookReader = {
  provide: HOOK_READER,
  inject: [DataSource, Bus],
  useFactory: (database: DataSource, bus: Bus) => new RemoteHookReader({ database, bus }),
} satisfies ApiSettings['hookReader'];

/** REST, SSE and sign-in. */
export function apiRole(settings: ApiSettings): Role {
  const { port, dashboardUrl, keys, kafka, door } = settings;
  const { connectionTester, connectionSignIns, hookReader } = settings;
  const { egressMap, blockPrivateAddresses, switchedOff = [], publicUrl } = settings;
  return {
    name: 'api',
    modules: () => [],
    application: ({ host, health }, imports) => {
      const { workflows: mcpWorkflows, origins } = settings.mcp;
      const config = {
        ...door,
        ...pluginConfig(settings.plugins),
        host,
        port,
        dashboardUrl,
        ...(publicUrl === undefined ? {} : { publicUrl }),
        switchedOff,
        secretEnvAllowed: settings.references.secretEnvAllowed,
        hasVault: settings.references.vault !== null,
        mcpWorkflows,
        mcpOrigins: [...origins],
      };
      const functionSource = new DocumentReader({ egressMap, blockPrivateAddresses });
      const ports = { connectionTester, connectionSignIns, hookReader, functionSource };
      return createApiApp({ config, imports, secretBox: keys, ...ports, health, kafka });
    },
    begin: async (app, { host }) => {
      await ensureAdminToken(app.get(DataSource), settings.adminToken);
      const http = app as NestFastifyApplication;
      await http.listen(port, host);
      return { API: await http.getUrl() };
    },
    drain: drainApi,
  };
}

function pluginConfig({ registry, token, ...from }: PluginSources): Partial<ApiConfig> {
  return {
    pluginsAllowed: from.allowed,
    pluginsRequireProvenance: from.requireProvenance,
    pluginsTrusted: from.trusted,
    ...(registry === undefined ? {} : { pluginRegistry: registry }),
    ...(token === undefined ? {} : { pluginRegistryToken: token }),
  };
}
