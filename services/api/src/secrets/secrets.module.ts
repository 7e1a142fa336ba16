import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { SecretsController } from './secrets.controller.js';
import { SecretsService } from './secrets.service.js';

@Module({ imports: [AuditModule], controllers: [SecretsController], providers: [SecretsService] })
export class SecretsModule {}
