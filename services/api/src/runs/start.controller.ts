import { RunStarted } from '@tutti/contracts';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ApiRequest } from '../access/access.types.js';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { RunIntake } from './runs.intake.js';
import { idempotencyKeyOf, waitSecondsOf } from './start-request.js';

/**
 * Thousands of requests a second come through here, so it works on Fastify's own request and reply: no
 * pipes, no interceptors.
 */
@Controller('v1/workflows')
export class StartController {
  constructor(
    @Inject(RunIntake) private readonly intake: RunIntake,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Post(':namespace/:name/runs')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a run. The body is its input. The answer comes after the run is stored.' })
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    schema: { type: 'string', maxLength: 255 },
    description: 'A repeat with the same key and the same body answers the first run.',
  })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    schema: { type: 'string' },
    description: 'wait=SECONDS: answer 200 with the output when the run ends in time.',
  })
  @ApiBody({ schema: {}, required: false, description: 'the input, any JSON value' })
  @ApiOkResponse({ standardSchema: RunStarted, description: 'The run ended in time.' })
  @ApiAcceptedResponse({ standardSchema: RunStarted, description: 'The run is stored and goes on.' })
  async startRun(@Req() request: ApiRequest, @Res() reply: FastifyReply): Promise<void> {
    const { namespace, name } = request.params as { namespace: string; name: string };
    const waitSeconds = waitSecondsOf(request.headers.prefer, this.config.waitSecondsMax);
    const started = await this.intake.start({
      workspaceId: request.caller.workspaceId,
      namespace,
      name,
      trigger: 'api',
      input: request.body === undefined ? {} : request.body,
      idempotencyKey: idempotencyKeyOf(request.headers['idempotency-key']),
      waitSeconds,
      onWaiting: (cancel) => reply.raw.once('close', cancel),
    });
    void reply
      .code(started.status)
      .header('content-type', 'application/json; charset=utf-8')
      .header('location', `/v1/runs/${started.body.id}`);
    if (waitSeconds !== undefined) void reply.header('preference-applied', `wait=${waitSeconds}`);
    if (started.replayed) void reply.header('idempotent-replayed', 'true');
    void reply.send(JSON.stringify(started.body));
  }
}
