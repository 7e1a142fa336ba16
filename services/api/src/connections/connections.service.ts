import {
  type ConnectionDetail,
  type ConnectionItem,
  type ConnectionLimits,
  type ConnectionSignIn,
  type PluginDescription,
  TOPICS,
  uuidv7,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { SecretBox } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import { type Queryable } from '../database/rows.js';
import { descriptionOf, listPlugins } from '../plugins/plugins.queries.js';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import { ConnectionFacts, type SeenFacts } from './connection-facts.js';
import { usersOf } from './connection-users.js';
import {
  type Settings,
  checkSettings,
  limitsOf,
  limitsText,
  maskedSettings,
  secretNames,
  splitSettings,
  unmask,
} from './connection.settings.js';
import {
  type ConnectionFilter,
  type ConnectionRow,
  deleteConnection,
  findConnection,
  lastChecks,
  listConnections,
  lockConnection,
  upsertConnection,
} from './connections.queries.js';
import { type SignInRow, signInsOf } from './sign-ins.queries.js';

export interface PutConnection {
  caller: Caller;
  origin: string;
  name: string;
  plugin: string;
  settings: Settings;
  enabled: boolean;
  /** Absent: what was set before stays. */
  limits?: ConnectionLimits | null | undefined;
  owner?: string | null | undefined;
  environment?: string | null | undefined;
}

/** What an item is made of beside its row. */
interface Beside {
  plugin: PluginDescription | undefined;
  signIns: Map<string, SignInRow>;
  facts: Map<string, SeenFacts>;
}

/** Configured instances of connectors. Their secrets go in and never come out again. */
@Injectable()
export class ConnectionsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(ConnectionFacts) private readonly facts: ConnectionFacts,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async list(
    workspaceId: string,
    query: { cursor?: string | undefined; limit: number } & ConnectionFilter,
  ): Promise<Page<ConnectionItem>> {
    const { cursor, limit, ...filter } = query;
    const at = { workspaceId, after: decodeCursor(cursor), limit: limit + 1, ...filter };
    const rows = await listConnections(this.dataSource, at);
    const names = rows.map(({ name }) => name);
    const [plugins, signIns, facts] = await Promise.all([
      this.pluginsByName(),
      signInsOf(this.dataSource, workspaceId),
      this.facts.of(workspaceId, names),
    ]);
    return pageFrom(rows, limit, {
      item: (row) => this.toItem(workspaceId, row, { plugin: plugins.get(row.plugin), signIns, facts }),
      key: (row) => row.name,
    });
  }

  async detail(workspaceId: string, name: string): Promise<ConnectionDetail> {
    const row = await this.rowOf(workspaceId, name);
    const [plugins, signIns, facts, checks] = await Promise.all([
      this.pluginsByName(),
      signInsOf(this.dataSource, workspaceId, name),
      this.facts.of(workspaceId, [name]),
      lastChecks(this.dataSource, workspaceId, name),
    ]);
    const item = this.toItem(workspaceId, row, { plugin: plugins.get(row.plugin), signIns, facts });
    const { capabilities } = item;
    const usedBy = await usersOf(this.dataSource, { workspaceId, name, capabilities });
    return { ...item, hours: facts.get(name)?.hours ?? [], checks, usedBy };
  }

  async put(put: PutConnection): Promise<ConnectionDetail> {
    const { workspaceId } = put.caller;
    checkName(put.name);
    const plugin = (await this.pluginsByName()).get(put.plugin);
    if (plugin === undefined) {
      throw new ProblemError(
        'invalid-input',
        `There is no plugin "${put.plugin}" that works here. GET /v1/plugins lists them.`,
        { more: { errors: [{ pointer: '/plugin', detail: 'is not an installed plugin' }] } },
      );
    }
    await this.dataSource.transaction((manager) => this.store(manager, put, plugin));
    await this.announce(workspaceId);
    return this.detail(workspaceId, put.name);
  }

  async remove(at: { caller: Caller; origin: string; name: string }): Promise<void> {
    const { workspaceId } = at.caller;
    await this.dataSource.transaction(async (manager) => {
      if (!(await deleteConnection(manager, workspaceId, at.name))) throw unknownConnection(at.name);
      await this.audit.append(manager, {
        caller: at.caller,
        origin: at.origin,
        action: 'connection.removed',
        target: `connection:${at.name}`,
      });
    });
    await this.announce(workspaceId);
  }

  private async store(manager: Queryable, put: PutConnection, plugin: PluginDescription): Promise<void> {
    const { workspaceId } = put.caller;
    await lockConnection(manager, workspaceId, put.name);
    const old = await findConnection(manager, workspaceId, put.name);
    // The secrets of another plugin are not handed to this one.
    const kept = old?.plugin === put.plugin ? this.secretsOf(workspaceId, old) : {};
    const names = secretNames(plugin);
    const settings = unmask(put.settings, names, kept);
    const findings = checkSettings(plugin, settings, this.config);
    if (findings.length > 0) {
      throw new ProblemError(
        'invalid-input',
        `The settings do not fit the plugin "${plugin.name}" in ${counted(findings.length, 'place')}.`,
        { more: { errors: findings } },
      );
    }
    const { plain, secrets } = splitSettings(settings, names);
    const sealed =
      Object.keys(secrets).length === 0
        ? null
        : this.box.seal(secrets, { workspaceId, connection: put.name });
    const limits = put.limits === undefined ? (old?.limits ?? null) : limitsText(put.limits);
    const owner = labelOf(put.owner, old?.owner);
    const environment = labelOf(put.environment, old?.environment);
    await upsertConnection(manager, {
      id: old?.id ?? uuidv7(),
      workspaceId,
      name: put.name,
      plugin: put.plugin,
      settings: JSON.stringify(plain),
      secrets: sealed,
      enabled: put.enabled,
      limits,
      owner,
      environment,
    });
    const changed = Object.keys(secrets).filter((name) => secrets[name] !== kept[name]);
    await this.audit.append(manager, {
      caller: put.caller,
      origin: put.origin,
      action: old ? 'connection.changed' : 'connection.created',
      target: `connection:${put.name}`,
      before: old && {
        plugin: old.plugin,
        enabled: old.enabled,
        limits: limitsOf(old.limits),
        owner: old.owner,
        environment: old.environment,
        settings: maskedSettings(JSON.parse(old.settings) as Settings, kept),
      },
      after: {
        plugin: put.plugin,
        enabled: put.enabled,
        limits: limitsOf(limits),
        owner,
        environment,
        settings: maskedSettings(plain, secrets),
        secretsChanged: changed,
      },
    });
  }

  private toItem(workspaceId: string, row: ConnectionRow, beside: Beside): ConnectionItem {
    const { id: _id, secrets: _secrets, ...shown } = row;
    const { plugin, signIns, facts } = beside;
    const { recent, lastError, headroom } = facts.get(row.name) as SeenFacts;
    return {
      ...shown,
      capabilities: plugin?.capabilities.map((capability) => capability.name) ?? [],
      settings: maskedSettings(JSON.parse(row.settings) as Settings, this.maskedSecrets(workspaceId, row)),
      limits: limitsOf(row.limits),
      signIn: signInOf(plugin, signIns.get(row.name)),
      recent,
      lastError,
      headroom,
    };
  }

  /**
   * A connection whose secrets cannot be opened (another master key) must still be shown, so that they can
   * be entered again.
   */
  private maskedSecrets(workspaceId: string, row: ConnectionRow): Record<string, string> {
    try {
      return this.secretsOf(workspaceId, row);
    } catch {
      return {};
    }
  }

  private secretsOf(workspaceId: string, row: ConnectionRow): Record<string, string> {
    return row.secrets === null ? {} : this.box.open(row.secrets, { workspaceId, connection: row.name });
  }

  private async rowOf(workspaceId: string, name: string): Promise<ConnectionRow> {
    const row = await findConnection(this.dataSource, workspaceId, name);
    if (row === undefined) throw unknownConnection(name);
    return row;
  }

  /** The working plugins; of several versions the one registered last. */
  private async pluginsByName(): Promise<Map<string, PluginDescription>> {
    const plugins = new Map<string, PluginDescription>();
    for (const row of await listPlugins(this.dataSource)) {
      if (row.state === 'loaded' && !plugins.has(row.name)) plugins.set(row.name, descriptionOf(row));
    }
    return plugins;
  }

  private async announce(workspaceId: string): Promise<void> {
    await this.bus.publish(TOPICS.control, [
      { kind: 'definitions.changed', workspaceId, what: 'connection' },
    ]);
  }
}

/** Null where the plugin asks no person to sign in. */
function signInOf(
  plugin: PluginDescription | undefined,
  row: SignInRow | undefined,
): ConnectionSignIn | null {
  if (plugin?.signIn !== 'authorization_code') return null;
  const none = {
    state: 'needed',
    detail: null,
    by: null,
    at: null,
    refreshedAt: null,
    scopes: null,
  } as const;
  if (row === undefined) return none;
  const { connection: _name, ...told } = row;
  return told;
}

/** Absent: as it was. */
function labelOf(given: string | null | undefined, before: string | null | undefined): string | null {
  return given === undefined ? (before ?? null) : given || null;
}

export function unknownConnection(name: string): ProblemError {
  return new ProblemError('not-found', `There is no connection "${name.slice(0, 64)}".`);
}

function checkName(name: string): void {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return;
  throw new ProblemError(
    'invalid-request',
    'The name of a connection is 1 to 63 lower-case letters, digits and dashes, such as "erp-main".',
  );
}
