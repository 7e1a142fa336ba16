import type { PluginSource, PluginUpdate } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { API_CONFIG, type ApiConfig } from '../config/api.config.js';
import { latestVersion } from './npm-registry.js';
import { listPackages, type PackageRow } from './packages.queries.js';

/** A registry is not to be rushed at. */
const ASKED_AT_ONCE = 4;

/** Newer versions of installed packages, when a person asks for them: the hub never looks by itself. */
@Injectable()
export class PluginUpdatesService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /** Of what came from the registry. Packages that were handed in are not asked for by their names. */
  async find(): Promise<PluginUpdate[]> {
    const rows = await listPackages(this.dataSource, null);
    const serving = rows.filter(({ state, source }) => state === 'active' && isFromRegistry(source));
    const updates: PluginUpdate[] = [];
    for (let i = 0; i < serving.length; i += ASKED_AT_ONCE) {
      const some = serving.slice(i, i + ASKED_AT_ONCE);
      updates.push(...(await Promise.all(some.map((row) => this.updateOf(row)))));
    }
    return updates;
  }

  private async updateOf({ name, packageName, version: active }: PackageRow): Promise<PluginUpdate> {
    try {
      const latest = await latestVersion(packageName, this.config);
      return { name, packageName, active, latest, error: null };
    } catch (error) {
      return { name, packageName, active, latest: null, error: (error as Error).message };
    }
  }
}

function isFromRegistry(source: string): boolean {
  return (JSON.parse(source) as PluginSource).kind === 'npm';
}
