import { EventsTaken } from '@tutti/contracts';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { ApiRequest } from '../access/access.types.js';
import { CloudEventsIntake } from './cloud-events.intake.js';

/** The HTTP binding of CloudEvents 1.0.2: one event in binary or structured mode, or a batch. */
@Controller('v1/events')
export class CloudEventsController {
  constructor(@Inject(CloudEventsIntake) private readonly intake: CloudEventsIntake) {}

  @Post()
  @HttpCode(202)
  @RouteConfig({ body: 'event' })
  @ApiOperation({
    summary:
      'Send CloudEvents. Each goes to the runs that listen for it and to the workflows and triggers that it starts, ' +
      'once, however often it comes. The answer comes after it and the runs of triggers are stored.',
  })
  @ApiConsumes(
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/json',
    'application/octet-stream',
  )
  @ApiHeader({
    name: 'ce-specversion',
    required: false,
    schema: { type: 'string' },
    description:
      'Binary mode: the attributes of the event are headers (ce-id, ce-source, ce-type), the body is its data.',
  })
  @ApiBody({ schema: {}, description: 'an event, an array of events, or the data of an event' })
  @ApiAcceptedResponse({
    standardSchema: EventsTaken,
    description: 'Taken; without runs where no trigger wants it.',
  })
  @ApiUnprocessableEntityResponse({ description: 'A trigger refused an event: which, and why.' })
  sendEvents(@Req() request: ApiRequest): Promise<EventsTaken> {
    const body = request.body instanceof Uint8Array ? request.body : Buffer.alloc(0);
    return this.intake.take(request.caller, { headers: request.headers, body });
  }
}
