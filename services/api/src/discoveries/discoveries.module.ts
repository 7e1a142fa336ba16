import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DiscoveriesController } from './discoveries.controller.js';

@Module({ imports: [AuditModule], controllers: [DiscoveriesController] })
export class DiscoveriesModule {}
