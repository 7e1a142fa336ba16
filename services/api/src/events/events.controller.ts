import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ApiRequest } from '../access/access.types.js';
import { EventsHub } from './events.hub.js';

@Controller('v1/events')
export class EventsController {
  constructor(@Inject(EventsHub) private readonly hub: EventsHub) {}

  @Get()
  @ApiOperation({
    summary:
      'What changes, as server-sent events: run.changed, review.changed, heartbeat, and resync (read everything again).',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @ApiProduces('text/event-stream')
  @ApiResponse({ status: 200, schema: { type: 'string' } })
  followEvents(@Req() request: ApiRequest, @Res() reply: FastifyReply): void {
    const { raw } = reply;
    const lastEventId = request.headers['last-event-id'];
    // Joining may refuse, and then the refusal is to be an ordinary answer: so nothing may be written before.
    const opening: { head?: true } = {};
    const sink = {
      write: (text: string) => {
        if (opening.head === undefined) {
          opening.head = true;
          reply.hijack();
          raw.writeHead(200, {
            'content-type': 'text/event-stream; charset=utf-8',
            'cache-control': 'no-store',
            'x-accel-buffering': 'no',
          });
        }
        return raw.write(text);
      },
      once: (event: 'drain', listener: () => void) => raw.once(event, listener),
      end: () => raw.end(),
    };
    const leave = this.hub.join(
      request.caller.workspaceId,
      sink,
      typeof lastEventId === 'string' ? lastEventId : undefined,
    );
    raw.once('close', leave);
  }
}
