export { OrchestratorModule } from './orchestrator.module.js';
export { DefinitionCache } from './definitions/definition-cache.js';
export { Sweeper } from './recovery/sweeper.js';
export { TurnLoop } from './turns/turn-loop.js';
