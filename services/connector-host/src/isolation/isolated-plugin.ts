import type { DeclaredHosts, FoundCapability } from '@tutti/contracts';
import { PermanentError, type HttpDefaults } from '@tutti/plugin-sdk';
import { LIMITS } from '../limits.js';
import type {
  HostedCapability,
  HostedPlugin,
  PluginContext,
  PluginHealthContext,
  Produced,
  Reconciled,
} from '../plugins/hosted-plugin.js';
import { heldHosts, reachOf } from '../plugins/reach.js';
import type { Reach } from '../plugins/reach.js';
import { secretsOfHeaders, secretsOfUser } from '../redaction/secret-redactor.js';
import { OpenedShape, RanShape } from './child-message.js';
import { hostPorts } from './host-ports.js';
import { hostSchema } from './host-schema.js';
import { isolatedTriggers, type PerformTrigger } from './isolated-trigger.js';
import type { Opened, Ran, Ready, TriggerPart, Work } from './messages.js';
import type { PluginProcess } from './plugin-process.js';
import { SecretVeil } from './secret-veil.js';

type Settings = Record<string, unknown>;
type CallWork = Extract<Work, { action: 'run' | 'reconcile' }>;

/** Gives the process of a plugin, started anew where it must be; rejects when there is none now. */
export interface ProcessSource {
  process(): Promise<PluginProcess>;
  /** Why no call is made, even where a process is there; null: calls are made. */
  readonly quarantine: string | null;
}

/** One connection as the process knows it. */
interface OpenConnection {
  number: number;
  process: PluginProcess;
  veil: SecretVeil;
  reach: Reach;
}

/**
 * A plugin in a process of its own, as the host works with it. Throws when the schemas that the process told
 * cannot be used.
 */
export function isolatedPlugin(ready: Ready, source: ProcessSource): HostedPlugin {
  const { description, secretNames, traits } = ready;
  if (description.database)
    throw new Error(
      'It wants a database of its own, which only the plugins that come with the hub may have: it runs isolated.',
    );
  const connections = new OpenConnections({ secretNames, declared: description.hosts, source });
  const { rateLimit } = description;
  return {
    name: description.name,
    settings: hostSchema(description.settings),
    reachesOut: description.network === true,
    capabilities: Object.fromEntries(
      description.capabilities.map((capability): [string, HostedCapability] => {
        const { name, effect, input, output } = capability;
        const { concurrency, rateLimit: ownRate } = Object.hasOwn(traits, name) ? (traits[name] ?? {}) : {};
        return [
          name,
          {
            effect,
            input: hostSchema(input),
            output: hostSchema(output),
            ...(concurrency === undefined ? {} : { concurrency }),
            ...(ownRate === undefined ? {} : { rateLimit: ownRate }),
            run: async (context) => producedOf(await connections.perform('run', name, context)),
            ...(capability.reconciles
              ? {
                  reconcile: async (context) =>
                    reconciledOf(await connections.perform('reconcile', name, context)),
                }
              : {}),
          },
        ];
      }),
    ),
    ...(description.discovers === true
      ? {
          discovery: {
            find: (context) => connections.find(context),
            run: (context, capability) => connections.runFound(context, capability),
          },
        }
      : {}),
    triggers: isolatedTriggers(ready, (name, part, context) => connections.trigger(name, part, context)),
    reach: async (settings) => (await connections.of(settings)).reach,
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(ready.hasHealth ? { health: (context) => connections.health(context) } : {}),
  };
}

interface OpenConnectionsParts {
  secretNames: readonly string[];
  declared: DeclaredHosts | undefined;
  source: ProcessSource;
}

/** The connections that the process of a plugin knows, by the settings that the host holds. */
class OpenConnections {
  readonly #parts: OpenConnectionsParts;
  /** Weak: the host forgets connections, and their secrets with them. */
  readonly #open = new WeakMap<Settings, Promise<OpenConnection>>();
  #last = 0;

  constructor(parts: OpenConnectionsParts) {
    this.#parts = parts;
  }

  /** The connection in the process that is there now. */
  async of(settings: Settings): Promise<OpenConnection> {
    const known = this.#open.get(settings);
    if (known !== undefined) {
      const connection = await known.catch(() => null);
      if (connection?.process.alive === true && this.#parts.source.quarantine === null) return connection;
      if (this.#open.get(settings) !== known) return this.of(settings);
    }
    const opening = this.#opened(settings);
    this.#open.set(settings, opening);
    opening.catch(() => {
      if (this.#open.get(settings) === opening) this.#open.delete(settings);
    });
    return opening;
  }

  async perform(action: CallWork['action'], capability: string, context: PluginContext): Promise<Ran> {
    const { settings, input, idempotencyKey, signal } = context;
    const { process, number: connection, veil } = await this.of(settings);
    const work: CallWork = { action, connection, capability, input, idempotencyKey };
    const ran = RanShape.safeParse(await process.call(work, hostPorts(context, veil), signal));
    if (ran.success) return ran.data;
    throw new Error("The plugin's process answered with something that is none of the contract.");
  }

  async find(context: PluginHealthContext): Promise<unknown> {
    const { process, number: connection, veil } = await this.of(context.settings);
    return process.call({ action: 'find', connection }, hostPorts(context, veil), context.signal);
  }

  async runFound(context: PluginContext, found: FoundCapability): Promise<unknown> {
    const { settings, input, idempotencyKey, signal } = context;
    const { process, number: connection, veil } = await this.of(settings);
    const work: Work = { action: 'run-found', connection, found, input, idempotencyKey };
    return process.call(work, hostPorts(context, veil), signal);
  }

  async health(context: PluginHealthContext): Promise<string | void> {
    const { process, number: connection, veil } = await this.of(context.settings);
    const told = await process.call(
      { action: 'health', connection },
      hostPorts(context, veil),
      context.signal,
    );
    return typeof told === 'string' ? told.slice(0, LIMITS.errorTextLengthMax) : undefined;
  }

  /** Secrets that the other system sends, such as a token, are marks in the process. */
  async trigger(...[trigger, part, context]: Parameters<PerformTrigger>): Promise<unknown> {
    const { process, number: connection, veil } = await this.of(context.settings);
    const work: Work = {
      action: 'trigger',
      connection,
      trigger,
      options: context.options,
      do: veiled(part, veil),
    };
    return process.call(work, hostPorts(context, veil), context.signal);
  }

  async #opened(settings: Settings): Promise<OpenConnection> {
    const { source, secretNames, declared } = this.#parts;
    const process = await source.process();
    const veil = new SecretVeil(settings, secretNames);
    const number = ++this.#last;
    const told = await process.call({ action: 'open', connection: number, settings: veil.settings });
    const opened = OpenedShape.safeParse(told);
    if (!opened.success)
      throw new PermanentError('The plugin names no hosts and addresses that requests could go to.');
    // What the process says of itself is no word of the plugin's declaration: it is held to that here.
    const hosts = heldHosts(declared, settings, opened.data.hosts);
    return { number, process, veil, reach: veiledReach({ ...opened.data, hosts }, veil) };
  }
}

function veiled(part: TriggerPart, veil: SecretVeil): TriggerPart {
  if (part.part !== 'webhook') return part;
  const body = veil.on(new Uint8Array(Buffer.from(part.bytes, 'base64')));
  const { headers, query } = veil.on({ headers: part.headers, query: part.query });
  return { ...part, headers, query, bytes: Buffer.from(body).toString('base64') };
}

/** What is added to requests never goes to the process: there, it has marks in it. */
function veiledReach({ hosts, http, auth }: Opened, veil: SecretVeil): Reach {
  if (http === undefined) return reachOf(hosts, undefined);
  const filled: HttpDefaults = { ...veil.off(http), baseUrl: veil.offAddress(http.baseUrl) };
  veil.alsoHide([
    ...secretsOfHeaders(filled.headers),
    ...secretsOfHeaders(filled.query),
    ...secretsOfUser(filled.basicAuth),
  ]);
  const reach = reachOf(hosts, filled);
  if (auth === undefined) return reach;
  // The address where a person signs in is seen in a browser: no secret goes into it.
  const { clientId, clientSecret } = auth;
  const client = { ...auth, clientId: veil.off(clientId), clientSecret: veil.off(clientSecret) };
  return { ...reach, auth: client, hide: (tokens) => veil.hideTokens(tokens) };
}

function producedOf({ output, confidence, usage }: Ran): Produced {
  return {
    output,
    ...(confidence === undefined ? {} : { confidence: () => confidence }),
    ...(usage === undefined ? {} : { usage: () => usage }),
  };
}

function reconciledOf(ran: Ran): Reconciled {
  return ran.happened === true
    ? { happened: true, produced: producedOf(ran) }
    : { happened: ran.happened === false ? false : 'unknown' };
}
