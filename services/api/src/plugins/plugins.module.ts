import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { PackagesController } from './packages.controller.js';
import { PackagesService } from './packages.service.js';
import { PluginUpdatesService } from './plugin-updates.service.js';
import { TrialsController } from './trials.controller.js';
import { PluginsController } from './plugins.controller.js';

@Module({
  imports: [AuditModule],
  controllers: [PluginsController, PackagesController, TrialsController],
  providers: [PackagesService, PluginUpdatesService],
})
export class PluginsModule {}
