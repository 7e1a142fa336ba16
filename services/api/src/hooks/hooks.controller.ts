import type { HookAnswer, HookCall, HookReader, HookRefusal, ProblemCode } from '@tutti/contracts';
import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOperation } from '@nestjs/swagger';
import { PluginTriggerStore } from '@tutti/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.error.js';
import { HOOK_READER } from './hook.reader.js';

const RETRY_AFTER_SECONDS = '30';
/** Headers that belong to the hub's own way in, and none of the plugin's business. */
const LEFT_OUT = new Set([
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
  'forwarded',
  'x-forwarded-for',
]);

const CODES: Record<HookRefusal, ProblemCode> = {
  unauthorized: 'unauthorized',
  invalid: 'invalid-input',
  busy: 'too-many-requests',
  unavailable: 'unavailable',
};

/**
 * The address of a trigger in the web: who may send to it is verified by its plugin's secret, not by a token
 * of the hub. Answered with 2xx only after the events are stored.
 */
@Controller('v1/hooks')
export class HooksController {
  constructor(
    @Inject(PluginTriggerStore) private readonly store: PluginTriggerStore,
    @Inject(HOOK_READER) private readonly reader: HookReader | null,
  ) {}

  @Post(':token')
  @RouteConfig({ public: true, body: 'event' })
  @ApiOperation({ summary: 'Send events to a trigger of a plugin. The answer comes after they are stored.' })
  @ApiConsumes('application/json', 'application/octet-stream')
  @ApiBody({ schema: {}, description: 'what the other system sends' })
  @ApiAcceptedResponse({ description: 'Stored, or of no interest; or what the plugin answers.' })
  sendToHook(
    @Req() request: FastifyRequest,
    @Param('token') token: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.take(request, token, reply);
  }

  @Get(':token')
  @RouteConfig({ public: true })
  @ApiOperation({ summary: 'The same for systems that ask at the address whether it is right.' })
  @ApiAcceptedResponse({ description: 'Of no interest; or what the plugin answers.' })
  askHook(
    @Req() request: FastifyRequest,
    @Param('token') token: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return this.take(request, token, reply);
  }

  private async take(request: FastifyRequest, token: string, reply: FastifyReply): Promise<unknown> {
    const trigger = await this.store.byToken(token);
    if (trigger === undefined) throw new ProblemError('not-found', 'There is no hook at this address.');
    if (!trigger.wanted) throw later('The trigger is paused.');
    if (this.reader === null) throw later('No connector host is at hand.');
    return answered(await this.reader.read(callOf(request, trigger.id)), reply);
  }
}

function answered(answer: HookAnswer, reply: FastifyReply): unknown {
  if (answer.kind === 'taken') {
    reply.status(202);
    return { events: answer.events };
  }
  if (answer.kind === 'answered') {
    // What a plugin says is no page: no browser is to make one of it.
    reply.status(answer.status).header('content-type', `${answer.contentType}; charset=utf-8`);
    reply.header('x-content-type-options', 'nosniff');
    return answer.body;
  }
  const isLater = answer.because === 'busy' || answer.because === 'unavailable';
  throw new ProblemError(CODES[answer.because], answer.detail, {
    headers: isLater ? { 'retry-after': RETRY_AFTER_SECONDS } : {},
  });
}

function later(detail: string): ProblemError {
  const headers = { 'retry-after': RETRY_AFTER_SECONDS };
  return new ProblemError('unavailable', `${detail} Send it again later.`, { headers });
}

function callOf(request: FastifyRequest, triggerId: string): HookCall {
  const body = request.body instanceof Uint8Array ? request.body : Buffer.alloc(0);
  return {
    triggerId,
    method: request.method,
    path: request.url,
    headers: textsOf(request.headers, (name) => !LEFT_OUT.has(name)),
    query: textsOf(request.query as Record<string, unknown>, () => true),
    body: Buffer.from(body).toString('base64'),
  };
}

function textsOf(values: Record<string, unknown>, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      if (value === undefined || !wanted(name)) return [];
      return [[name, Array.isArray(value) ? value.join(', ') : String(value)]];
    }),
  );
}
