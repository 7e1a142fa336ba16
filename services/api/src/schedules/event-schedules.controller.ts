import { type EventScheduleItem, EventSchedulePage, PageQuery } from '@tutti/contracts';
import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { decodeCursor, type Page, pageFrom } from '../database/page.js';
import { listEventSchedules } from './event-schedules.queries.js';

@Controller('v1/event-schedules')
export class EventSchedulesController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @Get()
  @ApiOperation({ summary: 'The workflows that events start, by name, with the events that wait.' })
  @ApiOkResponse({ standardSchema: EventSchedulePage })
  async listEventSchedules(
    @Req() request: ApiRequest,
    @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>,
  ): Promise<Page<EventScheduleItem>> {
    const rows = await listEventSchedules(this.dataSource, {
      workspaceId: request.caller.workspaceId,
      after: decodeCursor(query.cursor),
      limit: query.limit + 1,
    });
    const key = ({ workflow: { namespace, name } }: EventScheduleItem) => `${namespace}/${name}`;
    return pageFrom(rows, query.limit, { item: (row) => row, key });
  }
}
