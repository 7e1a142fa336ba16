import { Cassette, CassetteQuery } from '@tutti/contracts';
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { Cassettes } from './cassettes.service.js';

@Controller('v1/runs')
export class CassettesController {
  constructor(@Inject(Cassettes) private readonly cassettes: Cassettes) {}

  @Get(':id/cassette')
  @ApiOperation({
    summary:
      'What a run that has ended asked of connections and people and what it was answered, without secrets ' +
      'and personal data: for `tutti test`.',
  })
  @ApiOkResponse({ standardSchema: Cassette })
  getCassette(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Query({ schema: CassetteQuery }) query: z.infer<typeof CassetteQuery>,
  ): Promise<Cassette> {
    const redact = (query.redact ?? '').split(',').filter((name) => name !== '');
    return this.cassettes.of({ workspaceId: request.caller.workspaceId, runId: id, redact });
  }
}
