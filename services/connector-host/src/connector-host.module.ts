import {
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { Bus } from '@tutti/bus';
import type { CallRequest, CallSettled } from '@tutti/contracts';
import {
  CallbackStore,
  ConnectionUseStore,
  Counters,
  type OpenedBox,
  openSecretBox,
  PartialStore,
  PluginTriggerStore,
  SecretBox,
  ServiceInstances,
} from '@tutti/store';
import { writeSpan } from '@tutti/telemetry';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { AttemptParts } from './calls/attempt.js';
import { CallExecutor } from './calls/call-executor.service.js';
import { CallController } from './calls/call.controller.js';
import { CallIntake } from './calls/call-intake.js';
import { CapabilityCalls } from './calls/capability-call.js';
import { makeIntake } from './calls/make-intake.js';
import { OpenApiCalls } from './calls/openapi-call.js';
import { PlainHttpCalls } from './calls/plain-http-call.js';
import { processLog } from './calls/plugin-log.js';
import { tryCall } from './calls/trial-call.js';
import { ConnectionDirectory } from './connections/connection-directory.service.js';
import { ConnectionTestWorker } from './connections/connection-test-worker.js';
import { ConnectionWatch } from './connections/connection-watch.js';
import { ConnectionTester } from './connections/connection-tester.service.js';
import { ConnectorHostConfig } from './connector-host.config.js';
import {
  type HostConfig,
  type HostReplacements,
  isolatedPlugins,
  processCalls,
} from './connector-host.parts.js';
import { PluginDatabases } from './databases/plugin-databases.js';
import { Discoverer } from './discovery/discoverer.js';
import { workOffDiscoveries } from './discovery/discovery-worker.js';
import { WaitingRoom } from './gates/gate.js';
import { Gates } from './gates/gates.js';
import type { SpanSink } from './http/http-span.js';
import { AddressGuard } from './http/address-guard.js';
import { OriginPools } from './http/origin-pools.js';
import type { IsolatedPlugins } from './isolation/isolated-plugins.js';
import { LIMITS } from './limits.js';
import { PluginLogs } from './plugins/plugin-logs.js';
import { PackageFolders } from './plugins/package-folders.js';
import { PluginReconciler, type PluginReconcilerParts } from './plugins/plugin-reconciler.js';
import { PluginRegistry } from './plugins/plugin-registry.service.js';
import type { ProcessCalls } from './processes/process-calls.js';
import { referencesOf, type SecretReferences } from './references/secret-references.js';
import { PartialResults } from './partials/partial-results.js';
import { PluginPrograms } from './processes/plugin-programs.js';
import { Processes } from './processes/processes.js';
import { protocolCalls } from './protocols/all-protocols.js';
import { KnownSecrets } from './redaction/known-secrets.js';
import { CallSecrets } from './secrets/call-secrets.js';
import { rotateKeys } from './secrets/rotate-keys.js';
import { SecretDirectory } from './secrets/secret-directory.js';
import { AuthorityClient } from './tokens/authority-client.js';
import { ConnectionTokens } from './tokens/connection-tokens.js';
import { SignIns } from './tokens/sign-ins.js';
import { TokenSource } from './tokens/token-source.js';
import type { BoundTriggerParts } from './triggers/bound-trigger.js';
import { HookWorker } from './triggers/hook-worker.js';
import { LocalHookReader } from './triggers/local-hook-reader.js';
import { TriggerWorker } from './triggers/trigger-worker.js';

/** Everything the host is made of, wired by hand; the module gives its parts to Nest. */
export class ConnectorHost {
  readonly secretBox: SecretBox;
  readonly knownSecrets: KnownSecrets;
  readonly registry: PluginRegistry;
  readonly directory: ConnectionDirectory;
  readonly tester: ConnectionTester;
  readonly discoverer: Discoverer;
  readonly signIns: SignIns;
  readonly executor: CallExecutor;
  readonly gates: Gates;
  /** What triggers are worked on with. */
  readonly triggerParts: BoundTriggerParts;
  readonly #pools: OriginPools;
  readonly #pluginDatabases: PluginDatabases;
  readonly #capabilities: CapabilityCalls;
  readonly #processes: ProcessCalls;
  readonly #isolated: IsolatedPlugins;
  readonly #logs: PluginLogs;
  readonly #spans: SpanSink;
  readonly #database: DataSource;
  readonly #partials: PartialResults;
  /** What connections do and are told. */
  readonly watch: ConnectionWatch;
  readonly #opened: OpenedBox | undefined;
  readonly #references: SecretReferences;
  #reconciler: PluginReconciler | null = null;
  #endDiscoveries = () => Promise.resolve();
  #endRotation = () => Promise.resolve();

  constructor(config: HostConfig, database: DataSource, replace: HostReplacements = {}) {
    this.#database = database;
    this.#opened = replace.opened;
    this.#partials = new PartialResults(new PartialStore(database), ({ message }) =>
      processLog.write('debug', `Parts of outputs were not written: ${message}`),
    );
    this.watch = new ConnectionWatch(new ConnectionUseStore(database), ({ message }) =>
      processLog.write('debug', `What connections did was not written: ${message}`),
    );
    this.secretBox = replace.opened?.box ?? new SecretBox(config.masterKey);
    this.knownSecrets = replace.knownSecrets ?? new KnownSecrets();
    const guard = new AddressGuard(config);
    this.#pools = new OriginPools(guard, config.egressMap);
    this.#pluginDatabases = new PluginDatabases({ admin: database, secretBox: this.secretBox });
    this.#logs = new PluginLogs(replace.log ?? processLog, this.knownSecrets.redact);
    this.#isolated = isolatedPlugins(database, { ...replace, log: this.#logs });
    this.registry = new PluginRegistry({
      database,
      pluginDatabases: this.#pluginDatabases,
      isolated: this.#isolated,
      ownFolder: config.ownPluginFolder ?? null,
    });
    const { registry, secretBox, knownSecrets } = this;
    this.#references = referencesOf(config);
    const references = this.#references;
    this.directory = new ConnectionDirectory({ database, registry, secretBox, knownSecrets, references });
    const { spans = { write: writeSpan } } = replace;
    const authority = new AuthorityClient({ pools: this.#pools, spans });
    const source = new TokenSource(authority);
    const tokens = new ConnectionTokens({ database, secretBox, knownSecrets, authority, source });
    const room = new WaitingRoom(LIMITS.waitingCallsMax);
    const processes = new Processes(room);
    const parts: AttemptParts = {
      pools: this.#pools,
      spans,
      database,
      pluginDatabases: this.#pluginDatabases,
      partials: this.#partials,
      log: this.#logs,
      tokens,
      programs: new PluginPrograms(processes, { allowed: config.allowProcesses ?? false }),
      watch: this.watch,
      callbacks: new CallbackStore(database),
      publicUrl: config.publicApiUrl ?? null,
    };
    this.triggerParts = { ...parts, directory: this.directory };
    this.signIns = new SignIns({ database, secretBox, directory: this.directory, tokens });
    this.#spans = parts.spans;
    this.gates = new Gates({ room, onThrottled: () => replace.counters?.add('limits.throttled') });
    this.#capabilities = new CapabilityCalls({ ...parts, directory: this.directory, gates: this.gates });
    this.tester = new ConnectionTester({ ...parts, directory: this.directory, registry });
    this.discoverer = new Discoverer({ ...parts, directory: this.directory, registry, database });
    const http = new PlainHttpCalls(parts);
    const redact = knownSecrets.redactValue;
    this.#processes = processCalls({ http, spans, room, processes, redact }, config, {
      ...replace,
      secretBox,
    });
    const secretDirectory = new SecretDirectory({ database, secretBox, knownSecrets });
    const secrets = new CallSecrets({ directory: secretDirectory, tokens: source, database });
    this.executor = new CallExecutor({
      http,
      openApi: new OpenApiCalls(http),
      protocols: protocolCalls({ ...parts, guard, http, processes }, config),
      capabilities: this.#capabilities,
      processes: this.#processes,
      secrets,
      room,
    });
  }

  /** Performs a call that a person tries out. */
  tryCall(request: CallRequest): Promise<CallSettled> {
    return tryCall({ executor: this.executor, spans: this.#spans }, request);
  }

  /** Ends the containers of hosts that are not among `living`, now and from time to time. */
  clearContainers(living: () => Promise<ReadonlySet<string>>): void {
    this.#processes.clearContainers(living);
  }

  /** Has the plugins that were installed from now on, as the database says. */
  async reconcilePlugins(
    at: Pick<PluginReconcilerParts, 'bus' | 'instanceId'> & Partial<PluginReconcilerParts>,
  ): Promise<PluginReconciler> {
    const [database, loader, folders] = [this.#database, this.#isolated, new PackageFolders()];
    const parts = { database, registry: this.registry, loader, folders, log: this.#logs, ...at };
    await this.#logs.keepIn({ database, instanceId: at.instanceId });
    this.#reconciler = new PluginReconciler(parts);
    await this.#reconciler.start();
    return this.#reconciler;
  }

  /** Asks connections from now on what they can do, when they are new or changed, and now and then. */
  findCapabilities(bus: Pick<Bus, 'subscribe'>): void {
    this.#endDiscoveries = workOffDiscoveries(bus, this.discoverer);
  }

  /** Brings the secrets under another master key from now on, whenever somebody asks for it. */
  rotateKeys(): void {
    if (this.#opened !== undefined) this.#endRotation = rotateKeys(this.#database, this.#opened);
  }

  async close(): Promise<void> {
    await this.#endDiscoveries();
    await this.#endRotation();
    this.#capabilities.close();
    this.gates.close();
    this.#partials.close();
    await this.watch.close();
    await this.#reconciler?.close();
    await Promise.all([
      this.#isolated.stop(),
      this.#processes.close(),
      this.#pools.close(),
      this.#pluginDatabases.close(),
    ]);
    await this.#logs.close();
    await this.#references.close();
    await this.#opened?.close();
  }
}

/** Null where the API is in the same process and asks the tester itself. */
const TEST_WORKER = Symbol('TEST_WORKER');
/** The same for requests to hooks. */
const HOOK_WORKER = Symbol('HOOK_WORKER');

@Injectable()
class ConnectorHostCloser implements OnApplicationShutdown {
  constructor(
    @Inject(ConnectorHost) private readonly host: ConnectorHost,
    @Inject(TEST_WORKER) private readonly worker: ConnectionTestWorker | null,
    @Inject(TriggerWorker) private readonly triggers: TriggerWorker,
    @Inject(HOOK_WORKER) private readonly hooks: HookWorker | null,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.triggers.close();
    await this.hooks?.close();
    await this.worker?.close();
    await this.host.close();
  }
}

/**
 * The connector host as a Nest module. Needs `StoreModule` (the data source) and `BusModule`. Gives the
 * registry, the connection tester and directory, the secret box and the executor to the API of the same
 * process.
 */
@Module({})
export class ConnectorHostModule {
  static forRoot(
    options: z.input<typeof ConnectorHostConfig>,
    knownSecrets: KnownSecrets = new KnownSecrets(),
  ): DynamicModule {
    const config = ConnectorHostConfig.parse(options);
    const parts: Provider[] = [
      part(SecretBox, (host) => host.secretBox),
      part(PluginRegistry, (host) => host.registry),
      part(ConnectionDirectory, (host) => host.directory),
      part(ConnectionTester, (host) => host.tester),
      part(SignIns, (host) => host.signIns),
      part(CallExecutor, (host) => host.executor),
    ];
    return {
      module: ConnectorHostModule,
      global: true,
      controllers: [CallController],
      providers: [
        {
          provide: ConnectorHost,
          inject: [DataSource, Counters, Bus, ServiceInstances],
          useFactory: (...parts: HostParts) => makeHost(config, knownSecrets, parts),
        },
        {
          provide: CallIntake,
          inject: [ConnectorHost, DataSource, Bus, Counters, ServiceInstances],
          useFactory: (...[host, database, bus, counters, instances]: IntakeParts) =>
            makeIntake({ host, database, bus, counters, instanceId: instances.id }),
        },
        {
          provide: TEST_WORKER,
          inject: [ConnectorHost, DataSource, Bus, ServiceInstances],
          useFactory: (...[host, database, bus, { id: instanceId }]: WorkerParts) =>
            bus.status().transport === 'in-process'
              ? null
              : new ConnectionTestWorker({
                  database,
                  bus,
                  instanceId,
                  tester: host.tester,
                  discoverer: host.discoverer,
                  signIns: host.signIns,
                  secretBox: host.secretBox,
                  tryCall: (request) => host.tryCall(request),
                }),
        },
        ...triggerProviders(config.publicApiUrl),
        ConnectorHostCloser,
        ...parts,
      ],
      exports: [
        ConnectorHost,
        SecretBox,
        PluginRegistry,
        ConnectionDirectory,
        ConnectionTester,
        SignIns,
        CallExecutor,
        CallIntake,
        LocalHookReader,
      ],
    };
  }
}

/** What works on triggers, and what reads what is sent to them. */
function triggerProviders(publicUrl: string | null): Provider[] {
  return [
    {
      provide: TriggerWorker,
      inject: [ConnectorHost, PluginTriggerStore, Bus, ServiceInstances],
      useFactory: (...[host, store, bus, { id: owner }]: TriggerParts) =>
        new TriggerWorker({ ...host.triggerParts, store, bus, owner, publicUrl }),
    },
    {
      provide: LocalHookReader,
      inject: [ConnectorHost, PluginTriggerStore, Bus],
      useFactory: (host: ConnectorHost, store: PluginTriggerStore, bus: Bus) =>
        new LocalHookReader({ ...host.triggerParts, store, bus, publicUrl }),
    },
    {
      provide: HOOK_WORKER,
      inject: [LocalHookReader, DataSource, Bus],
      useFactory: (reader: LocalHookReader, database: DataSource, bus: Bus) =>
        bus.status().transport === 'in-process' ? null : new HookWorker({ database, bus, reader }),
    },
  ];
}

type HostParts = [DataSource, Counters, Bus, ServiceInstances];
/** A host whose keys fit the database, with its plugins loaded. */
async function makeHost(
  config: ConnectorHostConfig,
  knownSecrets: KnownSecrets,
  [database, counters, bus, { id: instanceId }]: HostParts,
): Promise<ConnectorHost> {
  const opened = await openSecretBox(database, config);
  const host = new ConnectorHost(config, database, { knownSecrets, counters, instanceId, opened });
  await host.registry.load(config.pluginFolders);
  await host.reconcilePlugins({ bus, instanceId });
  host.findCapabilities(bus);
  host.rotateKeys();
  return host;
}

type TriggerParts = [ConnectorHost, PluginTriggerStore, Bus, ServiceInstances];
type WorkerParts = [ConnectorHost, DataSource, Bus, ServiceInstances];
type IntakeParts = [ConnectorHost, DataSource, Bus, Counters, ServiceInstances];

function part<T>(token: abstract new (...args: never[]) => T, of: (host: ConnectorHost) => T): Provider {
  return { provide: token, inject: [ConnectorHost], useFactory: of };
}
