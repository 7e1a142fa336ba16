import { Controller, Get, Inject } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOkResponse, ApiOperation, ApiSecurity } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ProblemError } from '../problems/problem.error.js';

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
const CHECK_MS_MAX = 3_000;

@Controller()
export class HealthController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @Get('healthz')
  @RouteConfig({ public: true })
  @ApiSecurity({})
  @ApiOperation({ summary: 'The process is alive.' })
  @ApiOkResponse({ standardSchema: Health })
  getHealth(): z.infer<typeof Health> {
    return { status: 'ok' };
  }

  @Get('readyz')
  @RouteConfig({ public: true })
  @ApiSecurity({})
  @ApiOperation({ summary: 'The hub can serve: its database answers.' })
  @ApiOkResponse({ standardSchema: Health })
  async getReadiness(): Promise<z.infer<typeof Health>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it did not answer in time')), CHECK_MS_MAX);
    });
    try {
      await Promise.race([this.dataSource.query('SELECT 1'), late]);
      return { status: 'ok' };
    } catch {
      throw new ProblemError('unavailable', 'The database does not answer.', {
        headers: { 'retry-after': '2' },
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
