import { Module } from '@nestjs/common';
import { DefinitionCache } from './definitions/definition-cache.js';
import { OrchestratorController } from './orchestrator.controller.js';
import { Sweeper } from './recovery/sweeper.js';
import { LiveRuns } from './turns/live-runs.js';
import { TurnLoop } from './turns/turn-loop.js';

/** Owns runs: decides, commits, sends. Needs StoreModule and BusModule in the same process. */
@Module({
  controllers: [OrchestratorController],
  providers: [DefinitionCache, LiveRuns, TurnLoop, Sweeper],
  exports: [DefinitionCache],
})
export class OrchestratorModule {}
