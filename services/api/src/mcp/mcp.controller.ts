import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ApiRequest } from '../access/access.types.js';
import { McpEndpoint } from './mcp.endpoint.js';

/** MCP has a description of its own, so it does not stand in the one of the REST API. */
@Controller('mcp')
@ApiExcludeController()
export class McpController {
  constructor(@Inject(McpEndpoint) private readonly endpoint: McpEndpoint) {}

  @Post()
  post(@Req() request: ApiRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(request, reply);
  }

  @Get()
  listen(@Req() request: ApiRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(request, reply);
  }

  @Delete()
  end(@Req() request: ApiRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.serve(request, reply);
  }

  private async serve(request: ApiRequest, reply: FastifyReply): Promise<void> {
    const by = { caller: request.caller, origin: request.ip };
    const response = await this.endpoint.serve(webRequest(request, reply), by, request.body);
    await reply.send(response);
  }
}

/** The request as the protocol's SDK takes it; it is aborted when the client goes away before the answer. */
function webRequest({ headers, method, url, body }: ApiRequest, { raw }: FastifyReply): Request {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  const all = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), {
    method,
    headers: all,
    signal: gone.signal,
    ...(method === 'POST' && { body: JSON.stringify(body ?? null) }),
  });
}
