import { SignalTaken } from '@tutti/contracts';
import { Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiOperation,
} from '@nestjs/swagger';
import type { ApiRequest } from '../access/access.types.js';
import { SignalsService } from './signals.service.js';

/** Events for one run. */
@Controller('v1/runs')
export class SignalsController {
  constructor(@Inject(SignalsService) private readonly signals: SignalsService) {}

  @Post(':id/events')
  @HttpCode(202)
  @RouteConfig({ body: 'event' })
  @ApiOperation({
    summary:
      'Send an event to one run: a CloudEvent, or {"type": ..., "data": ...} with the rest filled in. ' +
      'It waits until a task of the run listens for it. The answer comes after it is stored.',
  })
  @ApiConsumes('application/json', 'application/cloudevents+json')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['type'],
      properties: {
        type: { type: 'string' },
        data: {},
        id: { type: 'string', description: 'names the event, so that one that is sent again counts once' },
        source: { type: 'string' },
      },
    },
  })
  @ApiAcceptedResponse({ standardSchema: SignalTaken })
  @ApiConflictResponse({ description: 'The run has ended.' })
  sendSignal(@Req() request: ApiRequest, @Param('id') id: string): Promise<SignalTaken> {
    const body = request.body instanceof Uint8Array ? request.body : Buffer.alloc(0);
    return this.signals.send(request.caller, id, { headers: request.headers, body });
  }
}
