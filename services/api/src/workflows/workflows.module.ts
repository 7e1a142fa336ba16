import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { WorkflowCanaries } from './canaries.service.js';
import { WorkflowPublishing } from './publishing.service.js';
import { VersionsController } from './versions.controller.js';
import { WorkflowVersions } from './versions.service.js';
import { FunctionPins } from './function-pins.js';
import { WorkflowCatalog } from './workflow.catalog.js';
import { WorkflowPreviews } from './workflow.preview.js';
import { WorkflowsController } from './workflows.controller.js';
import { WorkflowsService } from './workflows.service.js';

@Module({
  imports: [AuditModule],
  controllers: [WorkflowsController, VersionsController],
  providers: [
    WorkflowsService,
    WorkflowVersions,
    WorkflowPublishing,
    WorkflowCanaries,
    WorkflowPreviews,
    WorkflowCatalog,
    FunctionPins,
  ],
  exports: [WorkflowCatalog, WorkflowVersions],
})
export class WorkflowsModule {}
