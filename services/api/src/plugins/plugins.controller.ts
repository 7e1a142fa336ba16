import {
  CapabilityItem,
  PluginItem,
  PluginLog,
  PluginLogQuery,
  PluginPage,
  type CapabilityDescription,
  type PluginGuard,
} from '@tutti/contracts';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import type { ApiRequest } from '../access/access.types.js';
import { describedCapability } from '../discoveries/discovered.js';
import { offeredByConnections } from '../discoveries/discoveries.queries.js';
import { ProblemError } from '../problems/problem.error.js';
import { type PluginRow, descriptionOf, listPlugins, pluginLog, releasePlugin } from './plugins.queries.js';

const CapabilityPage = z
  .object({
    items: z.array(
      CapabilityItem.extend({ plugins: z.array(z.string()).describe('the plugins that offer it') }).meta({
        id: 'CapabilityOffer',
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'CapabilityPage' });

/** What is installed is the same for all workspaces; connections are not. */
@Controller('v1')
export class PluginsController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  @Get('plugins')
  @ApiOperation({ summary: 'The installed plugins with their settings and capabilities.' })
  @ApiOkResponse({ standardSchema: PluginPage })
  async listPlugins(): Promise<z.infer<typeof PluginPage>> {
    const rows = await listPlugins(this.dataSource);
    return { items: rows.map(toItem), nextCursor: null };
  }

  @Post('plugins/:name/release')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let a plugin out of the quarantine: its next call starts its process again.',
    description: 'A plugin is quarantined when its process keeps ending. One that is not stays as it is.',
  })
  @ApiOkResponse({ standardSchema: PluginPage })
  async release(
    @Req() request: ApiRequest,
    @Param('name') name: string,
  ): Promise<z.infer<typeof PluginPage>> {
    const rows = await this.dataSource.transaction(async (manager) => {
      const before = await listPlugins(manager, name);
      if (before.length === 0) throw new ProblemError('not-found', `There is no plugin "${name}".`);
      if ((await releasePlugin(manager, name)) === 0) return before;
      await this.audit.append(manager, {
        caller: request.caller,
        origin: request.ip,
        action: 'plugin.release',
        target: `plugin:${name}`,
        before: { state: 'quarantined' },
        after: { state: 'loaded' },
      });
      return listPlugins(manager, name);
    });
    return { items: rows.map(toItem), nextCursor: null };
  }

  @Get('plugins/:name/log')
  @ApiOperation({
    summary: 'The last lines that a plugin, and the hub about it, have said, without secrets.',
    description: 'Of each version and connector host the last 200. Lines of other workspaces are left out.',
  })
  @ApiOkResponse({ standardSchema: PluginLog })
  async getLog(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Query({ schema: PluginLogQuery }) { version }: z.infer<typeof PluginLogQuery>,
  ): Promise<PluginLog> {
    const { workspaceId } = request.caller;
    return { items: await pluginLog(this.dataSource, { workspaceId, name, version: version ?? null }) };
  }

  @Get('capabilities')
  @ApiOperation({ summary: 'What workflows can call, and which plugins offer it.' })
  @ApiOkResponse({ standardSchema: CapabilityPage })
  async listCapabilities(@Req() request: ApiRequest): Promise<z.infer<typeof CapabilityPage>> {
    const offers = new Map<string, z.infer<typeof CapabilityPage>['items'][number]>();
    const add = (plugin: string, capabilities: readonly CapabilityDescription[]) => {
      for (const capability of capabilities) {
        const offer = offers.get(capability.name) ?? { ...capability, plugins: [] };
        if (!offer.plugins.includes(plugin)) offer.plugins.push(plugin);
        offers.set(capability.name, offer);
      }
    };
    for (const row of await listPlugins(this.dataSource))
      if (row.state === 'loaded') add(row.name, descriptionOf(row).capabilities);
    const found = await offeredByConnections(this.dataSource, request.caller.workspaceId);
    for (const { plugin, capabilities } of found) add(plugin, capabilities.map(describedCapability));
    return { items: [...offers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), nextCursor: null };
  }
}

function toItem(row: PluginRow): PluginItem {
  const { name, version, kind, contract, summary, settings, capabilities } = descriptionOf(row);
  return {
    name,
    version,
    kind,
    contract,
    ...(summary === undefined ? {} : { summary }),
    state: row.state,
    error: row.error,
    guards: row.guards === null ? null : (JSON.parse(row.guards) as PluginGuard[]),
    settings,
    capabilities,
  };
}
