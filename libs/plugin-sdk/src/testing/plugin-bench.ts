import type { FoundCapability } from '@tutti/contracts';
import {
  attemptCapability,
  attemptFound,
  reconcileCapability,
  resumeCapability,
  SILENT_LOG,
  type AttemptPorts,
} from '../attempt.js';
import { hostsOf } from '../hosts.js';
import type { LaterCall } from '../later.js';
import type { HealthContext, HttpDefaults, Plugin, Reconciliation } from '../plugin.js';
import type { FilesPort } from '../ports.js';
import { Session } from '../session.js';
import type { Hooked, HookRequest, Polled, Trigger, TriggerEvent } from '../trigger.js';
import { testHttp } from './http-port.js';
import { memoryFiles } from './memory-files.js';

export { memoryFiles };

/** A plugin with settings, as a test calls it. */
export interface PluginBench {
  files: FilesPort;
  /** One attempt, as `attemptCapability`. */
  call(capability: string, input: unknown, ports?: AttemptPorts): Promise<unknown>;
  /** Goes on with a call that is answered later. */
  resume(capability: string, input: unknown, ports: AttemptPorts & { later: LaterCall }): Promise<unknown>;
  /** Whether an earlier call with the same key took effect, as the plugin's `reconcile` tells it. */
  reconcile(capability: string, input: unknown, ports?: AttemptPorts): Promise<Reconciliation<unknown>>;
  /** What the connection finds that it can do. */
  find(): Promise<readonly FoundCapability[]>;
  /** One attempt of what it found. */
  callFound(capability: FoundCapability, input: unknown, ports?: AttemptPorts): Promise<unknown>;
  /** What the health check tells; throws when it does. */
  health(): Promise<string | void>;
  /** One poll of a trigger, by what its document would say; its events are checked by its schema. */
  poll(trigger: string, of?: { cursor?: unknown; options?: Record<string, unknown> }): Promise<Polled>;
  /** What a trigger makes of a request that its host has verified; its events are checked by its schema. */
  webhook(trigger: string, request: SentRequest): Promise<Hooked>;
}

/** A request to a hook, with what its document says. */
export interface SentRequest extends Partial<Omit<HookRequest, 'body' | 'text'>> {
  text: string;
  options?: Record<string, unknown>;
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
  const besideCalls = (): HealthContext<Record<string, unknown>, undefined> => ({
    settings,
    database: undefined,
    log: SILENT_LOG,
    ...portsFor(new AbortController().signal),
  });
  return {
    files,
    call: (capability, input, ports) => attemptCapability(plugin, capability, attemptOf(input, ports)),
    reconcile: (capability, input, ports) => reconcileCapability(plugin, capability, attemptOf(input, ports)),
    resume: (capability, input, { later, ...ports }) =>
      resumeCapability(plugin, capability, { ...attemptOf(input, ports), later }),
    async poll(name, { cursor = null, options = {} } = {}) {
      const trigger = triggerOf(plugin, name, 'poll');
      const polled = await trigger.poll({ ...besideCalls(), cursor, options });
      return { ...polled, events: checkedEvents(trigger, polled.events) };
    },
    async webhook(name, { text, options = {}, ...request }) {
      const trigger = triggerOf(plugin, name, 'webhook');
      const body = new TextEncoder().encode(text);
      const sent = { method: 'POST', headers: {}, query: {}, ...request, text, body };
      const hooked = await trigger.webhook({ ...besideCalls(), ...sent, options });
      if (hooked === 'ignored' || !('events' in hooked)) return hooked;
      return { ...hooked, events: checkedEvents(trigger, hooked.events) };
    },
    find: async () => (await plugin.discovery?.find(besideCalls())) ?? [],
    callFound: (capability, input, ports) => attemptFound(plugin, capability, attemptOf(input, ports)),
    health: async () => plugin.health?.(besideCalls()),
  };
}

type TriggerOf<Kind extends Trigger['kind']> = Extract<Trigger, { kind: Kind }>;

/** The trigger of that kind; throws when there is none. */
function triggerOf<Kind extends Trigger['kind']>(plugin: Plugin, name: string, kind: Kind): TriggerOf<Kind> {
  const trigger = plugin.triggers?.[name];
  if (trigger?.kind === kind) return trigger as TriggerOf<Kind>;
  throw new Error(`Plugin "${plugin.name}" has no trigger "${name}" of kind "${kind}".`);
}

function checkedEvents({ event }: Trigger, events: readonly TriggerEvent[]): TriggerEvent[] {
  return events.map((one) => ({ ...one, data: event.parse(one.data) }));
}

function withToken(http: HttpDefaults | undefined, token: string | undefined): HttpDefaults | undefined {
  if (http === undefined || token === undefined) return http;
  return { ...http, headers: { ...http.headers, authorization: `Bearer ${token}` } };
}
