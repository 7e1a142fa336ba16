import { TaskData, TaskDataQuery } from '@tutti/contracts';
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { RunTaskData } from './task-data.service.js';

@Controller('v1/runs')
export class TaskDataController {
  constructor(@Inject(RunTaskData) private readonly data: RunTaskData) {}

  @Get(':id/task-data')
  @ApiOperation({
    summary: 'Input, output and variables of a task of a run, as its expressions saw them; never secrets.',
  })
  @ApiOkResponse({ standardSchema: TaskData })
  getTaskData(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Query({ schema: TaskDataQuery }) query: z.infer<typeof TaskDataQuery>,
  ): Promise<TaskData> {
    return this.data.of({ workspaceId: request.caller.workspaceId, runId: id, place: query.at });
  }
}
