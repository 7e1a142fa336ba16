export { OrchestratorModule } from './orchestrator.module.js';
export { DefinitionCache } from './definitions/definition-cache.js';
export { Sweeper } from './recovery/sweeper.js';
