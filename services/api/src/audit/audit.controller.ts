import { Instant, PageQuery, pageOf } from '@tutti/contracts';
import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import type { ApiRequest } from '../access/access.types.js';
import { AuditService } from './audit.service.js';

export const AuditEvent = z
  .object({
    id: z.string(),
    at: Instant,
    subject: z.string(),
    action: z.string(),
    target: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    origin: z.string().nullable(),
    hash: z.string().describe('SHA-256 over the event and the hash before it'),
    previousHash: z.string().nullable(),
  })
  .meta({ id: 'AuditEvent' });
export const AuditPage = pageOf(AuditEvent).meta({ id: 'AuditPage' });

@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(AuditService) private readonly audit: AuditService) {}

  @Get()
  @ApiOperation({ summary: 'Who changed what, newest first.' })
  @ApiOkResponse({ standardSchema: AuditPage })
  listAuditEvents(
    @Req() request: ApiRequest,
    @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>,
  ) {
    return this.audit.list(request.caller.workspaceId, query);
  }
}
