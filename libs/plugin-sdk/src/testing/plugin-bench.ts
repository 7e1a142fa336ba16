import { attemptCapability, reconcileCapability, SILENT_LOG, type AttemptPorts } from '../attempt.js';
import { hostsOf } from '../hosts.js';
import type { HealthContext, HttpDefaults, Plugin, Reconciliation } from '../plugin.js';
import type { FilesPort } from '../ports.js';
import { Session } from '../session.js';
import { testHttp } from './http-port.js';
import { memoryFiles } from './memory-files.js';

export { memoryFiles };

/** A plugin with settings, as a test calls it. */
export interface PluginBench {
  files: FilesPort;
  /** One attempt, as `attemptCapability`. */
  call(capability: string, input: unknown, ports?: AttemptPorts): Promise<unknown>;
  /** Whether an earlier call with the same key took effect, as the plugin's `reconcile` tells it. */
  reconcile(capability: string, input: unknown, ports?: AttemptPorts): Promise<Reconciliation<unknown>>;
  /** What the health check tells; throws when it does. */
  health(): Promise<string | void>;
}

/**
 * For a plugin's own tests: performs its calls against a server, over the network, with files in memory. A
 * plugin with a database gives its port with each call, one with `auth` the access token that its host would
 * have fetched.
 */
export function pluginBench(
  plugin: Plugin,
  values: Record<string, unknown>,
  { accessToken }: { accessToken?: string } = {},
): PluginBench {
  const settings = plugin.settings.parse(values) as Record<string, unknown>;
  const files = memoryFiles();
  const { session: declared } = plugin;
  const session = declared && new Session((http) => declared.open({ settings, http }));
  const portsFor = (signal: AbortSignal) => {
    const http = testHttp({
      hosts: hostsOf(plugin, settings),
      defaults: withToken(plugin.http?.(settings), accessToken),
      signal,
      files,
      fetch,
    });
    return { files, signal, http: session?.over({ http, opening: http }) ?? http };
  };
  const attemptOf = (input: unknown, ports: AttemptPorts = {}) => ({
    input,
    settings: values,
    ...portsFor(ports.signal ?? new AbortController().signal),
    ...ports,
  });
  return {
    files,
    call: (capability, input, ports) => attemptCapability(plugin, capability, attemptOf(input, ports)),
    reconcile: (capability, input, ports) => reconcileCapability(plugin, capability, attemptOf(input, ports)),
    async health() {
      const context = {
        settings,
        database: undefined,
        log: SILENT_LOG,
        ...portsFor(new AbortController().signal),
      };
      return plugin.health?.(context as HealthContext<Record<string, unknown>, undefined>);
    },
  };
}

function withToken(http: HttpDefaults | undefined, token: string | undefined): HttpDefaults | undefined {
  if (http === undefined || token === undefined) return http;
  return { ...http, headers: { ...http.headers, authorization: `Bearer ${token}` } };
}
