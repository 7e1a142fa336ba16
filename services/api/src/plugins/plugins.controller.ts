import { CapabilityItem, PluginItem, PluginPage, type PluginGuard } from '@tutti/contracts';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type PluginRow, descriptionOf, listPlugins } from './plugins.queries.js';

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
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @Get('plugins')
  @ApiOperation({ summary: 'The installed plugins with their settings and capabilities.' })
  @ApiOkResponse({ standardSchema: PluginPage })
  async listPlugins(): Promise<z.infer<typeof PluginPage>> {
    const rows = await listPlugins(this.dataSource);
    return { items: rows.map(toItem), nextCursor: null };
  }

  @Get('capabilities')
  @ApiOperation({ summary: 'What workflows can call, and which plugins offer it.' })
  @ApiOkResponse({ standardSchema: CapabilityPage })
  async listCapabilities(): Promise<z.infer<typeof CapabilityPage>> {
    const offers = new Map<string, z.infer<typeof CapabilityPage>['items'][number]>();
    for (const row of await listPlugins(this.dataSource)) {
      if (row.state !== 'loaded') continue;
      for (const capability of descriptionOf(row).capabilities) {
        const offer = offers.get(capability.name) ?? { ...capability, plugins: [] };
        if (!offer.plugins.includes(row.name)) offer.plugins.push(row.name);
        offers.set(capability.name, offer);
      }
    }
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
