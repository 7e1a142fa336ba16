import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { PageQuery, Trace, TracePage } from '@tutti/contracts';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { InstantQuery } from '../metrics/time-range.js';
import { TracesService } from './traces.service.js';

/** Filters of the list of traces. */
export const TraceListQuery = PageQuery.extend({
  service: z.string().min(1).max(512).optional(),
  managed: z.stringbool().optional(),
  q: z.string().max(200).optional(),
  runId: z.uuid().optional(),
  from: InstantQuery.optional(),
  to: InstantQuery.optional(),
});

@Controller('v1/traces')
export class TracesController {
  constructor(@Inject(TracesService) private readonly traces: TracesService) {}

  @Get()
  @ApiOperation({ summary: 'Traces of the hub and of every application that sends telemetry, newest first.' })
  @ApiOkResponse({ standardSchema: TracePage })
  listTraces(
    @Req() request: ApiRequest,
    @Query({ schema: TraceListQuery }) query: z.infer<typeof TraceListQuery>,
  ) {
    return this.traces.list(request.caller.workspaceId, query);
  }

  @Get(':traceId')
  @ApiOperation({ summary: 'A trace with its spans, first to last.' })
  @ApiOkResponse({ standardSchema: Trace })
  getTrace(@Req() request: ApiRequest, @Param('traceId') traceId: string) {
    return this.traces.trace(request.caller.workspaceId, traceId);
  }
}

@Controller('v1/runs')
export class RunTraceController {
  constructor(@Inject(TracesService) private readonly traces: TracesService) {}

  @Get(':id/trace')
  @ApiOperation({ summary: 'The trace of a run; while it is going, with its open spans.' })
  @ApiOkResponse({ standardSchema: Trace })
  getRunTrace(@Req() request: ApiRequest, @Param('id') id: string) {
    return this.traces.ofRun(request.caller.workspaceId, id);
  }
}
