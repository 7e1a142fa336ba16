import { System } from '@tutti/contracts';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { METRICS_TYPE } from './metrics.text.js';
import { SystemService } from './system.service.js';

@Controller()
export class SystemController {
  constructor(@Inject(SystemService) private readonly system: SystemService) {}

  @Get('v1/system')
  @ApiOperation({ summary: 'The processes of the hub, what waits, and what a person should look at.' })
  @ApiOkResponse({ standardSchema: System })
  getSystem(): Promise<System> {
    return this.system.read();
  }

  @Get('metrics')
  @ApiOperation({ summary: "The same as figures, in Prometheus's text format." })
  @ApiOkResponse({
    description: 'Metrics by name.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async getMetrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', METRICS_TYPE);
    return this.system.metrics();
  }
}
