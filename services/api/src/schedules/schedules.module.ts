import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { WorkflowsModule } from '../workflows/workflows.module.js';
import { EventSchedulesController } from './event-schedules.controller.js';
import { EventStarter } from './event.starter.js';
import { EventStarts } from './event.starts.js';
import { ScheduleFiring } from './schedule.firing.js';
import { ScheduleSweeper } from './schedule.sweeper.js';
import { SchedulesController } from './schedules.controller.js';
import { SchedulesService } from './schedules.service.js';

@Module({
  imports: [AuditModule, RunsModule, WorkflowsModule],
  controllers: [SchedulesController, EventSchedulesController],
  providers: [ScheduleFiring, ScheduleSweeper, SchedulesService, EventStarts, EventStarter],
  exports: [EventStarter],
})
export class SchedulesModule {}
