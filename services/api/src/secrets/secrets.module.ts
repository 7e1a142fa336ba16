import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { MasterKeysController } from './master-keys.controller.js';
import { SecretsController } from './secrets.controller.js';
import { SecretsService } from './secrets.service.js';

@Module({
  imports: [AuditModule],
  controllers: [MasterKeysController, SecretsController],
  providers: [SecretsService],
})
export class SecretsModule {}
