import { Module } from '@nestjs/common';
import { DefinitionCache } from './definitions/definition-cache.js';
import { OrchestratorController } from './orchestrator.controller.js';
import { Alarms } from './recovery/alarms.js';
import { Orphans } from './recovery/orphans.js';
import { Recovery } from './recovery/recovery.js';
import { Sweeper } from './recovery/sweeper.js';
import { Upkeep } from './recovery/upkeep.js';
import { Clock } from './turns/clock.js';
import { LiveRuns } from './turns/live-runs.js';
import { TurnLoop } from './turns/turn-loop.js';
import { TurnMaker } from './turns/turn-maker.js';

/** Owns runs: decides, commits, sends. Needs StoreModule and BusModule in the same process. */
@Module({
  controllers: [OrchestratorController],
  providers: [
    DefinitionCache,
    Clock,
    LiveRuns,
    TurnMaker,
    TurnLoop,
    Alarms,
    Recovery,
    Orphans,
    Upkeep,
    Sweeper,
  ],
  exports: [DefinitionCache],
})
export class OrchestratorModule {}
