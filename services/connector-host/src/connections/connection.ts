import type { ConnectionLimits } from '@tutti/contracts';
import { Session, type HttpDefaults } from '@tutti/plugin-sdk';
import type { LogOrigin } from '../calls/plugin-log.js';
import type { FoundCapabilities } from '../discovery/found-capability.js';
import type { HostedCapability } from '../plugins/hosted-plugin.js';
import type { RegisteredPlugin } from '../plugins/plugin-registry.service.js';
import type { Reach } from '../plugins/reach.js';
import { SecretRedactor, secretsOfHeaders, secretsOfUser } from '../redaction/secret-redactor.js';
import { issuesOf, tellIssues } from '../validation/issues.js';

/** A connection as calls use it: settings checked, secrets opened. It lives in memory only. */
export interface Connection {
  workspaceId: string;
  name: string;
  plugin: RegisteredPlugin;
  settings: Record<string, unknown>;
  /** What its calls may reach. Rejects when the plugin cannot say now, or cannot work with the settings. */
  reach: () => Promise<Reach>;
  /** What replaces the limits that the plugin declares. */
  limits: ConnectionLimits | undefined;
  /** Secrets in every spelling that the connection sends. */
  secrets: readonly string[];
  redactor: SecretRedactor;
  /** The tokens that its requests are sent with are secrets from now on. */
  knowTokens: (tokens: readonly string[]) => void;
  /** The session that its calls share, where the plugin's system has one. */
  session?: Session;
  /** What it found by itself and was approved, where its plugin finds capabilities. */
  found?: FoundCapabilities;
}

/** The capability of a connection: one of its plugin, or one that it found by itself. */
export function capabilityOf({ plugin, found }: Connection, name: string): HostedCapability | undefined {
  const { capabilities } = plugin.plugin;
  return Object.hasOwn(capabilities, name) ? capabilities[name] : found?.get(name);
}

export interface ConnectionParts {
  workspaceId: string;
  name: string;
  plugin: RegisteredPlugin;
  /** Settings and secrets together, as they were entered. */
  values: Record<string, unknown>;
  limits?: ConnectionLimits | undefined;
  /** Values that are secrets although their settings are none: they come from elsewhere. */
  hidden?: readonly string[];
}

const HIDDEN_LENGTH_MIN = 8;

/** Makes a connection usable, or says what is wrong with its settings without repeating them. */
export function openConnection(parts: ConnectionParts): Connection | { error: string } {
  const { plugin } = parts.plugin;
  const parsed = plugin.settings.safeParse(parts.values);
  if (!parsed.success) {
    return {
      error:
        `The settings of connection "${parts.name}" are not valid. ` +
        `${tellIssues(issuesOf(parsed.error))}`,
    };
  }
  const settings = parsed.data as Record<string, unknown>;
  const ownSecrets = [
    ...parts.plugin.secretNames.map((name) => settings[name]).filter((value) => typeof value === 'string'),
    // A short one, such as a region, stands in the texts of everybody.
    ...(parts.hidden ?? []).filter(({ length }) => length >= HIDDEN_LENGTH_MIN),
  ];
  const { workspaceId, name, limits } = parts;
  const about = { workspaceId, name, plugin: parts.plugin, settings, limits };
  try {
    const reach = plugin.reach(settings);
    if (reach instanceof Promise) return reachingLater(about, ownSecrets, reach);
    return inSession(knowing(about, [...ownSecrets, ...secretsOf(reach.http)], () => Promise.resolve(reach)));
  } catch (error) {
    const message = new SecretRedactor(ownSecrets).text((error as Error).message);
    return { error: `The plugin cannot work with the settings of connection "${name}": ${message}` };
  }
}

type About = Pick<Connection, 'workspaceId' | 'name' | 'plugin' | 'settings' | 'limits'>;

/** Where the plugin's process has to be asked; it is asked again for the next call when it could not tell. */
function reachingLater(about: About, ownSecrets: string[], first: Promise<Reach>): Connection {
  let asked: Promise<Reach> | null = null;
  const learn = (answer: Promise<Reach>) => {
    asked = answer;
    answer.then(
      (reach) => connection.know([...ownSecrets, ...secretsOf(reach.http)]),
      () => (asked = null),
    );
    return answer;
  };
  const reach = () => asked ?? learn(Promise.resolve(about.plugin.plugin.reach(about.settings)));
  const connection = knowing(about, ownSecrets, reach);
  void learn(first);
  return connection;
}

/** Secrets become known one after the other: those of settings, of headers, and tokens. */
function knowing(
  about: About,
  secrets: readonly string[],
  reach: () => Promise<Reach>,
): Connection & { know: (secrets: readonly string[]) => void } {
  let tokens: readonly string[] = [];
  const connection = {
    ...about,
    reach,
    secrets,
    redactor: new SecretRedactor(secrets),
    know(all: readonly string[]) {
      connection.secrets = all;
      connection.redactor = new SecretRedactor([...all, ...tokens]);
    },
    knowTokens(all: readonly string[]) {
      if (all.length === tokens.length && all.every((one, i) => one === tokens[i])) return;
      tokens = all;
      connection.know(connection.secrets);
    },
  };
  return connection;
}

/** The connection with the session that its plugin asks for; what the session is told by is a secret. */
function inSession(connection: Connection): Connection {
  const { settings, plugin } = connection;
  if (plugin.plugin.openSession === undefined) return connection;
  connection.session = new Session(async (http) => {
    const headers = (await plugin.plugin.openSession?.(settings, http)) ?? {};
    connection.knowTokens(secretsOfHeaders(headers));
    return headers;
  });
  return connection;
}

function secretsOf(http: HttpDefaults | undefined): string[] {
  return [
    ...secretsOfHeaders(http?.headers),
    ...secretsOfHeaders(http?.query),
    ...secretsOfUser(http?.basicAuth),
  ];
}

/** Whose lines those of the connection's calls are. */
export function logOriginOf({ plugin, workspaceId }: Connection): LogOrigin {
  return { name: plugin.plugin.name, version: plugin.version, workspaceId };
}
