import { OrchestratorModule, Sweeper } from '@tutti/orchestrator';
import type { Role } from '../composition/role.types.js';

/** Owns runs: decides, commits, sends. */
export function orchestratorRole(): Role {
  return {
    name: 'orchestrator',
    modules: () => [OrchestratorModule],
    begin: async (app) => {
      await app.get(Sweeper, { strict: false }).start();
      return {};
    },
  };
}
