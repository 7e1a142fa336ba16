import { PageQuery, RunStarted, ScheduleDetail, SchedulePage } from '@tutti/contracts';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { idempotencyKeyOf } from '../runs/start-request.js';
import { ScheduleSweeper } from './schedule.sweeper.js';
import { type ScheduleRequest, SchedulesService } from './schedules.service.js';

@Controller('v1/schedules')
export class SchedulesController {
  constructor(
    @Inject(SchedulesService) private readonly schedules: SchedulesService,
    @Inject(ScheduleSweeper) private readonly sweeper: ScheduleSweeper,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The schedules of workflows, by name.' })
  @ApiOkResponse({ standardSchema: SchedulePage })
  listSchedules(@Req() request: ApiRequest, @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>) {
    return this.schedules.list(request.caller.workspaceId, query);
  }

  @Get(':namespace/:name')
  @ApiOperation({ summary: 'A schedule with its next ten times and what became of the last ones.' })
  @ApiOkResponse({ standardSchema: ScheduleDetail })
  getSchedule(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
  ): Promise<ScheduleDetail> {
    return this.schedules.detail({ workspaceId: request.caller.workspaceId, namespace, name });
  }

  @Post(':namespace/:name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Pause a schedule: no planned time becomes a run. Runs under way go on.' })
  @ApiOkResponse({ standardSchema: ScheduleDetail })
  pauseSchedule(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
  ): Promise<ScheduleDetail> {
    return this.schedules.pause(requestOf(request, { namespace, name }), true);
  }

  @Post(':namespace/:name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume a schedule. Its catch-up policy says what becomes of the times between.' })
  @ApiOkResponse({ standardSchema: ScheduleDetail })
  async resumeSchedule(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
  ): Promise<ScheduleDetail> {
    const detail = await this.schedules.pause(requestOf(request, { namespace, name }), false);
    this.sweeper.look();
    return detail;
  }

  @Post(':namespace/:name/fire')
  @HttpCode(202)
  @ApiHeader({ name: 'Idempotency-Key', required: false, schema: { type: 'string', maxLength: 255 } })
  @ApiOperation({ summary: 'Start a run of the schedule now, with its input, paused or not.' })
  @ApiAcceptedResponse({ standardSchema: RunStarted })
  async fireSchedule(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
  ): Promise<RunStarted> {
    const key = idempotencyKeyOf(request.headers['idempotency-key']);
    const started = await this.schedules.fire(requestOf(request, { namespace, name }), key);
    this.sweeper.look();
    return started;
  }
}

function requestOf(request: ApiRequest, of: { namespace: string; name: string }): ScheduleRequest {
  return { caller: request.caller, origin: request.ip, ...of };
}
