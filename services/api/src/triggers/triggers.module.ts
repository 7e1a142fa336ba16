import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DEAD_LETTER_REDRIVERS } from '../dead-letters/dead-letter.redriver.js';
import { EventsModule } from '../events/events.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { WorkflowsModule } from '../workflows/workflows.module.js';
import { TriggerIntake } from './intake/trigger.intake.js';
import { TriggerRecords } from './intake/trigger-records.js';
import { KafkaModule } from './kafka/kafka.module.js';
import { PluginEvents } from './plugin/plugin-events.js';
import { TriggerActivity } from './trigger.activity.js';
import { TriggerDirectory } from './trigger.directory.js';
import { TriggerRunner } from './trigger.runner.js';
import { TriggerViews } from './trigger.views.js';
import { TriggersController } from './triggers.controller.js';
import { TriggersService } from './triggers.service.js';

@Module({
  imports: [AuditModule, EventsModule, KafkaModule, RunsModule, WorkflowsModule],
  controllers: [TriggersController],
  providers: [
    PluginEvents,
    TriggerActivity,
    TriggerDirectory,
    TriggerIntake,
    { provide: DEAD_LETTER_REDRIVERS, useExisting: TriggerIntake },
    TriggerRecords,
    TriggerRunner,
    TriggersService,
    TriggerViews,
  ],
  exports: [DEAD_LETTER_REDRIVERS, TriggerIntake, TriggersService],
})
export class TriggersModule {}
