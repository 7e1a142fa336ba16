import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { MetricSeries, Overview } from '@tutti/contracts';
import type { ApiRequest } from '../access/access.types.js';
import { MetricsService, type RangeDates } from './metrics.service.js';
import { RangeQueryDates } from './time-range.js';

@Controller('v1/metrics')
export class MetricsController {
  constructor(@Inject(MetricsService) private readonly metrics: MetricsService) {}

  @Get('overview')
  @ApiOperation({
    summary: 'Runs, reviews, AI assets and telemetry at a glance, with the time before to compare with.',
  })
  @ApiOkResponse({ standardSchema: Overview })
  getOverview(@Req() request: ApiRequest, @Query({ schema: RangeQueryDates }) query: RangeDates) {
    return this.metrics.overview(request.caller.workspaceId, query);
  }
}

@Controller('v1/workflows')
export class WorkflowMetricsController {
  constructor(@Inject(MetricsService) private readonly metrics: MetricsService) {}

  @Get(':namespace/:name/metrics')
  @ApiOperation({ summary: 'Runs of a workflow over time.' })
  @ApiOkResponse({ standardSchema: MetricSeries })
  getWorkflowMetrics(
    @Req() request: ApiRequest,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Query({ schema: RangeQueryDates }) query: RangeDates,
  ) {
    return this.metrics.ofWorkflow({ workspaceId: request.caller.workspaceId, namespace, name }, query);
  }
}
