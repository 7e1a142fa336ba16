import { Applied, TriggerChange, TriggerDetail, TriggerListQuery, TriggerPage } from '@tutti/contracts';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiAcceptedResponse,
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
import { TriggersService } from './triggers.service.js';

const PlanQuery = z.object({
  plan: z.enum(['true', 'false', '']).optional().describe('true: say what would change, and change nothing'),
});

@Controller('v1/triggers')
export class TriggersController {
  constructor(@Inject(TriggersService) private readonly triggers: TriggersService) {}

  @Get()
  @ApiOperation({ summary: 'The triggers, by name, with what they do.' })
  @ApiOkResponse({ standardSchema: TriggerPage })
  listTriggers(
    @Req() request: ApiRequest,
    @Query({ schema: TriggerListQuery }) query: z.infer<typeof TriggerListQuery>,
  ) {
    return this.triggers.list(request.caller.workspaceId, query);
  }

  @Put()
  @RouteConfig({ body: 'document' })
  @ApiConsumes('application/yaml', 'application/json')
  @ApiBody({ schema: { type: 'string', description: 'a document of kind Trigger' } })
  @ApiOperation({ summary: 'Apply a trigger. The same content changes nothing.' })
  @ApiOkResponse({ standardSchema: Applied })
  @ApiUnprocessableEntityResponse({
    description: 'The document has errors: each with its JSON pointer and line.',
  })
  applyTrigger(
    @Req() request: ApiRequest,
    @Query({ schema: PlanQuery }) query: z.infer<typeof PlanQuery>,
  ): Promise<Applied> {
    return this.triggers.apply({
      caller: request.caller,
      origin: request.ip,
      text: documentOf(request),
      plan: isPlan(query.plan),
    });
  }

  @Get(':name')
  @ApiOperation({ summary: 'A trigger with its text, and how far it is.' })
  @ApiOkResponse({ standardSchema: TriggerDetail })
  getTrigger(@Req() request: ApiRequest, @Param('name') name: string): Promise<TriggerDetail> {
    return this.triggers.detail(request.caller.workspaceId, name);
  }

  @Patch(':name')
  @ApiOperation({ summary: 'Pause or resume a trigger. It goes on where it was.' })
  @ApiOkResponse({ standardSchema: TriggerDetail })
  changeTrigger(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: TriggerChange }) body: z.infer<typeof TriggerChange>,
  ): Promise<TriggerDetail> {
    return this.triggers.enable({ caller: request.caller, origin: request.ip, name }, body.enabled);
  }

  @Post(':name/look')
  @HttpCode(202)
  @ApiOperation({ summary: 'Have a trigger of a plugin look at the other system now.' })
  @ApiAcceptedResponse({ standardSchema: TriggerDetail })
  lookAtTrigger(@Req() request: ApiRequest, @Param('name') name: string): Promise<TriggerDetail> {
    return this.triggers.look(request.caller.workspaceId, name);
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a trigger. Runs that it started go on.' })
  @ApiNoContentResponse()
  removeTrigger(@Req() request: ApiRequest, @Param('name') name: string): Promise<void> {
    return this.triggers.remove({ caller: request.caller, origin: request.ip, name });
  }
}
