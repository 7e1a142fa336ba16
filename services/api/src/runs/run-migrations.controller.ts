import { MigrateRequest, RunMigrations } from '@tutti/contracts';
import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { RunMigrator } from './run-migrations.service.js';

@Controller('v1/workflows')
export class RunMigrationsController {
  constructor(@Inject(RunMigrator) private readonly migrator: RunMigrator) {}

  @Post(':namespace/:name/migrate')
  @HttpCode(200)
  @ApiParam({ name: 'namespace', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiOperation({
    summary:
      'Let runs that wait go on with another version; with dryRun only say which can, and why others cannot.',
  })
  @ApiOkResponse({ standardSchema: RunMigrations })
  migrateRuns(
    @Req() request: ApiRequest,
    @Param() { namespace, name }: { namespace: string; name: string },
    @Body({ schema: MigrateRequest }) body: z.infer<typeof MigrateRequest>,
  ): Promise<RunMigrations> {
    return this.migrator.migrate({
      caller: request.caller,
      origin: request.ip,
      namespace,
      name,
      request: body,
    });
  }
}
