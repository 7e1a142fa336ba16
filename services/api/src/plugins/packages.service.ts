import {
  type PluginDescription,
  type PluginHost,
  type PluginSource,
  type PluginVersionDetail,
  type PluginVersionItem,
  TOPICS,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { integrityOf, PluginRefused, type PluginTarball, readPluginTarball } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { API_CONFIG, type ApiConfig } from '../config/api.config.js';
import type { Queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { fetchPackage, packageNameOf } from './npm-registry.js';
import {
  activate,
  connectionsOf,
  deletePackage,
  findPackage,
  formerVersion,
  hostsOf,
  insertPackage,
  isBundled,
  listPackages,
  lockPlugin,
  moveWorkflows,
  type PackageRow,
  readAgain,
  tarballOf,
  usersOf,
} from './packages.queries.js';
import { permissionsOf, pluginChanges } from './plugin-difference.js';

/** Who asks, and from where. */
export interface Asker {
  caller: Caller;
  origin: string;
}
export interface VersionKey {
  name: string;
  version: string;
}

/**
 * Plugins that were installed: fetched, approved, upgraded, rolled back, removed. The database has them all.
 */
@Injectable()
export class PackagesService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async list(name: string | null): Promise<PluginVersionItem[]> {
    const [rows, hosts] = await Promise.all([
      listPackages(this.dataSource, name),
      hostsOf(this.dataSource, name),
    ]);
    if (rows.length === 0 && name !== null) throw unknownPlugin(name);
    return rows.map((row) => itemOf(row, hosts));
  }

  async detail(key: VersionKey): Promise<PluginVersionDetail> {
    const row = await this.rowOf(this.dataSource, key);
    const [rows, hosts] = await Promise.all([
      listPackages(this.dataSource, key.name),
      hostsOf(this.dataSource, key.name),
    ]);
    const active = rows.find(({ state, version }) => state === 'active' && version !== key.version);
    const [users, touched] = await Promise.all([
      usersOf(this.dataSource, key.name, key.version),
      active === undefined ? [] : usersOf(this.dataSource, key.name, active.version),
    ]);
    const [described, before] = [descriptionIn(row), active && descriptionIn(active)];
    return {
      ...itemOf(row, hosts),
      permissions: described && permissionsOf(described),
      settings: described?.settings ?? null,
      capabilities: described?.capabilities ?? null,
      changes: described && before ? pluginChanges(before, described) : null,
      users,
      touched,
    };
  }

  async tarball({ name, version }: VersionKey): Promise<Buffer> {
    const bytes = await tarballOf(this.dataSource, name, version);
    if (bytes === null) throw unknownVersion({ name, version });
    return bytes;
  }

  /** Fetches a package from the registry and stores it as a proposal. */
  async proposeFromNpm(at: Asker & { spec: string; integrity?: string | undefined }): Promise<VersionKey> {
    this.assertAllowed(await packageNameOf(at.spec));
    const { tarball, source } = await fetchPackage(at.spec, this.config);
    return this.propose({ ...at, bytes: tarball, source });
  }

  /** Stores the tarball of a package as a proposal. */
  proposeTarball(at: Asker & { bytes: Buffer; integrity?: string | undefined }): Promise<VersionKey> {
    const { pluginsRequireProvenance, pluginsTrusted } = this.config;
    const integrity = integrityOf(at.bytes);
    if (pluginsRequireProvenance && !pluginsTrusted.includes(integrity))
      throw new ProblemError(
        'forbidden',
        'The operator of this hub requires a provenance attestation (TUTTI_PLUGINS_REQUIRE_PROVENANCE), which only a ' +
          'package of a registry has. Install it by its npm name, or have the operator name its integrity in ' +
          `TUTTI_PLUGINS_TRUSTED: ${integrity}.`,
      );
    return this.propose({ ...at, source: { kind: 'upload', signed: false, provenance: false } });
  }

  /** Puts a proposed version, or one that was active before, in the place of the active one. */
  async approve(
    at: Asker & { key: VersionKey; revision: number | null; moveWorkflows: boolean },
  ): Promise<void> {
    const { key, caller } = at;
    await this.changing(at, async (manager) => {
      const row = await this.rowOf(manager, key);
      assertRevision(row, at.revision);
      if (row.state === 'active')
        throw new ProblemError('conflict', `${key.name} ${key.version} is active already.`);
      if (row.description === null) throw notDescribed(row);
      const before = await this.activeOf(manager, key.name);
      await activate(manager, { ...key, by: caller.subject, former: 'inactive' });
      if (at.moveWorkflows) await moveWorkflows(manager, key.name, key.version);
      return {
        action: 'plugin.activated',
        before: { version: before },
        after: { version: key.version, integrity: row.integrity, workflowsMoved: at.moveWorkflows },
      };
    });
  }

  /** Withdraws the active version: the one before serves everything again, whatever was applied meanwhile. */
  async rollBack(at: Asker & { name: string; revision: number | null }): Promise<VersionKey> {
    let key: VersionKey | undefined;
    await this.changing({ ...at, key: { name: at.name, version: '' } }, async (manager) => {
      const version = await this.activeOf(manager, at.name);
      if (version === null) throw unknownPlugin(at.name);
      assertRevision(await this.rowOf(manager, { name: at.name, version }), at.revision);
      const former = await formerVersion(manager, at.name);
      if (former === undefined)
        throw new ProblemError(
          'conflict',
          `There is no version of ${at.name} before ${version} to go back to. Remove the plugin, or install another version.`,
        );
      key = { name: at.name, version: former.version };
      await activate(manager, { ...key, by: at.caller.subject, former: 'withdrawn' });
      return { action: 'plugin.rolled-back', before: { version }, after: { version: former.version } };
    });
    return key as unknown as VersionKey;
  }

  /** Has a version read anew that could not be read. */
  async retry(at: Asker & { key: VersionKey }): Promise<void> {
    await this.changing(at, async (manager) => {
      const { state, name, version } = await this.rowOf(manager, at.key);
      if (state !== 'failed')
        throw new ProblemError(
          'conflict',
          `${name} ${version} is ${state}: only a version that could not be read is tried again. One that a host cannot ` +
            'load is tried again by itself, every 30 seconds.',
        );
      await readAgain(manager, name, version);
      return { action: 'plugin.read-again', before: { state }, after: { state: 'waiting', version } };
    });
  }

  /** Takes a version away. One that is in use only when it is forced. */
  async remove(at: Asker & { key: VersionKey; force: boolean }): Promise<void> {
    await this.changing(at, async (manager) => {
      const row = await this.rowOf(manager, at.key);
      if (!at.force) await this.assertUnused(manager, row);
      await deletePackage(manager, at.key.name, at.key.version);
      return {
        action: 'plugin.removed',
        before: { version: row.version, state: row.state, integrity: row.integrity },
        after: { forced: at.force },
      };
    });
  }

  private async propose(
    at: Asker & { bytes: Buffer; integrity?: string | undefined; source: PluginSource },
  ): Promise<VersionKey> {
    const { bytes, source } = at;
    const found = integrityOf(bytes);
    if (at.integrity !== undefined && at.integrity !== found)
      throw new ProblemError(
        'invalid-input',
        `The package has the integrity ${found}, not ${at.integrity.slice(0, 120)}: it is not the one that was meant.`,
      );
    const read = await readOrRefuse(bytes);
    this.assertAllowed(read.packageName);
    const key = { name: read.name, version: read.version };
    await this.changing({ ...at, key }, async (manager) => {
      await this.assertNew(manager, read);
      const { name, version, packageName, integrity, summary } = read;
      const made = { name, version, packageName, integrity, summary, tarball: bytes, source };
      await insertPackage(manager, { ...made, requestedBy: at.caller.subject });
      return { action: 'plugin.proposed', after: { version, packageName, integrity, source } };
    });
    return key;
  }

  private async assertNew(
    manager: Queryable,
    { name, version, packageName, integrity }: PluginTarball,
  ): Promise<void> {
    const there = await listPackages(manager, name);
    const same = there.find((row) => row.version === version);
    if (same !== undefined)
      throw new ProblemError(
        'conflict',
        same.integrity === integrity
          ? `${name} ${version} is there already, in the state ${same.state}.`
          : `${name} ${version} is there already with the integrity ${same.integrity}, and this package has other ` +
              `bytes (${integrity}). A version never changes: give it another number.`,
      );
    const other = there.find((row) => row.packageName !== packageName);
    if (other !== undefined)
      throw new ProblemError(
        'conflict',
        `${name} is installed from the package ${other.packageName}; ${packageName} is another one. Remove that first.`,
      );
    if (there.length === 0 && (await isBundled(manager, name)))
      throw new ProblemError('conflict', `${name} is a plugin of the hub itself: give yours another name.`);
  }

  private async assertUnused(manager: Queryable, row: PackageRow): Promise<void> {
    const { name, version } = row;
    const users = row.state === 'withdrawn' ? [] : await usersOf(manager, name, version);
    const connections = row.state === 'active' ? await connectionsOf(manager, name) : [];
    const needs = [
      ...users.map(
        (user) => `workflow ${user.workflow} ${user.version}${user.runs ? ` (${user.runs} runs)` : ''}`,
      ),
      ...connections.map((connection) => `connection ${connection}`),
    ];
    if (needs.length === 0) return;
    const more = needs.length > 20 ? ` and ${needs.length - 20} more` : '';
    throw new ProblemError(
      'conflict',
      `${name} ${version} is in use by ${needs.slice(0, 20).join(', ')}${more}. Apply these with another version ` +
        'first, or remove it by force: their calls fail then.',
      { more: { errors: needs.map((detail) => ({ detail })) } },
    );
  }

  private assertAllowed(packageName: string): void {
    const { pluginsAllowed } = this.config;
    const allowed = pluginsAllowed.some(
      (pattern) =>
        pattern === '*' ||
        pattern === packageName ||
        (pattern.endsWith('/*') && packageName.startsWith(pattern.slice(0, -1))),
    );
    if (!allowed)
      throw new ProblemError(
        'forbidden',
        `The operator of this hub allows only these packages: ${pluginsAllowed.join(', ')} (TUTTI_PLUGINS_ALLOWED).`,
      );
  }

  /**
   * One transaction that holds the plugin's versions, with its audit event; the hosts hear of it afterwards.
   */
  private async changing(
    at: Asker & { key: VersionKey },
    work: (manager: Queryable) => Promise<{ action: string; before?: unknown; after?: unknown }>,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lockPlugin(manager, at.key.name);
      const done = await work(manager);
      await this.audit.append(manager, {
        caller: at.caller,
        origin: at.origin,
        target: `plugin:${at.key.name}`,
        ...done,
      });
    });
    const { workspaceId } = at.caller;
    await this.bus.publish(TOPICS.control, [{ kind: 'definitions.changed', workspaceId, what: 'plugin' }]);
  }

  private async activeOf(manager: Queryable, name: string): Promise<string | null> {
    const rows = await listPackages(manager, name);
    return rows.find(({ state }) => state === 'active')?.version ?? null;
  }

  private async rowOf(database: Queryable, key: VersionKey): Promise<PackageRow> {
    const row = await findPackage(database, key.name, key.version);
    if (row === undefined) throw unknownVersion(key);
    return row;
  }
}

async function readOrRefuse(bytes: Buffer): Promise<PluginTarball> {
  try {
    return await readPluginTarball(bytes);
  } catch (error) {
    if (error instanceof PluginRefused) throw new ProblemError('invalid-input', error.message);
    throw error;
  }
}

function assertRevision(row: PackageRow, wanted: number | null): void {
  if (wanted !== null && wanted !== row.revision)
    throw new ProblemError(
      'precondition-failed',
      `${row.name} ${row.version} was changed meanwhile (revision ${row.revision}). Look at it again.`,
    );
}

function notDescribed({ name, version, state, log }: PackageRow): ProblemError {
  return new ProblemError(
    'conflict',
    state === 'failed'
      ? `${name} ${version} could not be read: ${log ?? 'see its log'}. Try again with "npx tutti plugin retry ${name} ` +
          `${version}", or remove it and install a version that is mended.`
      : `${name} ${version} waits for a connector host that reads what it offers; there is nothing to approve yet.`,
  );
}

function descriptionIn({ description }: PackageRow): PluginDescription | null {
  return description === null ? null : (JSON.parse(description) as PluginDescription);
}

function itemOf(
  row: PackageRow,
  hosts: readonly (PluginHost & { name: string; version: string })[],
): PluginVersionItem {
  const { description: _, source, ...told } = row;
  const here = hosts.filter(({ name, version }) => name === row.name && version === row.version);
  return {
    ...told,
    source: JSON.parse(source) as PluginSource,
    hosts: here.map(({ instance, state, log, at }) => ({ instance, state, log, at })),
  };
}

function unknownPlugin(name: string): ProblemError {
  return new ProblemError(
    'not-found',
    `No plugin "${name.slice(0, 64)}" was installed. GET /v1/plugins lists those of the hub itself.`,
  );
}

function unknownVersion({ name, version }: VersionKey): ProblemError {
  return new ProblemError(
    'not-found',
    `There is no version "${version.slice(0, 64)}" of a plugin "${name.slice(0, 64)}" that was installed.`,
  );
}
