import { PageQuery, SecretItem, SecretPage, SecretRequest } from '@tutti/contracts';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put, Query, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { SecretsService } from './secrets.service.js';

@Controller('v1/secrets')
export class SecretsController {
  constructor(@Inject(SecretsService) private readonly secrets: SecretsService) {}

  @Get()
  @ApiOperation({ summary: 'The secrets of the workspace, by name; never their values.' })
  @ApiOkResponse({ standardSchema: SecretPage })
  listSecrets(@Req() request: ApiRequest, @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>) {
    return this.secrets.list(request.caller.workspaceId, query);
  }

  @Put(':name')
  @ApiOperation({ summary: 'Set a secret that workflows of the workspace may use.' })
  @ApiOkResponse({ standardSchema: SecretItem })
  putSecret(
    @Req() request: ApiRequest,
    @Param('name') name: string,
    @Body({ schema: SecretRequest }) body: z.infer<typeof SecretRequest>,
  ): Promise<SecretItem> {
    return this.secrets.put({ caller: request.caller, origin: request.ip, name, value: body.value });
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a secret. Calls that need it fail from then on.' })
  @ApiNoContentResponse()
  removeSecret(@Req() request: ApiRequest, @Param('name') name: string): Promise<void> {
    return this.secrets.remove({ caller: request.caller, origin: request.ip, name });
  }
}
