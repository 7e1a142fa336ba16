import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { AiAsset, AiAssetPage, PageQuery } from '@tutti/contracts';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { InventoryService } from './inventory.service.js';

/** Filters of the AI inventory. */
export const AssetListQuery = PageQuery.extend({
  kind: AiAsset.shape.kind.optional(),
  managed: z.stringbool().optional(),
  q: z.string().max(200).optional(),
});

@Controller('v1/inventory')
export class InventoryController {
  constructor(@Inject(InventoryService) private readonly inventory: InventoryService) {}

  @Get()
  @ApiOperation({
    summary: 'Every application, model, agent, tool and MCP server in use, managed by the hub or not.',
  })
  @ApiOkResponse({ standardSchema: AiAssetPage })
  listInventory(
    @Req() request: ApiRequest,
    @Query({ schema: AssetListQuery }) query: z.infer<typeof AssetListQuery>,
  ) {
    return this.inventory.list(request.caller.workspaceId, query);
  }
}
