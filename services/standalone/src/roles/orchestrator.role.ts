import type { EventSink } from '@tutti/bus';
import { OrchestratorModule, Sweeper } from '@tutti/orchestrator';
import type { Role } from '../composition/role.types.js';

/** Owns runs: decides, commits, sends. The events that runs emit go to the sinks. */
export function orchestratorRole(sinks: readonly EventSink[]): Role {
  return {
    name: 'orchestrator',
    modules: () => [OrchestratorModule.sending(sinks)],
    begin: async (app) => {
      await app.get(Sweeper, { strict: false }).start();
      return {};
    },
  };
}
