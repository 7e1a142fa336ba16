import { Controller, Get, Inject } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOkResponse, ApiOperation, ApiSecurity } from '@nestjs/swagger';
import { z } from 'zod';
import { ProblemError } from '../problems/problem.error.js';
import { type Failing, failingProblem, Health } from './health.js';

const HealthAnswer = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
const RETRY_AFTER_SECONDS = '2';

@Controller()
export class HealthController {
  constructor(@Inject(Health) private readonly health: Health) {}

  @Get('healthz')
  @RouteConfig({ public: true })
  @ApiSecurity({})
  @ApiOperation({ summary: 'The process is alive.' })
  @ApiOkResponse({ standardSchema: HealthAnswer })
  async getHealth(): Promise<z.infer<typeof HealthAnswer>> {
    return okUnless(await this.health.dead());
  }

  @Get('readyz')
  @RouteConfig({ public: true })
  @ApiSecurity({})
  @ApiOperation({ summary: 'The hub can serve: its database answers, and its bus is connected.' })
  @ApiOkResponse({ standardSchema: HealthAnswer })
  async getReadiness(): Promise<z.infer<typeof HealthAnswer>> {
    return okUnless(await this.health.unready());
  }
}

function okUnless(failing: readonly Failing[]): z.infer<typeof HealthAnswer> {
  if (failing.length === 0) return { status: 'ok' };
  const { detail, errors } = failingProblem(failing);
  throw new ProblemError('unavailable', detail ?? '', {
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    more: { errors: errors ?? [] },
  });
}
