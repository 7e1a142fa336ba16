import { PartialOutputs } from '@tutti/contracts';
import { PartialStore } from '@tutti/store';
import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { ApiRequest } from '../access/access.types.js';
import { isUuid } from '../database/page.js';
import { findRun } from './runs.queries.js';
import { unknownRun } from './unknown-run.js';

@Controller('v1/runs')
export class PartialOutputsController {
  private readonly store: PartialStore;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {
    this.store = new PartialStore(dataSource);
  }

  @Get(':id/partial-outputs')
  @ApiOperation({
    summary:
      'What the calls under way have told of their outputs. Who asks watches the run for 20 seconds: ask again meanwhile.',
  })
  @ApiOkResponse({ standardSchema: PartialOutputs })
  async getPartialOutputs(@Req() request: ApiRequest, @Param('id') id: string): Promise<PartialOutputs> {
    const { workspaceId } = request.caller;
    const run = isUuid(id) ? await findRun(this.dataSource, workspaceId, id) : undefined;
    if (run === undefined) throw unknownRun(id);
    const parts = await this.store.watch(id);
    return {
      items: parts.map(({ callId, attempt, task, text, dropped }) => ({
        callId,
        attempt,
        task,
        text,
        dropped,
      })),
    };
  }
}
