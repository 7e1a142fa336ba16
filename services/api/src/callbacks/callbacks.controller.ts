import { Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.error.js';
import { CallbacksService } from './callbacks.service.js';

const CALLBACK_BYTES_MAX = 256 * 1024;

/** Where systems answer that took a call: the address is the secret, and takes one answer. */
@Controller('v1/callbacks')
export class CallbacksController {
  constructor(@Inject(CallbacksService) private readonly callbacks: CallbacksService) {}

  @Post(':token')
  @HttpCode(202)
  @RouteConfig({ public: true, body: 'event' })
  @ApiOperation({ summary: 'Answer a call that the hub waits for. It goes on when the answer is stored.' })
  @ApiConsumes('application/json')
  @ApiBody({ schema: {}, description: 'JSON, as the connector wants it' })
  @ApiAcceptedResponse({ description: 'Stored, now or before.' })
  async answerCall(
    @Req() request: FastifyRequest,
    @Param('token') token: string,
  ): Promise<{ accepted: true }> {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    if (body.byteLength > CALLBACK_BYTES_MAX)
      throw new ProblemError(
        'payload-too-large',
        `An answer has at most ${CALLBACK_BYTES_MAX} bytes: give what is larger as a link.`,
      );
    await this.callbacks.take(token, body);
    return { accepted: true };
  }
}
