import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { PackagesController } from './packages.controller.js';
import { PackagesService } from './packages.service.js';
import { PluginsController } from './plugins.controller.js';

@Module({
  imports: [AuditModule],
  controllers: [PluginsController, PackagesController],
  providers: [PackagesService],
})
export class PluginsModule {}
