import { Applied, Instant, PageQuery, pageOf } from '@tutti/contracts';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiBody,
  ApiConsumes,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { documentOf, isPlan } from '../http/document-body.js';
import { PoliciesService } from './policies.service.js';

const PolicyItem = z
  .object({
    name: z.string(),
    capability: z.string(),
    version: z.int(),
    contentHash: z.string(),
    active: z.boolean(),
    createdBy: z.string(),
    createdAt: Instant,
  })
  .meta({ id: 'PolicyItem' });
const PolicyPage = pageOf(PolicyItem).meta({ id: 'PolicyPage' });
const PolicyDetail = PolicyItem.extend({
  source: z.string(),
  definition: z.unknown(),
  versions: z.array(PolicyItem).describe('newest first'),
}).meta({ id: 'PolicyDetail' });
const PolicyQuery = PageQuery.extend({
  all: z.stringbool().optional().describe('true: those that were withdrawn or replaced too'),
});
const VersionPath = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1);
const PlanQuery = z.object({
  plan: z.enum(['true', 'false', '']).optional().describe('true: say what would change, and change nothing'),
});

@Controller('v1/policies')
export class PoliciesController {
  constructor(@Inject(PoliciesService) private readonly policies: PoliciesService) {}

  @Get()
  @ApiOperation({ summary: 'The routing policies that serve, by name.' })
  @ApiOkResponse({ standardSchema: PolicyPage })
  listPolicies(
    @Req() request: ApiRequest,
    @Query({ schema: PolicyQuery }) query: z.output<typeof PolicyQuery>,
  ) {
    return this.policies.list(request.caller.workspaceId, query);
  }

  @Put()
  @RouteConfig({ body: 'document' })
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'string', description: 'a document of kind RoutingPolicy' } })
  @ApiOperation({ summary: 'Apply a routing policy. The same content changes nothing.' })
  @ApiOkResponse({ standardSchema: Applied })
  @ApiUnprocessableEntityResponse({
    description: 'The document has errors: each with its JSON pointer and line.',
  })
  applyPolicy(
    @Req() request: ApiRequest,
    @Query({ schema: PlanQuery }) query: z.infer<typeof PlanQuery>,
  ): Promise<Applied> {
    return this.policies.apply({
      caller: request.caller,
      origin: request.ip,
      text: documentOf(request),
      plan: isPlan(query.plan),
    });
  }

  @Get(':name')
  @ApiOperation({ summary: 'A routing policy with its text and its versions.' })
  @ApiOkResponse({ standardSchema: PolicyDetail })
  getPolicy(@Req() request: ApiRequest, @Param('name') name: string) {
    return this.policies.detail(request.caller.workspaceId, name);
  }

  @Post(':name/versions/:version/restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Apply what a version said again, as a new version.' })
  @ApiOkResponse({ standardSchema: Applied })
  restorePolicy(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Param('version', { schema: VersionPath }) version: number,
  ): Promise<Applied> {
    return this.policies.restore({ caller: request.caller, origin: request.ip, name, version });
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Withdraw a routing policy: its capability is routed as without one. Its versions stay.',
  })
  @ApiNoContentResponse()
  withdrawPolicy(@Req() request: ApiRequest, @Param('name') name: string): Promise<void> {
    return this.policies.withdraw({ caller: request.caller, origin: request.ip, name });
  }
}
