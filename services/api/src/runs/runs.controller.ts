import {
  BulkRetried,
  BulkRetryRequest,
  CancelRequest,
  JournalPage,
  PageQuery,
  RetryPreview,
  RetryPreviewQuery,
  RetryRequest,
  RunDetail,
  RunListQuery,
  RunPage,
  RunStarted,
  RunSummary,
} from '@tutti/contracts';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { RetryPreviews } from './retry-previews.service.js';
import { RunRetries } from './run-retries.service.js';
import { RunsService } from './runs.service.js';

@Controller('v1/runs')
export class RunsController {
  constructor(
    @Inject(RunsService) private readonly runs: RunsService,
    @Inject(RunRetries) private readonly retries: RunRetries,
    @Inject(RetryPreviews) private readonly previews: RetryPreviews,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Runs, newest first.' })
  @ApiOkResponse({ standardSchema: RunPage })
  listRuns(@Req() request: ApiRequest, @Query({ schema: RunListQuery }) query: z.infer<typeof RunListQuery>) {
    return this.runs.list(request.caller.workspaceId, query);
  }

  @Post('retry')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Retry the newest faulted runs that a filter finds, each once; with dryRun only say which.',
  })
  @ApiOkResponse({ standardSchema: BulkRetried })
  retryRuns(
    @Req() request: ApiRequest,
    @Body({ schema: BulkRetryRequest }) body: z.infer<typeof BulkRetryRequest>,
  ): Promise<BulkRetried> {
    return this.retries.retryMany({ caller: request.caller, origin: request.ip, request: body });
  }

  @Get(':id')
  @ApiOperation({ summary: 'A run with its input, its output and the tasks that are active now.' })
  @ApiOkResponse({ standardSchema: RunDetail })
  getRun(@Req() request: ApiRequest, @Param('id') id: string): Promise<RunDetail> {
    return this.runs.detail(request.caller.workspaceId, id);
  }

  @Get(':id/journal')
  @ApiOperation({ summary: 'What happened in a run, in the order in which it was decided.' })
  @ApiOkResponse({ standardSchema: JournalPage })
  getRunJournal(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>,
  ) {
    return this.runs.journal(request.caller.workspaceId, id, query);
  }

  @Get(':id/retry-preview')
  @ApiOperation({
    summary: 'What a retry of a run would do: what is kept, what is called and asked again. Changes nothing.',
  })
  @ApiOkResponse({ standardSchema: RetryPreview })
  previewRetry(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Query({ schema: RetryPreviewQuery }) query: z.infer<typeof RetryPreviewQuery>,
  ): Promise<RetryPreview> {
    const { workspaceId } = request.caller;
    return this.previews.preview({ workspaceId, runId: id, fromTask: query.from });
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiBody({
    required: false,
    schema: { type: 'object', properties: { reason: { type: 'string', maxLength: 500 } } },
  })
  @ApiOperation({ summary: 'Ask a run to end. It is cancelled at its next turn.' })
  @ApiAcceptedResponse({ standardSchema: RunSummary })
  cancelRun(
    @Req() request: ApiRequest,
    @Param('id') id: string,
    @Body({ schema: CancelRequest.optional() }) body?: z.infer<typeof CancelRequest>,
  ): Promise<RunSummary> {
    return this.runs.cancel({ caller: request.caller, origin: request.ip, runId: id, reason: body?.reason });
  }

  @Post(':id/retry')
  @ApiBody({
    required: false,
    schema: {
      type: 'object',
      properties: {
        fromTask: { type: 'string', description: 'JSON pointer of the task; absent: the one that faulted' },
      },
    },
  })
  @ApiOperation({
    summary: 'Start a new run that goes on from a task of this one; by default from the task that faulted.',
  })
  @ApiAcceptedResponse({ standardSchema: RunStarted, headers: { Location: { schema: { type: 'string' } } } })
  async retryRun(
    @Req() request: ApiRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body({ schema: RetryRequest.optional() }) body?: z.infer<typeof RetryRequest>,
  ): Promise<RunStarted> {
    const started = await this.runs.retry({
      caller: request.caller,
      origin: request.ip,
      runId: id,
      fromTask: body?.fromTask,
    });
    void reply.code(202).header('location', `/v1/runs/${started.id}`);
    return started;
  }
}
