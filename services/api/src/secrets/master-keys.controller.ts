import { MasterKeyRotation, MasterKeys } from '@tutti/contracts';
import { beginRotation, keyStatus } from '@tutti/store';
import { Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { ApiRequest } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';

/** The master keys of the whole hub: which there are, and how another one takes over. */
@Controller('v1/master-keys')
export class MasterKeysController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  @Get()
  @ApiOperation({
    summary:
      'The master keys by their ids, who has them, what is under which, and the newest rotation. No key comes out.',
  })
  @ApiOkResponse({ standardSchema: MasterKeys })
  getMasterKeys(): Promise<MasterKeys> {
    return keyStatus(this.dataSource);
  }

  @Post('rotation')
  @HttpCode(202)
  @ApiOperation({
    summary:
      'Bring all secrets under the newest master key, while the hub works. Answers the rotation that is under way, if one is.',
  })
  @ApiAcceptedResponse({ standardSchema: MasterKeyRotation })
  rotateMasterKey(@Req() { caller, ip: origin }: ApiRequest): Promise<MasterKeyRotation> {
    return this.dataSource.transaction(async (manager) => {
      const { workspaceId, subject: by } = caller;
      const { rotation, begun } = await beginRotation(manager, { workspaceId, by });
      const target = `master-key:${rotation.keyId}`;
      if (begun)
        await this.audit.append(manager, { caller, origin, action: 'master-key.rotation-begun', target });
      return rotation;
    });
  }
}
