import type { ConnectionLimits } from '@tutti/contracts';
import type { HttpDefaults } from '@tutti/plugin-sdk';
import { secretSettings } from '@tutti/plugin-sdk';
import type { RegisteredPlugin } from '../plugins/plugin-registry.service.js';
import { SecretRedactor, secretsOfHeaders } from '../redaction/secret-redactor.js';
import { issuesOf, tellIssues } from '../validation/issues.js';

/** A connection as calls use it: settings checked, secrets opened. It lives in memory only. */
export interface Connection {
  workspaceId: string;
  name: string;
  plugin: RegisteredPlugin;
  settings: Record<string, unknown>;
  hosts: ReadonlySet<string>;
  http: HttpDefaults | undefined;
  /** What replaces the limits that the plugin declares. */
  limits: ConnectionLimits | undefined;
  /** Secrets in every spelling that the connection sends. */
  secrets: readonly string[];
  redactor: SecretRedactor;
}

export interface ConnectionParts {
  workspaceId: string;
  name: string;
  plugin: RegisteredPlugin;
  /** Settings and secrets together, as they were entered. */
  values: Record<string, unknown>;
  limits?: ConnectionLimits | undefined;
}

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
  const ownSecrets = secretSettings(plugin)
    .map((name) => settings[name])
    .filter((value) => typeof value === 'string');
  try {
    const http = plugin.http?.(settings);
    const secrets = [...ownSecrets, ...secretsOfHeaders(http?.headers), ...secretsOfHeaders(http?.query)];
    const hosts = new Set((plugin.hosts?.(settings) ?? []).map((host) => host.toLowerCase()));
    const { workspaceId, name } = parts;
    return {
      workspaceId,
      name,
      plugin: parts.plugin,
      settings,
      hosts,
      http,
      limits: parts.limits,
      secrets,
      redactor: new SecretRedactor(secrets),
    };
  } catch (error) {
    const message = new SecretRedactor(ownSecrets).text((error as Error).message);
    return { error: `The plugin cannot work with the settings of connection "${parts.name}": ${message}` };
  }
}
