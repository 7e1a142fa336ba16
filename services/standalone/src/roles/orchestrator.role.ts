import type { EventSink } from '@tutti/bus';
import { OrchestratorModule, Sweeper, TurnLoop } from '@tutti/orchestrator';
import type { Role } from '../composition/role.types.js';

/** A turn is a few milliseconds; the slowest database answers long before this, if it answers at all. */
const TURN_MS_MAX = 300_000;

/** Owns runs: decides, commits, sends. The events that runs emit go to the sinks. */
export function orchestratorRole(sinks: readonly EventSink[]): Role {
  return {
    name: 'orchestrator',
    modules: () => [OrchestratorModule.sending(sinks)],
    begin: async (app, { health }) => {
      const turns = app.get(TurnLoop, { strict: false });
      health.lives('turn loop', () =>
        turns.tryingMs > TURN_MS_MAX
          ? `The turn loop has not moved for ${Math.round(turns.tryingMs / 1000)} s.`
          : null,
      );
      await app.get(Sweeper, { strict: false }).start();
      return {};
    },
  };
}
