import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { WorkflowsModule } from '../workflows/workflows.module.js';
import { RunEnds } from './run-ends.js';
import { Cassettes } from '../cassettes/cassettes.service.js';
import { CassettesController } from '../cassettes/cassettes.controller.js';
import { DoorLimits } from './door-limits.js';
import { RunHistories } from './run-history.service.js';
import { RunDoor } from './run-door.js';
import { RetryPreviews } from './retry-previews.service.js';
import { RunRetries } from './run-retries.service.js';
import { PartialOutputsController } from './partial-outputs.controller.js';
import { RunMigrationsController } from './run-migrations.controller.js';
import { RunMigrator } from './run-migrations.service.js';
import { RunWaiters } from './run-waiters.js';
import { RunsController } from './runs.controller.js';
import { RunIntake } from './runs.intake.js';
import { RunsService } from './runs.service.js';
import { TaskDataController } from './task-data.controller.js';
import { RunTaskData } from './task-data.service.js';
import { UnstartedRuns } from './unstarted-runs.js';
import { WaitingRuns } from './waiting-runs.js';
import { StartController } from './start.controller.js';

@Module({
  imports: [AuditModule, EventsModule, WorkflowsModule],
  controllers: [
    StartController,
    RunsController,
    RunMigrationsController,
    TaskDataController,
    CassettesController,
    PartialOutputsController,
  ],
  providers: [
    RunIntake,
    RunDoor,
    UnstartedRuns,
    WaitingRuns,
    DoorLimits,
    RunsService,
    RunRetries,
    RetryPreviews,
    RunMigrator,
    RunTaskData,
    RunHistories,
    Cassettes,
    RunWaiters,
    RunEnds,
  ],
  exports: [RunIntake, RunDoor, DoorLimits, RunEnds, RunsService],
})
export class RunsModule {}
