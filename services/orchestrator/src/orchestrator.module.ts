import { type DynamicModule, Module } from '@nestjs/common';
import type { EventSink } from '@tutti/bus';
import { Admitter } from './admission/admitter.js';
import { Children } from './children/children.js';
import { DefinitionCache } from './definitions/definition-cache.js';
import { EVENT_SINKS, EventPublisher } from './events/event-publisher.js';
import { HubEvents } from './events/hub-events.js';
import { OrchestratorController } from './orchestrator.controller.js';
import { Alarms } from './recovery/alarms.js';
import { Orphans } from './recovery/orphans.js';
import { Recovery } from './recovery/recovery.js';
import { Sweeper } from './recovery/sweeper.js';
import { Upkeep } from './recovery/upkeep.js';
import { Clock } from './turns/clock.js';
import { Decider } from './turns/decider.js';
import { LiveRuns } from './turns/live-runs.js';
import { TurnLoop } from './turns/turn-loop.js';
import { TurnMaker } from './turns/turn-maker.js';

/** Owns runs: decides, commits, sends. Needs StoreModule and BusModule in the same process. */
@Module({
  controllers: [OrchestratorController],
  providers: [
    DefinitionCache,
    HubEvents,
    EventPublisher,
    Clock,
    Children,
    Decider,
    LiveRuns,
    TurnMaker,
    TurnLoop,
    Alarms,
    Recovery,
    Orphans,
    Upkeep,
    Sweeper,
    Admitter,
  ],
  exports: [DefinitionCache],
})
export class OrchestratorModule {
  /** With where the events that runs emit go; without it they are in the journal alone. */
  static sending(sinks: readonly EventSink[]): DynamicModule {
    return { module: OrchestratorModule, providers: [{ provide: EVENT_SINKS, useValue: sinks }] };
  }
}
